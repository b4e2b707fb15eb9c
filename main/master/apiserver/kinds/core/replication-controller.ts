import { mutableCopy } from '#common/base/freeze.ts';
import { ageText } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import { replicationControllers, type ReplicationController } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../kind.ts';
import { labelErrors } from '../../handlers/metadata.ts';
import { scaleSubresource } from '../autoscaling/scale.ts';
import { setPodSpecDefaults } from './pod-spec/defaults.ts';
import { validatePodSpec } from './pod-spec/validate.ts';

/** Keeps so many pods of one template running. */
export const replicationControllerKind: Kind<ReplicationController> = {
  resource: replicationControllers,
  type: 'core.v1.ReplicationController',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  nameProblems: dnsSubdomainProblems,
  countsGeneration: true,
  unconditionalUpdate: true,
  // As it was before there was a garbage collector.
  defaultPropagation: 'Orphan',
  setDefaults(draft) {
    const { spec } = draft;
    if (!spec) return;
    spec.replicas ??= 1;
    if (spec.template?.spec) setPodSpecDefaults(spec.template.spec);
    const labels = spec.template?.metadata?.labels;
    if (!labels) return;
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
  },
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
    draft.status = { replicas: 0 };
  },
  prepareForUpdate(draft, old) {
    draft.status = mutableCopy<NonNullable<ReplicationController['status']>>(old.status ?? { replicas: 0 });
  },
  validate(draft) {
    const { spec } = draft;
    if (!spec) return [fieldError.required('spec')];
    const errors: FieldError[] = [];
    const { selector = {}, template, replicas = 1, minReadySeconds = 0 } = spec;
    if (minReadySeconds < 0) errors.push(notNegative('spec.minReadySeconds', minReadySeconds));
    errors.push(...labelErrors('spec.selector', selector));
    if (Object.keys(selector).length === 0) errors.push(fieldError.required('spec.selector'));
    if (replicas < 0) errors.push(notNegative('spec.replicas', replicas));
    if (!template) return [...errors, fieldError.required('spec.template')];
    const labels = template.metadata?.labels ?? {};
    errors.push(...labelErrors('spec.template.labels', labels));
    if (!LabelSelector.fromMap(selector).matches(labels)) {
      errors.push(
        fieldError.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
      );
    }
    if (!template.spec) return [...errors, fieldError.required('spec.template.spec')];
    errors.push(...validatePodSpec(template.spec, 'spec.template.spec'));
    if (template.spec.restartPolicy !== 'Always') {
      errors.push(fieldError.notSupported('spec.template.spec.restartPolicy', template.spec.restartPolicy, ['Always']));
    }
    return errors;
  },
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
  columns: [
    NAME_COLUMN,
    { name: 'Desired', type: 'integer', description: 'Replicas is the number of desired replicas.' },
    { name: 'Current', type: 'integer', description: 'Replicas is the most recently observed number of replicas.' },
    { name: 'Ready', type: 'integer', description: 'The number of ready replicas for this replication controller.' },
    AGE_COLUMN,
    { name: 'Containers', type: 'string', priority: 1, description: 'Names of each container in the template.' },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      description: 'Images referenced by each container in the template.',
    },
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Selector is a label query over pods that should match the Replicas count.',
    },
  ],
  cells(object, now) {
    const containers = object.spec?.template?.spec?.containers ?? [];
    return [
      object.metadata.name,
      object.spec?.replicas ?? 0,
      object.status?.replicas ?? 0,
      object.status?.readyReplicas ?? 0,
      ageText(object.metadata.creationTimestamp, now),
      containers.map(({ name }) => name).join(','),
      containers.map(({ image }) => image ?? '').join(','),
      LabelSelector.fromMap(object.spec?.selector).toString(),
    ];
  },
  subresources: {
    status: {
      style: 'part',
      readable: true,
      take(draft, incoming) {
        if (incoming.status) draft.status = incoming.status;
      },
    },
    scale: scaleSubresource({
      replicas: (object) => object.spec?.replicas ?? 0,
      currentReplicas: (object) => object.status?.replicas ?? 0,
      selector: (object) => LabelSelector.fromMap(object.spec?.selector).toString(),
      setReplicas(draft, replicas) {
        draft.spec = { ...draft.spec, replicas };
      },
    }),
  },
};

function notNegative(path: string, value: number): FieldError {
  return fieldError.invalid(path, value, 'must be greater than or equal to 0');
}
