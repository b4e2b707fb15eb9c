import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { stringify } from 'yaml';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { kubectlFor, type Kubectl } from './kubectl.ts';
import { LoneMaster } from './lone-master.ts';

export interface KubectlMaster {
  readonly kubectl: Kubectl;
  readonly directory: string;
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly access: LoneMaster['access'];
  /** What one object has, as `kubectl get` of it gives it. */
  readonly get: (...what: readonly string[]) => Promise<Record<string, unknown>>;
  /** A file with these objects. */
  readonly manifest: (name: string, ...objects: readonly object[]) => Promise<string>;
}

/** A lone master and one program that talks to it, for all tests of the describe block that calls this. */
export function useKubectl(binary: string | undefined): KubectlMaster {
  let directory: string;
  let master: LoneMaster;
  let kubectl: Kubectl;
  beforeAll(async () => {
    expect(binary, 'this kubectl is not installed').toBeDefined();
    await runTask(buildSchemas);
    directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-kubectl-'));
    master = await LoneMaster.start({ directory: path.join(directory, 'master') });
    kubectl = kubectlFor(master.kubeconfig, binary);
  });
  afterAll(async () => {
    await master[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  return {
    get kubectl() {
      return kubectl;
    },
    get directory() {
      return directory;
    },
    get kubeconfig() {
      return master.kubeconfig;
    },
    get access() {
      return master.access;
    },
    get: async (...what) => JSON.parse(await kubectl(['get', ...what, '-o', 'json'])) as Record<string, unknown>,
    manifest: async (name, ...objects) => {
      const file = path.join(directory, `${name}.yaml`);
      await writeFile(file, objects.map((object) => stringify(object)).join('---\n'));
      return file;
    },
  };
}
