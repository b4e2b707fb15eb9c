import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { findKubectl, kubectlFor, type Kubectl } from '../support/kubectl.ts';
import { LoneMaster } from '../support/lone-master.ts';

// A lone master with nothing on it but what kubectl makes: no nodes, so pods stay Pending.

let directory: string;
let master: LoneMaster;
let kubectl: Kubectl;

beforeAll(async () => {
  await runTask(buildSchemas);
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-kubectl-'));
  master = await LoneMaster.start({ directory: path.join(directory, 'data') });
  kubectl = kubectlFor(master.kubeconfig, findKubectl('1.33'));
});
afterAll(async () => {
  await master.end('SIGTERM');
  await rm(directory, { recursive: true });
});

interface WebOptions {
  readonly replicas?: number;
  readonly data?: Readonly<Record<string, string>>;
}

/** A controller, its Service and its settings, as people write them down. */
function web(name: string, { replicas = 2, data = { colour: 'blue', size: '3' } }: WebOptions = {}): string {
  return `
apiVersion: v1
kind: ReplicationController
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
      - name: web
        image: pilothouse/web:1
        ports:
        - {name: http, containerPort: 8080}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  selector: {app: ${name}}
  ports:
  - {name: http, port: 80, targetPort: http}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data: ${JSON.stringify(data)}
`;
}

const configMap = (name: string, rest: object = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...rest });
const create = (input: string): Promise<string> => kubectl(['create', '-f', '-'], { input });
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
/** The columns of a table, of which the widths are kubectl's business. */
const cells = (text: string): string[][] => lines(text).map((line) => line.trim().split(/ {2,}/));

/** What kubectl says when it fails. */
async function complaint(args: readonly string[], input?: string): Promise<string> {
  const { exitCode, stderr } = await kubectl.try(args, input === undefined ? {} : { input });
  expect(exitCode).toBe(1);
  return String(stderr);
}

async function podsOf(app: string): Promise<string[]> {
  return lines(await kubectl(['get', 'pods', '-l', `app=${app}`, '-o', 'name']));
}

async function waitForPods(app: string, count: number): Promise<void> {
  const path = `--for=jsonpath={.status.replicas}=${count}`;
  await kubectl(['wait', 'rc', app, path, '--timeout=20s']);
}

describe('kubectl create and get', () => {
  beforeAll(async () => {
    expect(lines(await create(web('shown')))).toEqual([
      'replicationcontroller/shown created',
      'service/shown created',
      'configmap/shown created',
    ]);
    await waitForPods('shown', 2);
  });

  it('shows tables, and more columns when asked', async () => {
    expect(cells(await kubectl(['get', 'rc', 'shown']))).toEqual([
      ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE'],
      ['shown', '2', '2', '0', expect.stringMatching(/^\d+s$/)],
    ]);
    const [header, row] = cells(await kubectl(['get', 'rc', 'shown', '-o', 'wide']));
    expect(header).toEqual(['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR']);
    expect(row!.slice(5)).toEqual(['web', 'pilothouse/web:1', 'app=shown']);
    const [podHeader, pod] = cells(await kubectl(['get', 'pods', '-l', 'app=shown', '-o', 'wide']));
    expect(podHeader).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
    expect(pod!.slice(1, 4)).toEqual(['0/1', 'Pending', '0']);
    expect(cells(await kubectl(['get', 'svc', 'shown', '--no-headers', '--show-labels']))[0]).toEqual([
      'shown',
      'ClusterIP',
      expect.stringMatching(/^10\.96\./),
      '<none>',
      '80/TCP',
      expect.any(String),
      'app=shown',
    ]);
  });

  it('shows whole objects, as YAML and as JSON', async () => {
    const yaml: unknown = parse(await kubectl(['get', 'cm', 'shown', '-o', 'yaml']));
    const json: unknown = JSON.parse(await kubectl(['get', 'cm', 'shown', '-o', 'json']));
    expect(yaml).toEqual(json);
    expect(json).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'shown',
        namespace: 'default',
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        resourceVersion: expect.stringMatching(/^\d+$/) as string,
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      },
      data: { colour: 'blue', size: '3' },
    });
    const list = JSON.parse(await kubectl(['get', 'rc,svc', '-l', 'app=shown', '-o', 'json'])) as {
      kind: string;
      items: { kind: string }[];
    };
    expect([list.kind, ...list.items.map(({ kind }) => kind)]).toEqual(['List', 'ReplicationController', 'Service']);
  });

  it('shows what is asked for of an object', async () => {
    expect(await kubectl(['get', 'rc,cm', 'shown', '-o', 'name'])).toBe('replicationcontroller/shown\nconfigmap/shown');
    expect(
      await kubectl([
        'get',
        'rc',
        'shown',
        '-o',
        'jsonpath={.spec.replicas} {.spec.template.spec.containers[*].image}',
      ]),
    ).toBe('2 pilothouse/web:1');
    expect(
      cells(await kubectl(['get', 'cm', 'shown', '-o', 'custom-columns=WHO:.metadata.name,COLOUR:.data.colour'])),
    ).toEqual([
      ['WHO', 'COLOUR'],
      ['shown', 'blue'],
    ]);
    expect(await kubectl(['get', 'svc', 'shown', '-o', 'go-template={{.spec.type}}'])).toBe('ClusterIP');
  });

  it('selects by label, by field and over all namespaces', async () => {
    expect(await podsOf('shown')).toHaveLength(2);
    expect(await kubectl(['get', 'pods', '-l', 'app notin (shown)', '-o', 'name'])).not.toContain('shown');
    expect(await kubectl(['get', 'rc', '--field-selector', 'metadata.name=shown', '-o', 'name'])).toBe(
      'replicationcontroller/shown',
    );
    const pending = await kubectl([
      'get',
      'pods',
      '--field-selector',
      'status.phase=Pending,spec.nodeName=',
      '-o',
      'name',
    ]);
    expect(lines(pending)).toEqual(expect.arrayContaining(await podsOf('shown')));
    expect(cells(await kubectl(['get', 'rc', '-A', '-l', 'app=shown']))[1]!.slice(0, 2)).toEqual(['default', 'shown']);
    const sorted = await kubectl(['get', 'ns', '--sort-by=.metadata.name', '-o', 'name']);
    expect(lines(sorted).slice(0, 4)).toEqual(
      ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => `namespace/${name}`),
    );
  });

  it('watches, and sees each change as it comes', async () => {
    const format = '{.type} {.object.metadata.name} {.object.data.a}{"\\n"}';
    const args = ['get', 'cm', '-l', 'watched=yes', '-w', '--output-watch-events', '-o', `jsonpath=${format}`];
    const watch = spawn(findKubectl('1.33'), args, {
      env: { KUBECONFIG: master.kubeconfig, HOME: directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(watch, 'exit');
    await create(configMap('watched', { metadata: { name: 'watched', labels: { watched: 'yes' } }, data: { a: '1' } }));
    const seen: string[] = [];
    for await (const line of createInterface({ input: watch.stdout })) {
      seen.push(line);
      if (seen.length === 1) {
        await kubectl(['patch', 'cm', 'watched', '-p', '{"data":{"a":"2"}}']);
        await kubectl(['delete', 'cm', 'watched']);
      }
      if (seen.length === 3) watch.kill('SIGINT');
    }
    expect(seen).toEqual(['ADDED watched 1', 'MODIFIED watched 2', 'DELETED watched 2']);
    await exited;
  });

  it('describes, with what has happened', async () => {
    const controller = await kubectl(['describe', 'rc', 'shown']);
    expect(controller).toMatch(/^Replicas: +2 current \/ 2 desired$/m);
    expect(controller).toMatch(/^Pods Status: +0 Running \/ 2 Waiting \/ 0 Succeeded \/ 0 Failed$/m);
    for (const pod of await podsOf('shown')) {
      expect(controller).toMatch(
        new RegExp(`Normal +SuccessfulCreate +\\S+ +replication-controller +Created pod: ${pod.replace('pod/', '')}`),
      );
    }
    const pods = await kubectl(['describe', 'pods', '-l', 'app=shown']);
    expect(pods).toMatch(/^Controlled By: +ReplicationController\/shown$/m);
    expect(pods).toMatch(/^ +PodScheduled +False *$/m);
    expect(pods).toMatch(/Warning +FailedScheduling +.* default-scheduler +no nodes available to schedule pods/);
    expect(pods).toMatch(/node\.kubernetes\.io\/unreachable:NoExecute op=Exists for 300s/);
    const service = await kubectl(['describe', 'svc', 'shown']);
    expect(service).toMatch(/^TargetPort: +http\/TCP$/m);
    expect(service).toMatch(/^Selector: +app=shown$/m);
  });

  it('explains fields, from what the server says of them', async () => {
    expect(await kubectl(['explain', 'rc.spec.replicas'])).toMatch(
      /KIND: +ReplicationController\nVERSION: +v1\n\nFIELD: replicas <integer>/,
    );
    expect(await kubectl(['explain', 'pods.spec.containers.ports'])).toMatch(/containerPort\t<integer> -required-/);
    expect(await complaint(['explain', 'rc.spec.nonsense'])).toBe('error: field "nonsense" does not exist');
  });
});

describe('kubectl apply', () => {
  const apply = (text: string, ...rest: string[]) => kubectl(['apply', '-f', '-', ...rest], { input: text });

  it('makes, leaves alone, changes, and takes away what was taken away', async () => {
    expect(lines(await apply(web('applied')))).toEqual([
      'replicationcontroller/applied created',
      'service/applied created',
      'configmap/applied created',
    ]);
    expect(lines(await apply(web('applied')))).toEqual([
      'replicationcontroller/applied unchanged',
      'service/applied unchanged',
      'configmap/applied unchanged',
    ]);
    // What others have added stays.
    await kubectl(['patch', 'cm', 'applied', '-p', '{"data":{"own":"kept"}}']);
    const next = web('applied', { replicas: 3, data: { colour: 'green' } });
    expect(lines(await apply(next))).toEqual([
      'replicationcontroller/applied configured',
      'service/applied unchanged',
      'configmap/applied configured',
    ]);
    const { data } = JSON.parse(await kubectl(['get', 'cm', 'applied', '-o', 'json'])) as { data: object };
    expect(data).toEqual({ colour: 'green', own: 'kept' });
    expect(await kubectl(['get', 'rc', 'applied', '-o', 'jsonpath={.spec.replicas}'])).toBe('3');
    const last = JSON.parse(await kubectl(['apply', 'view-last-applied', 'cm/applied', '-o', 'json'])) as {
      data: object;
    };
    expect(last.data).toEqual({ colour: 'green' });
  });

  it('tells what it would do, and does nothing', async () => {
    const text = web('rehearsed');
    expect(lines(await apply(text, '--dry-run=server'))).toEqual([
      'replicationcontroller/rehearsed created (server dry run)',
      'service/rehearsed created (server dry run)',
      'configmap/rehearsed created (server dry run)',
    ]);
    const shown = await kubectl(['create', '--dry-run=server', '-f', '-', '-o', 'json'], {
      input: configMap('rehearsed'),
    });
    expect(JSON.parse(shown)).toMatchObject({ metadata: { name: 'rehearsed', uid: expect.any(String) as string } });
    expect(await kubectl(['get', 'rc,svc,cm', 'rehearsed', '--ignore-not-found'])).toBe('');
    const wrong = web('rehearsed').replace('containerPort: 8080', 'containerPort: 80800');
    expect(await complaint(['create', '--dry-run=server', '-f', '-'], wrong)).toContain(
      'The ReplicationController "rehearsed" is invalid: spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 80800: must be between 1 and 65535, inclusive',
    );
  });
});

describe('kubectl changes', () => {
  beforeAll(() => create(web('changed')));
  const dataOf = async (): Promise<unknown> =>
    (JSON.parse(await kubectl(['get', 'cm', 'changed', '-o', 'json'])) as { data: unknown }).data;

  it('labels and annotations', async () => {
    expect(await kubectl(['label', 'cm', 'changed', 'tier=a'])).toBe('configmap/changed labeled');
    expect(await kubectl(['get', 'cm', '-l', 'tier=a', '-o', 'name'])).toBe('configmap/changed');
    expect(await complaint(['label', 'cm', 'changed', 'tier=b'])).toBe(
      "error: 'tier' already has a value (a), and --overwrite is false",
    );
    expect(await kubectl(['label', 'cm', 'changed', 'tier=b', '--overwrite'])).toBe('configmap/changed labeled');
    expect(await kubectl(['label', 'cm', 'changed', 'tier-'])).toBe('configmap/changed unlabeled');
    expect(await kubectl(['annotate', 'cm', 'changed', 'note=as people say'])).toBe('configmap/changed annotated');
    expect(
      await kubectl(['get', 'cm', 'changed', '-o', 'jsonpath={.metadata.annotations.note}{.metadata.labels.tier}']),
    ).toBe('as people say');
  });

  it('by patches of three types', async () => {
    const patch = (type: string, text: string) => kubectl(['patch', 'cm', 'changed', `--type=${type}`, '-p', text]);
    expect(await patch('strategic', '{"data":{"colour":null,"shape":"round"}}')).toBe('configmap/changed patched');
    expect(await dataOf()).toEqual({ shape: 'round', size: '3' });
    expect(await patch('merge', '{"data":{"shape":"square"}}')).toBe('configmap/changed patched');
    expect(await patch('merge', '{"data":{"shape":"square"}}')).toBe('configmap/changed patched (no change)');
    expect(
      await patch('json', '[{"op":"test","path":"/data/shape","value":"square"},{"op":"remove","path":"/data/size"}]'),
    ).toBe('configmap/changed patched');
    expect(await dataOf()).toEqual({ shape: 'square' });
    // A strategic patch knows containers by their names, a merge patch replaces the list.
    const image = '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"pilothouse/web:2"}]}}}}';
    await kubectl(['patch', 'rc', 'changed', '-p', image]);
    const ports = [
      'get',
      'rc',
      'changed',
      '-o',
      'jsonpath={.spec.template.spec.containers[0].image} {.spec.template.spec.containers[0].ports[0].containerPort}',
    ];
    expect(await kubectl(ports)).toBe('pilothouse/web:2 8080');
    await kubectl(['patch', 'rc', 'changed', '--type=merge', '-p', image]);
    expect((await kubectl(ports)).trim()).toBe('pilothouse/web:2');
  });

  it('the number of replicas', async () => {
    expect(await kubectl(['scale', 'rc', 'changed', '--replicas=4'])).toBe('replicationcontroller/changed scaled');
    await waitForPods('changed', 4);
    expect(await podsOf('changed')).toHaveLength(4);
    expect(await complaint(['scale', 'rc', 'changed', '--replicas=1', '--current-replicas=2'])).toBe(
      'error: Expected replicas to be 2, was 4',
    );
    expect(await kubectl(['scale', 'rc', 'changed', '--replicas=1', '--current-replicas=4'])).toBe(
      'replicationcontroller/changed scaled',
    );
    await waitForPods('changed', 1);
  });

  it('whole objects, when they are still what was read', async () => {
    const read = JSON.parse(await kubectl(['get', 'cm', 'changed', '-o', 'json'])) as { data: Record<string, string> };
    const input = JSON.stringify({ ...read, data: { a: 'new' } });
    expect(await kubectl(['replace', '-f', '-'], { input })).toBe('configmap/changed replaced');
    expect(await complaint(['replace', '-f', '-'], input)).toBe(
      'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "changed": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('what may run on a node', async () => {
    await create(JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'idle' } }));
    expect(await kubectl(['cordon', 'idle'])).toBe('node/idle cordoned');
    expect(cells(await kubectl(['get', 'node', 'idle']))[1]!.slice(0, 3)).toEqual([
      'idle',
      'Unknown,SchedulingDisabled',
      '<none>',
    ]);
    expect(await kubectl(['uncordon', 'idle'])).toBe('node/idle uncordoned');
    expect(await kubectl(['taint', 'node', 'idle', 'dedicated=db:NoSchedule'])).toBe('node/idle tainted');
    expect(await kubectl(['delete', 'node', 'idle'])).toBe('node "idle" deleted');
  });
});

describe('kubectl delete', () => {
  it('takes a controller with its pods, by what was written down', async () => {
    await create(web('doomed'));
    await waitForPods('doomed', 2);
    expect(lines(await kubectl(['delete', '-f', '-'], { input: web('doomed') }))).toEqual([
      'replicationcontroller "doomed" deleted',
      'service "doomed" deleted',
      'configmap "doomed" deleted',
    ]);
    await kubectl(['wait', '--for=delete', 'pod', '-l', 'app=doomed', '--timeout=20s']);
    expect(await podsOf('doomed')).toEqual([]);
  });

  it.each([
    ['orphan', 2],
    ['foreground', 0],
  ])('with --cascade=%s leaves %i pods', async (cascade, left) => {
    const name = `cascade-${cascade}`;
    await create(web(name));
    await waitForPods(name, 2);
    // It waits until the controller is gone, and with it all that it waited for.
    await kubectl(['delete', 'rc', name, `--cascade=${cascade}`]);
    expect(await podsOf(name)).toHaveLength(left);
  });

  it('by label, and a namespace with all that is in it', async () => {
    await create(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }));
    for (const name of ['one', 'two']) {
      await create(configMap(name, { metadata: { name, namespace: 'team', labels: { batch: 'yes' } } }));
    }
    await create(configMap('three', { metadata: { name: 'three', namespace: 'team' } }));
    expect(lines(await kubectl(['delete', 'cm', '-n', 'team', '-l', 'batch=yes']))).toEqual([
      'configmap "one" deleted',
      'configmap "two" deleted',
    ]);
    expect(await kubectl(['get', 'cm', '-n', 'team', '-o', 'name'])).toBe(
      'configmap/kube-root-ca.crt\nconfigmap/three',
    );
    expect(await kubectl(['delete', 'ns', 'team'])).toBe('namespace "team" deleted');
    expect(await complaint(['get', 'ns', 'team'])).toBe('Error from server (NotFound): namespaces "team" not found');
    expect(await kubectl(['get', 'cm', '-n', 'team', '-o', 'name'])).toBe('');
  });
});

describe('kubectl is told what is served', () => {
  it('by kind', async () => {
    const rows = cells(await kubectl(['api-resources', '--no-headers']));
    expect(rows.map(([plural]) => plural)).toEqual(
      expect.arrayContaining([
        'configmaps',
        'endpoints',
        'events',
        'namespaces',
        'nodes',
        'pods',
        'replicationcontrollers',
        'secrets',
        'services',
        'certificatesigningrequests',
        'leases',
        'endpointslices',
      ]),
    );
    expect(rows).toContainEqual(['replicationcontrollers', 'rc', 'v1', 'true', 'ReplicationController']);
    expect(rows).toContainEqual([
      'certificatesigningrequests',
      'csr',
      'certificates.k8s.io/v1',
      'false',
      'CertificateSigningRequest',
    ]);
    expect(lines(await kubectl(['api-resources', '--namespaced=false', '-o', 'name'])).sort()).toEqual([
      'certificatesigningrequests.certificates.k8s.io',
      'clusterrolebindings.rbac.authorization.k8s.io',
      'clusterroles.rbac.authorization.k8s.io',
      'namespaces',
      'nodes',
      'selfsubjectaccessreviews.authorization.k8s.io',
      'selfsubjectreviews.authentication.k8s.io',
      'selfsubjectrulesreviews.authorization.k8s.io',
      'subjectaccessreviews.authorization.k8s.io',
      'tokenreviews.authentication.k8s.io',
    ]);
    expect(lines(await kubectl(['api-versions']))).toEqual([
      'authentication.k8s.io/v1',
      'authentication.k8s.io/v1beta1',
      'authorization.k8s.io/v1',
      'certificates.k8s.io/v1',
      'coordination.k8s.io/v1',
      'discovery.k8s.io/v1',
      'rbac.authorization.k8s.io/v1',
      'v1',
    ]);
  });

  it('and how the server is', async () => {
    expect(await kubectl(['get', '--raw', '/readyz'])).toBe('ok');
    expect(await kubectl(['version'])).toMatch(/^Server Version: v1\.34\./m);
    expect(await kubectl(['cluster-info'])).toContain(master.access.url);
  });
});

describe("kubectl is refused in upstream's words", () => {
  beforeAll(() => create(configMap('there')));
  const unknownField = configMap('new', { dat: { a: 'b' } });

  it.each<[string, string[], string | undefined, string]>([
    [
      'what is not there',
      ['get', 'cm', 'nope'],
      undefined,
      'Error from server (NotFound): configmaps "nope" not found',
    ],
    [
      'deleting what is not there',
      ['delete', 'pod', 'nope'],
      undefined,
      'Error from server (NotFound): pods "nope" not found',
    ],
    [
      'a kind that is not served',
      ['get', 'widgets'],
      undefined,
      'error: the server doesn\'t have a resource type "widgets"',
    ],
    [
      'what is there already',
      ['create', '-f', '-'],
      configMap('there'),
      'Error from server (AlreadyExists): error when creating "STDIN": configmaps "there" already exists',
    ],
    [
      'a namespace that is not there',
      ['create', '-n', 'nowhere', '-f', '-'],
      configMap('new'),
      'Error from server (NotFound): error when creating "STDIN": namespaces "nowhere" not found',
    ],
    [
      'a bad name',
      ['create', '-f', '-'],
      configMap('Bad_Name'),
      "The ConfigMap \"Bad_Name\" is invalid: metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      'a field that does not exist',
      ['create', '-f', '-'],
      unknownField,
      'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"',
    ],
    [
      'a value of the wrong type',
      ['create', '-f', '-'],
      configMap('new', { data: { a: 1 } }),
      'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'a template that the selector does not match',
      ['create', '-f', '-'],
      web('new').replace('labels: {app: new}', 'labels: {app: other}').split('---')[0]!,
      'The ReplicationController "new" is invalid: spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`',
    ],
    [
      "the default namespace's end",
      ['delete', 'ns', 'default'],
      undefined,
      'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted',
    ],
    [
      'logs of a pod that is nowhere',
      ['logs', 'pod/unplaced'],
      undefined,
      'Error from server (BadRequest): pod unplaced does not have a host assigned',
    ],
  ])('%s', async (_, args, input, message) => {
    if (args.includes('pod/unplaced')) await kubectl(['run', 'unplaced', '--image=pilothouse/web:1']);
    expect(await complaint(args, input)).toBe(message);
  });

  it('or warned, when it asks for no more', async () => {
    const { exitCode, stdout, stderr } = await kubectl.try(['create', '--validate=warn', '-f', '-'], {
      input: unknownField,
    });
    expect([exitCode, stdout, stderr]).toEqual([0, 'configmap/new created', 'Warning: unknown field "dat"']);
  });
});

it('its kubeconfig, keys and store are private to their owner', async () => {
  for (const file of ['admin.kubeconfig', 'pki/ca.key', 'store.db', 'store.db-wal']) {
    expect([file, (await stat(path.join(directory, 'data', file))).mode & 0o077]).toEqual([file, 0]);
  }
  const stranger = path.join(directory, 'stranger.kubeconfig');
  const config = await kubectl(['config', 'view', '--raw', '-o', 'json']);
  const parsed = JSON.parse(config) as { users: { user: unknown }[] };
  await writeFile(
    stranger,
    JSON.stringify({ ...parsed, users: [{ ...parsed.users[0], user: { token: 'guessed' } }] }),
    { mode: 0o600 },
  );
  const { exitCode, stderr } = await kubectlFor(stranger, findKubectl('1.33')).try(['get', 'secrets']);
  expect(exitCode).toBe(1);
  expect(String(stderr)).toContain('the server has asked for the client to provide credentials');
});
