/**
 * Whether this host, and other instances, reach an instance of the driver by its address. VirtualBox gives all of them the
 * same one, behind a port that only Multipass knows. Source: Multipass, how-to "Set up the driver".
 */
export function isReachable(driver: string): boolean {
  return driver !== 'virtualbox';
}
