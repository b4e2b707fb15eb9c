import type { OperationKind } from '#common/contract/cluster.ts';
import type { Text } from './locale.ts';

const create: Readonly<Record<string, Text>> = {
  prepare: { en: 'Prepare this computer', 'zh-CN': '准备本机环境' },
  machines: { en: 'Create the machines', 'zh-CN': '创建虚拟机器' },
  connect: { en: 'Connect to the machines', 'zh-CN': '连接到机器' },
  check: { en: 'Check the machines', 'zh-CN': '检查机器' },
  runtime: { en: 'Install the container runtime', 'zh-CN': '安装容器运行时' },
  kernel: { en: 'Set up the kernel and network', 'zh-CN': '配置内核与网络' },
  node: { en: 'Install Node.js', 'zh-CN': '安装节点的 Node.js 运行环境' },
  images: { en: 'Load the images', 'zh-CN': '载入镜像' },
  reach: { en: 'Find the way to this computer', 'zh-CN': '确定到本机的连接方式' },
  agent: { en: 'Install the agent', 'zh-CN': '安装节点代理' },
  join: { en: 'Join the cluster', 'zh-CN': '加入集群' },
  verify: { en: 'Verify with a test pod', 'zh-CN': '用测试 Pod 验证' },
};

/** What each step of a long operation is called, by the operation's kind and the step's id. */
export const stepTexts: Readonly<Record<OperationKind, Readonly<Record<string, Text>>>> = {
  create,
  'add-node': create,
  start: {
    prepare: { en: 'Prepare this computer', 'zh-CN': '准备本机环境' },
    machines: { en: 'Start the machines', 'zh-CN': '启动机器' },
    connect: { en: 'Connect to the machines', 'zh-CN': '连接到机器' },
    clock: { en: 'Set the clocks of the machines', 'zh-CN': '校准机器时钟' },
    reach: { en: 'Find the way to this computer', 'zh-CN': '确定到本机的连接方式' },
    update: { en: 'Update the nodes', 'zh-CN': '更新节点' },
    join: { en: 'Wait for the nodes', 'zh-CN': '等待节点就绪' },
  },
  stop: {
    machines: { en: 'Stop the machines', 'zh-CN': '停止机器' },
    master: { en: 'Stop the control plane', 'zh-CN': '停止控制平面' },
  },
  'remove-node': {
    drain: { en: 'Move the pods to other nodes', 'zh-CN': '将 Pod 迁移到其他节点' },
    machines: { en: 'Delete the machine', 'zh-CN': '删除机器' },
    unregister: { en: 'Remove the node from the cluster', 'zh-CN': '从集群中移除节点' },
  },
  delete: {
    machines: { en: 'Delete the machines', 'zh-CN': '删除机器' },
    release: { en: 'Give back network and files', 'zh-CN': '释放网络与文件' },
  },
};
