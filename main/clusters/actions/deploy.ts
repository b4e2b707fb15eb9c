import type { Client } from '#common/client/client.ts';
import type { Deploy } from '#common/contract/workloads.ts';
import { replicationControllers, services, type ReplicationController, type Service } from '#common/kube/resources.ts';
import { onApi } from './api-errors.ts';

/** Runs an image as so many pods behind an address that this computer reaches. */
export async function deploy(client: Client, workload: Deploy): Promise<null> {
  return onApi(workload.name, async () => {
    // The Service first: its name is the one that is easier to be taken.
    await client.create(services, serviceFor(workload));
    try {
      await client.create(replicationControllers, controllerFor(workload));
    } catch (error) {
      const { namespace, name } = workload;
      await client.delete(services, { namespace, name }).catch(() => undefined);
      throw error;
    }
    return null;
  });
}

/** The label by which the parts of one deployment find each other. */
const APP = 'app';

function serviceFor({ namespace, name, port }: Deploy): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { [APP]: name } },
    spec: { type: 'NodePort', selector: { [APP]: name }, ports: [{ name: 'http', port: 80, targetPort: port }] },
  };
}

function controllerFor({ namespace, name, image, replicas, port }: Deploy): ReplicationController {
  const field = (
    variable: string,
    fieldPath: string,
  ): { name: string; valueFrom: { fieldRef: { fieldPath: string } } } => ({
    name: variable,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, namespace, labels: { [APP]: name } },
    spec: {
      replicas,
      selector: { [APP]: name },
      template: {
        metadata: { labels: { [APP]: name } },
        spec: {
          containers: [
            {
              name,
              image,
              ports: [{ containerPort: port }],
              env: [
                { name: 'PORT', value: String(port) },
                field('POD_NAME', 'metadata.name'),
                field('POD_NAMESPACE', 'metadata.namespace'),
                field('POD_IP', 'status.podIP'),
                field('NODE_NAME', 'spec.nodeName'),
              ],
            },
          ],
        },
      },
    },
  };
}
