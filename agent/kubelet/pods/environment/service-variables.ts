import type { Stored } from '#common/kube/object.ts';
import type { Service } from '#common/kube/resources.ts';
import { podIdentity, type StoredPod } from '../pod.ts';

/** Told to every pod, also to those that want to know of no other Service. */
const API_SERVICE = { namespace: 'default', name: 'kubernetes' } as const;

/**
 * Where Services are, as variables (kubelet's getServiceEnvVarMap): that of the API server, and those of the
 * pod's namespace unless it has `enableServiceLinks: false`. A Service of its own namespace goes before the API
 * server's of the same name.
 */
export function serviceVariables(pod: StoredPod, services: Iterable<Stored<Service>>): Map<string, string> {
  const { namespace } = podIdentity(pod);
  const linked = pod.spec?.enableServiceLinks !== false;
  const chosen = new Map<string, Stored<Service>>();
  for (const service of services) {
    const { name } = service.metadata;
    if (!hasAddress(service)) continue;
    const isApi = name === API_SERVICE.name && service.metadata.namespace === API_SERVICE.namespace;
    if (linked && service.metadata.namespace === namespace) chosen.set(name, service);
    else if (isApi && !chosen.has(name)) chosen.set(name, service);
  }
  return new Map([...chosen.values()].flatMap(variablesOf));
}

function hasAddress({ spec }: Stored<Service>): boolean {
  return spec?.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

/** The plain ones, and those that Docker made for linked containers (kubelet's envvars.FromServices). */
function variablesOf({ metadata, spec }: Stored<Service>): [string, string][] {
  const name = variableName(metadata.name);
  const address = spec!.clusterIP!;
  const ports = spec!.ports ?? [];
  const [first] = ports;
  if (!first) return [[`${name}_SERVICE_HOST`, address]];
  const variables: [string, string][] = [
    [`${name}_SERVICE_HOST`, address],
    [`${name}_SERVICE_PORT`, String(first.port)],
  ];
  for (const port of ports) {
    if (port.name) variables.push([`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port)]);
  }
  for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
    const lower = protocol.toLowerCase();
    const url = `${lower}://${address}:${port}`;
    const prefix = `${name}_PORT_${port}_${protocol}`;
    if (index === 0) variables.push([`${name}_PORT`, url]);
    variables.push([prefix, url], [`${prefix}_PROTO`, lower], [`${prefix}_PORT`, String(port)]);
    variables.push([`${prefix}_ADDR`, address]);
  }
  return variables;
}

function variableName(text: string): string {
  return text.toUpperCase().replaceAll('-', '_');
}
