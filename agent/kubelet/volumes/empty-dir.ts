import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { parseQuantity, quantityValue } from '#common/kube/quantity.ts';
import { mountTmpfs } from './tmpfs.ts';
import { VolumeError, type VolumeSpec, type VolumeType } from './volume.ts';

/** A directory that lives as long as its pod, on disk or in memory. */
export const emptyDir: VolumeType<NonNullable<VolumeSpec['emptyDir']>> = {
  directoryName: 'kubernetes.io~empty-dir',
  source: (volume) => volume.emptyDir,
  async setUp(directory, { medium = '', sizeLimit }, { gid }) {
    const isNew = !(await stat(directory).catch(() => undefined));
    if (medium === 'Memory') {
      await mountTmpfs(directory, sizeLimit === undefined ? undefined : quantityValue(parseQuantity(sizeLimit)));
    } else if (medium === '') await mkdir(directory, { recursive: true });
    else throw new VolumeError(`unknown storage medium "${medium}"`);
    if (!isNew) return;
    // Containers run as whom they like: all may write, as upstream has it.
    if (gid === undefined) await chmod(directory, 0o777);
    else {
      await chown(directory, 0, gid);
      await chmod(directory, 0o2777);
    }
  },
};
