import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsLabelProblems, dnsSubdomainProblems, portNameProblems, portProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Service } from '#common/kube/resources.ts';
import { labelErrors } from '../../../handlers/metadata.ts';
import type { Draft } from '../../../kind.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const AFFINITIES = ['ClientIP', 'None'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];
const LONGEST_AFFINITY_SECONDS = 86_400;

export function validateService(draft: Draft<Service>): FieldError[] {
  const spec = draft.spec ?? {};
  const { ports = [], type = '' } = spec;
  const errors: FieldError[] = [];
  if (!TYPES.includes(type)) errors.push(fieldError.notSupported('spec.type', type, TYPES));
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(fieldError.required('spec.ports'));
  if (headless && (type === 'NodePort' || type === 'LoadBalancer')) {
    errors.push(fieldError.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  }
  errors.push(...portErrors(ports), ...nodePortErrors(ports, type));
  errors.push(...labelErrors('spec.selector', spec.selector ?? {}));
  if (!AFFINITIES.includes(spec.sessionAffinity ?? '')) {
    errors.push(fieldError.notSupported('spec.sessionAffinity', spec.sessionAffinity, AFFINITIES));
  }
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (timeout !== undefined && (timeout <= 0 || timeout > LONGEST_AFFINITY_SECONDS)) {
    errors.push(
      fieldError.invalid(
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
        timeout,
        `must be greater than 0 and less than ${LONGEST_AFFINITY_SECONDS}`,
      ),
    );
  }
  if (type === 'ExternalName') {
    const name = spec.externalName ?? '';
    if (name === '') errors.push(fieldError.required('spec.externalName'));
    else {
      for (const problem of dnsSubdomainProblems(name.replace(/\.$/, ''))) {
        errors.push(fieldError.invalid('spec.externalName', name, problem));
      }
    }
  }
  for (const field of ['internalTrafficPolicy', 'externalTrafficPolicy'] as const) {
    const policy = spec[field];
    if (policy !== undefined && !TRAFFIC_POLICIES.includes(policy)) {
      errors.push(fieldError.notSupported(`spec.${field}`, policy, TRAFFIC_POLICIES));
    }
  }
  return errors;
}

type Ports = NonNullable<NonNullable<Service['spec']>['ports']>;

function portErrors(ports: Ports): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const path = `spec.ports[${index}]`;
    const { name = '', protocol = '', targetPort } = port;
    if (name === '' && ports.length > 1) errors.push(fieldError.required(`${path}.name`));
    if (name !== '') {
      for (const problem of dnsLabelProblems(name)) errors.push(fieldError.invalid(`${path}.name`, name, problem));
      if (names.has(name)) errors.push(fieldError.duplicate(`${path}.name`, name));
      names.add(name);
    }
    for (const problem of portProblems(port.port)) errors.push(fieldError.invalid(`${path}.port`, port.port, problem));
    if (!PROTOCOLS.includes(protocol)) errors.push(fieldError.notSupported(`${path}.protocol`, protocol, PROTOCOLS));
    if (typeof targetPort === 'number') {
      for (const problem of portProblems(targetPort)) {
        errors.push(fieldError.invalid(`${path}.targetPort`, targetPort, problem));
      }
    } else if (targetPort !== undefined) {
      for (const problem of portNameProblems(targetPort)) {
        errors.push(fieldError.invalid(`${path}.targetPort`, targetPort, problem));
      }
    }
    const identity = `${protocol}/${port.port}`;
    if (seen.has(identity)) errors.push(fieldError.duplicate(path, { port: port.port, protocol }));
    seen.add(identity);
  }
  return errors;
}

function nodePortErrors(ports: Ports, type: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, { nodePort, protocol = '' }] of ports.entries()) {
    if (!nodePort) continue;
    const path = `spec.ports[${index}].nodePort`;
    if (type === 'ClusterIP') errors.push(fieldError.forbidden(path, "may not be used when `type` is 'ClusterIP'"));
    const identity = `${protocol}/${nodePort}`;
    if (seen.has(identity)) errors.push(fieldError.duplicate(path, nodePort));
    seen.add(identity);
  }
  return errors;
}

export function validateServiceUpdate(draft: Draft<Service>, old: Stored<Service>): FieldError[] {
  const before = old.spec?.clusterIP;
  const after = draft.spec?.clusterIP;
  // Only an ExternalName Service has no address; giving one up or taking one on goes through that type.
  if (!before || draft.spec?.type === 'ExternalName' || before === after) return [];
  return [fieldError.invalid('spec.clusterIPs[0]', after ?? '', 'field is immutable')];
}
