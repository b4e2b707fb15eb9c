import { describe, expect, it } from 'vitest';
import { secrets, type Secret } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../test/support/master.ts';

const ref = { namespace: 'default', name: 'a' };
const secret = (content: Partial<Secret> = {}): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { ...ref },
  ...content,
});

describe('a secret', () => {
  it('takes texts, and keeps them as data', async () => {
    await using master = await TestMaster.start();
    const created = await master.admin.create(
      secrets,
      secret({ data: { a: 'QQ==', b: 'Qg==' }, stringData: { b: 'ü' } }),
    );
    expect(created).toMatchObject({ type: 'Opaque', data: { a: 'QQ==', b: Buffer.from('ü').toString('base64') } });
    expect(created).not.toHaveProperty('stringData');
    const patched = await master.admin.patch(secrets, ref, 'merge', { stringData: { c: 'x' }, data: { a: null } });
    expect(Object.keys(patched.data!).sort()).toEqual(['b', 'c']);
  });

  it.each<[Partial<Secret>, number, string]>([
    [{ data: { a: '*' } }, 400, 'illegal base64 data at input byte 0'],
    [{ data: { 'a b': '' } }, 422, 'data[a b]: Invalid value: "a b": a valid config key must consist of'],
    [{ data: { '..': '' } }, 422, "must not be '..'"],
    [{ data: { a: 'A'.repeat(1_400_000) } }, 422, 'data: Too long: may not be more than 1048576 bytes'],
    [{ type: 'kubernetes.io/tls', stringData: { 'tls.crt': '' } }, 422, 'data[tls.key]: Required value'],
    [{ type: 'kubernetes.io/dockerconfigjson' }, 422, 'data[.dockerconfigjson]: Required value'],
  ])('%#: is refused', async (content, code, message) => {
    await using master = await TestMaster.start();
    await expect(master.admin.create(secrets, secret(content))).rejects.toMatchObject({
      status: { code, message: expect.stringContaining(message) as string },
    });
  });

  it('keeps its type', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(secrets, secret({ type: 'example.com/a' }));
    // As in upstream, none is Opaque, also in an update.
    for (const type of [{}, { type: 'Opaque' }]) {
      await expect(master.admin.update(secrets, secret(type))).rejects.toMatchObject({
        status: { message: 'Secret "a" is invalid: type: Invalid value: "Opaque": field is immutable' },
      });
    }
    await master.admin.patch(secrets, ref, 'merge', { stringData: { x: 'y' } });
  });

  it('that is immutable stays, and may be deleted', async () => {
    await using master = await TestMaster.start();
    await master.admin.create(secrets, secret({ immutable: true, stringData: { a: '1' } }));
    await expect(master.admin.patch(secrets, ref, 'merge', { stringData: { a: '2' } })).rejects.toMatchObject({
      status: { message: 'Secret "a" is invalid: data: Forbidden: field is immutable when `immutable` is set' },
    });
    await master.admin.delete(secrets, ref);
  });
});
