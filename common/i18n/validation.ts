import type { Text } from './locale.ts';

/** Why an input cannot be taken, by the reason that its schema gives. */
export const validationTexts = {
  'validation.invalid': { en: 'This cannot be used here.', 'zh-CN': '此输入无效。' },
  'validation.cluster-name': {
    en: 'Use up to 30 lower-case letters, digits and hyphens; begin with a letter, do not end in a hyphen.',
    'zh-CN': '最多 30 个小写字母、数字或连字符，以字母开头，不以连字符结尾。',
  },
  'validation.cluster-name-taken': { en: 'There is a cluster of this name.', 'zh-CN': '已存在同名集群。' },
  'validation.node-name': {
    en: 'Use up to 40 lower-case letters, digits and hyphens; begin with a letter, do not end in a hyphen.',
    'zh-CN': '最多 40 个小写字母、数字或连字符，以字母开头，不以连字符结尾。',
  },
  'validation.node-name-taken': { en: 'There is a node of this name.', 'zh-CN': '已存在同名节点。' },
  'validation.hosts-count': { en: 'Name one machine for each node.', 'zh-CN': '请为每个节点指定一台机器。' },
  'validation.host-twice': {
    en: 'This machine is named twice: each node needs one of its own.',
    'zh-CN': '此机器重复指定：每个节点都需要一台单独的机器。',
  },
  'validation.host-address': { en: 'Give a host name or an IPv4 address.', 'zh-CN': '请填写主机名或 IPv4 地址。' },
  'validation.host-port': { en: 'Choose a port from 1 to 65535.', 'zh-CN': '请选择 1 到 65535 之间的端口。' },
  'validation.host-user': { en: 'This cannot be the name of a user.', 'zh-CN': '这不能用作用户名。' },
  'validation.key-file': { en: 'Choose the file of a private key.', 'zh-CN': '请选择私钥文件。' },
  'validation.host-key': {
    en: 'A fingerprint begins with SHA256: and has 43 more characters.',
    'zh-CN': '指纹以 SHA256: 开头，后跟 43 个字符。',
  },
  'validation.nodes-range': { en: 'Choose 1 to 3 nodes.', 'zh-CN': '请选择 1 到 3 个节点。' },
  'validation.cpus-range': { en: 'Choose 1 to 64 CPUs, whole ones.', 'zh-CN': '请输入 1 到 64 之间的整数。' },
  'validation.memory-range': { en: 'A node needs 0.5 GiB at least.', 'zh-CN': '每个节点至少需要 0.5 GiB。' },
  'validation.memory-of-host': { en: 'This computer does not have as much.', 'zh-CN': '超过了本机的内存。' },
  'validation.disk-range': { en: 'A node needs 4 GiB of disk at least.', 'zh-CN': '每个节点至少需要 4 GiB 磁盘。' },
  'validation.workload-name': {
    en: 'Use up to 63 lower-case letters, digits and hyphens; begin with a letter, do not end in a hyphen.',
    'zh-CN': '最多 63 个小写字母、数字或连字符，以字母开头，不以连字符结尾。',
  },
  'validation.workload-name-taken': {
    en: 'There is already something of this name.',
    'zh-CN': '此名称已被使用。',
  },
  'validation.image': {
    en: 'This is not the name of an image, such as nginx:1.27 or registry.example.com/team/app.',
    'zh-CN': '不是有效的镜像名称，例如 nginx:1.27 或 registry.example.com/team/app。',
  },
  'validation.replicas-range': { en: 'Choose 0 to 500, whole ones.', 'zh-CN': '请输入 0 到 500 之间的整数。' },
  'validation.port-range': { en: 'Ports are numbers from 1 to 65535.', 'zh-CN': '端口为 1 到 65535 之间的整数。' },
} as const satisfies Readonly<Record<string, Text>>;

export type ValidationKey = keyof typeof validationTexts extends `validation.${infer Reason}` ? Reason : never;
