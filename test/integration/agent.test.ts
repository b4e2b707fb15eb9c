import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFailure, type HttpsClient } from '#common/client/https/client.ts';
import { isNodeReady } from '#common/kube/node-status.ts';
import type { Stored } from '#common/kube/object.ts';
import {
  configMaps,
  endpointSlices,
  leases,
  nodes,
  pods,
  replicationControllers,
  services,
  type Node,
  type Pod,
} from '#common/kube/resources.ts';
import { ClusterLab, isPodReady } from './machines-lab/cluster-lab.ts';
import { canRunMachines } from './machines-lab/lab.ts';

const NODES = ['one', 'two'];
const NAMESPACE = 'default';
const WEB = { name: 'web', image: 'pilothouse.local/web:1' };
const STATE = '/var/lib/pilothouse/pods';

const webPod = (name: string, spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, labels: { app: name } },
  spec: { nodeName: 'one', terminationGracePeriodSeconds: 5, containers: [WEB], ...spec },
});

const containerOf = (pod: Stored<Pod> | undefined) => pod?.status?.containerStatuses?.[0];
const hasRestarted = (times: number) => (pod: Stored<Pod> | undefined) =>
  pod !== undefined && isPodReady(pod) && containerOf(pod)?.restartCount === times;

describe.runIf(canRunMachines)('the agent on real machines', () => {
  let lab: ClusterLab;
  let admin: HttpsClient;

  beforeAll(async () => {
    lab = await ClusterLab.open(NODES);
    admin = lab.master.admin();
  }, 300_000);

  afterAll(async () => {
    await admin[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  });

  async function logs(pod: string, query = ''): Promise<string> {
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/log${query}`;
    const answer = await admin.session.request({ method: 'GET', path });
    if (answer.status !== 200) throw await readFailure(answer);
    const chunks: Buffer[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  async function removePod(name: string): Promise<void> {
    await lab.client.delete(pods, { namespace: NAMESPACE, name });
    await lab.eventually(pods, { namespace: NAMESPACE, name }, (pod) => pod === undefined);
  }

  /** Which pods answer when a node asks so many times; `-` stands for no answer. */
  async function askFrom(node: string, url: string, times: number): Promise<Set<string>> {
    const script = `for (let i = 0; i < ${times}; i++) console.log(await fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(3000), headers: { connection: 'close' } }).then(async (answer) => (await answer.json()).pod, () => '-'))`;
    const printed = await lab.run(node, '/opt/pilothouse/bin/node', '--input-type=module', '-e', script);
    return new Set(printed.trim().split('\n'));
  }

  test('makes a machine a node that tells the truth about itself', async () => {
    for (const name of NODES) {
      const node = await lab.eventually(nodes, { name }, (found) => found !== undefined && isNodeReady(found));
      expect(node?.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' });
      expect(node?.status).toMatchObject({
        addresses: [
          { type: 'InternalIP', address: lab.address(name) },
          { type: 'Hostname', address: name },
        ],
        capacity: { cpu: '1', memory: '1Gi', pods: '110' },
        nodeInfo: { kubeletVersion: 'v1.34.0+pilothouse', operatingSystem: 'linux' },
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      });
      expect(node?.status?.nodeInfo?.containerRuntimeVersion).toMatch(/^containerd:\/\/\d/);
      const lease = await lab.client.get(leases, { namespace: 'kube-node-lease', name });
      expect(lease.spec?.holderIdentity).toBe(name);
      const found = await lab.run(
        name,
        'find',
        '/etc/pilothouse',
        '/var/lib/pilothouse/pki',
        '-type',
        'f',
        '-printf',
        '%m %f\n',
      );
      const files = found.trim().split('\n').sort();
      // The token is gone, and keys are for root alone.
      expect(files).toEqual([
        '600 agent.json',
        '600 kubelet-client.pem',
        '600 kubelet-server.pem',
        '600 servers.json',
        '644 ca.crt',
      ]);
    }
  });

  test('runs pods on all nodes, and their service answers from everywhere', async () => {
    await lab.client.create(replicationControllers, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: {
        replicas: 4,
        selector: { app: 'web' },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              { ...WEB, env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
            ],
          },
        },
      },
    });
    const service = await lab.client.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const isComplete = (): boolean => ready.size === 4;
    const ready = new Set<string>();
    const slices = await lab.client.list(endpointSlices, { namespace: NAMESPACE });
    const selection = { namespace: NAMESPACE, resourceVersion: slices.resourceVersion };
    const noted = (endpoints: (typeof slices.items)[number]['endpoints']): void => {
      for (const { addresses, conditions } of endpoints ?? []) if (conditions?.ready) ready.add(addresses[0]!);
    };
    for (const { endpoints } of slices.items) noted(endpoints);
    if (!isComplete()) {
      for await (const event of lab.client.watch(endpointSlices, selection, AbortSignal.timeout(30_000))) {
        if (event.type !== 'BOOKMARK') noted(event.object.endpoints);
        if (isComplete()) break;
      }
    }
    const { items } = await lab.client.list(pods, { namespace: NAMESPACE, labelSelector: 'app=web' });
    expect(new Set(items.map((pod) => pod.spec?.nodeName))).toEqual(new Set(NODES));
    const names = new Set(items.map((pod) => pod.metadata.name));
    const { clusterIP, ports } = service.spec ?? {};
    for (const node of NODES) expect(await askFrom(node, `http://${clusterIP!}/api`, 60)).toEqual(names);
    for (const target of NODES) {
      const url = `http://${lab.address(target)}:${ports![0]!.nodePort!}/api`;
      expect(await askFrom('one', url, 60)).toEqual(names);
      // From this computer, where the user's browser is.
      const answer = (await (await fetch(url)).json()) as { pod: string };
      expect(names).toContain(answer.pod);
    }
    // Pods reach each other under their own addresses, across nodes.
    for (const { status } of items) expect((await askFrom('one', `http://${status!.podIP!}:8080/api`, 1)).size).toBe(1);
  });

  test('refuses connections to services that lead nowhere at once', async () => {
    const service = await lab.client.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'nowhere', namespace: NAMESPACE },
      spec: { selector: { app: 'nobody' }, ports: [{ port: 80 }] },
    });
    const script = `fetch('http://${service.spec!.clusterIP!}/').catch((error) => console.log(error.cause.code))`;
    expect(await lab.run('one', '/opt/pilothouse/bin/node', '-e', script)).toBe('ECONNREFUSED\n');
  });

  test('serves logs through the API server, also while they grow', async () => {
    await lab.runPod(webPod('talker'));
    expect(await logs('talker')).toBe('version 1 listens on port 8080\n');
    expect(await logs('talker', '?timestamps=true&tailLines=1')).toMatch(/^\d{4}-\d\d-\d\dT.*Z version 1 listens/);
    expect(await logs('talker', '?limitBytes=7')).toBe('version');
    const following = logs('talker', '?follow=true');
    await removePod('talker');
    // The stream ends with its container.
    expect(await following).toContain('version 1 listens on port 8080\n');
    await expect(logs('talker')).rejects.toMatchObject({ code: 404 });
  });

  test('starts a container again when its process was killed', async () => {
    const before = await lab.runPod(webPod('victim'));
    const id = containerOf(before)!.containerID!.replace('containerd://', '');
    await lab.run('one', 'ctr', '-n', 'k8s.io', 'task', 'kill', '-s', 'SIGKILL', id);
    const after = await lab.eventually(pods, before.metadata, hasRestarted(1));
    expect(containerOf(after)?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
    expect(after?.status?.podIP).toBe(before.status?.podIP);
    expect(await logs('victim', '?previous=true')).toBe('version 1 listens on port 8080\n');
    await removePod('victim');
  });

  test('mounts ConfigMaps, follows them, and leaves nothing of a pod behind', async () => {
    const config = (colour: string) => ({
      apiVersion: 'v1' as const,
      kind: 'ConfigMap' as const,
      metadata: { name: 'settings', namespace: NAMESPACE },
      data: { colour },
    });
    await lab.client.create(configMaps, config('blue'));
    const pod = await lab.runPod(
      webPod('configured', {
        volumes: [
          { name: 'settings', configMap: { name: 'settings' } },
          { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } },
        ],
        containers: [
          {
            ...WEB,
            resources: { limits: { cpu: '200m', memory: '64Mi' } },
            volumeMounts: [
              { name: 'settings', mountPath: '/settings' },
              { name: 'settings', mountPath: '/colour', subPath: 'colour' },
              { name: 'scratch', mountPath: '/scratch' },
            ],
          },
        ],
      }),
    );
    const { uid } = pod.metadata;
    expect(pod.status?.qosClass).toBe('Guaranteed');
    const file = `${STATE}/${uid}/volumes/kubernetes.io~configmap/settings/colour`;
    expect(await lab.run('one', 'cat', file)).toBe('blue');
    const [memory, mounts] = await Promise.all([
      lab.run(
        'one',
        'sh',
        '-c',
        `cat /sys/fs/cgroup/memory/kubepods/pod${uid}/memory.limit_in_bytes || cat /sys/fs/cgroup/kubepods/pod${uid}/memory.max`,
      ),
      lab.run('one', 'findmnt', '-rno', 'TARGET,FSTYPE,SIZE'),
    ]);
    expect(memory.trim()).toBe(String(64 * 2 ** 20));
    expect(mounts).toContain(`${STATE}/${uid}/volumes/kubernetes.io~empty-dir/scratch tmpfs 4M`);
    await lab.client.update(configMaps, config('green'));
    await expect.poll(() => lab.run('one', 'cat', file), { timeout: 10_000 }).toBe('green');

    await removePod('configured');
    const left = await lab.run(
      'one',
      'sh',
      '-c',
      `findmnt -rno TARGET; find /sys/fs/cgroup ${STATE} /var/log/pods -name '*${uid}*'; grep -l . /run/cni/ipam/pilothouse/* | xargs -n1 basename`,
    );
    expect(left).not.toContain(uid);
    expect(left.split('\n')).not.toContain(pod.status?.podIP);
  });

  test('gives every pod a token by which the API knows it, for as long as the pod is there', async () => {
    const pod = await lab.runPod(webPod('known'));
    const id = containerOf(pod)!.containerID!.replace('containerd://', '');
    const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
    // As the container sees it.
    const inside = `/proc/$(ctr -n k8s.io task ls | awk '$1 == "${id}" { print $2 }')/root${mounted}`;
    const show = (file: string) => lab.run('one', 'sh', '-c', `cat ${inside}/${file}`);
    const [token, ca, namespace] = [await show('token'), await show('ca.crt'), await show('namespace')];
    expect(namespace).toBe(NAMESPACE);
    const { hostname, port } = new URL(lab.master.server);
    const whoAmI = async () => {
      const request = {
        method: 'POST',
        host: hostname,
        port,
        servername: 'kubernetes',
        ca,
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      };
      const script = `require('https').request(${JSON.stringify(request)}, (answer) => answer.pipe(process.stdout)).end('{}')`;
      return JSON.parse(await lab.run('one', '/opt/pilothouse/bin/node', '-e', script)) as object;
    };
    expect(await whoAmI()).toMatchObject({
      status: {
        userInfo: {
          username: `system:serviceaccount:${NAMESPACE}:default`,
          groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`, 'system:authenticated'],
          extra: {
            'authentication.kubernetes.io/pod-name': ['known'],
            'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
            'authentication.kubernetes.io/node-name': ['one'],
          },
        },
      },
    });
    await removePod('known');
    expect(await whoAmI()).toMatchObject({ code: 401 });
  });

  test('leads pods to the API server by the variables that they are told', async () => {
    const pod = await lab.runPod(webPod('inside'));
    const id = containerOf(pod)!.containerID!.replace('containerd://', '');
    const list = await lab.run('one', 'ctr', '-n', 'k8s.io', 'task', 'ls');
    const pid = list
      .split('\n')
      .map((line) => line.split(/\s+/))
      .find(([task]) => task === id)![1]!;
    const environment = (await lab.run('one', 'cat', `/proc/${pid}/environ`)).split('\0');
    expect(environment).toEqual(
      expect.arrayContaining([
        'KUBERNETES_SERVICE_HOST=10.96.0.1',
        'KUBERNETES_SERVICE_PORT=443',
        'KUBERNETES_SERVICE_PORT_HTTPS=443',
        'KUBERNETES_PORT=tcp://10.96.0.1:443',
        'KUBERNETES_PORT_443_TCP_ADDR=10.96.0.1',
      ]),
    );
    // In the pod's network, with what is mounted into it, as client libraries do.
    const mounted = `/proc/${pid}/root/var/run/secrets/kubernetes.io/serviceaccount`;
    const script = `
      const { readFileSync } = require('fs');
      const [ca, token] = ['ca.crt', 'token'].map((file) => readFileSync('${mounted}/' + file));
      const headers = { authorization: 'Bearer ' + token };
      const options = { host: '10.96.0.1', port: 443, ca, headers, path: '/version' };
      require('https').get(options, (answer) => answer.pipe(process.stdout));`;
    const inside = ['nsenter', '--net', '--target', pid, '/opt/pilothouse/bin/node', '-e', script] as const;
    expect(JSON.parse(await lab.run('one', ...inside))).toMatchObject({ major: '1', minor: '34' });
    await removePod('inside');
  });

  test('leaves running pods alone when it is started anew', async () => {
    const before = await lab.runPod(webPod('survivor'));
    await lab.run('one', 'systemctl', 'kill', '-s', 'SIGKILL', 'pilothouse-agent');
    await expect
      .poll(() => lab.run('one', 'systemctl', 'show', '-p', 'NRestarts', '--value', 'pilothouse-agent'), {
        timeout: 10_000,
      })
      .toBe('1\n');
    // Proof that the new one is at work: it runs another pod.
    await lab.runPod(webPod('newcomer'));
    const after = await lab.client.get(pods, before.metadata);
    expect(containerOf(after)).toEqual(containerOf(before));
    await Promise.all([removePod('survivor'), removePod('newcomer')]);
  });

  test('tells when the container runtime is away, and when it is back, with its pods untouched', async () => {
    const before = await lab.runPod(webPod('steady', { nodeName: 'two' }));
    await lab.run('two', 'systemctl', 'stop', 'containerd');
    const readyOf = (node: Stored<Node> | undefined) => node?.status?.conditions?.find(({ type }) => type === 'Ready');
    const away = await lab.eventually(nodes, { name: 'two' }, (node) => readyOf(node)?.status === 'False');
    expect(readyOf(away)).toMatchObject({ reason: 'KubeletNotReady', message: 'container runtime is down' });
    await lab.run('two', 'systemctl', 'start', 'containerd');
    await lab.eventually(nodes, { name: 'two' }, (node) => readyOf(node)?.status === 'True');
    const after = await lab.eventually(pods, before.metadata, hasRestarted(0));
    expect(containerOf(after)?.containerID).toBe(containerOf(before)?.containerID);
    await removePod('steady');
  });

  test('brings its pods back when its machine was stopped and started', async () => {
    const before = await lab.runPod(webPod('returner'));
    await lab.restartMachine('one');
    const after = await lab.eventually(pods, before.metadata, hasRestarted(1), 60_000);
    expect(containerOf(after)?.lastState?.terminated?.exitCode).toBe(255);
    expect(containerOf(after)?.containerID).not.toBe(containerOf(before)?.containerID);
    const url = `http://${after!.status!.podIP!}:8080/healthz`;
    const script = `console.log(await (await fetch('${url}')).text())`;
    expect(await lab.run('two', '/opt/pilothouse/bin/node', '--input-type=module', '-e', script)).toBe('ok\n');
    await removePod('returner');
  });

  test('is small, quick and quiet', async () => {
    const usage = async () => {
      const pid = (await lab.run('two', 'systemctl', 'show', '-p', 'MainPID', '--value', 'pilothouse-agent')).trim();
      const [status, stat] = await Promise.all([
        lab.run('two', 'cat', `/proc/${pid}/status`),
        lab.run('two', 'cat', `/proc/${pid}/stat`),
      ]);
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return {
        megabytes: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1000,
        // Ticks of a hundredth of a second.
        cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
      };
    };
    const started = performance.now();
    await lab.runPod(webPod('quick', { nodeName: 'two' }));
    const startMs = performance.now() - started;
    await removePod('quick');
    const before = await usage();
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    const after = await usage();
    const cpuPercent = (after.cpuMs - before.cpuMs) / 150;
    console.log(
      `agent: ${after.megabytes.toFixed(0)} MB, idle ${cpuPercent.toFixed(2)} % of a core, a pod ready in ${startMs.toFixed(0)} ms`,
    );
    expect(after.megabytes).toBeLessThan(90);
    expect(cpuPercent).toBeLessThan(1);
    expect(startMs).toBeLessThan(5000);
  });
});
