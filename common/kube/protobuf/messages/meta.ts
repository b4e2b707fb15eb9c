import type { Messages } from '../messages.ts';

/** The messages of apimachinery, meta/v1 (Source: its generated.proto at 1.36). */
export const metaMessages: Messages = {
  'meta.v1.Condition': '1 type, 2 status, 3 observedGeneration, 4 lastTransitionTime, 5 reason, 6 message',
  'meta.v1.DeleteOptions':
    '1 gracePeriodSeconds*, 2 preconditions, 3 orphanDependents*, 4 propagationPolicy*, 5 dryRun, 6 ignoreStoreReadErrorWithClusterBreakingPotential*',
  'meta.v1.FieldSelectorRequirement': '1 key, 2 operator, 3 values',
  'meta.v1.LabelSelector': '1 matchLabels, 2 matchExpressions',
  'meta.v1.LabelSelectorRequirement': '1 key, 2 operator, 3 values',
  'meta.v1.ManagedFieldsEntry': '1 manager, 2 operation, 3 apiVersion, 4 time, 6 fieldsType, 7 fieldsV1, 8 subresource',
  'meta.v1.ObjectMeta':
    '1 name, 2 generateName, 3 namespace, 4 selfLink, 5 uid, 6 resourceVersion, 7 generation, 8 creationTimestamp, 9 deletionTimestamp, 10 deletionGracePeriodSeconds*, 11 labels, 12 annotations, 13 ownerReferences, 14 finalizers, 17 managedFields',
  'meta.v1.OwnerReference': '1 kind, 3 name, 4 uid, 5 apiVersion, 6 controller*, 7 blockOwnerDeletion*',
  'meta.v1.Preconditions': '1 uid*, 2 resourceVersion*',
};
