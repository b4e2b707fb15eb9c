import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { findKubectl } from '../support/kubectl.ts';
import { useMaster } from './conformance-master.ts';

describe('kubectl', () => {
  const master = useMaster();

  test('[CL02] api-versions tells v1', async () => {
    expect((await master.kubectl(['api-versions'])).split('\n')).toContain('v1');
  });

  test('[CL02] cluster-info tells where the control plane is', async () => {
    // Colours are for terminals, which this is not.
    expect(await master.kubectl(['cluster-info'])).toContain(`Kubernetes control plane is running at ${master.url}`);
  });

  test('[CL02] version tells both versions', async () => {
    const { clientVersion, serverVersion } = JSON.parse(await master.kubectl(['version', '-o', 'json'])) as Record<
      'clientVersion' | 'serverVersion',
      { major: string; minor: string }
    >;
    expect(clientVersion.major).toBe('1');
    expect(serverVersion).toMatchObject({ major: '1', minor: '34' });
  });

  for (const [what, flags] of [
    ['any free port', () => ['--port=0']],
    ['a socket', (socket: string) => [`--unix-socket=${socket}`]],
  ] as const) {
    test(`[CL02] proxy serves on ${what}`, async () => {
      const socketPath = path.join(master.directory, 'proxy.sock');
      const child = spawn(findKubectl(), ['proxy', ...flags(socketPath)], {
        env: { ...process.env, KUBECONFIG: path.join(master.directory, 'master/admin.kubeconfig') },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const output = createInterface({ input: child.stdout });
      try {
        const [line] = (await once(output, 'line')) as [string];
        const port = /^Starting to serve on 127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
        const where = port === undefined ? { socketPath } : { host: '127.0.0.1', port };
        const request = http.get({ ...where, path: '/api/', agent: false });
        const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
        const body = Buffer.concat(await answer.toArray()).toString('utf8');
        expect(JSON.parse(body)).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
      } finally {
        output.close();
        const exited = once(child, 'exit');
        child.kill();
        await exited;
      }
    });
  }

  test('[CL03] run makes a pod', async () => {
    expect(await master.kubectl(['run', 'web', '--image=web:1', '--restart=Never'])).toBe('pod/web created');
    const made = JSON.parse(await master.kubectl(['get', 'pod', 'web', '-o', 'json'])) as object;
    expect(made).toMatchObject({
      metadata: { labels: { run: 'web' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'web', image: 'web:1' }] },
    });
    await master.kubectl(['delete', 'pod', 'web']);
  });

  test('[CL04] diff shows what a change would change, and changes nothing', async () => {
    const file = path.join(master.directory, 'controller.json');
    const controller = (image: string): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'web' },
        spec: {
          replicas: 0,
          template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } },
        },
      });
    await writeFile(file, controller('web:1'));
    await master.kubectl(['apply', '-f', file]);
    expect((await master.kubectl.try(['diff', '-f', file])).exitCode).toBe(0);
    await writeFile(file, controller('web:2'));
    const { exitCode, stdout } = await master.kubectl.try(['diff', '-f', file]);
    expect(exitCode).toBe(1);
    expect(String(stdout)).toMatch(/^-\s+- image: web:1$/m);
    expect(String(stdout)).toMatch(/^\+\s+- image: web:2$/m);
    const image = ['-o', 'jsonpath={.spec.template.spec.containers[0].image}'];
    expect(await master.kubectl(['get', 'rc', 'web', ...image])).toBe('web:1');
  });
});
