import { expect, it } from 'vitest';
import { BadUseError } from './bad-use.ts';
import { runMaster } from './master.ts';

it.each([
  ['etcd://127.0.0.1:2379', '--store: etcd is not supported yet: give sqlite or memory'],
  ['postgres', '--store: give sqlite or memory'],
])('refuses --store %s before it touches anything', async (store, words) => {
  const refused = runMaster({ data: '/nonexistent/data', listen: '127.0.0.1:0', store });
  await expect(refused).rejects.toThrow(BadUseError);
  await expect(refused).rejects.toThrow(words);
});
