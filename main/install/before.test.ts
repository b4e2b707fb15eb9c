import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { settingNames } from './before.ts';

test('the settings of a sysctl file are known by their names, also those that may fail', async () => {
  const text = '# a = 1\nnet.ipv4.ip_forward = 1\n-net.bridge.bridge-nf-call-iptables=1\n\n; b = 2\n';
  expect(settingNames(text)).toEqual(['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables']);
  const own = await readFile(path.join(import.meta.dirname, '../../resources/node/sysctl.conf'), 'utf8');
  const lines = own.split('\n').filter((line) => line.includes('=') && !line.startsWith('#'));
  expect(settingNames(own)).toHaveLength(lines.length);
});
