import path from 'node:path';
import { BUILD, type Task } from './task.ts';

/** OCI archives of what the product itself runs in pods, so that no registry is needed. */
export const buildImages: Task = {
  name: 'images',
  inputs: ['resources/images'],
  outputs: ['images'],
  run: async () => {
    const { buildAllImages } = await import('../../resources/images/build.ts');
    await buildAllImages(path.join(BUILD, 'images'));
  },
};
