import { once } from 'node:events';
import tls from 'node:tls';
import { expect, it } from 'vitest';
import { namespaces } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';

it('is changed while connections stay', async () => {
  await using master = await TestMaster.start();
  const before = await master.https();
  const ask = (client = before) => client.get(namespaces, { name: 'default' });
  await ask();
  const shown = async (): Promise<string> => {
    const { port } = new URL(await master.url());
    const socket = tls.connect({ host: '127.0.0.1', port: Number(port), ca: master.authority.cert });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const first = await shown();
  expect(await shown()).toBe(first);
  master.renewServing();
  expect(await shown()).not.toBe(first);
  expect((await ask()).metadata.name).toBe('default');
  // Client certificates are still known to the new context.
  expect((await ask(await master.https())).metadata.name).toBe('default');
});
