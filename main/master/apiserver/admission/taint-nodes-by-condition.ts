import type { Node } from '#common/kube/resources.ts';
import type { Draft } from '../kind.ts';
import type { AdmissionPlugin } from './admission.ts';
import { isAbout } from './refusal.ts';

const TAINT = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;

/** A node takes no pods before its conditions were looked at once (plugin/pkg/admission/nodetaint). */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit(request) {
    if (request.operation !== 'CREATE' || request.subresource !== '' || !isAbout(request, '', 'nodes')) return;
    const draft = request.draft as Draft<Node>;
    const taints = draft.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === TAINT.key && effect === TAINT.effect)) return;
    draft.spec = { ...draft.spec, taints: [...taints, { ...TAINT }] };
  },
};
