import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { leases, secrets } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { rawRequest } from '../../../../test/support/raw-request.ts';
import { componentUser } from '../authentication/user.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-audit-'));
  file = path.join(directory, 'audit.log');
});
afterEach(() => rm(directory, { recursive: true }));

async function events(): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('notes who did what to what, and never what a Secret holds', async () => {
  {
    await using master = await TestMaster.start({ auditFile: file });
    const value = Buffer.from('hunter2').toString('base64');
    await rawRequest(master, '/api/v1/namespaces/default/secrets?fieldManager=me', {
      method: 'POST',
      headers: { 'user-agent': 'kubectl/v1.33' },
      body: JSON.stringify({ metadata: { generateName: 'a-' }, data: { password: value } }),
    });
    await rawRequest(master, '/api/v1/namespaces/default/secrets/b', { user: 'jane', groups: ['devs'] });
    await rawRequest(master, '/readyz');
    await master.admin.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'inside', namespace: 'default' },
      data: { password: value },
    });
    expect(await readFile(file, 'utf8')).not.toContain(value);
  }
  const found = (await events()).filter(({ objectRef }) => (objectRef as { resource: string }).resource === 'secrets');
  const reference = { resource: 'secrets', namespace: 'default', apiVersion: 'v1' };
  expect(found.map(({ verb, objectRef }) => [verb, objectRef])).toEqual([
    ['create', { ...reference, name: expect.stringMatching(/^a-/) as string }],
    ['get', { ...reference, name: 'b' }],
    ['create', { ...reference, name: 'inside' }],
  ]);
  expect(found[0]).toMatchObject({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/secrets?fieldManager=me',
    user: { username: 'kubernetes-admin' },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'kubectl/v1.33',
    responseStatus: { metadata: {}, code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  });
  expect(found[1]).toMatchObject({
    user: { username: 'jane', groups: ['devs', 'system:authenticated'] },
    responseStatus: { status: 'Failure', reason: 'Forbidden', code: 403 },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  });
  const text = await readFile(file, 'utf8');
  expect(text).not.toMatch(/hunter2|aHVudGVyMg/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('leaves out the heartbeats and the reading of the components', async () => {
  {
    await using master = await TestMaster.start({ auditFile: file });
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'a', namespace: 'default' },
    } as const;
    await master.client().create(leases, lease);
    await master.admin.patch(leases, lease.metadata, 'merge', { spec: { holderIdentity: 'me' } });
    const component = componentUser('system:kube-scheduler');
    await expect(master.client(component).create(leases, lease)).rejects.toThrow();
  }
  const users = (await events())
    .filter(({ objectRef }) => (objectRef as { resource: string }).resource === 'leases')
    .map(({ user }) => user);
  expect(users).toMatchObject([{ username: 'kubernetes-admin' }]);
});

it('names each request as its client does, or by a name of its own that the answer tells', async () => {
  await using master = await TestMaster.start({ auditFile: file });
  const chosen = await rawRequest(master, '/api/v1/namespaces', { headers: { 'audit-id': 'mine-1' } });
  expect(chosen.headers['audit-id']).toBe('mine-1');
  const made = await rawRequest(master, '/api/v1/namespaces/none');
  expect(made.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect((await rawRequest(master, '/readyz')).headers['audit-id']).not.toBe(made.headers['audit-id']);
  await master.stop();
  const ids = (await events()).map(({ auditID }) => auditID);
  expect(ids).toContain('mine-1');
  expect(ids).toContain(made.headers['audit-id']);
});
