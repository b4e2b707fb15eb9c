import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '#common/base/app-error.ts';
import { assert } from '#common/base/assert.ts';
import { realClock } from '#common/base/clock.ts';
import { describeError, lineLog } from '#common/base/log.ts';
import { HttpsSession } from '#common/client/https/session.ts';
import { secureRandom } from '#common/base/random.ts';
import { Scope } from '#common/base/scope.ts';
import { authenticated } from '../master/apiserver/authentication/user.ts';
import { CLUSTER_ADMINS } from '../master/apiserver/authorization/bootstrap-policy.ts';
import { logReader } from './actions/log-reader.ts';
import { clusterHandlers } from './cluster-handlers.ts';
import { asMasterError } from './master-errors.ts';
import { returnMemoryWhenQuiet } from './memory-return.ts';
import { openMaster, type OpenMaster } from './open-master.ts';
import type { ClusterHandlers, FromMaster, MasterThreadData, ToMaster } from './thread-protocol.ts';

/** The entry of a master's own thread: the master, and the window's questions about its objects. */
assert(parentPort, 'this file runs as a worker thread');
const port = parentPort;
const data = workerData as MasterThreadData;
const send = (message: FromMaster, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const log = lineLog((line) => send({ type: 'log', line }));
/** By address: what is listened on stays so, also while the computer does not have the address. */
const listeningOn = new Map<string, Promise<unknown>>();
const scope = new Scope((error, task) => log.error('background task failed', { task, error: describeError(error) }));

try {
  const opened = await openMaster(data.home, { clock: realClock, random: secureRandom, log });
  scope.hold(opened);
  await listen(opened, '127.0.0.1', data.port);
  const admin = authenticated('kubernetes-admin', [CLUSTER_ADMINS]);
  const handlers = clusterHandlers(opened.master.client(admin, 'pilothouse'), {
    clock: realClock,
    random: secureRandom,
    log,
    scope,
    readLogs: logReader(scope.hold(apiSession(opened))),
  });
  serve(opened, handlers);
  // Electron decides itself what V8 is told while it runs.
  if (!process.versions['electron']) scope.hold(returnMemoryWhenQuiet(realClock));
  send({ type: 'ready', certificateAuthority: opened.certificateAuthority, admin: opened.admin.current });
  opened.admin.onRenewed((admin) => send({ type: 'admin', admin }));
} catch (error) {
  await scope.close();
  send({ type: 'failed', error: asMasterError(error, data.home.directory, data.port).toShape() });
  port.close();
}

function serve(opened: OpenMaster, handlers: ClusterHandlers): void {
  const open = new Map<number, AbortController>();
  port.on('message', (message: ToMaster) => {
    switch (message.type) {
      case 'listen':
        void settle(message.id, async () => {
          await listen(opened, message.host, message.port);
          // It is where nodes reach this master, and so their pods.
          if (message.advertise) opened.master.advertise({ address: message.host, port: message.port });
        });
        return;
      case 'call':
      case 'open': {
        const abort = new AbortController();
        open.set(message.id, abort);
        void settle(message.id, () => answer(handlers, message, abort.signal)).finally(() => open.delete(message.id));
        return;
      }
      case 'close':
        open.get(message.id)?.abort();
        return;
      case 'awoke':
        opened.master.awoke();
        return;
      case 'stop':
        for (const abort of open.values()) abort.abort();
        void scope.close().then(() => port.close());
        return;
      default:
        message satisfies never;
    }
  });
}

/** Logs are read through the API's own door, like any client's. */
function apiSession(opened: OpenMaster): HttpsSession {
  return new HttpsSession({
    servers: [`https://127.0.0.1:${data.port}`],
    credentials: () => ({ ...opened.admin.current, ca: opened.certificateAuthority }),
    userAgent: 'pilothouse',
    clock: realClock,
  });
}

async function settle(id: number, work: () => Promise<unknown>): Promise<void> {
  try {
    send({ type: 'result', id, value: (await work()) ?? null });
  } catch (error) {
    const known = AppError.from(error);
    if (known.code === 'internal') log.error('a request failed', { error: describeError(error) });
    send({ type: 'error', id, error: known.toShape() });
  }
}

type AnyHandler = (args: unknown, emitOrSignal: unknown, signal?: AbortSignal) => Promise<unknown>;

// Arguments were parsed by the contract's schema of the same name before they were sent here.
async function answer(
  handlers: ClusterHandlers,
  message: ToMaster & { type: 'call' | 'open' },
  signal: AbortSignal,
): Promise<unknown> {
  const handler = handlers[message.name] as AnyHandler;
  if (message.type === 'call') return handler(message.args, signal);
  const encoder = new TextEncoder();
  const emit = (event: unknown): void => {
    if (signal.aborted) return;
    const json = encoder.encode(JSON.stringify(event));
    send({ type: 'event', id: message.id, json }, [json.buffer]);
  };
  await handler(message.args, emit, signal);
  send({ type: 'end', id: message.id });
  return null;
}

async function listen(opened: OpenMaster, host: string, wanted: number): Promise<void> {
  const listening = listeningOn.get(host) ?? opened.master.listen(host, wanted);
  listeningOn.set(host, listening);
  try {
    await listening;
  } catch (error) {
    listeningOn.delete(host);
    throw asMasterError(error, data.home.directory, wanted);
  }
}
