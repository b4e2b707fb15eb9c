import type { AgentConfig } from '#common/contract/agent-config.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Runtime } from '../../cri/runtime.ts';
import type { Image } from '../../cri/types.ts';
import { nodeResources } from './capacity.ts';
import { nodeConditions } from './conditions.ts';
import { measureHeadroom, pressureOf, type Pressure } from './pressure.ts';
import type { NodeDescription, NodeStatus } from './reporter.ts';
import { fileSystemBytes, goArchitecture, readNodeInfo } from './system-info.ts';

/** The kubelet's nodeStatusMaxImages, and how many names of each it tells. */
const MAXIMUM_IMAGES = 50;
const MAXIMUM_NAMES = 5;

type NodeImage = NonNullable<NodeStatus['images']>[number];

/** What this machine is as a Node. `problems` are the reasons why it is not ready. */
export function describeNode(
  config: AgentConfig,
  runtime: Runtime,
  clock: Clock,
  problems: () => readonly string[],
): NodeDescription {
  return {
    name: config.nodeName,
    labels: {
      'kubernetes.io/arch': goArchitecture(process.arch),
      'kubernetes.io/hostname': config.nodeName,
      'kubernetes.io/os': 'linux',
    },
    async status(previous) {
      const { total } = await fileSystemBytes(config.stateDirectory);
      const pressure = await measurePressure(config);
      // A runtime that does not answer leaves what was known of it; that it does not is told by `problems`.
      const version = await runtime.version().catch(() => undefined);
      const images = await runtime.listImages().catch(() => undefined);
      return {
        addresses: [
          { type: 'InternalIP', address: config.nodeAddress },
          { type: 'Hostname', address: config.nodeName },
        ],
        ...nodeResources(config.capacity, total),
        conditions: nodeConditions(problems(), pressure, previous?.conditions ?? [], clock.now()),
        daemonEndpoints: { kubeletEndpoint: { Port: config.kubeletPort } },
        ...(version ? { nodeInfo: await readNodeInfo(version) } : {}),
        ...(images ? { images: nodeImages(images) } : {}),
      };
    },
  };
}

export async function measurePressure(config: AgentConfig): Promise<Pressure> {
  return pressureOf(await measureHeadroom(config.capacity.memoryBytes, config.stateDirectory));
}

/** Node.status.images: the largest first, each by its digests and tags. */
export function nodeImages(images: readonly Image[]): NodeImage[] {
  return images
    .toSorted((left, right) => right.size - left.size)
    .slice(0, MAXIMUM_IMAGES)
    .map((image) => ({
      names: [...image.repoDigests, ...image.repoTags].slice(0, MAXIMUM_NAMES),
      sizeBytes: image.size,
    }));
}
