import type { Text } from '#common/i18n/locale.ts';

/** Workloads, pods, services, events, and deploying. */
export const workloadTexts = {
  'deploy.action': { en: 'Deploy app', 'zh-CN': '部署应用' },
  'deploy.title': { en: 'Deploy an app', 'zh-CN': '部署应用' },
  'deploy.what': {
    en: 'From an image to a running address, in the namespace {namespace}.',
    'zh-CN': '从镜像到可访问的地址，部署到命名空间 {namespace}。',
  },
  'deploy.name': { en: 'Name', 'zh-CN': '名称' },
  'deploy.name-hint': {
    en: 'Also the name under which other pods reach it.',
    'zh-CN': '其他 Pod 也通过此名称访问它。',
  },
  'deploy.image': { en: 'Image', 'zh-CN': '镜像' },
  'deploy.image-hint': { en: 'What to run, as a registry names it.', 'zh-CN': '要运行的镜像，使用镜像仓库中的名称。' },
  'deploy.image-example': { en: 'registry.example.com/team/app:1.0', 'zh-CN': 'registry.example.com/team/app:1.0' },
  'deploy.samples': { en: 'Samples', 'zh-CN': '示例' },
  'deploy.replicas': { en: 'Replicas', 'zh-CN': '副本数' },
  'deploy.replicas-hint': { en: 'How many run side by side.', 'zh-CN': '同时运行的数量。' },
  'deploy.port': { en: 'Port', 'zh-CN': '端口' },
  'deploy.port-hint': { en: 'Where the app listens.', 'zh-CN': '应用监听的端口。' },
  'deploy.submit': { en: 'Deploy', 'zh-CN': '部署' },
  'deploy.starting': { en: '{name} is starting', 'zh-CN': '{name} 正在启动' },
  'deploy.done': { en: '{name} is running', 'zh-CN': '{name} 已在运行' },
  'deploy.open': { en: 'Open app', 'zh-CN': '打开应用' },

  'workloads.empty': { en: 'Nothing is deployed yet', 'zh-CN': '尚未部署任何应用' },
  'workloads.empty-hint': {
    en: 'A workload keeps as many pods running as you ask for. Deploy an app to get the first.',
    'zh-CN': '工作负载会保持指定数量的 Pod 运行。部署一个应用即可创建第一个工作负载。',
  },
  'workload.ready': { en: '{ready} of {desired} ready', 'zh-CN': '{ready} / {desired} 就绪' },
  'workload.replicas': { en: 'Replicas of {name}', 'zh-CN': '{name} 的副本数' },
  'workload.scale-up': { en: 'One more replica of {name}', 'zh-CN': '为 {name} 增加一个副本' },
  'workload.scale-down': { en: 'One replica of {name} less', 'zh-CN': '为 {name} 减少一个副本' },
  'workload.delete': { en: 'Delete {name}', 'zh-CN': '删除 {name}' },
  'delete-workload.what': {
    en: 'In the namespace {namespace}, the workload with {count, plural, one {# pod} other {# pods}} and its service will be deleted.',
    'zh-CN': '命名空间 {namespace} 中的该工作负载、它的 {count} 个 Pod 及其服务都将被删除。',
  },
  'delete-workload.action': { en: 'Delete', 'zh-CN': '删除' },

  'pods.empty': { en: 'No pods', 'zh-CN': '没有 Pod' },
  'pods.empty-hint': {
    en: 'A pod is one running copy of an app. Deploying an app makes them.',
    'zh-CN': 'Pod 是应用的一个运行副本。部署应用后会自动创建。',
  },
  'pod.ready': {
    en: '{ready} of {total, plural, one {# container} other {# containers}} ready',
    'zh-CN': '{ready} / {total} 个容器就绪',
  },
  'pod.summary': { en: 'Summary', 'zh-CN': '概要' },
  'pod.logs': { en: 'Logs', 'zh-CN': '日志' },
  'pod.events': { en: 'Events', 'zh-CN': '事件' },
  'pod.delete': { en: 'Delete', 'zh-CN': '删除' },
  'pod.gone': { en: 'This pod does not exist any more.', 'zh-CN': '该 Pod 已不存在。' },
  'pod.no-events': { en: 'Nothing was reported lately.', 'zh-CN': '最近没有事件。' },
  'pod.ip': { en: 'Address', 'zh-CN': 'IP 地址' },
  'pod.controller': { en: 'Controlled by', 'zh-CN': '所属控制器' },
  'pod.containers': { en: 'Containers', 'zh-CN': '容器' },
  'delete-pod.title': { en: 'Delete the pod {name}?', 'zh-CN': '删除 Pod {name}？' },
  'delete-pod.replaced': {
    en: '{controller} will make another one in its place.',
    'zh-CN': '{controller} 会创建新的 Pod 来替代它。',
  },
  'delete-pod.gone': { en: 'Nothing will replace it.', 'zh-CN': '不会有新的 Pod 替代它。' },
  'logs.of': { en: 'Log of {name}', 'zh-CN': '{name} 的日志' },
  'logs.container': { en: 'Container', 'zh-CN': '容器' },
  'logs.search': { en: 'Search the log', 'zh-CN': '搜索日志' },
  'logs.count': { en: '{count, plural, one {# line} other {# lines}}', 'zh-CN': '{count} 行' },
  'logs.copy': { en: 'Copy', 'zh-CN': '复制' },
  'logs.to-end': { en: 'Follow', 'zh-CN': '跟随最新' },
  'logs.ended': { en: 'The container has ended.', 'zh-CN': '容器已结束。' },

  'services.empty': { en: 'No services', 'zh-CN': '没有服务' },
  'services.empty-hint': {
    en: 'A service gives pods one lasting name and address. Deploying an app makes one.',
    'zh-CN': '服务为一组 Pod 提供固定的名称和地址。部署应用时会自动创建。',
  },
  'events.empty': { en: 'No events', 'zh-CN': '没有事件' },
  'events.empty-hint': {
    en: 'What the cluster does and what goes wrong is told here.',
    'zh-CN': '集群的动作和出现的问题会显示在这里。',
  },
} as const satisfies Readonly<Record<string, Text>>;
