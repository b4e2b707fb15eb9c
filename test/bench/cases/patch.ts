import { MEASURE_MS, WARM_UP_MS, type BenchCase } from '../bench-case.ts';
import { inFlight, rateOf } from '../load.ts';
import { STATUS_PATCH_TYPE, statusPatch } from '../objects.ts';
import { makePods, podName, PODS_PATH } from '../pods.ts';

const PODS = 500;

/** What kubelets do all day: each patch says something new. */
export const patchCase: BenchCase = {
  name: 'patch',
  run: async (context) => {
    await using master = await context.startMaster();
    await using connections = await master.connect(4);
    await makePods(connections, PODS);
    let round = 1;
    const patch = (): ReturnType<typeof connections.patch> =>
      connections.patch(
        `${PODS_PATH}/${podName(round % PODS)}/status?fieldManager=kubelet`,
        statusPatch(round++),
        STATUS_PATCH_TYPE,
      );
    await inFlight(16, WARM_UP_MS, patch);
    return [
      await rateOf('patch.16', "patch a pod's status, 16 in flight", master, () => inFlight(16, MEASURE_MS, patch)),
    ];
  },
};
