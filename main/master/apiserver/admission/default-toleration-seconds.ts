import type { Pod } from '#common/kube/resources.ts';
import type { Draft } from '../kind.ts';
import type { AdmissionPlugin } from './admission.ts';

const SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** A pod stays five minutes on a node that fails, unless it says otherwise: most failures are short. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit({ operation, kind, subresource, draft }) {
    if (operation === 'DELETE' || kind.resource.plural !== 'pods' || kind.resource.group !== '' || subresource !== '')
      return;
    const { spec } = draft as Draft<Pod>;
    if (!spec) return;
    for (const key of TAINTS) {
      const tolerated = (spec.tolerations ?? []).some(
        (toleration) =>
          ((toleration.key ?? '') === key || (!toleration.key && toleration.operator === 'Exists')) &&
          (!toleration.effect || toleration.effect === 'NoExecute'),
      );
      if (tolerated) continue;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS },
      ];
    }
  },
};
