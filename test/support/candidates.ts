import type { Node, Pod } from '#common/kube/resources.ts';
import { NodeInfo } from '../../main/master/scheduler/framework/node-info.ts';
import type { Candidate } from '../../main/master/scheduler/framework/plugin.ts';
import { stored } from './objects.ts';

/** A node with pods on it, as the scheduler's plugins see it. */
export function candidate(node: Node, pods: readonly Pod[] = []): Candidate {
  const info = new NodeInfo();
  info.node = stored(node);
  for (const pod of pods) info.put(stored(pod));
  return info as Candidate;
}
