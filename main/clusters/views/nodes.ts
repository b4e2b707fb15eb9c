import type { Informer } from '#common/client/informer.ts';
import type { NodeRow, Tone } from '#common/contract/rows.ts';
import { nodeAddress, nodeStatusText } from '#common/kube/node-status.ts';
import type { Stored } from '#common/kube/object.ts';
import { milliValue, parseQuantity, quantityValue } from '#common/kube/quantity.ts';
import type { Node, Pod } from '#common/kube/resources.ts';

/** For the index of pods by the node that they are on. */
export const NODE_INDEX = 'node';

export function byNode(pod: Stored<Pod>): string[] {
  const { phase } = pod.status ?? {};
  return pod.spec?.nodeName && phase !== 'Succeeded' && phase !== 'Failed' ? [pod.spec.nodeName] : [];
}

export function nodeRow(node: Stored<Node>, pods: Informer<Pod>): NodeRow {
  const { metadata, status } = node;
  const info = status?.nodeInfo;
  const amount = (name: string): string | number => status?.capacity?.[name] ?? 0;
  const address = nodeAddress(node);
  const word = nodeStatusText(node);
  return {
    id: metadata.uid,
    name: metadata.name,
    created: metadata.creationTimestamp,
    status: word,
    tone: toneOf(word, node),
    ...(address === undefined ? {} : { address }),
    version: info?.kubeletVersion ?? '',
    runtime: info?.containerRuntimeVersion ?? '',
    os: info?.osImage ?? '',
    kernel: info?.kernelVersion ?? '',
    cpus: milliValue(parseQuantity(amount('cpu'))) / 1000,
    memoryBytes: quantityValue(parseQuantity(amount('memory'))),
    pods: pods.byIndex(NODE_INDEX, metadata.name).length,
    podCapacity: quantityValue(parseQuantity(amount('pods'))),
  };
}

function toneOf(word: string, node: Stored<Node>): Tone {
  if (word.startsWith('NotReady')) {
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status === 'Unknown' ? 'unknown' : 'error';
  }
  if (word.startsWith('Unknown')) return 'unknown';
  const pressed = node.status?.conditions?.some(({ type, status }) => type.endsWith('Pressure') && status === 'True');
  return pressed === true || node.spec?.unschedulable === true ? 'warn' : 'ok';
}
