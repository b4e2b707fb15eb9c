import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateRequest } from '../../agent/identity/certificate-request.ts';
import { kubeconfig } from '../../main/pki/kubeconfig.ts';
import { findKubectl, kubectlFor, type Kubectl } from '../support/kubectl.ts';
import { TestMaster } from '../support/master.ts';

/** From 1.32 on it sends reviews and roles that it makes itself as protobuf. */
describe.each(['1.27', '1.30', '1.33'])('kubectl %s', (version) => {
  let folder: string;
  let master: TestMaster;
  let admin: Kubectl;
  let as: (name: string, ...groups: string[]) => Promise<Kubectl>;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pilothouse-authorization-'));
    master = await TestMaster.start({ controllers: true });
    as = async (name, ...groups) => {
      const file = path.join(folder, `${name}.kubeconfig`);
      const credentials = name === 'admin' ? master.credentials() : master.credentials(name, groups);
      await writeFile(file, kubeconfig('test', await master.url(), credentials.ca, name, credentials as never));
      return kubectlFor(file, findKubectl(version));
    };
    admin = await as('admin');
  });
  afterAll(async () => {
    await master[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('asks what one may do', async () => {
    const anna = await as('anna', 'team');
    expect(await admin(['auth', 'can-i', '*', '*', '--all-namespaces'])).toBe('yes');
    expect((await anna.try(['auth', 'can-i', 'get', 'pods'])).stdout).toBe('no');
    await admin(['create', 'rolebinding', 'team', '--clusterrole', 'view', '--group', 'team']);
    expect(await anna(['auth', 'can-i', 'get', 'pods'])).toBe('yes');
    expect((await anna.try(['auth', 'can-i', 'get', 'pods', '-n', 'kube-system'])).stdout).toBe('no');
    expect((await anna.try(['auth', 'can-i', 'get', '/metrics'])).stdout).toBe('no');
    const list = await anna(['auth', 'can-i', '--list']);
    expect(list).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs/);
    expect(list).toMatch(/^pods +\[\] +\[\] +\[get list watch\]/m);
    expect(list).toMatch(/^ +\[\/healthz\] +\[\] +\[get\]/m);
  });

  it('is refused in the words of Kubernetes', async () => {
    const bert = await as('bert');
    const { stderr, exitCode } = await bert.try(['get', 'pods', '-n', 'kube-system']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'Error from server (Forbidden): pods is forbidden: User "bert" cannot list resource "pods" in API group "" in the namespace "kube-system"',
    );
  });

  it('makes, shows and describes roles and bindings', async () => {
    await admin(['create', 'role', 'reader', '--verb=get,list', '--resource=pods,services/status']);
    await admin(['create', 'clusterrole', 'metrics', '--verb=get', '--non-resource-url=/metrics']);
    await admin(['create', 'clusterrolebinding', 'metrics', '--clusterrole=metrics', '--serviceaccount=default:bot']);
    await admin(['create', 'rolebinding', 'readers', '--role=reader', '--user=carl', '--group=team']);
    expect(await admin(['get', 'roles'])).toMatch(/^NAME +CREATED AT\nreader +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await admin(['get', 'rolebinding', 'readers', '-o', 'wide'])).toMatch(
      /^NAME +ROLE +AGE +USERS +GROUPS +SERVICEACCOUNTS\nreaders +Role\/reader +\d+s +carl +team/,
    );
    expect(await admin(['describe', 'role', 'reader'])).toMatch(/pods +\[\] +\[\] +\[get list\]/);
    expect(await admin(['describe', 'clusterrolebinding', 'metrics'])).toMatch(/ServiceAccount +bot +default/);
    const file = path.join(folder, 'view.yaml');
    await writeFile(file, await admin(['get', 'clusterrole', 'view', '-o', 'yaml']));
    expect(await admin(['auth', 'reconcile', '-f', file])).toContain('clusterrole.rbac.authorization.k8s.io/view');
  });

  it('must not give what it does not have', async () => {
    const dora = await as('dora');
    await admin(['create', 'clusterrolebinding', 'dora', '--clusterrole=admin', '--user=dora']);
    const input = JSON.stringify({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'too-much' },
      rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'delete'] }],
    });
    const { stderr } = await dora.try(['create', '--validate=false', '-f', '-'], { input });
    expect(stderr).toContain(
      'roles.rbac.authorization.k8s.io "too-much" is forbidden: user "dora" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get" "delete"]}',
    );
  });

  it('approves and denies certificates', async () => {
    const privateKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
    const pem = certificateRequest({ commonName: 'emil', organization: 'team' }, privateKey);
    const ask = (name: string): Promise<string> =>
      admin(['create', '--validate=false', '-f', '-'], {
        input: JSON.stringify({
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: { name },
          spec: {
            signerName: 'kubernetes.io/kube-apiserver-client',
            usages: ['client auth'],
            request: Buffer.from(pem).toString('base64'),
          },
        }),
      });
    await ask('wanted');
    await ask('unwanted');
    const bert = await as('bert');
    expect((await bert.try(['certificate', 'approve', 'wanted'])).stderr).toContain('(Forbidden)');
    expect(await admin(['certificate', 'approve', 'wanted'])).toContain('approved');
    expect(await admin(['certificate', 'deny', 'unwanted'])).toContain('denied');
    await admin(['wait', 'csr/wanted', '--for=jsonpath={.status.conditions[0].type}=Approved']);
    await expect.poll(() => admin(['get', 'csr', 'wanted', '--no-headers'])).toMatch(/Approved,Issued$/);
    expect(await admin(['get', 'csr', 'unwanted', '--no-headers'])).toMatch(/Denied$/);
  });
});
