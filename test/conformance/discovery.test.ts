import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { useMaster } from './conformance-master.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const groupVersions = z.object({ groupVersion: z.string(), version: z.string() });
const groupSchema = z.object({ name: z.string(), versions: z.array(groupVersions), preferredVersion: groupVersions });
const groupsSchema = z.object({ kind: z.literal('APIGroupList'), groups: z.array(groupSchema) });
const resourcesSchema = z.object({
  kind: z.literal('APIResourceList'),
  groupVersion: z.string(),
  resources: z.array(
    z.object({ name: z.string(), namespaced: z.boolean(), kind: z.string(), verbs: z.array(z.string()) }),
  ),
});
const aggregatedSchema = z.object({
  kind: z.literal('APIGroupDiscoveryList'),
  apiVersion: z.literal('apidiscovery.k8s.io/v2'),
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().optional() }),
      versions: z.array(
        z.object({
          version: z.string(),
          resources: z.array(
            z.object({
              resource: z.string(),
              scope: z.enum(['Namespaced', 'Cluster']),
              verbs: z.array(z.string()),
              responseKind: z.object({ group: z.string(), version: z.string(), kind: z.string() }),
              singularResource: z.string(),
              subresources: z.array(z.object({ subresource: z.string() })).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

describe('discovery', () => {
  const master = useMaster();

  test('[AM10] every group tells its versions, and every version its resources', async () => {
    const core = z.object({ versions: z.array(z.string()) }).parse((await master.api.get('/api')).json());
    expect(core.versions).toEqual(['v1']);
    const { groups } = groupsSchema.parse((await master.api.get('/apis')).json());
    expect(groups.length).toBeGreaterThan(0);
    for (const { name, versions } of groups) {
      for (const { groupVersion } of versions) {
        expect(groupVersion.startsWith(`${name}/`)).toBe(true);
        const list = resourcesSchema.parse((await master.api.get(`/apis/${groupVersion}`)).json());
        expect(list.groupVersion).toBe(groupVersion);
        expect(list.resources.length).toBeGreaterThan(0);
      }
    }
  });

  test('[AM10] the preferred version is one of the group, here as in the list of groups', async () => {
    const { groups } = groupsSchema.parse((await master.api.get('/apis')).json());
    for (const group of groups) {
      const own = groupSchema.parse((await master.api.get(`/apis/${group.name}`)).json());
      expect(own.preferredVersion).toEqual(group.preferredVersion);
      expect(own.versions).toContainEqual(group.preferredVersion);
    }
  });

  test('[AM04] one document tells what the single ones tell', async () => {
    for (const root of ['/api', '/apis']) {
      const answer = await master.api.get(root, { accept: AGGREGATED });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(AGGREGATED);
      const { items } = aggregatedSchema.parse(answer.json());
      expect(items.length).toBeGreaterThan(0);
      for (const { metadata, versions } of items) {
        for (const { version, resources } of versions) {
          const path = root === '/api' ? `/api/${version}` : `/apis/${metadata.name}/${version}`;
          const single = resourcesSchema.parse((await master.api.get(path)).json());
          const all = resources.flatMap(({ resource, subresources = [] }) => [
            resource,
            ...subresources.map(({ subresource }) => `${resource}/${subresource}`),
          ]);
          expect(all.sort()).toEqual(single.resources.map(({ name }) => name).sort());
          for (const { resource, scope, verbs, responseKind } of resources) {
            expect(single.resources.find(({ name }) => name === resource)).toMatchObject({
              namespaced: scope === 'Namespaced',
              verbs,
              kind: responseKind.kind,
            });
          }
        }
      }
    }
  });

  test('[AM04] who asks for it among others gets it, who does not gets the groups, and who has it gets nothing anew', async () => {
    const both = await master.api.get('/apis', { accept: `${AGGREGATED},application/json` });
    expect(both.json().kind).toBe('APIGroupDiscoveryList');
    expect((await master.api.get('/apis', { accept: 'application/json' })).json().kind).toBe('APIGroupList');
    const etag = both.headers.etag ?? '';
    expect(etag).toMatch(/^".+"$/);
    const again = await master.api.get('/apis', { accept: AGGREGATED, 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(again.text).toBe('');
  });

  test('[AM18] the version has whole numbers', async () => {
    const version = z
      .object({ major: z.string().regex(/^\d+$/), minor: z.string().regex(/^\d+\+?$/), gitVersion: z.string() })
      .parse((await master.api.get('/version')).json());
    expect(version.gitVersion.startsWith(`v${version.major}.${version.minor}.`)).toBe(true);
  });
});
