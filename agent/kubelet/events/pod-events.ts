import { podIdentity, type StoredPod } from '../pods/pod.ts';
import type { EventRecorder, EventType } from '#common/client/event-recorder.ts';

/** Tells of one pod: `container` names the container that the event is about. */
export type TellPod = (type: EventType, reason: string, message: string, container?: string) => void;

export function podEvents(recorder: EventRecorder, pod: StoredPod): TellPod {
  const { uid, namespace, name } = podIdentity(pod);
  return (type, reason, message, container) => {
    recorder.record(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace,
        name,
        uid,
        resourceVersion: pod.metadata.resourceVersion,
        ...(container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }),
      },
      type,
      reason,
      message,
    );
  };
}
