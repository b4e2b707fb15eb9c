import type { Text } from './locale.ts';

/** The names of the preflight checks, by `Finding.check`. */
export const checkNames = {
  'operating-system': { en: 'Operating system', 'zh-CN': '操作系统' },
  administrator: { en: 'Administrator rights', 'zh-CN': '管理员权限' },
  distribution: { en: 'Linux distribution', 'zh-CN': 'Linux 发行版' },
  tools: { en: 'Required programs', 'zh-CN': '所需程序' },
  kernel: { en: 'Kernel features', 'zh-CN': '内核功能' },
  memory: { en: 'Free memory', 'zh-CN': '可用内存' },
  'disk-cache': { en: 'Disk space for base images', 'zh-CN': '基础镜像的磁盘空间' },
  'disk-state': { en: 'Disk space for machines', 'zh-CN': '机器的磁盘空间' },
  'state-file-system': { en: 'File system for machines', 'zh-CN': '存放机器的文件系统' },
  multipass: { en: 'Multipass', 'zh-CN': 'Multipass' },
  'multipass-daemon': { en: 'Multipass service', 'zh-CN': 'Multipass 服务' },
  'multipass-driver': { en: 'Multipass driver', 'zh-CN': 'Multipass 驱动' },
  hypervisor: { en: 'Virtual machines', 'zh-CN': '虚拟机' },
  'ssh-keys': { en: 'SSH keys', 'zh-CN': 'SSH 密钥' },
  'ssh-login': { en: 'Login by SSH', 'zh-CN': 'SSH 登录' },
  'host-key': { en: 'Host key of the machine', 'zh-CN': '机器的主机密钥' },
  'host-system': { en: 'System of the machine', 'zh-CN': '机器的系统' },
  'host-free': { en: 'Machine without a cluster', 'zh-CN': '机器不属于任何集群' },
  sudo: { en: 'Commands as root', 'zh-CN': '以 root 身份运行命令' },
  'address-ranges': { en: 'Free network addresses', 'zh-CN': '空闲网络地址' },
} as const satisfies Readonly<Record<string, Text>>;

export type CheckName = keyof typeof checkNames;
