import type { ErrorCode } from '#common/base/error-codes.ts';
import type { Text } from './locale.ts';

export interface ErrorText {
  /** What happened, in one sentence without a full stop. */
  readonly title: Text;
  /** What the user can do about it. */
  readonly advice: Text;
}

/**
 * What a person is told for each code. The places in braces are the params of the AppError; a code is
 * always thrown with the params that its texts name.
 */
export const errorTexts: Readonly<Record<ErrorCode, ErrorText>> = {
  // this computer
  'not-root': {
    title: { en: 'Administrator rights are missing', 'zh-CN': '缺少管理员权限' },
    advice: {
      en: 'Nodes on this computer need root. Start Pilothouse as root, for example with sudo.',
      'zh-CN': '在本机上创建节点需要 root 权限。请以 root 身份启动 Pilothouse，例如使用 sudo。',
    },
  },
  'not-linux': {
    title: { en: 'This computer does not run Linux, but {platform}', 'zh-CN': '本机运行的不是 Linux，而是 {platform}' },
    advice: {
      en: 'Nodes without virtual machines need Linux. Choose another way to make machines.',
      'zh-CN': '不使用虚拟机的节点需要 Linux。请选择其他创建机器的方式。',
    },
  },
  'unsupported-distribution': {
    title: { en: 'Nodes cannot be built from {found}', 'zh-CN': '无法基于 {found} 构建节点' },
    advice: {
      en: 'Use Debian 12 or Ubuntu 22.04 or newer, or choose another way to make machines.',
      'zh-CN': '请使用 Debian 12、Ubuntu 22.04 或更高版本，或选择其他创建机器的方式。',
    },
  },
  'tool-missing': {
    title: { en: 'The program {tool} is not installed', 'zh-CN': '未安装程序 {tool}' },
    advice: { en: 'Install it: apt-get install {package}', 'zh-CN': '请安装：apt-get install {package}' },
  },
  'kernel-feature-missing': {
    title: { en: 'The kernel does not offer {feature}', 'zh-CN': '内核不支持 {feature}' },
    advice: {
      en: 'Use a kernel with {feature}, such as the standard kernel of your distribution.',
      'zh-CN': '请使用支持 {feature} 的内核，例如发行版自带的标准内核。',
    },
  },
  'memory-short': {
    title: {
      en: 'Memory is short: {available} free, {needed} needed',
      'zh-CN': '内存不足：可用 {available}，需要 {needed}',
    },
    advice: {
      en: 'Close other programs, or choose fewer or smaller nodes.',
      'zh-CN': '请关闭其他程序，或减少节点的数量或大小。',
    },
  },
  'disk-short': {
    title: {
      en: 'Disk space is short in {path}: {available} free, {needed} needed',
      'zh-CN': '{path} 的磁盘空间不足：可用 {available}，需要 {needed}',
    },
    advice: { en: 'Free some space there.', 'zh-CN': '请在该处释放一些空间。' },
  },
  'file-system-unsuitable': {
    title: {
      en: 'The file system of {path} ({type}) cannot hold machines',
      'zh-CN': '{path} 所在的文件系统（{type}）无法存放机器',
    },
    advice: {
      en: 'Set PILOTHOUSE_HOME to a directory on ext4, xfs or btrfs.',
      'zh-CN': '请将 PILOTHOUSE_HOME 设为 ext4、xfs 或 btrfs 上的目录。',
    },
  },
  'port-in-use': {
    title: { en: 'Port {port} is in use', 'zh-CN': '端口 {port} 已被占用' },
    advice: {
      en: 'Choose another port, or end the program that listens on it.',
      'zh-CN': '请选择其他端口，或结束占用该端口的程序。',
    },
  },
  'home-in-use': {
    title: { en: 'Another Pilothouse is using {path}', 'zh-CN': '另一个 Pilothouse 正在使用 {path}' },
    advice: {
      en: 'Use the one that is running, or end it first.',
      'zh-CN': '请使用正在运行的那个，或先退出它。',
    },
  },
  'home-not-writable': {
    title: { en: 'Pilothouse cannot write to {path}', 'zh-CN': 'Pilothouse 无法写入 {path}' },
    advice: {
      en: 'Check who owns the directory and whether its disk is full or read-only.',
      'zh-CN': '请检查该目录的所有者，以及磁盘是否已满或为只读。',
    },
  },
  'address-range-exhausted': {
    title: {
      en: 'No free address range is left for {purpose, select, machines {machines} pods {pods} services {services} other {the cluster}}',
      'zh-CN': '没有可用于{purpose, select, machines {机器} pods {Pod} services {服务} other {集群}}的空闲地址范围',
    },
    advice: {
      en: 'Delete clusters that you no longer need, or disconnect VPNs that take whole private networks.',
      'zh-CN': '请删除不再需要的集群，或断开占用整个私有网段的 VPN。',
    },
  },
  // Multipass
  'multipass-missing': {
    title: { en: 'Multipass is not installed', 'zh-CN': '未安装 Multipass' },
    advice: {
      en: 'Install it from multipass.run, then check again.',
      'zh-CN': '请从 multipass.run 安装，然后重新检查。',
    },
  },
  'multipass-too-old': {
    title: { en: 'Multipass {found} is too old', 'zh-CN': 'Multipass {found} 版本过旧' },
    advice: {
      en: 'Update it to {needed} or newer.',
      'zh-CN': '请更新到 {needed} 或更高版本。',
    },
  },
  'multipass-daemon-down': {
    title: { en: 'The Multipass service does not run', 'zh-CN': 'Multipass 服务未运行' },
    advice: {
      en: 'Start it, or wait if this computer has just started: snap restart multipass on Linux, Restart-Service Multipass on Windows, launchctl kickstart -k system/com.canonical.multipassd on macOS, each as administrator.',
      'zh-CN':
        '请启动该服务（如果本机刚启动，请稍候）：Linux 上运行 snap restart multipass，Windows 上运行 Restart-Service Multipass，macOS 上运行 launchctl kickstart -k system/com.canonical.multipassd，均需管理员权限。',
    },
  },
  'multipass-access-denied': {
    title: { en: 'This user may not use Multipass', 'zh-CN': '当前用户无权使用 Multipass' },
    advice: {
      en: 'Add the user to the group that owns the Multipass socket (sudo, admin or wheel), and log in again.',
      'zh-CN': '请将用户加入拥有 Multipass 套接字的组（sudo、admin 或 wheel），然后重新登录。',
    },
  },
  'multipass-not-authenticated': {
    title: { en: 'Multipass does not know this user yet', 'zh-CN': 'Multipass 尚未认证当前用户' },
    advice: {
      en: 'Run multipass authenticate with the passphrase that an administrator has set.',
      'zh-CN': '请使用管理员设置的口令运行 multipass authenticate。',
    },
  },
  'multipass-not-responding': {
    title: { en: 'Multipass does not answer ({command})', 'zh-CN': 'Multipass 没有响应（{command}）' },
    advice: {
      en: 'Restart the Multipass service, then try again: what is done is not repeated.',
      'zh-CN': '请重启 Multipass 服务后重试：已完成的部分不会重复执行。',
    },
  },
  'multipass-output-unreadable': {
    title: {
      en: 'Multipass answered in a way that is not understood ({command})',
      'zh-CN': '无法理解 Multipass 的输出（{command}）',
    },
    advice: {
      en: 'Update Multipass and Pilothouse. The last lines show what it printed.',
      'zh-CN': '请更新 Multipass 和 Pilothouse。最后几行是它的输出。',
    },
  },
  'multipass-driver-unsupported': {
    title: {
      en: 'Machines of the Multipass driver {driver} cannot be reached',
      'zh-CN': '无法访问 Multipass 驱动 {driver} 的机器',
    },
    advice: {
      en: 'Choose another driver: multipass set local.driver=qemu (hyperv on Windows).',
      'zh-CN': '请选择其他驱动：multipass set local.driver=qemu（Windows 上为 hyperv）。',
    },
  },
  'multipass-driver-changed': {
    title: {
      en: 'Machine {machine} belongs to the Multipass driver {before}, and {now} is in use',
      'zh-CN': '机器 {machine} 属于 Multipass 驱动 {before}，而当前使用的是 {now}',
    },
    advice: {
      en: 'Switch back: multipass set local.driver={before}',
      'zh-CN': '请切换回来：multipass set local.driver={before}',
    },
  },
  'hypervisor-unavailable': {
    title: { en: 'Virtual machines cannot run on this computer', 'zh-CN': '本机无法运行虚拟机' },
    advice: {
      en: 'Switch on virtualisation in the firmware, and KVM or Hyper-V in the system ({reason}).',
      'zh-CN': '请在固件中启用虚拟化，并在系统中启用 KVM 或 Hyper-V（{reason}）。',
    },
  },
  // machines and installation
  'architecture-unsupported': {
    title: { en: 'Machines of type {architecture} are not supported', 'zh-CN': '不支持 {architecture} 架构的机器' },
    advice: {
      en: 'Use a machine with an x86-64 or ARM64 processor.',
      'zh-CN': '请使用 x86-64 或 ARM64 处理器的机器。',
    },
  },
  'clock-skew': {
    title: {
      en: 'The clock of {host} is off by {seconds} seconds',
      'zh-CN': '{host} 的时钟偏差了 {seconds} 秒',
    },
    advice: {
      en: 'Set its clock, or switch on time synchronisation there: certificates are valid only at the right time.',
      'zh-CN': '请校准其时钟或启用时间同步：证书只在正确的时间内有效。',
    },
  },
  'base-image-failed': {
    title: { en: 'The base image of the nodes could not be built', 'zh-CN': '无法构建节点的基础镜像' },
    advice: {
      en: 'Check the network and the package sources (apt-get update must succeed), then try again.',
      'zh-CN': '请检查网络和软件源（apt-get update 必须成功），然后重试。',
    },
  },
  'machine-create-failed': {
    title: { en: 'Machine {machine} could not be created', 'zh-CN': '无法创建机器 {machine}' },
    advice: {
      en: 'The last lines tell what failed. Try again: what is done is not repeated.',
      'zh-CN': '最后几行说明了失败原因。请重试：已完成的部分不会重复执行。',
    },
  },
  'machine-start-failed': {
    title: { en: 'Machine {machine} could not be started', 'zh-CN': '无法启动机器 {machine}' },
    advice: {
      en: 'The last lines tell what failed. Try again, or delete the node and add a new one.',
      'zh-CN': '最后几行说明了失败原因。请重试，或删除该节点后添加新节点。',
    },
  },
  'machine-missing': {
    title: { en: 'Machine {machine} does not exist', 'zh-CN': '机器 {machine} 不存在' },
    advice: {
      en: 'It was removed from outside Pilothouse. Delete the node and add a new one.',
      'zh-CN': '它已在 Pilothouse 之外被删除。请删除该节点并添加新节点。',
    },
  },
  'machine-name-taken': {
    title: { en: 'There is already a machine named {machine}', 'zh-CN': '已存在名为 {machine} 的机器' },
    advice: {
      en: 'It was not made by Pilothouse for this cluster, and is left alone. Rename or remove it, or create the cluster under another name.',
      'zh-CN': '它不是 Pilothouse 为此集群创建的，因此不会被改动。请将其重命名或删除，或使用其他名称创建集群。',
    },
  },
  'machine-image-missing': {
    title: { en: 'There is no image {image} for machines', 'zh-CN': '没有用于机器的镜像 {image}' },
    advice: {
      en: 'Check the network, and the image mirror if one is set: multipass find',
      'zh-CN': '请检查网络，以及所设置的镜像源：multipass find',
    },
  },
  'machine-image-download-failed': {
    title: { en: 'The image {image} could not be downloaded', 'zh-CN': '无法下载镜像 {image}' },
    advice: {
      en: 'Check the network and the proxy, then try again ({reason}).',
      'zh-CN': '请检查网络和代理，然后重试（{reason}）。',
    },
  },
  'machine-boot-timed-out': {
    title: { en: 'Machine {machine} did not come up in time', 'zh-CN': '机器 {machine} 未能及时启动' },
    advice: {
      en: 'A firewall or a VPN may be in the way, or memory is short. It is kept: try again, and it is used if it has come up meanwhile, else made anew.',
      'zh-CN': '可能是防火墙或 VPN 阻断了连接，或内存不足。机器会保留：请重试，如果它已启动则继续使用，否则重新创建。',
    },
  },
  'host-address-unknown': {
    title: {
      en: 'This computer shares no network with machine {machine}',
      'zh-CN': '本机与机器 {machine} 不在同一网络中',
    },
    advice: {
      en: 'A VPN may have taken its network. Disconnect it, then try again.',
      'zh-CN': '其网络可能被 VPN 占用。请断开 VPN 后重试。',
    },
  },
  'ssh-unreachable': {
    title: { en: 'SSH at {host}:{port} does not answer', 'zh-CN': '{host}:{port} 的 SSH 没有响应' },
    advice: {
      en: 'Check that the machine runs and that no firewall or VPN blocks the way ({reason}).',
      'zh-CN': '请检查机器是否在运行，以及是否有防火墙或 VPN 阻断连接（{reason}）。',
    },
  },
  'ssh-refused': {
    title: { en: '{host} refused the SSH key for {user}', 'zh-CN': '{host} 拒绝了 {user} 的 SSH 密钥' },
    advice: {
      en: 'Put the public key of Pilothouse into the authorized_keys file of {user} again.',
      'zh-CN': '请将 Pilothouse 的公钥重新加入 {user} 的 authorized_keys 文件。',
    },
  },
  'ssh-host-key-changed': {
    title: { en: '{host} is not the machine that was known by this address', 'zh-CN': '{host} 不是此地址上原来的机器' },
    advice: {
      en: 'Its SSH host key has changed. Unless you reinstalled it, something else answers in its place: do not go on.',
      'zh-CN': '其 SSH 主机密钥已改变。除非您重装过该机器，否则可能有其他设备冒充它：请勿继续。',
    },
  },
  'remote-command-failed': {
    title: { en: 'A command on {host} failed ({reason})', 'zh-CN': '{host} 上的命令失败（{reason}）' },
    advice: {
      en: 'The command and its last lines tell what failed. Try again: what is done is not repeated.',
      'zh-CN': '命令及其最后几行说明了失败原因。请重试：已完成的部分不会重复执行。',
    },
  },
  'upload-failed': {
    title: { en: '{file} could not be sent to {host}', 'zh-CN': '无法将 {file} 发送到 {host}' },
    advice: {
      en: 'Check the connection and the free disk space of the machine, then try again: it goes on where it stopped ({reason}).',
      'zh-CN': '请检查连接和机器的可用磁盘空间，然后重试：将从中断处继续（{reason}）。',
    },
  },
  'node-not-ready': {
    title: { en: 'Node {node} did not become ready', 'zh-CN': '节点 {node} 未能就绪' },
    advice: {
      en: 'Its agent has not reported as ready ({reason}). Try again, or look at the log of the node.',
      'zh-CN': '其代理未报告就绪（{reason}）。请重试，或查看该节点的日志。',
    },
  },
  'tunnel-refused': {
    title: { en: 'SSH on {host} forwards no port', 'zh-CN': '{host} 上的 SSH 不允许转发端口' },
    advice: {
      en: 'The machine does not reach this computer directly, so it needs a port that SSH forwards ({reason}). Allow AllowTcpForwarding in its sshd_config, or let the machine connect to this computer.',
      'zh-CN':
        '该机器无法直接访问本计算机，因此需要由 SSH 转发端口（{reason}）。请在其 sshd_config 中允许 AllowTcpForwarding，或允许该机器连接本计算机。',
    },
  },
  'node-probe-failed': {
    title: { en: '{host} did not say whether it reaches this computer', 'zh-CN': '{host} 未说明能否访问本计算机' },
    advice: {
      en: 'The check on the machine gave no usable answer ({reason}). Try again.',
      'zh-CN': '在该机器上的检查没有给出可用的结果（{reason}）。请重试。',
    },
  },
  'verification-failed': {
    title: { en: 'A test pod did not run on node {node}', 'zh-CN': '测试 Pod 未能在节点 {node} 上运行' },
    advice: {
      en: 'The node is there but cannot run pods ({reason}). Try again, or look at the log of the node.',
      'zh-CN': '节点存在但无法运行 Pod（{reason}）。请重试，或查看该节点的日志。',
    },
  },
  // machines that the user has
  'ssh-connection-refused': {
    title: { en: 'No SSH server listens at {host}:{port}', 'zh-CN': '{host}:{port} 上没有 SSH 服务在监听' },
    advice: {
      en: 'Check the port, and that the SSH server runs there: apt-get install openssh-server',
      'zh-CN': '请检查端口，并确认该机器上已运行 SSH 服务：apt-get install openssh-server',
    },
  },
  'ssh-login-refused': {
    title: { en: '{host} did not let {user} in with {key}', 'zh-CN': '{host} 拒绝 {user} 使用 {key} 登录' },
    advice: {
      en: 'Check the user name and the key: its public half must stand in the authorized_keys file of {user} there.',
      'zh-CN': '请检查用户名和密钥：其公钥必须写在该机器上 {user} 的 authorized_keys 文件中。',
    },
  },
  'ssh-key-unreadable': {
    title: { en: 'The SSH key {file} cannot be used', 'zh-CN': '无法使用 SSH 密钥 {file}' },
    advice: {
      en: 'Choose the private half of a key, in a file that you may read ({reason}).',
      'zh-CN': '请选择您有权读取的私钥文件（{reason}）。',
    },
  },
  'ssh-passphrase-needed': {
    title: { en: 'The SSH key {file} needs its passphrase', 'zh-CN': 'SSH 密钥 {file} 需要口令' },
    advice: {
      en: 'Give the right passphrase, or put the key into the SSH agent (ssh-add) and use that.',
      'zh-CN': '请提供正确的口令，或用 ssh-add 将密钥加入 SSH 代理后使用代理。',
    },
  },
  'ssh-agent-missing': {
    title: { en: 'No SSH agent was found', 'zh-CN': '未找到 SSH 代理' },
    advice: {
      en: 'Choose a key file, or start an SSH agent and Pilothouse from the same session.',
      'zh-CN': '请选择密钥文件，或在同一会话中启动 SSH 代理和 Pilothouse。',
    },
  },
  'host-name-unknown': {
    title: { en: 'There is no IPv4 address for {host}', 'zh-CN': '找不到 {host} 的 IPv4 地址' },
    advice: {
      en: 'Check the spelling, or give the address of the machine instead of its name ({reason}).',
      'zh-CN': '请检查拼写，或直接填写机器的地址而不是名称（{reason}）。',
    },
  },
  'host-system-unsupported': {
    title: { en: '{host} runs {found}, which cannot be a node', 'zh-CN': '{host} 运行的是 {found}，无法成为节点' },
    advice: {
      en: 'Choose a machine with Debian 12, Ubuntu 22.04 or newer.',
      'zh-CN': '请选择运行 Debian 12、Ubuntu 22.04 或更高版本的机器。',
    },
  },
  'host-is-this-computer': {
    title: { en: '{host} is this computer itself', 'zh-CN': '{host} 就是本机' },
    advice: {
      en: 'Name another machine. For nodes on this computer choose another way to make machines.',
      'zh-CN': '请指定其他机器。若要在本机上创建节点，请选择其他创建机器的方式。',
    },
  },
  'host-already-node': {
    title: { en: '{host} is already node {node} of a cluster', 'zh-CN': '{host} 已经是某个集群的节点 {node}' },
    advice: {
      en: 'Choose another machine, or delete that cluster first. If it is gone for good, remove what is in {mark} on the machine.',
      'zh-CN': '请选择其他机器，或先删除该集群。如果该集群已不存在，请删除该机器上的 {mark}。',
    },
  },
  'host-address-taken': {
    title: {
      en: '{host}:{port} is named twice, or belongs to cluster {cluster}',
      'zh-CN': '{host}:{port} 重复指定，或已属于集群 {cluster}',
    },
    advice: { en: 'Each node needs a machine of its own.', 'zh-CN': '每个节点都需要一台单独的机器。' },
  },
  'sudo-password-needed': {
    title: { en: '{user} needs a password for sudo on {host}', 'zh-CN': '{user} 在 {host} 上使用 sudo 需要密码' },
    advice: {
      en: 'Give the password and go on. It is kept in memory only, for as long as it is needed.',
      'zh-CN': '请提供密码后继续。密码只在需要期间保存在内存中。',
    },
  },
  'sudo-denied': {
    title: { en: 'sudo on {host} refused {user}', 'zh-CN': '{host} 上的 sudo 拒绝了 {user}' },
    advice: {
      en: 'Check the password, and that {user} may run everything by sudo (as members of the group sudo may). The last lines show what it said.',
      'zh-CN': '请检查密码，并确认 {user} 可以通过 sudo 运行所有命令（例如属于 sudo 组）。最后几行是它的输出。',
    },
  },
  // clusters
  'cluster-name-invalid': {
    title: { en: '“{name}” cannot be the name of a cluster', 'zh-CN': '“{name}”不能用作集群名称' },
    advice: {
      en: 'Use up to 30 lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen.',
      'zh-CN': '请使用最多 30 个小写字母、数字和连字符，以字母开头，且不以连字符结尾。',
    },
  },
  'cluster-name-taken': {
    title: { en: 'There is already a cluster named {name}', 'zh-CN': '已存在名为 {name} 的集群' },
    advice: { en: 'Choose another name.', 'zh-CN': '请换一个名称。' },
  },
  'cluster-missing': {
    title: { en: 'There is no cluster {cluster}', 'zh-CN': '集群 {cluster} 不存在' },
    advice: { en: 'It may have been deleted meanwhile.', 'zh-CN': '它可能已被删除。' },
  },
  'cluster-busy': {
    title: { en: 'Cluster {cluster} is busy with another operation', 'zh-CN': '集群 {cluster} 正在执行其他操作' },
    advice: { en: 'Wait until it has finished, or cancel it.', 'zh-CN': '请等待其完成，或将其取消。' },
  },
  'cluster-not-running': {
    title: { en: 'The cluster {cluster} does not run', 'zh-CN': '集群 {cluster} 未在运行' },
    advice: { en: 'Start the cluster, then try again.', 'zh-CN': '请先启动集群，然后重试。' },
  },
  'cluster-newer': {
    title: {
      en: 'The cluster {cluster} was last used with Pilothouse {version}, which is newer than this one',
      'zh-CN': '集群 {cluster} 上次由更新的 Pilothouse {version} 使用',
    },
    advice: {
      en: 'Update Pilothouse to {version} or newer, then start the cluster again. Nothing of it was changed.',
      'zh-CN': '请将 Pilothouse 更新到 {version} 或更高版本，然后再次启动集群。集群未被改动。',
    },
  },
  'node-missing': {
    title: { en: 'There is no node {node}', 'zh-CN': '节点 {node} 不存在' },
    advice: { en: 'It may have been removed meanwhile.', 'zh-CN': '它可能已被移除。' },
  },
  'node-name-taken': {
    title: { en: 'There is a node {node} already', 'zh-CN': '节点 {node} 已存在' },
    advice: { en: 'Choose another name.', 'zh-CN': '请选择其他名称。' },
  },
  'node-last': {
    title: { en: '{node} is the only node of its cluster', 'zh-CN': '{node} 是集群中唯一的节点' },
    advice: {
      en: 'Add another node first, or delete the cluster.',
      'zh-CN': '请先添加其他节点，或删除整个集群。',
    },
  },
  'master-failed': {
    title: { en: 'The control plane of the cluster failed', 'zh-CN': '集群的控制平面出现故障' },
    advice: { en: 'Start the cluster again ({message}).', 'zh-CN': '请重新启动集群（{message}）。' },
  },
  'store-damaged': {
    title: { en: 'The state of the cluster in {path} is damaged', 'zh-CN': '{path} 中的集群状态已损坏' },
    advice: {
      en: 'Restore the file from a backup, or delete the cluster and create it anew.',
      'zh-CN': '请从备份恢复该文件，或删除集群后重新创建。',
    },
  },
  'store-newer': {
    title: {
      en: 'The state of the cluster in {path} was written by a newer Pilothouse',
      'zh-CN': '{path} 中的集群状态由更新版本的 Pilothouse 写入',
    },
    advice: {
      en: 'Update Pilothouse, then start the cluster again.',
      'zh-CN': '请更新 Pilothouse，然后再次启动集群。',
    },
  },
  'encryption-keys-unreadable': {
    title: {
      en: 'The encryption keys in {path} cannot be read: {message}',
      'zh-CN': '无法读取 {path} 中的加密密钥：{message}',
    },
    advice: {
      en: 'Restore the file from a backup: without it the Secrets of the cluster cannot be read.',
      'zh-CN': '请从备份恢复该文件：没有它就无法读取集群中的 Secret。',
    },
  },
  // workloads
  'name-taken': {
    title: { en: 'There is already something named {name}', 'zh-CN': '名称 {name} 已被使用' },
    advice: { en: 'Choose another name.', 'zh-CN': '请换一个名称。' },
  },
  'input-invalid': {
    title: { en: 'The input {field} is not valid', 'zh-CN': '输入项 {field} 无效' },
    advice: { en: 'Correct it: {reason}', 'zh-CN': '请更正：{reason}' },
  },
  'refused-by-api': {
    title: { en: 'The cluster refused the request', 'zh-CN': '集群拒绝了该请求' },
    advice: { en: 'It says: {message}', 'zh-CN': '原因：{message}' },
  },
  // the command line
  'instance-not-started': {
    title: { en: 'Pilothouse could not be started in the background', 'zh-CN': '无法在后台启动 Pilothouse' },
    advice: {
      en: 'Read its log in {path}, or run “pilothouse serve” to see what is wrong.',
      'zh-CN': '请查看日志 {path}，或运行“pilothouse serve”以了解原因。',
    },
  },
  'not-in-this-window': {
    title: { en: 'Pilothouse has its own window here', 'zh-CN': 'Pilothouse 已在独立窗口中运行' },
    advice: { en: 'Use the window that is open.', 'zh-CN': '请使用已打开的窗口。' },
  },
  'file-unreadable': {
    title: { en: 'The file {path} cannot be read', 'zh-CN': '无法读取文件 {path}' },
    advice: { en: 'Check its name and its permissions.', 'zh-CN': '请检查文件名及其权限。' },
  },
  'file-exists': {
    title: { en: 'There is a file {path} already', 'zh-CN': '文件 {path} 已存在' },
    advice: { en: 'Choose another name, or remove the file.', 'zh-CN': '请选择其他名称，或删除该文件。' },
  },
  'kubeconfig-unreadable': {
    title: {
      en: 'The file {path} is not a kubeconfig: {reason}',
      'zh-CN': '文件 {path} 不是有效的 kubeconfig：{reason}',
    },
    advice: {
      en: 'It was left as it is. Repair or move it, then try again.',
      'zh-CN': '文件未作任何更改。请修复或移走该文件，然后重试。',
    },
  },
  // the window
  'connection-lost': {
    title: { en: 'The connection to Pilothouse was lost', 'zh-CN': '与 Pilothouse 的连接已断开' },
    advice: {
      en: 'It is opened again by itself as soon as Pilothouse runs.',
      'zh-CN': 'Pilothouse 运行后会自动重新连接。',
    },
  },
  'events-missed': {
    title: { en: 'This window fell behind and missed changes', 'zh-CN': '此窗口跟不上更新，遗漏了一些变化' },
    advice: { en: 'It loads the current state anew.', 'zh-CN': '正在重新加载当前状态。' },
  },
  // everywhere
  cancelled: {
    title: { en: 'Cancelled', 'zh-CN': '已取消' },
    advice: {
      en: 'What was done is kept. You can go on at any time.',
      'zh-CN': '已完成的部分会保留，您可以随时继续。',
    },
  },
  internal: {
    title: { en: 'Something unexpected went wrong', 'zh-CN': '发生了意外错误' },
    advice: {
      en: 'Try again. If it happens again, collect the logs and report it ({message}).',
      'zh-CN': '请重试。如果再次发生，请收集日志并报告（{message}）。',
    },
  },
};
