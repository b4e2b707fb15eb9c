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
