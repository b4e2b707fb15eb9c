import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { seededRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { clusterIdSchema } from '#common/contract/cluster.ts';
import type { RequestFrame, ResponseFrame, Transport } from '#common/contract/frames.ts';
import { ContractClient } from './client.ts';

/** The far end in the test's hand. */
class Wire implements Transport {
  readonly sent: RequestFrame[] = [];
  far: Parameters<Transport['listen']>[0] | undefined;

  send(frame: RequestFrame): void {
    this.sent.push(frame);
  }

  listen(listener: Parameters<Transport['listen']>[0]): void {
    this.far = listener;
  }

  answer(frame: ResponseFrame): void {
    this.far!.frame(JSON.stringify(frame));
  }

  /** The id under which something of this name was asked for last. */
  idOf(name: string): number {
    return this.sent.findLast((frame) => frame.type !== 'close' && frame.name === name)!.id;
  }
}

const cluster = clusterIdSchema.parse('abc123');
let wire: Wire;
let clock: VirtualClock;
let client: ContractClient;

beforeEach(() => {
  wire = new Wire();
  clock = new VirtualClock();
  client = new ContractClient(wire, clock, seededRandom(1));
  client.start();
});

function watch() {
  const told: string[] = [];
  const stream = client.open(
    'app.preferences',
    {},
    {
      event: ({ theme }) => told.push(theme),
      reopened: () => told.push('reopened'),
      ended: () => told.push('ended'),
      failed: (error) => told.push(error.code),
    },
  );
  return { told, stream };
}

const preferences = (theme: string) => ({ language: 'en', theme });

describe('a call', () => {
  it('waits for the first connection and gets its result', async () => {
    const answer = client.call('clusters.create', { name: 'local', nodes: 1 });
    expect(wire.sent).toEqual([]);
    wire.far!.connected();
    wire.answer({ type: 'result', id: wire.idOf('clusters.create'), value: { id: 'abc123' } });
    await expect(answer).resolves.toEqual({ id: 'abc123' });
  });

  it('fails with the error that it is answered with', async () => {
    wire.far!.connected();
    const answer = client.call('clusters.resume', { cluster });
    const error = new AppError('cluster-busy', { params: { cluster } }).toShape();
    wire.answer({ type: 'error', id: wire.idOf('clusters.resume'), error });
    await expect(answer).rejects.toMatchObject({ code: 'cluster-busy', params: { cluster } });
  });

  it('fails when it is answered with what the contract does not know', async () => {
    wire.far!.connected();
    const answer = client.call('clusters.create', { name: 'local', nodes: 1 });
    wire.answer({ type: 'result', id: wire.idOf('clusters.create'), value: { id: 7 } });
    await expect(answer).rejects.toMatchObject({ code: 'internal' });
  });

  it('fails when the connection is lost, and is not sent again', async () => {
    wire.far!.connected();
    const answer = client.call('clusters.resume', { cluster });
    wire.far!.lost();
    await expect(answer).rejects.toMatchObject({ code: 'connection-lost' });
    await expect(client.call('clusters.resume', { cluster })).rejects.toMatchObject({ code: 'connection-lost' });
    wire.far!.connected();
    expect(wire.sent.filter((frame) => frame.type === 'call')).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('is opened again with the next connection, and says so', () => {
    wire.far!.connected();
    const { told } = watch();
    wire.answer({ type: 'event', id: wire.idOf('app.preferences'), value: preferences('light') });
    wire.far!.lost();
    wire.far!.connected();
    wire.answer({ type: 'event', id: wire.idOf('app.preferences'), value: preferences('dark') });
    expect(told).toEqual(['light', 'reopened', 'dark']);
  });

  it('is closed by its disposal, after which nothing is told', () => {
    wire.far!.connected();
    const { told, stream } = watch();
    const id = wire.idOf('app.preferences');
    stream[Symbol.dispose]();
    expect(wire.sent.at(-1)).toEqual({ type: 'close', id });
    wire.answer({ type: 'event', id, value: preferences('light') });
    wire.far!.lost();
    wire.far!.connected();
    expect(told).toEqual([]);
    expect(wire.sent.filter((frame) => frame.type === 'open')).toHaveLength(1);
  });

  it('that fell behind is opened again a little later', async () => {
    wire.far!.connected();
    const { told } = watch();
    wire.answer({ type: 'error', id: wire.idOf('app.preferences'), error: { code: 'events-missed', params: {} } });
    expect(told).toEqual([]);
    await clock.advance(250);
    expect(told).toEqual(['reopened']);
    expect(wire.sent.filter((frame) => frame.type === 'open')).toHaveLength(2);
    wire.answer({ type: 'event', id: wire.idOf('app.preferences'), value: preferences('light') });
    expect(told).toEqual(['reopened', 'light']);
  });

  it('that fell behind stays closed when it is disposed of meanwhile', async () => {
    wire.far!.connected();
    const { stream } = watch();
    wire.answer({ type: 'error', id: wire.idOf('app.preferences'), error: { code: 'events-missed', params: {} } });
    stream[Symbol.dispose]();
    await clock.advance(60_000);
    expect(wire.sent.filter((frame) => frame.type === 'open')).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('tells its end and its failure, once', () => {
    wire.far!.connected();
    const ended = watch();
    wire.answer({ type: 'end', id: wire.idOf('app.preferences') });
    const failed = watch();
    wire.answer({ type: 'error', id: wire.idOf('app.preferences'), error: { code: 'cluster-missing', params: {} } });
    wire.far!.lost();
    wire.far!.connected();
    expect(ended.told).toEqual(['ended']);
    expect(failed.told).toEqual(['cluster-missing']);
  });

  it('fails on an event that the contract does not know', () => {
    wire.far!.connected();
    const { told } = watch();
    wire.answer({ type: 'event', id: wire.idOf('app.preferences'), value: preferences('purple') });
    expect(told).toEqual(['internal']);
  });
});

it('tells whoever watches of every loss and return', () => {
  const told: boolean[] = [];
  client.watchConnection((connected) => told.push(connected));
  wire.far!.connected();
  wire.far!.lost();
  wire.far!.connected();
  expect(told).toEqual([true, false, true]);
});
