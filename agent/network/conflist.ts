/** Where containerd looks for it; the number puts it before what others may leave there. */
export const CONFLIST_FILE = '/etc/cni/net.d/10-pilothouse.conflist';
export const NETWORK_NAME = 'pilothouse';
/** Addresses that are in use, until the machine is started anew. */
export const IPAM_DIRECTORY = '/run/cni/ipam';

/** The node's CNI configuration (CNI spec 0.4.0): a veth pair per pod, routed, with addresses of `podCidr`. */
export function conflist(podCidr: string): string {
  const configuration = {
    cniVersion: '0.4.0',
    name: NETWORK_NAME,
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: IPAM_DIRECTORY,
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}
