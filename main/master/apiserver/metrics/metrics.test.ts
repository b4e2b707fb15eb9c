import { expect, it } from 'vitest';
import { configMaps } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { rawRequest } from '../../../../test/support/raw-request.ts';
import { Histogram, labelText, metricsText } from './metric.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

it('counts requests by verb, resource and code, and how long they took', async () => {
  await using master = await TestMaster.start();
  await master.admin.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default' },
  });
  await rawRequest(master, `${PATH}/a`);
  await rawRequest(master, `${PATH}/a`);
  await rawRequest(master, `${PATH}/b`);
  await rawRequest(master, '/api/v1/namespaces/default/strange-names');
  const { text, headers } = await rawRequest(master, '/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const labels =
    'component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="GET",version="v1"';
  expect(text).toContain(`apiserver_request_total{code="200",${labels}} 2\n`);
  expect(text).toContain(`apiserver_request_total{code="404",${labels}} 1\n`);
  expect(text).toContain(`apiserver_request_duration_seconds_count{${labels}} 3\n`);
  expect(text).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1\n');
  expect(text).toContain('apiserver_storage_objects{resource="configmaps"} 1\n');
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).not.toContain('strange-names');
});

it('shows them to those who may see them only', async () => {
  await using master = await TestMaster.start();
  expect((await rawRequest(master, '/metrics', { user: 'someone', groups: [] })).status).toBe(403);
});

it('writes the text format', () => {
  const histogram = new Histogram('h', 'Help.', [0.1, 1]);
  histogram.observe(labelText({ a: 'x"\\\n' }), 0.05);
  histogram.observe(labelText({ a: 'x"\\\n' }), 0.5);
  histogram.observe(labelText({ a: 'x"\\\n' }), 5);
  const label = 'a="x\\"\\\\\\n"';
  expect(metricsText([histogram])).toBe(
    [
      '# HELP h Help.',
      '# TYPE h histogram',
      `h_bucket{${label},le="0.1"} 1`,
      `h_bucket{${label},le="1"} 2`,
      `h_bucket{${label},le="+Inf"} 3`,
      `h_sum{${label}} 5.55`,
      `h_count{${label}} 3`,
      '',
    ].join('\n'),
  );
});
