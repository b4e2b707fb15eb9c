import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lineLog } from '#common/base/log.ts';
import { PROTOBUF_TYPE } from '#common/kube/protobuf/envelope.ts';
import type { Schemas, TypeName } from '#common/kube/schema/schema.ts';
import type { Status } from '#common/kube/status-error.ts';
import { ASSETS, TestMaster } from '../../../../test/support/master.ts';
import { protobufBody } from '../../../../test/support/protobuf-writer.ts';
import { controllerObject, nodeObject, podObject } from '../../../../test/support/objects.ts';
import { RawApi, type RawRequest } from '../../../../test/support/raw-api.ts';
import type { RawAnswer } from '../../../../test/support/raw-http.ts';

/** Whatever comes in: a clear answer, nothing broken, nothing written. */
let master: TestMaster;
let api: RawApi;
const failures: string[] = [];

const metadata = { name: 'a', namespace: 'default', labels: { app: 'a' }, annotations: { note: 'x' } };
const NS = '/api/v1/namespaces/default';
const SAMPLES: Readonly<Record<string, object>> = {
  [`${NS}/pods`]: podObject('a', {
    spec: {
      containers: [
        {
          name: 'web',
          image: 'web:1',
          env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          ports: [{ name: 'http', containerPort: 80 }],
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          livenessProbe: { httpGet: { port: 80 } },
          lifecycle: { preStop: { exec: { command: ['x'] } } },
        },
      ],
      volumes: [{ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } }],
      tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] }],
          },
        },
      },
    },
  }),
  [`${NS}/replicationcontrollers`]: controllerObject('a', 2),
  [`${NS}/services`]: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'NodePort',
      selector: { app: 'a' },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
    },
  },
  [`${NS}/configmaps`]: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: 'v' }, binaryData: { b: 'QQ==' } },
  [`${NS}/secrets`]: {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    data: { k: 'QQ==' },
    stringData: { s: 't' },
  },
  [`${NS}/events`]: {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'a' },
    firstTimestamp: '2030-01-01T00:00:00Z',
    count: 1,
  },
  [`${NS}/endpoints`]: {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }],
  },
  '/api/v1/nodes': nodeObject('a', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }),
  '/api/v1/namespaces': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } },
  '/apis/coordination.k8s.io/v1/namespaces/default/leases': {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: { holderIdentity: 'a', leaseDurationSeconds: 5, renewTime: '2030-01-01T00:00:00.000000Z' },
  },
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices': {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 80 }],
  },
  '/apis/certificates.k8s.io/v1/certificatesigningrequests': {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'a' },
    spec: {
      request: Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\nQQ==\n-----END CERTIFICATE REQUEST-----\n').toString(
        'base64',
      ),
      signerName: 'example.com/own',
      usages: ['client auth'],
      expirationSeconds: 3600,
    },
  },
};
const COLLECTIONS = Object.keys(SAMPLES);

const schemas = JSON.parse(readFileSync(ASSETS.schemas, 'utf8')) as Schemas;

/** `core.v1.Pod` of an object. */
function typeOf(sample: object): TypeName {
  const { apiVersion, kind } = sample as { apiVersion: string; kind: string };
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `${group!.split('.')[0]}.${version}.${kind}`;
}

beforeAll(async () => {
  master = await TestMaster.start({ log: lineLog((line) => failures.push(line), 'error') });
  api = await RawApi.open(master);
  for (const [path, body] of Object.entries(SAMPLES)) {
    const { status, text } = await api.request('POST', path, { body });
    expect(status, text).toBe(201);
  }
});
afterAll(async () => {
  api[Symbol.dispose]();
  await master[Symbol.asyncDispose]();
});

/** Never a failure of ours; what is refused is refused by a Status. */
async function send(method: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
  const answer = await api.request(method, path, options);
  const place = `${method} ${path} ${JSON.stringify(options)}: ${answer.text.slice(0, 500)}`;
  expect(answer.status < 500 || answer.status === 504, place).toBe(true);
  if (answer.status >= 400 && method !== 'HEAD') expect(answer.json<Status>().code, place).toBe(answer.status);
  return answer;
}

async function everything(): Promise<string[]> {
  return Promise.all(COLLECTIONS.map(async (path) => (await api.request('GET', path)).text));
}

const check = async <Values extends [unknown, ...unknown[]]>(
  runs: number,
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  attempt: (...values: Values) => Promise<void>,
): Promise<void> => {
  const before = await everything();
  const property = fc.asyncProperty(fc.tuple<Values>(...arbitraries), (values) => attempt(...values));
  await fc.assert(property, { seed: 34, numRuns: runs, endOnFailure: true });
  expect(failures.splice(0)).toEqual([]);
  expect(await everything()).toEqual(before);
};

const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'name',
  'metadata',
  'spec',
  'a/b',
  '$patch',
  '$retainKeys',
  'é',
];
const key = fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 5 }));
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, '', [], {}, -1, 0, 1.5, 1e308, 2 ** 53, 2 ** 31, -(2 ** 63)),
  fc.constantFrom('9'.repeat(400), '1e999999', '-1Ki', '2030-02-30T00:00:00Z', '../..', 'None', 'replace', 'delete'),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 10, unit: 'binary' }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(jsonObject),
  ),
}));

/** An object whose keys are its own, whatever they are called. */
function jsonObject(entries: readonly (readonly [string, unknown])[]): object {
  const text = entries.map(([name, content]) => `${JSON.stringify(name)}:${JSON.stringify(content)}`).join(',');
  return JSON.parse(`{${text}}`) as object;
}

interface Edit {
  readonly way: readonly number[];
  readonly content: unknown;
  readonly extra: string | undefined;
}
const edits = fc.array(
  fc.record<Edit>({
    way: fc.array(fc.nat(20), { maxLength: 7 }),
    content: value,
    extra: fc.option(key, { nil: undefined, freq: 4 }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** The sample with something else somewhere in it. */
function edited(sample: object, changes: readonly Edit[]): object {
  const result = structuredClone(sample);
  for (const { way, content, extra } of changes) {
    let place = result as Record<string, unknown>;
    for (const step of way.slice(0, -1)) {
      const children = Object.values(place).filter((child) => typeof child === 'object' && child !== null);
      if (children.length === 0) break;
      place = children[step % children.length] as Record<string, unknown>;
    }
    const names = Object.keys(place);
    const name = extra ?? names[(way.at(-1) ?? 0) % Math.max(1, names.length)] ?? 'x';
    Object.defineProperty(place, name, { value: content, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

const collection = fc.constantFrom(...COLLECTIONS);

it('reads any object', async () => {
  await check(700, [collection, edits, fc.constantFrom('POST', 'PUT')], async (path, changes, method) => {
    const body = edited(SAMPLES[path]!, changes);
    await send(method, `${path}${method === 'PUT' ? '/a' : ''}?dryRun=All`, { body });
  });
}, 60_000);

it('reads any protobuf', async () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
  const headers = { 'content-type': PROTOBUF_TYPE };
  await check(500, [collection, fc.array(change, { maxLength: 3 }), fc.nat(600)], async (path, changes, cut) => {
    const body = protobufBody(schemas, typeOf(SAMPLES[path]!), SAMPLES[path]!);
    for (const { at, byte } of changes) body[at % body.length] = byte;
    await send('POST', `${path}?dryRun=All`, { body: body.subarray(0, cut < 100 ? cut : undefined), headers });
  });
}, 60_000);

it('reads any patch', async () => {
  const type = fc.constantFrom('merge-patch', 'strategic-merge-patch');
  await check(500, [collection, edits, type], async (path, changes, form) => {
    const body = edited(SAMPLES[path]!, changes);
    const headers = { 'content-type': `application/${form}+json` };
    await send('PATCH', `${path}/a?dryRun=All`, { body, headers });
  });
}, 60_000);

it('applies any list of operations', async () => {
  const pointer = fc.oneof(
    fc.constantFrom(
      '',
      '/',
      '/metadata',
      '/metadata/labels/app',
      '/spec',
      '/spec/ports/0',
      '/spec/containers/-',
      '/data/k',
    ),
    fc
      .array(fc.oneof(key, fc.nat(3).map(String)), { maxLength: 4 })
      .map((parts) => parts.map((part) => `/${part}`).join('')),
    fc.string({ maxLength: 6 }),
  );
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: pointer,
      from: pointer,
      value,
    },
    { requiredKeys: ['op', 'path'] },
  );
  const headers = { 'content-type': 'application/json-patch+json' };
  await check(500, [collection, fc.array(operation, { maxLength: 4 })], async (path, body) => {
    await send('PATCH', `${path}/a?dryRun=All`, { body, headers });
  });
}, 60_000);

it('reads any part and view of an object', async () => {
  const door = fc.constantFrom(
    [`${NS}/pods`, 'status'],
    [`${NS}/pods`, 'binding'],
    [`${NS}/replicationcontrollers`, 'status'],
    [`${NS}/replicationcontrollers`, 'scale'],
    [`${NS}/services`, 'status'],
    ['/api/v1/nodes', 'status'],
    ['/api/v1/namespaces', 'finalize'],
    ['/apis/certificates.k8s.io/v1/certificatesigningrequests', 'approval'],
    ['/apis/certificates.k8s.io/v1/certificatesigningrequests', 'status'],
  );
  const method = fc.constantFrom('PUT', 'PATCH', 'POST');
  await check(400, [door, method, edits, value], async ([path, subresource], verb, changes, status) => {
    const body = edited({ ...SAMPLES[path], status, target: { name: 'n' } }, changes);
    const headers = { 'content-type': verb === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
    await send(verb, `${path}/a/${subresource}?dryRun=All`, { body, headers });
  });
}, 60_000);

it('reads any text as a body', async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 40, unit: 'binary' }),
    fc.json(),
    fc.constantFrom(
      'null',
      '[]',
      '0',
      '"x"',
      '{',
      '- a\n- b',
      '&a [*a]',
      '!!js/function x',
      '? {a: b} : c',
      '---\n---\n',
      '<<: *a',
    ),
  );
  const type = fc.constantFrom('application/json', 'application/yaml', 'application/merge-patch+json', 'x', 'a/b; c=d');
  const method = fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE');
  await check(300, [collection, method, type, text], async (path, verb, media, body) => {
    const target = verb === 'POST' ? path : `${path}/a`;
    await send(verb, `${target}?dryRun=All`, { body, headers: { 'content-type': media } });
  });
}, 60_000);

it('reads any query', async () => {
  const name = fc.constantFrom(
    'labelSelector',
    'fieldSelector',
    'limit',
    'continue',
    'resourceVersion',
    'resourceVersionMatch',
    'sendInitialEvents',
    'includeObject',
    'pretty',
    'fieldManager',
  );
  const text = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1',
      '99999999999999999999',
      'true',
      'x',
      'a=b',
      'a%20in%20(',
      'metadata.name=a',
      'spec.x=y',
      '%',
      '%zz',
      '%00',
    ),
    fc.string({ maxLength: 10, unit: 'binary' }).map(encodeURIComponentSafely),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  const query = fc.array(fc.tuple(name, text), { maxLength: 4 });
  await check(300, [collection, query], async (path, parameters) => {
    await send('GET', `${path}?${parameters.map((pair) => pair.join('=')).join('&')}`);
  });
}, 60_000);

it('follows any path', async () => {
  const words = [
    'api',
    'apis',
    'v1',
    'namespaces',
    'default',
    'pods',
    'nodes',
    'a',
    'status',
    'scale',
    'log',
    'watch',
    'proxy',
  ];
  const part = fc.oneof(
    fc.constantFrom(
      ...words,
      'apps',
      '..',
      '.',
      '',
      '%2F',
      '%',
      '%zz',
      '%00',
      'constructor',
      '__proto__',
      '*',
      'openapi',
      'v3',
    ),
    fc.string({ maxLength: 6, unit: 'binary' }).map(encodeURIComponentSafely),
  );
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE');
  await check(400, [method, fc.array(part, { maxLength: 8 })], async (verb, parts) => {
    await send(verb, `/${parts.join('/')}?dryRun=All&timeoutSeconds=1`);
  });
}, 60_000);

/** Half of a surrogate pair has no place in a URL. */
function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
