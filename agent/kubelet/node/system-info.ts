import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import type { Node } from '#common/kube/resources.ts';
import { BUILD_VERSION } from '#common/kube/version.ts';
import type { VersionResponse } from '../../cri/types.ts';

export type NodeInfo = NonNullable<NonNullable<Node['status']>['nodeInfo']>;

/** Node.status.nodeInfo of this machine. */
export async function readNodeInfo(runtime: VersionResponse): Promise<NodeInfo> {
  const machineID = await firstLine('/etc/machine-id');
  return {
    machineID,
    // Machines without firmware tables are known by their machine id, as upstream does it.
    systemUUID: (await firstLine('/sys/class/dmi/id/product_uuid')) || machineID,
    bootID: await firstLine('/proc/sys/kernel/random/boot_id'),
    kernelVersion: os.release(),
    osImage: prettyName(await text('/etc/os-release')),
    containerRuntimeVersion: `${runtime.runtimeName}://${runtime.runtimeVersion.replace(/^v/, '')}`,
    kubeletVersion: BUILD_VERSION,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: goArchitecture(os.arch()),
  };
}

/** PRETTY_NAME of an os-release file (os-release(5)). */
export function prettyName(osRelease: string): string {
  const value = /^PRETTY_NAME=(.*)$/m.exec(osRelease)?.[1]?.trim() ?? '';
  return value.replace(/^(["'])(.*)\1$/, '$2') || 'Linux';
}

/** Kubernetes names architectures as Go does. */
export function goArchitecture(node: string): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return names[node] ?? node;
}

/** Bytes of the file system that holds the directory. */
export async function fileSystemBytes(directory: string): Promise<{ total: number; available: number }> {
  const { bsize, blocks, bavail } = await statfs(directory);
  return { total: bsize * blocks, available: bsize * bavail };
}

async function firstLine(file: string): Promise<string> {
  return (await text(file)).split('\n', 1)[0]!.trim();
}

async function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
