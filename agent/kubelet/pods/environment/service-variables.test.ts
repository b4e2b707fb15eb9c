import { expect, it } from 'vitest';
import type { Stored } from '#common/kube/object.ts';
import type { Service } from '#common/kube/resources.ts';
import { pod } from '../../../testing/pods.ts';
import { serviceVariables } from './service-variables.ts';

const service = (name: string, namespace: string, clusterIP: string, ports: object[]) =>
  ({ metadata: { name, namespace }, spec: { clusterIP, ports } }) as unknown as Stored<Service>;

const API = service('kubernetes', 'default', '10.96.0.1', [{ name: 'https', port: 443, protocol: 'TCP' }]);
const API_VARIABLES = {
  KUBERNETES_SERVICE_HOST: '10.96.0.1',
  KUBERNETES_SERVICE_PORT: '443',
  KUBERNETES_SERVICE_PORT_HTTPS: '443',
  KUBERNETES_PORT: 'tcp://10.96.0.1:443',
  KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
  KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
  KUBERNETES_PORT_443_TCP_PORT: '443',
  KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
};
const DNS = service('red-is', 'apps', '10.96.0.7', [
  { name: 'my-port', port: 6379 },
  { name: 'dns', port: 53, protocol: 'UDP' },
]);

const of = (spec: object, namespace: string, ...services: Stored<Service>[]) =>
  Object.fromEntries(serviceVariables(pod(spec, {}, { namespace }), services));

it('tell every pod of the API server', () => {
  expect(of({}, 'apps', API)).toEqual(API_VARIABLES);
  expect(of({ enableServiceLinks: false }, 'apps', DNS, API)).toEqual(API_VARIABLES);
  expect(of({ enableServiceLinks: false }, 'default', API)).toEqual(API_VARIABLES);
});

it('tell a pod of the Services of its namespace, with all their ports', () => {
  expect(of({}, 'apps', DNS)).toEqual({
    RED_IS_SERVICE_HOST: '10.96.0.7',
    RED_IS_SERVICE_PORT: '6379',
    RED_IS_SERVICE_PORT_MY_PORT: '6379',
    RED_IS_SERVICE_PORT_DNS: '53',
    RED_IS_PORT: 'tcp://10.96.0.7:6379',
    RED_IS_PORT_6379_TCP: 'tcp://10.96.0.7:6379',
    RED_IS_PORT_6379_TCP_PROTO: 'tcp',
    RED_IS_PORT_6379_TCP_PORT: '6379',
    RED_IS_PORT_6379_TCP_ADDR: '10.96.0.7',
    RED_IS_PORT_53_UDP: 'udp://10.96.0.7:53',
    RED_IS_PORT_53_UDP_PROTO: 'udp',
    RED_IS_PORT_53_UDP_PORT: '53',
    RED_IS_PORT_53_UDP_ADDR: '10.96.0.7',
  });
  expect(of({}, 'others', DNS)).toEqual({});
});

it('leave out Services without an address', () => {
  const headless = service('headless', 'apps', 'None', [{ port: 80 }]);
  const alias = service('alias', 'apps', '', []);
  expect(of({}, 'apps', headless, alias)).toEqual({});
});

it('put a Service of the pod’s namespace before the API server’s of the same name', () => {
  const own = service('kubernetes', 'apps', '10.96.0.9', []);
  for (const order of [
    [API, own],
    [own, API],
  ]) {
    expect(of({}, 'apps', ...order)).toEqual({ KUBERNETES_SERVICE_HOST: '10.96.0.9' });
  }
});
