import { describe, expect, it } from 'vitest';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { pods, type Pod } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import { TestMaster } from '../../../../../../test/support/master.ts';
import { podObject } from '../../../../../../test/support/objects.ts';
import { imageTag } from './defaults.ts';

const create = async (spec: Partial<IPodSpec>): Promise<Stored<Pod>> => {
  await using master = await TestMaster.start();
  return await master.admin.create(pods, podObject('a', { spec }));
};
const container = (content: Partial<IContainer>): Partial<IPodSpec> => ({
  containers: [{ name: 'web', image: 'web:1', ...content }],
});

describe('defaults of a pod', () => {
  it('are those of upstream', async () => {
    const { spec } = await create({});
    expect(spec).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: true,
      containers: [
        {
          imagePullPolicy: 'IfNotPresent',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
    });
  });

  it('reach probes, ports, variables and volumes', async () => {
    const { spec } = await create({
      hostNetwork: true,
      volumes: [{ name: 'e' }, { name: 'c', configMap: { name: 'c' } }, { name: 's', secret: { secretName: 's' } }],
      ...container({
        ports: [{ containerPort: 80 }],
        env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        readinessProbe: { httpGet: { port: 80 } },
      }),
    });
    expect(spec!.containers[0]).toMatchObject({
      ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
      env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
      readinessProbe: {
        httpGet: { path: '/', scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
    });
    expect(spec!.volumes).toEqual([
      { name: 'e', emptyDir: {} },
      { name: 'c', configMap: { name: 'c', defaultMode: 420 } },
      { name: 's', secret: { secretName: 's', defaultMode: 420 } },
    ]);
  });

  it('let a pod stay five minutes on a node that fails', async () => {
    const own = {
      key: 'node.kubernetes.io/not-ready',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 5,
    } as const;
    const { spec } = await create({ tolerations: [own] });
    expect(spec!.tolerations).toEqual([
      own,
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
    const all = { operator: 'Exists' } as const;
    expect((await create({ tolerations: [all] })).spec!.tolerations).toEqual([all]);
  });

  it.each([
    ['web', 'latest', 'Always'],
    ['web:latest', 'latest', 'Always'],
    ['registry:5000/web', 'latest', 'Always'],
    ['registry:5000/web:1', '1', 'IfNotPresent'],
    [`web@sha256:${'0'.repeat(64)}`, '', 'IfNotPresent'],
  ])('pull %s (tag %j) %s', async (image, tag, policy) => {
    expect(imageTag(image)).toBe(tag);
    expect((await create(container({ image }))).spec!.containers[0]!.imagePullPolicy).toBe(policy);
  });

  it.each<[IContainer['resources'], string, object]>([
    [undefined, 'BestEffort', {}],
    [{ requests: { cpu: '1' } }, 'Burstable', { requests: { cpu: '1' } }],
    [
      { limits: { cpu: '1000m', memory: '1024Mi' } },
      'Guaranteed',
      { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
    ],
    [
      { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
      'Burstable',
      { requests: { cpu: '500m', memory: '1Gi' } },
    ],
    [{ limits: { cpu: '1' } }, 'Burstable', {}],
    [{ requests: { cpu: '0' } }, 'BestEffort', {}],
  ])('of resources %j make it %s', async (resources, qosClass, stored) => {
    const pod = await create(container(resources ? { resources } : {}));
    expect(pod.status!.qosClass).toBe(qosClass);
    expect(pod.spec!.containers[0]!.resources).toMatchObject(stored);
  });
});

describe('a pod', () => {
  it.each<[Partial<IPodSpec>, string]>([
    [{ containers: [] }, 'spec.containers: Required value'],
    [container({ name: 'A' }), 'spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label'],
    [
      container({ image: ' web' }),
      'spec.containers[0].image: Invalid value: " web": must not have leading or trailing',
    ],
    [{ containers: ['a', 'a'].map((name) => ({ name, image: 'x' })) }, 'spec.containers[1].name: Duplicate value: "a"'],
    [{ initContainers: [{ name: 'web', image: 'x' }] }, 'spec.initContainers[0].name: Duplicate value: "web"'],
    [
      { restartPolicy: 'Maybe' as 'Never' },
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
    ],
    [
      { terminationGracePeriodSeconds: -1 },
      'spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [container({ ports: [{ containerPort: 0 }] }), 'spec.containers[0].ports[0].containerPort: Required value'],
    [
      container({ ports: [{ containerPort: 70000 }] }),
      'containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      container({ ports: ['a', 'a'].map((name, index) => ({ name, containerPort: index + 1 })) }),
      'spec.containers[0].ports[1].name: Duplicate value: "a"',
    ],
    [container({ env: [{ name: '1A' }] }), 'spec.containers[0].env[0].name: Invalid value: "1A": a valid environment'],
    [
      container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [{ volumes: ['v', 'v'].map((name) => ({ name })) }, 'spec.volumes[1].name: Duplicate value: "v"'],
    [{ volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'c' } }] }, 'may not specify more than 1 volume type'],
    [
      container({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
    [container({ resources: { limits: { cpu: '-1' } } }), 'must be greater than or equal to 0'],
    [container({ resources: { limits: { gpu: '1' } } }), 'must be a standard resource type or fully qualified'],
    [{ nodeSelector: { 'a b': 'c' } }, 'spec.nodeSelector: Invalid value: "a b"'],
    [{ hostname: 'a.b' }, 'spec.hostname: Invalid value: "a.b": must not contain dots'],
  ])('with %j is refused', async (spec, message) => {
    await expect(create(spec)).rejects.toMatchObject({
      status: { code: 422, message: expect.stringContaining(message) as string },
    });
  });
});
