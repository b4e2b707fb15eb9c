import grpc from '@grpc/grpc-js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containerdEventsProto } from './containerd-events.proto.ts';
import { Containerd } from './containerd.ts';
import { criProto } from './cri.proto.ts';
import { RuntimeError, type RuntimeEvent } from './runtime.ts';
import type { PodSandboxConfig } from './types.ts';

type Handler = (request: Record<string, unknown>) => object;
type Stream = grpc.ServerWritableStream<object, object>;

const cri = protobuf.parse(criProto).root;
const eventsRoot = protobuf.parse(containerdEventsProto).root;

let directory: string;
let server: grpc.Server;
let containerd: Containerd;
/** What the peer does when it is called. */
let handlers: Record<string, Handler>;
let subscribed: (stream: Stream) => void;

/** The definition of a service as grpc-js serves it; messages are plain objects on this side as well. */
function definition(root: protobuf.Root, service: string, name: string): grpc.ServiceDefinition {
  const methods = root.lookupService(service).methods;
  return Object.fromEntries(
    Object.values(methods).map((method) => {
      method.resolve();
      const { resolvedRequestType: request, resolvedResponseType: response } = method;
      return [
        method.name,
        {
          path: `/${name}/${method.name}`,
          requestStream: false,
          responseStream: method.responseStream ?? false,
          requestSerialize: (value: object) => Buffer.from(request!.encode(request!.fromObject(value)).finish()),
          requestDeserialize: (bytes: Buffer) =>
            request!.toObject(request!.decode(bytes), { longs: Number, enums: String, defaults: true }),
          responseSerialize: (value: object) => Buffer.from(response!.encode(response!.fromObject(value)).finish()),
          responseDeserialize: (bytes: Buffer) => response!.toObject(response!.decode(bytes)),
        },
      ];
    }),
  );
}

const answer =
  (method: string): grpc.handleUnaryCall<Record<string, unknown>, object> =>
  (call, callback) => {
    try {
      const handler = handlers[method];
      if (!handler) throw Object.assign(new Error(`no ${method}`), { code: grpc.status.UNIMPLEMENTED });
      callback(null, handler(call.request));
    } catch (error) {
      callback(error as grpc.ServiceError);
    }
  };

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cri-'));
  handlers = { Version: () => ({ runtimeName: 'containerd', runtimeVersion: '1.6.20' }) };
  subscribed = () => undefined;
  server = new grpc.Server();
  for (const service of ['RuntimeService', 'ImageService']) {
    const methods = definition(cri, service, `runtime.v1.${service}`);
    server.addService(methods, Object.fromEntries(Object.keys(methods).map((method) => [method, answer(method)])));
  }
  server.addService(definition(eventsRoot, 'Events', 'containerd.services.events.v1.Events'), {
    Subscribe: (stream: Stream) => subscribed(stream),
  });
  const endpoint = `unix://${path.join(directory, 'containerd.sock')}`;
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(endpoint, grpc.ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  containerd = new Containerd(endpoint);
});

afterEach(async () => {
  containerd[Symbol.dispose]();
  server.forceShutdown();
  await rm(directory, { recursive: true });
});

describe('the runtime over its socket', () => {
  it('is asked with whole configurations and answers with plain values', async () => {
    const config: PodSandboxConfig = {
      metadata: { name: 'web', uid: 'u', namespace: 'default', attempt: 3 },
      hostname: 'web',
      logDirectory: '/var/log/pods/x',
      portMappings: [{ protocol: 'UDP', containerPort: 53, hostPort: 53, hostIp: '' }],
      labels: { app: 'web' },
      annotations: {},
      linux: {
        cgroupParent: '/kubepods/podu',
        securityContext: {
          namespaceOptions: { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' },
          runAsUser: { value: 1000 },
          seccomp: { profileType: 'Unconfined' },
        },
      },
    };
    let seen: unknown;
    handlers['RunPodSandbox'] = (request) => {
      seen = request['config'];
      return { podSandboxId: 'sandbox-1' };
    };
    expect(await containerd.runPodSandbox(config)).toBe('sandbox-1');
    expect(seen).toMatchObject(config);
  });

  it('lists by labels, with times as numbers and states by name', async () => {
    const createdAt = 1_900_000_000_000_000_000;
    let filter: unknown;
    handlers['ListContainers'] = (request) => {
      filter = request['filter'];
      return { containers: [{ id: 'c', state: 'CONTAINER_EXITED', createdAt, labels: { a: 'b' } }] };
    };
    const [container] = await containerd.listContainers({ a: 'b' });
    expect(filter).toMatchObject({ labelSelector: { a: 'b' } });
    expect(container).toMatchObject({ id: 'c', state: 'CONTAINER_EXITED', createdAt, annotations: {} });
  });

  it('knows an image or does not', async () => {
    handlers['ImageStatus'] = (request) =>
      (request['image'] as { image: string }).image === 'web:1' ? { image: { id: 'sha256:1', size: 5 } } : {};
    expect(await containerd.imageStatus('web:1')).toMatchObject({ id: 'sha256:1', size: 5, uid: null });
    expect(await containerd.imageStatus('none')).toBeUndefined();
  });

  it('fails in the words that clients know from upstream', async () => {
    handlers['ContainerStatus'] = () => {
      throw Object.assign(new Error('an error occurred when try to find container "c": not found'), {
        code: grpc.status.NOT_FOUND,
      });
    };
    const failure = await containerd.containerStatus('c').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RuntimeError);
    expect(failure).toMatchObject({
      kind: 'not-found',
      message: 'rpc error: code = NotFound desc = an error occurred when try to find container "c": not found',
    });
  });

  it('finds nothing wrong with ending what is gone', async () => {
    const gone: Handler = () => {
      throw Object.assign(new Error('gone'), { code: grpc.status.NOT_FOUND });
    };
    handlers = { StopContainer: gone, RemoveContainer: gone, StopPodSandbox: gone, RemovePodSandbox: gone };
    await containerd.stopContainer('c', 1);
    await containerd.removeContainer('c');
    await containerd.stopPodSandbox('s');
    await containerd.removePodSandbox('s');
  });

  it('is left waiting when the caller does not want to wait any more', async () => {
    const stop = new AbortController();
    server.removeService(definition(cri, 'RuntimeService', 'runtime.v1.RuntimeService'));
    const methods = definition(cri, 'RuntimeService', 'runtime.v1.RuntimeService');
    const cancelled = Promise.withResolvers<void>();
    server.addService(methods, {
      StopContainer: (call: grpc.ServerUnaryCall<object, object>) => {
        call.on('cancelled', cancelled.resolve);
        stop.abort();
      },
    });
    await expect(containerd.stopContainer('c', 600, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    await cancelled.promise;
  });
});

describe('the events of the runtime', () => {
  const exit = (containerId: string, id: string) => {
    const type = eventsRoot.lookupType('TaskExit');
    const value = type.encode(type.fromObject({ containerId, id })).finish();
    return { namespace: 'k8s.io', topic: '/tasks/exit', event: { typeUrl: 'containerd.events.TaskExit', value } };
  };

  it('begin when they are subscribed, tell of containers but not of commands in them, and end with their stream', async () => {
    const peer = Promise.withResolvers<Stream>();
    subscribed = peer.resolve;
    const seen: RuntimeEvent[] = [];
    const failure = (async () => {
      for await (const event of containerd.events(new AbortController().signal)) {
        seen.push(event);
        if (event.type === 'exited' && event.containerId === 'second') (await peer.promise).end();
      }
    })();
    const stream = await peer.promise;
    for (const event of [exit('first', 'first'), exit('first', 'a-command'), exit('second', 'second')]) {
      stream.write(event);
    }
    await expect(failure).rejects.toMatchObject({ kind: 'unavailable' });
    expect(seen).toEqual([
      { type: 'subscribed' },
      { type: 'exited', containerId: 'first' },
      { type: 'exited', containerId: 'second' },
    ]);
  });

  it('end quietly when nobody listens any more', async () => {
    const stop = new AbortController();
    for await (const event of containerd.events(stop.signal)) if (event.type === 'subscribed') stop.abort();
    const aborted: RuntimeEvent[] = [];
    for await (const event of containerd.events(stop.signal)) aborted.push(event);
    expect(aborted).toEqual([]);
  });

  it('fail when there is no runtime', async () => {
    using nobody = new Containerd(`unix://${path.join(directory, 'none.sock')}`);
    const all = (async () => {
      for await (const event of nobody.events(new AbortController().signal)) expect.unreachable(event.type);
    })();
    await expect(all).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
