import { homedir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { hostWithSecretsSchema } from '#common/contract/host.ts';
import { hostsOf } from './hosts.ts';

const none = { askPassphrase: false, askSudoPassword: false };

it('reads machines as SSH takes them', async () => {
  expect(await hostsOf({ ...none, host: ['ada@192.168.1.20', 'root@box.example:2222'], key: '~/.ssh/id' })).toEqual([
    { user: 'ada', address: '192.168.1.20', keyFile: path.join(homedir(), '.ssh/id'), secrets: {} },
    { user: 'root', address: 'box.example', port: 2222, keyFile: path.join(homedir(), '.ssh/id'), secrets: {} },
  ]);
});

it('leaves the key to the SSH agent where none is given', async () => {
  expect(await hostsOf({ ...none, host: ['ada@box'] })).toEqual([{ user: 'ada', address: 'box', secrets: {} }]);
});

it.each(['ada@', 'ada@box:port', 'ada@[::1]', 'a b@box'])('%j is nothing that the app takes', async (typed) => {
  const [host] = await hostsOf({ ...none, host: [typed] });
  expect(hostWithSecretsSchema.safeParse(host).success).toBe(false);
});
