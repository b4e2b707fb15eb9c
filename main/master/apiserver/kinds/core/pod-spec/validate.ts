import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  envNameProblems,
  portNameProblems,
  portProblems,
  qualifiedNameProblems,
} from '#common/kube/names.ts';
import { compareQuantities, parseQuantity } from '#common/kube/quantity.ts';
import { labelErrors } from '../../../handlers/metadata.ts';
import { sysctlErrors } from './sysctls.ts';
import { downwardErrors, filePathErrors, projectedErrors } from './validate-projected.ts';

/** What is wrong with a pod spec, also one in a template; `path` is where it stands. */
export function validatePodSpec(spec: IPodSpec, path: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  return [
    ...volumeErrors(spec.volumes ?? [], `${path}.volumes`),
    ...containerErrors(spec, volumes, path),
    ...oneOf(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...labelErrors(`${path}.nodeSelector`, spec.nodeSelector ?? {}),
    ...(spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0
      ? [atLeastZero(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds)]
      : []),
    ...(spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1
      ? [
          fieldError.invalid(
            `${path}.activeDeadlineSeconds`,
            spec.activeDeadlineSeconds,
            'must be between 1 and 2147483647, inclusive',
          ),
        ]
      : []),
    ...sysctlErrors(spec.securityContext?.sysctls ?? [], `${path}.securityContext.sysctls`),
    ...named(spec.nodeName, `${path}.nodeName`, dnsSubdomainProblems),
    ...named(spec.serviceAccountName, `${path}.serviceAccountName`, dnsSubdomainProblems),
    ...named(spec.hostname, `${path}.hostname`, dnsLabelProblems),
    ...named(spec.subdomain, `${path}.subdomain`, dnsLabelProblems),
  ];
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

function containerErrors(spec: IPodSpec, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.containers.length === 0) errors.push(fieldError.required(`${path}.containers`));
  const names = new Set<string>();
  for (const [field, containers] of [
    ['containers', spec.containers],
    ['initContainers', spec.initContainers ?? []],
  ] as const) {
    for (const [index, container] of containers.entries()) {
      const place = `${path}.${field}[${index}]`;
      errors.push(...oneContainerErrors(container, volumes, place));
      if (container.name !== '' && names.has(container.name)) {
        errors.push(fieldError.duplicate(`${place}.name`, container.name));
      }
      names.add(container.name);
    }
  }
  return errors;
}

function oneContainerErrors(container: IContainer, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const { name, image = '' } = container;
  const errors: FieldError[] = [];
  if (name === '') errors.push(fieldError.required(`${path}.name`));
  else errors.push(...named(name, `${path}.name`, dnsLabelProblems));
  if (image === '') errors.push(fieldError.required(`${path}.image`));
  else if (image.trim() !== image) {
    errors.push(fieldError.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  }
  errors.push(...oneOf(container.imagePullPolicy, PULL_POLICIES, `${path}.imagePullPolicy`));
  errors.push(...portErrors(container.ports ?? [], `${path}.ports`));
  for (const [index, variable] of (container.env ?? []).entries()) {
    const place = `${path}.env[${index}].name`;
    if (variable.name === '') errors.push(fieldError.required(place));
    else errors.push(...named(variable.name, place, envNameProblems));
    if (variable.value !== undefined && variable.value !== '' && variable.valueFrom) {
      errors.push(
        fieldError.invalid(`${path}.env[${index}].valueFrom`, '', 'may not be specified when `value` is not empty'),
      );
    }
  }
  const mounted = new Set<string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const place = `${path}.volumeMounts[${index}]`;
    if (mount.name === '') errors.push(fieldError.required(`${place}.name`));
    else if (!volumes.has(mount.name)) errors.push(fieldError.notFound(`${place}.name`, mount.name));
    if (mount.mountPath === '') errors.push(fieldError.required(`${place}.mountPath`));
    else if (mounted.has(mount.mountPath)) {
      errors.push(fieldError.invalid(`${place}.mountPath`, mount.mountPath, 'must be unique'));
    }
    mounted.add(mount.mountPath);
  }
  errors.push(...resourceErrors(container.resources ?? {}, `${path}.resources`));
  return errors;
}

function portErrors(ports: NonNullable<IContainer['ports']>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const place = `${path}[${index}]`;
    if (port.name !== undefined && port.name !== '') {
      errors.push(...named(port.name, `${place}.name`, portNameProblems));
      if (names.has(port.name)) errors.push(fieldError.duplicate(`${place}.name`, port.name));
      names.add(port.name);
    }
    if (port.containerPort === 0) errors.push(fieldError.required(`${place}.containerPort`));
    else {
      for (const problem of portProblems(port.containerPort)) {
        errors.push(fieldError.invalid(`${place}.containerPort`, port.containerPort, problem));
      }
    }
    if (port.hostPort !== undefined && port.hostPort !== 0) {
      for (const problem of portProblems(port.hostPort)) {
        errors.push(fieldError.invalid(`${place}.hostPort`, port.hostPort, problem));
      }
    }
    errors.push(...oneOf(port.protocol, PROTOCOLS, `${place}.protocol`));
  }
  return errors;
}

function volumeErrors(volumes: readonly IVolume[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, { name, ...sources }] of volumes.entries()) {
    const place = `${path}[${index}]`;
    if (name === '') errors.push(fieldError.required(`${place}.name`));
    else errors.push(...named(name, `${place}.name`, dnsLabelProblems));
    if (names.has(name)) errors.push(fieldError.duplicate(`${place}.name`, name));
    names.add(name);
    const count = Object.keys(sources).length;
    if (count === 0) errors.push(fieldError.required(place, 'must specify a volume type'));
    if (count > 1) {
      const second = Object.keys(sources)[1]!;
      errors.push(fieldError.forbidden(`${place}.${second}`, 'may not specify more than 1 volume type'));
    }
    if (sources.configMap && !sources.configMap.name) errors.push(fieldError.required(`${place}.configMap.name`));
    if (sources.secret && !sources.secret.secretName) errors.push(fieldError.required(`${place}.secret.secretName`));
    if (sources.projected) errors.push(...projectedErrors(sources.projected, `${place}.projected`));
    const { items = [] } = sources.downwardAPI ?? {};
    errors.push(...downwardErrors(items, `${place}.downwardAPI`));
    for (const item of items) errors.push(...filePathErrors(item.path, `${place}.downwardAPI.path`));
  }
  return errors;
}

const STANDARD_RESOURCES = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

function resourceErrors(resources: IResourceRequirements, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['limits', 'requests'] as const) {
    for (const [name, text] of Object.entries(resources[field] ?? {})) {
      const place = `${path}.${field}[${name}]`;
      for (const problem of qualifiedNameProblems(name))
        errors.push(fieldError.invalid(`${path}.${field}`, name, problem));
      if (!name.includes('/') && !STANDARD_RESOURCES.test(name)) {
        errors.push(fieldError.invalid(place, name, 'must be a standard resource type or fully qualified'));
      }
      if (parseQuantity(text).nanos < 0n) {
        errors.push(fieldError.invalid(place, text, 'must be greater than or equal to 0'));
      }
    }
  }
  for (const [name, request] of Object.entries(resources.requests ?? {})) {
    const limit = resources.limits?.[name];
    if (limit !== undefined && compareQuantities(parseQuantity(request), parseQuantity(limit)) > 0) {
      errors.push(
        fieldError.invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`),
      );
    }
  }
  return errors;
}

function oneOf(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  if (value === undefined || allowed.includes(value)) return [];
  return [value === '' ? fieldError.required(path) : fieldError.notSupported(path, value, [...allowed].sort())];
}

function named(value: string | undefined, path: string, problems: (value: string) => string[]): FieldError[] {
  if (value === undefined || value === '') return [];
  return problems(value).map((problem) => fieldError.invalid(path, value, problem));
}

function atLeastZero(path: string, value: number): FieldError {
  return fieldError.invalid(path, value, 'must be greater than or equal to 0');
}
