import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BUILD, type Task } from './task.ts';

/** The shapes of all built-in kinds, derived from the official types: for the master, and for its clients. */
export const buildSchemas: Task = {
  name: 'schemas',
  inputs: ['common/kube/schema'],
  outputs: ['generated'],
  run: async () => {
    const { readModels } = await import('./schemas/models.ts');
    const { compactSchemas } = await import('./schemas/compact.ts');
    const { openApiDefinitions } = await import('./schemas/openapi.ts');
    const types = await readModels();
    const directory = path.join(BUILD, 'generated');
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, 'schemas.json'), JSON.stringify(compactSchemas(types)));
    await writeFile(path.join(directory, 'openapi.json'), JSON.stringify(openApiDefinitions(types)));
  },
};
