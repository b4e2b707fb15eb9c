import { existsSync } from 'node:fs';
import path from 'node:path';

/** Where things lie beside the code, in a checkout and in the packaged app alike. */
export interface Layout {
  /** The folder with package.json. */
  readonly root: string;
  readonly schemas: string;
  readonly openApi: string;
  readonly agentBundle: string;
  readonly masterThread: string;
  readonly preload: string;
  readonly renderer: string;
  /** OCI archives, with their manifest.json. */
  readonly images: string;
  /** Templates of files on a node. */
  readonly nodeTemplates: string;
  /** The Node.js program that a node of this architecture runs. */
  nodeRuntime(architecture: 'x64' | 'arm64'): string;
}

/** Finds the layout from any file of the app: bundled in build/main/, or its source in main/. */
export function findLayout(from = import.meta.dirname): Layout {
  let root = from;
  while (!existsSync(path.join(root, 'package.json'))) {
    const parent = path.dirname(root);
    if (parent === root) throw new Error(`There is no package.json above ${from}`);
    root = parent;
  }
  const build = path.join(root, 'build');
  return {
    root,
    schemas: path.join(build, 'generated/schemas.json'),
    openApi: path.join(build, 'generated/openapi.json'),
    agentBundle: path.join(build, 'agent/agent.cjs'),
    masterThread: path.join(build, 'main/master-thread.js'),
    preload: path.join(build, 'main/preload.cjs'),
    renderer: path.join(build, 'renderer'),
    images: path.join(build, 'images'),
    nodeTemplates: path.join(root, 'resources/node'),
    nodeRuntime: (architecture) => path.join(root, 'node_modules', `node-linux-${architecture}`, 'bin/node'),
  };
}
