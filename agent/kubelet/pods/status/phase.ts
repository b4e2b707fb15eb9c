import { podSpec, type ContainerStatusEntry, type StoredPod } from '../pod.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** Pod.status.phase (kubelet's getPhase). `ended`: all containers have, and none will be started again. */
export function podPhase(pod: StoredPod, statuses: readonly ContainerStatusEntry[], ended: boolean): Phase {
  const { containers, restartPolicy = 'Always' } = podSpec(pod);
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  let unknown = 0;
  for (const { name } of containers) {
    const status = statuses.find((candidate) => candidate.name === name);
    if (!status) unknown++;
    else if (status.state?.running) running++;
    else if (status.state?.terminated) {
      stopped++;
      if (status.state.terminated.exitCode === 0) succeeded++;
    } else if (status.lastState?.terminated) stopped++;
    else waiting++;
  }
  if (ended) {
    // A container that never ran has not succeeded either.
    return waiting + unknown + running === 0 && succeeded === stopped ? 'Succeeded' : 'Failed';
  }
  if (waiting > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (running === 0 && stopped > 0 && unknown === 0) {
    if (restartPolicy === 'Always') return 'Running';
    if (stopped === succeeded) return 'Succeeded';
    return restartPolicy === 'Never' ? 'Failed' : 'Running';
  }
  return 'Pending';
}
