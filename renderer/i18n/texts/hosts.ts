import type { Text } from '#common/i18n/locale.ts';

/** Machines that the user has: how they are named, checked and got into. */
export const hostTexts = {
  'hosts.title': { en: 'Your machines', 'zh-CN': '您的机器' },
  'hosts.what': {
    en: 'One for each node. They become nodes, and are given back as they were when the cluster is deleted.',
    'zh-CN': '每个节点一台。它们将成为节点，删除集群时会恢复原状。',
  },
  'hosts.number': { en: 'Machine {number}', 'zh-CN': '机器 {number}' },
  'hosts.add': { en: 'Add a machine', 'zh-CN': '添加机器' },
  'hosts.remove': { en: 'Remove machine {number}', 'zh-CN': '移除机器 {number}' },
  'hosts.most': {
    en: 'A new cluster has up to {count} nodes; more can be added later.',
    'zh-CN': '新集群最多 {count} 个节点，之后可再添加。',
  },
  'host.address': { en: 'Address', 'zh-CN': '地址' },
  'host.address-hint': { en: 'Host name or IPv4 address', 'zh-CN': '主机名或 IPv4 地址' },
  'host.port': { en: 'SSH port', 'zh-CN': 'SSH 端口' },
  'host.user': { en: 'User', 'zh-CN': '用户' },
  'host.key-file': { en: 'Private key file', 'zh-CN': '私钥文件' },
  'host.key-file-hint': { en: 'Left empty: the keys of the SSH agent', 'zh-CN': '留空则使用 SSH 代理中的密钥' },
  'host.passphrase': { en: 'Passphrase of the key', 'zh-CN': '密钥口令' },
  'host.passphrase-hint': { en: 'If the key has one', 'zh-CN': '如密钥设有口令' },
  'host.sudo': { en: 'Password for sudo', 'zh-CN': 'sudo 密码' },
  'host.sudo-hint': { en: 'If sudo asks for one', 'zh-CN': '如 sudo 需要密码' },
  'hosts.check': {
    en: '{count, plural, one {Check the machine} other {Check the machines}}',
    'zh-CN': '{count, plural, other {检查机器}}',
  },
  'hosts.checks': { en: 'Checks', 'zh-CN': '检查结果' },
  'hosts.unchecked': {
    en: '{count, plural, one {The machine is logged in to and looked at. Nothing is changed on it. You then see the fingerprint of its host key, to compare it with what the machine itself tells.} other {Each machine is logged in to and looked at. Nothing is changed on it. You then see the fingerprint of its host key, to compare it with what the machine itself tells.}}',
    'zh-CN':
      '{count, plural, other {将登录机器进行检查，不会做任何更改。之后您会看到主机密钥的指纹，可与机器自身显示的指纹核对。}}',
  },
  'hosts.checking': { en: 'Checking the machines…', 'zh-CN': '正在检查机器…' },
  'hosts.check-first': { en: 'Check the machines first.', 'zh-CN': '请先检查机器。' },
  'hosts.compare': {
    en: 'Compare the fingerprints before you go on: from then on, each machine must show this key.',
    'zh-CN': '请在继续前核对指纹：此后每台机器都必须出示相同的密钥。',
  },
  'secrets.title': { en: 'To go on, a secret is needed', 'zh-CN': '需要提供密码或口令才能继续' },
  'secrets.kept': {
    en: 'It is kept in memory only, for as long as it is needed.',
    'zh-CN': '仅在需要期间保存在内存中。',
  },
  'secrets.sudo': { en: 'Password for sudo on {nodes}', 'zh-CN': '{nodes} 上的 sudo 密码' },
  'secrets.passphrase': { en: 'Passphrase of the key for {nodes}', 'zh-CN': '{nodes} 所用密钥的口令' },
} as const satisfies Readonly<Record<string, Text>>;
