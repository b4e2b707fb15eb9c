import { describe, expect, test } from 'vitest';
import { useMaster } from './conformance-master.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('representations', () => {
  const master = useMaster();

  test('[AM18] a list of a kind is had as a table', async () => {
    const answer = await master.api.get('/api/v1/namespaces', { accept: TABLE });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [{ name: 'Name', format: 'name' }, { name: 'Status' }, { name: 'Age' }],
    });
    const rows = answer.json()['rows'] as { cells: string[]; object: { kind: string } }[];
    expect(rows.map(({ cells }) => cells[0])).toContain('kube-system');
    expect(rows[0]!.object.kind).toBe('PartialObjectMetadata');
  });

  test('[AM18] what cannot be a table is refused as one', async () => {
    const body = JSON.stringify({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } },
    });
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const answer = await master.api.request('POST', path, { body, headers: { accept: TABLE } });
    expect(answer.status).toBe(406);
    expect(answer.json()).toMatchObject({ kind: 'Status', reason: 'NotAcceptable' });
    expect((await master.api.request('POST', path, { body })).status).toBe(201);
  });
});
