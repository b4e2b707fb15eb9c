import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { silentLog } from '#common/base/log.ts';
import { clusterIdSchema } from '#common/contract/cluster.ts';
import type { WindowHandlers } from '#common/contract/contract.ts';
import { responseFrameSchema, type RequestFrame, type ResponseFrame } from '#common/contract/frames.ts';
import { handlersWith } from '../../test/standins/handlers.ts';
import { Connection, MAX_OPEN } from './connection.ts';

const cluster = clusterIdSchema.parse('abc123');
let received: ResponseFrame[];
let congested: boolean;

beforeEach(() => {
  received = [];
  congested = false;
});

function connect(some: Partial<WindowHandlers>): Connection {
  const decoder = new TextDecoder();
  return new Connection({
    handlers: handlersWith(some),
    log: silentLog,
    peer: {
      send: (frame) => {
        const text = typeof frame === 'string' ? frame : decoder.decode(frame);
        received.push(responseFrameSchema.parse(JSON.parse(text)));
      },
      congested: () => congested,
    },
  });
}

function send(connection: Connection, frame: RequestFrame): void {
  expect(connection.receive(JSON.stringify(frame))).toBe(true);
}

/** Lets handlers that wait for nothing outside run to their end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('a call', () => {
  it('is answered with its result, its arguments filled in with defaults', async () => {
    const connection = connect({ 'app.setPreferences': async () => null });
    send(connection, { type: 'call', id: 1, name: 'app.setPreferences', args: { theme: 'dark' } });
    await settled();
    expect(received).toEqual([{ type: 'result', id: 1, value: null }]);
  });

  it('with arguments that the contract refuses never reaches the handler', async () => {
    const connection = connect({ 'cluster.scale': () => Promise.reject(new Error('reached')) });
    const args = { cluster, namespace: 'default', name: 'web', replicas: -1 };
    send(connection, { type: 'call', id: 1, name: 'cluster.scale', args });
    await settled();
    expect(received).toMatchObject([
      { type: 'error', id: 1, error: { code: 'input-invalid', params: { field: 'replicas' } } },
    ]);
  });

  it('that fails is answered with the code and the detail of its AppError', async () => {
    const error = new AppError('port-in-use', { params: { port: 80 }, command: 'listen', lines: ['EADDRINUSE'] });
    const connection = connect({ 'clusters.resume': () => Promise.reject(error) });
    send(connection, { type: 'call', id: 3, name: 'clusters.resume', args: { cluster } });
    await settled();
    expect(received).toEqual([{ type: 'error', id: 3, error: error.toShape() }]);
  });

  it('that breaks is answered as an internal error', async () => {
    const connection = connect({
      'clusters.resume': () => {
        throw new TypeError('broken');
      },
    });
    send(connection, { type: 'call', id: 3, name: 'clusters.resume', args: { cluster } });
    await settled();
    expect(received).toEqual([{ type: 'error', id: 3, error: { code: 'internal', params: { message: 'broken' } } }]);
  });

  it('is aborted when the window closes it, and then answers nothing', async () => {
    const connection = connect({ 'clusters.resume': async (_args, signal) => (await untilAborted(signal), null) });
    send(connection, { type: 'call', id: 1, name: 'clusters.resume', args: { cluster } });
    send(connection, { type: 'close', id: 1 });
    await connection.close();
    expect(received).toEqual([]);
  });
});

describe('a name or an id', () => {
  it.each([
    ['that is unknown', { type: 'call', id: 1, name: 'app.nothing', args: {} }],
    ['of Object.prototype', { type: 'call', id: 1, name: 'constructor', args: {} }],
    ['of a stream, called', { type: 'call', id: 1, name: 'clusters.watch', args: {} }],
    ['of a call, opened', { type: 'open', id: 1, name: 'app.info', args: {} }],
  ] as const)('%s is answered with an error', async (_what, frame) => {
    const connection = connect({});
    send(connection, frame);
    await settled();
    expect(received).toMatchObject([{ type: 'error', id: 1, error: { code: 'internal' } }]);
  });

  it('that is in use already is refused', async () => {
    const connection = connect({ 'clusters.watch': (_args, _emit, signal) => untilAborted(signal) });
    send(connection, { type: 'open', id: 1, name: 'clusters.watch', args: {} });
    send(connection, { type: 'open', id: 1, name: 'clusters.watch', args: {} });
    expect(received).toMatchObject([{ type: 'error', id: 1 }]);
    await connection.close();
  });
});

describe('a stream', () => {
  it('sends its events in order, then its end', async () => {
    const connection = connect({
      'app.preferences': async (_args, emit) => {
        emit({ language: 'en', theme: 'light' });
        emit({ language: 'zh-CN', theme: 'dark' });
      },
    });
    send(connection, { type: 'open', id: 4, name: 'app.preferences', args: {} });
    await settled();
    expect(received).toEqual([
      { type: 'event', id: 4, value: { language: 'en', theme: 'light' } },
      { type: 'event', id: 4, value: { language: 'zh-CN', theme: 'dark' } },
      { type: 'end', id: 4 },
    ]);
  });

  it('forwards ready-made JSON as it is', async () => {
    const json = '{"total":1,"matched":1,"order":["ü"],"rows":[{"id":"ü"}]}';
    const connection = connect({
      'cluster.rows': { raw: async (_args, emit) => emit(new TextEncoder().encode(json)) },
    });
    send(connection, { type: 'open', id: 4, name: 'cluster.rows', args: { cluster, view: 'pods' } });
    await settled();
    expect(received).toEqual([
      { type: 'event', id: 4, value: JSON.parse(json) as unknown },
      { type: 'end', id: 4 },
    ]);
  });

  it('ends with an error, and its handler is aborted, when the window does not keep up', async () => {
    let aborted = false;
    const connection = connect({
      'app.preferences': async (_args, emit, signal) => {
        emit({ language: 'en', theme: 'light' });
        congested = true;
        emit({ language: 'en', theme: 'dark' });
        congested = false;
        aborted = signal.aborted;
        emit({ language: 'en', theme: 'system' });
      },
    });
    send(connection, { type: 'open', id: 4, name: 'app.preferences', args: {} });
    await settled();
    expect(received.map((frame) => frame.type)).toEqual(['event', 'error']);
    expect(received[1]).toMatchObject({ error: { code: 'events-missed' } });
    expect(aborted).toBe(true);
  });

  it('is aborted by close(), which waits for its handler', async () => {
    const order: string[] = [];
    const connection = connect({
      'clusters.watch': async (_args, _emit, signal) => {
        await untilAborted(signal);
        await settled();
        order.push('handler ended');
      },
    });
    send(connection, { type: 'open', id: 1, name: 'clusters.watch', args: {} });
    await connection.close();
    order.push('closed');
    expect(order).toEqual(['handler ended', 'closed']);
    expect(received).toEqual([]);
  });

  it('is refused when too many are open', async () => {
    const connection = connect({ 'clusters.watch': (_args, _emit, signal) => untilAborted(signal) });
    for (let id = 0; id <= MAX_OPEN; id++) send(connection, { type: 'open', id, name: 'clusters.watch', args: {} });
    expect(received).toMatchObject([{ type: 'error', id: MAX_OPEN, error: { code: 'internal' } }]);
    await connection.close();
  });
});

it.each(['', 'null', '{}', '{"type":"call"}', '{"type":"call","id":"1","name":"app.info"}', '\0'])(
  'does not take %j for a frame',
  (text) => {
    expect(connect({}).receive(text)).toBe(false);
  },
);
