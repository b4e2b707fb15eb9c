import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { kubectlFor, type Kubectl } from '../support/kubectl.ts';
import type { Access } from '../support/access.ts';
import { LoneMaster } from '../support/lone-master.ts';
import { RawApi } from '../support/raw-api.ts';

export interface ConformanceMaster {
  readonly api: RawApi;
  readonly kubectl: Kubectl;
  readonly url: string;
  readonly access: Access;
  /** The administrator's. */
  readonly kubeconfig: string;
  /** Where checks may put files. */
  readonly directory: string;
}

/** A lone master for the checks of one file. Its parts are there once the checks run. */
export function useMaster(): ConformanceMaster {
  const running: { directory?: string; master?: LoneMaster; api?: RawApi; kubectl?: Kubectl } = {};
  beforeAll(async () => {
    running.directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-conformance-'));
    running.master = await LoneMaster.start({ directory: path.join(running.directory, 'master') });
    running.api = new RawApi(running.master.access);
    running.kubectl = kubectlFor(running.master.kubeconfig);
  });
  afterAll(async () => {
    running.api?.[Symbol.dispose]();
    await running.master?.[Symbol.asyncDispose]();
    if (running.directory !== undefined) await rm(running.directory, { recursive: true });
  });
  return {
    get api() {
      return running.api!;
    },
    get kubectl() {
      return running.kubectl!;
    },
    get url() {
      return running.master!.access.url;
    },
    get access() {
      return running.master!.access;
    },
    get kubeconfig() {
      return running.master!.kubeconfig;
    },
    get directory() {
      return running.directory!;
    },
  };
}
