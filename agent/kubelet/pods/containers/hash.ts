import { createHash } from 'node:crypto';
import type { ContainerSpec } from '../pod.ts';

/** Changes when a container has to be made anew: with its name or its image, as in the kubelet since 1.31. */
export function containerHash(container: ContainerSpec): string {
  const picked = JSON.stringify({ name: container.name, image: container.image ?? '' });
  return createHash('sha256').update(picked).digest('hex').slice(0, 8);
}
