import { describe, expect, it } from 'vitest';
import { clientRefusal } from './client-policy.ts';
import { isAskedByNode, KUBELET_CLIENT, KUBELET_SERVING, kubeletRefusal } from './kubelet-policy.ts';
import type { CertificateAsk } from './signer.ts';

type Spec = Parameters<typeof kubeletRefusal>[0];

const ask = (change: Partial<CertificateAsk> = {}): CertificateAsk => ({
  commonName: 'system:node:a',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipv4Addresses: [],
  otherNames: 0,
  publicKey: Buffer.alloc(0),
  ...change,
});
const spec = (signerName: string, usages: string[], change: Partial<Spec> = {}): Spec => ({
  request: '',
  signerName,
  usages: usages as NonNullable<Spec['usages']>,
  username: 'system:node:a',
  groups: ['system:nodes', 'system:authenticated'],
  ...change,
});
const client = spec(KUBELET_CLIENT, ['digital signature', 'client auth']);
const serving = spec(KUBELET_SERVING, ['digital signature', 'server auth']);

describe('who may ask', () => {
  const bootstrap = { username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:authenticated'] };
  it.each<[string, Spec, boolean]>([
    ['the node itself', client, true],
    ['the node itself, for serving', serving, true],
    ['a machine with a bootstrap token', { ...client, ...bootstrap }, true],
    ['a machine with a bootstrap token, for serving', { ...serving, ...bootstrap }, false],
    ['another node', { ...client, username: 'system:node:b' }, false],
    ['someone of that name who is no node', { ...client, groups: ['system:authenticated'] }, false],
    ['a person', { ...client, username: 'alice', groups: ['kubeadm:cluster-admins'] }, false],
  ])('%s', (_, request, may) => {
    expect(isAskedByNode(request, ask())).toBe(may);
  });
});

describe("what a kubelet's client certificate may say", () => {
  const usages = 'usages did not match [digital signature key encipherment client auth]';
  const names = 'alternative names are not allowed';
  it.each<[string, Spec, CertificateAsk, string | undefined]>([
    ['its node', client, ask(), undefined],
    [
      'its node, for an RSA key',
      spec(KUBELET_CLIENT, ['key encipherment', 'client auth', 'digital signature']),
      ask(),
      undefined,
    ],
    ['no node', client, ask({ commonName: 'system:node:' }), 'subject common name does not begin with system:node:'],
    ['a person', client, ask({ commonName: 'alice' }), 'subject common name does not begin with system:node:'],
    ['no group', client, ask({ organizations: [] }), 'subject organization is not system:nodes'],
    ['a higher group', client, ask({ organizations: ['system:masters'] }), 'subject organization is not system:nodes'],
    [
      'another group too',
      client,
      ask({ organizations: ['system:nodes', 'system:masters'] }),
      'subject organization is not system:nodes',
    ],
    ['a DNS name', client, ask({ dnsNames: ['a'] }), names],
    ['an address', client, ask({ ipv4Addresses: ['10.0.0.1'] }), names],
    ['a URI', client, ask({ otherNames: 1 }), names],
    ['that it serves', spec(KUBELET_CLIENT, ['digital signature', 'server auth']), ask(), usages],
    ['that it also serves', spec(KUBELET_CLIENT, ['digital signature', 'client auth', 'server auth']), ask(), usages],
    ['that it signs nothing', spec(KUBELET_CLIENT, ['client auth']), ask(), usages],
    ['nothing of its use', spec(KUBELET_CLIENT, []), ask(), usages],
  ])('%s', (_, request, asked, why) => {
    expect(kubeletRefusal(request, asked, undefined)).toBe(why);
  });
});

describe("what a kubelet's serving certificate may say", () => {
  const addresses = ['10.0.0.1', '192.0.2.1'];
  const usages = 'usages did not match [digital signature key encipherment server auth]';
  it.each<[string, Spec, Partial<CertificateAsk>, readonly string[] | undefined, string | undefined]>([
    ['its name and address', serving, { dnsNames: ['a'], ipv4Addresses: ['10.0.0.1'] }, addresses, undefined],
    ['its name', serving, { dnsNames: ['a'] }, [], undefined],
    ['all its addresses', serving, { ipv4Addresses: addresses }, addresses, undefined],
    ['nothing', serving, {}, addresses, 'DNS or IP subjectAltName is required'],
    ["another node's name", serving, { dnsNames: ['a', 'b'] }, addresses, "a DNS name is not the node's"],
    ["the API server's name", serving, { dnsNames: ['kubernetes'] }, addresses, "a DNS name is not the node's"],
    [
      'another address',
      serving,
      { dnsNames: ['a'], ipv4Addresses: ['10.0.0.2'] },
      addresses,
      "an address is not the node's",
    ],
    ['a URI', serving, { dnsNames: ['a'], otherNames: 1 }, addresses, 'only DNS names and IPv4 addresses are allowed'],
    ['its name, before it is registered', serving, { dnsNames: ['a'] }, undefined, 'the node is not registered'],
    [
      'that it is a client',
      spec(KUBELET_SERVING, ['digital signature', 'client auth']),
      { dnsNames: ['a'] },
      addresses,
      usages,
    ],
  ])('%s', (_, request, asked, held, why) => {
    expect(kubeletRefusal(request, ask(asked), held)).toBe(why);
  });
});

describe("what a client's certificate may say", () => {
  const API_CLIENT = 'kubernetes.io/kube-apiserver-client';
  it.each<[string, string[], string[], string | undefined]>([
    ['a person and groups', ['client auth'], ['team-a', 'team-b'], undefined],
    ['all usages of a client', ['client auth', 'digital signature', 'key encipherment'], [], undefined],
    [
      'the group above all policy',
      ['client auth'],
      ['team-a', 'system:masters'],
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    ],
    ['that it is no client', ['digital signature'], [], 'missing required usage for client certificate: client auth'],
    ['that it serves', ['client auth', 'server auth'], [], 'invalid usage for client certificate: server auth'],
  ])('%s', (_, usages, organizations, why) => {
    expect(clientRefusal(spec(API_CLIENT, usages), ask({ commonName: 'alice', organizations }))).toBe(why);
  });
});
