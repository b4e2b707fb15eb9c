import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand, withInstance } from './command.ts';
import { findCluster } from './find-cluster.ts';
import { outputOptions, printJson, printLine } from './output/output.ts';

const schema = z.object({ ...outputOptions, cluster: z.string(), file: z.string() });

/** `pilothouse image load`: an archive of images for every node, without a registry. */
export function addImageLoad(parent: Command): void {
  addCommand(
    parent,
    'load <cluster> <file>',
    'imports an image archive (docker save, OCI) on the nodes that run',
  ).action(
    withInstance(schema, async (instance, { cluster, file, json }) => {
      const { id } = await findCluster(instance, cluster);
      const loaded = await instance.call('clusters.loadImage', { cluster: id, file: path.resolve(file) });
      if (json) printJson(loaded);
      else for (const image of loaded.images) printLine(`${image} is on ${loaded.nodes.join(', ')}`);
    }),
  );
}
