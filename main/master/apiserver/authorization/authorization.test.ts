import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '#common/client/https/session.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import { seededRandom } from '#common/base/random.ts';
import { subjectAccessReviews } from '#common/kube/resources.ts';
import { createBootstrapToken } from '../../bootstrap/bootstrap-token.ts';
import { CLUSTER_ADMINS, CONTROLLER_MANAGER, controllerUser } from './bootstrap-policy.ts';

let master: TestMaster;
beforeAll(async () => {
  master = await TestMaster.start();
});
afterAll(() => master[Symbol.asyncDispose]());

const NS = '/api/v1/namespaces/default';
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

/** Each request by whether it is allowed: what is then missing or wrong in it does not matter. */
async function allowed(credentials: Credentials, requests: readonly string[]): Promise<readonly string[]> {
  using api = await RawApi.open(master, credentials);
  const yes: string[] = [];
  for (const request of requests) {
    const [method = '', path = ''] = request.split(' ');
    const merge = { 'content-type': 'application/merge-patch+json' };
    const answer = await api.request(method, path, method === 'PATCH' ? { body: {}, headers: merge } : {});
    if (answer.status !== 401 && answer.status !== 403) yes.push(request);
  }
  return yes;
}

const PUBLIC = ['GET /healthz', 'GET /livez', 'GET /readyz', 'GET /version'];
const DISCOVERY = ['GET /api', 'GET /api/v1', 'GET /apis', 'GET /openapi/v3'];
const JOINING = [`POST ${CSRS}`, `GET ${CSRS}/x`, `GET ${CSRS}`];
const OF_NODES = [
  'GET /api/v1/nodes',
  'PATCH /api/v1/nodes/n/status',
  `PATCH ${NS}/pods/p/status`,
  `DELETE ${NS}/pods/p`,
  'GET /api/v1/services',
  `POST ${NS}/events`,
  `PUT ${LEASES}/n`,
  'GET /apis/discovery.k8s.io/v1/endpointslices',
];
/** What a node may do with what is its own, and this is not. */
const OF_OTHER_NODES = [
  'POST /api/v1/nodes',
  `GET ${NS}/pods`,
  `GET ${NS}/secrets/s`,
  `GET ${NS}/configmaps/c`,
  `POST ${LEASES}`,
];
const OF_ADMINS = [
  'DELETE /api/v1/nodes/zz',
  `POST ${NS}/replicationcontrollers`,
  `PUT ${NS}/replicationcontrollers/rc`,
  `PUT ${NS}/replicationcontrollers/rc/scale`,
  `POST ${NS}/services`,
  `POST ${NS}/secrets`,
  `PUT ${NS}/configmaps/c`,
  `POST ${NS}/pods/p/binding`,
  `GET ${NS}/pods/p/log`,
  `PUT ${CSRS}/x/approval`,
  `PUT ${CSRS}/x/status`,
  'POST /api/v1/namespaces',
  'DELETE /api/v1/namespaces/zz',
  'GET /metrics',
];
const EVERYTHING = [...PUBLIC, ...DISCOVERY, ...JOINING, ...OF_NODES, ...OF_OTHER_NODES, ...OF_ADMINS];

describe('what is allowed to', () => {
  it('nobody: health and version', async () => {
    expect(await allowed({ ca: master.authority.cert }, EVERYTHING)).toEqual(PUBLIC);
  });

  it('somebody: to see what there is', async () => {
    expect(await allowed(master.credentials('jane', []), EVERYTHING)).toEqual([...PUBLIC, ...DISCOVERY]);
  });

  it('who joins: to ask for a certificate', async () => {
    const token = await createBootstrapToken(master.admin, '', 3_600_000, master.clock, seededRandom(1));
    const credentials = { ca: master.authority.cert, token };
    expect(await allowed(credentials, EVERYTHING)).toEqual([...PUBLIC, ...DISCOVERY, ...JOINING]);
  });

  it('a node: what it needs to run pods', async () => {
    const credentials = master.credentials('system:node:n', ['system:nodes']);
    expect(await allowed(credentials, EVERYTHING)).toEqual([...PUBLIC, ...DISCOVERY, ...JOINING, ...OF_NODES]);
  });

  it('an administrator: everything', async () => {
    expect(await allowed(master.credentials('jane', [CLUSTER_ADMINS]), EVERYTHING)).toEqual(EVERYTHING);
  });
});

it('says what it refuses, and to whom', async () => {
  using api = await RawApi.open(master, master.credentials('system:node:n', ['system:nodes']));
  expect(await api.failure('POST', `${NS}/replicationcontrollers`, { body: {} })).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'replicationcontrollers is forbidden: User "system:node:n" cannot create resource "replicationcontrollers" in API group "" in the namespace "default"',
    reason: 'Forbidden',
    details: { kind: 'replicationcontrollers' },
    code: 403,
  });
  expect(await api.failure('PUT', `${CSRS}/x/approval`)).toMatchObject({
    message:
      'certificatesigningrequests.certificates.k8s.io "x" is forbidden: User "system:node:n" cannot update resource "certificatesigningrequests/approval" in API group "certificates.k8s.io" at the cluster scope',
  });
  expect(await api.failure('GET', '/metrics')).toMatchObject({
    message: 'forbidden: User "system:node:n" cannot get path "/metrics"',
  });
});

/** What the identity may do, as `verb resource` with a slash for subresources; `group:` where it is not the core. */
async function can(user: string, groups: string[], question: string): Promise<boolean> {
  const [verb = '', what = ''] = question.split(' ');
  const [group = '', place = ''] = what.includes(':') ? what.split(':') : ['', what];
  const [resource = '', subresource = ''] = place.split('/');
  const { status } = await master.admin.create(subjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups, resourceAttributes: { verb, group, resource, subresource, namespace: 'default', name: 'x' } },
  });
  return status?.allowed === true;
}

async function allowedOf(user: string, questions: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(questions.map((question) => can(user, [], question)));
  return questions.filter((_question, index) => answers[index]);
}

describe('the identities inside', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'system:kube-scheduler',
      ['watch pods', 'watch nodes', 'create pods/binding', 'patch pods/status', 'create events'],
      ['create pods', 'update nodes', 'get secrets', 'update pods'],
    ],
    [
      CONTROLLER_MANAGER,
      ['list pods', 'watch secrets', 'list coordination.k8s.io:leases'],
      ['get pods', 'create pods'],
    ],
    [
      controllerUser('replication-controller'),
      ['create pods', 'delete pods', 'patch pods', 'update replicationcontrollers/status'],
      ['create replicationcontrollers', 'get secrets', 'update pods', 'create pods/binding'],
    ],
    [
      controllerUser('endpointslice-controller'),
      ['create discovery.k8s.io:endpointslices', 'delete discovery.k8s.io:endpointslices', 'list pods'],
      ['create endpoints', 'update services', 'get secrets'],
    ],
    [controllerUser('endpoint-controller'), ['create endpoints'], ['create discovery.k8s.io:endpointslices']],
    [
      controllerUser('node-controller'),
      ['update nodes', 'patch nodes/status', 'delete pods'],
      ['create nodes', 'create pods', 'update coordination.k8s.io:leases', 'get secrets'],
    ],
    [
      controllerUser('namespace-controller'),
      ['update namespaces/finalize', 'deletecollection secrets', 'delete pods'],
      ['create namespaces', 'create pods', 'update secrets'],
    ],
    [
      controllerUser('generic-garbage-collector'),
      ['delete pods', 'patch secrets'],
      ['create pods', 'deletecollection pods'],
    ],
    [
      controllerUser('certificate-controller'),
      [
        'update certificates.k8s.io:certificatesigningrequests/approval',
        'update certificates.k8s.io:certificatesigningrequests/status',
        'get nodes',
      ],
      ['create certificates.k8s.io:certificatesigningrequests', 'get secrets', 'update nodes'],
    ],
  ])('%s may do its work, and no more', async (name, may, mayNot) => {
    expect(await allowedOf(name, may)).toEqual(may);
    expect(await allowedOf(name, mayNot)).toEqual([]);
  });

  it('are known by their name alone: a group of that name is nothing', async () => {
    expect(await can('x', ['system:kube-scheduler'], 'watch pods')).toBe(false);
    expect(await can('system:nodes', [], 'list pods')).toBe(false);
  });
});
