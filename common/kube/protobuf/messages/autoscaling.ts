import type { Messages } from '../messages.ts';

/** The messages of k8s.io/api, autoscaling/v1 (Source: its generated.proto at 1.36). */
export const autoscalingMessages: Messages = {
  'autoscaling.v1.Scale': '1 metadata, 2 spec, 3 status',
  'autoscaling.v1.ScaleSpec': '1 replicas',
  'autoscaling.v1.ScaleStatus': '1 replicas, 2 selector',
};
