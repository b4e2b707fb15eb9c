import { CommandError, runCommand } from '../base/command.ts';
import type { ServicePort } from './model.ts';

/** Connections of a protocol without connections: to which address they were sent, and where they go. */
export interface StaleFlow {
  readonly destination: string | undefined;
  readonly port: number;
  /** The endpoint that is gone; nothing for flows that began before there was any. */
  readonly endpoint: { readonly address: string; readonly port: number } | undefined;
}

/**
 * UDP flows that the kernel still sends where the service no longer leads: to endpoints that are gone, and to
 * nowhere although there are endpoints by now.
 */
export function staleFlows(before: readonly ServicePort[], after: readonly ServicePort[]): StaleFlow[] {
  const keyOf = ({ clusterIP, port }: ServicePort): string => `${clusterIP}:${port}`;
  const udp = (ports: readonly ServicePort[]): Map<string, ServicePort> =>
    new Map(ports.filter(({ protocol }) => protocol === 'udp').map((port) => [keyOf(port), port]));
  const now = udp(after);
  return [...udp(before)].flatMap(([key, old]) => {
    const current = now.get(key)?.endpoints ?? [];
    const gone = old.endpoints.filter(
      ({ address, port }) => !current.some((endpoint) => endpoint.address === address && endpoint.port === port),
    );
    const endpoints =
      old.endpoints.length === 0 && current.length > 0
        ? [undefined]
        : gone.map(({ address, port }) => ({ address, port }));
    return endpoints.flatMap((endpoint) => [
      { destination: old.clusterIP, port: old.port, endpoint },
      ...(old.nodePort === undefined ? [] : [{ destination: undefined, port: old.nodePort, endpoint }]),
    ]);
  });
}

/** Makes the kernel forget a flow, so that its next packet is translated anew. */
export async function forgetFlow({ destination, port, endpoint }: StaleFlow): Promise<void> {
  const args = ['-D', '-p', 'udp', '--orig-port-dst', String(port)];
  if (destination !== undefined) args.push('--orig-dst', destination);
  if (endpoint !== undefined) {
    args.push('--reply-src', endpoint.address, '--reply-port-src', String(endpoint.port));
  }
  try {
    await runCommand('conntrack', args);
  } catch (error) {
    // It ends with 1 when there is no such flow.
    if (!(error instanceof CommandError && error.exitCode === 1)) throw error;
  }
}
