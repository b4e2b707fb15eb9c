import { once } from 'node:events';
import http2 from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { rawRequest } from '../../../../test/support/raw-request.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

interface List {
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly items: { metadata: { name: string } }[];
}

interface Event {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly metadata: { name?: string; resourceVersion?: string; annotations?: Record<string, string> };
  };
}

async function fill(master: TestMaster, ...names: string[]): Promise<void> {
  for (const name of names) {
    await master.admin.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
    });
  }
}

const namesOf = (list: List) => list.items.map(({ metadata }) => metadata.name);

describe('list', () => {
  it('pages as of one version, and says how many are left', async () => {
    await using master = await TestMaster.start();
    await fill(master, 'a', 'b', 'c', 'd');
    const first = (await rawRequest(master, `${PATH}?limit=2`)).json<List>();
    expect(first.metadata.remainingItemCount).toBe(2);
    await fill(master, 'bb', 'e');
    await master.admin.delete(configMaps, { namespace: 'default', name: 'd' });
    const rest = (await rawRequest(master, `${PATH}?limit=2&continue=${first.metadata.continue!}`)).json<List>();
    expect([...namesOf(first), ...namesOf(rest)]).toEqual(['a', 'b', 'c', 'd']);
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(rest.metadata.continue).toBeUndefined();
  });

  it('offers to go on inconsistently when the version of the first page is gone', async () => {
    const store = new MemoryStore(new VirtualClock());
    await using master = await TestMaster.start({ store });
    await fill(master, 'a', 'b', 'c');
    const first = (await rawRequest(master, `${PATH}?limit=1`)).json<List>();
    await fill(master, 'd');
    await store.compact(store.revision);
    const expired = await rawRequest(master, `${PATH}?limit=2&continue=${first.metadata.continue!}`);
    expect(expired.status).toBe(410);
    const status = expired.json<{ reason: string; message: string; metadata: { continue: string } }>();
    expect(status.reason).toBe('Expired');
    expect(status.message).toMatch(/use the continue token in this response/);
    const rest = (await rawRequest(master, `${PATH}?limit=3&continue=${status.metadata.continue}`)).json<List>();
    expect(namesOf(rest)).toEqual(['b', 'c', 'd']);
    const exact = `${PATH}?resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`;
    expect((await rawRequest(master, exact)).status).toBe(410);
  });

  it('answers with the exact version, or one that is not older', async () => {
    await using master = await TestMaster.start();
    await fill(master, 'a');
    const { resourceVersion } = (await rawRequest(master, PATH)).json<List>().metadata;
    await fill(master, 'b');
    const list = async (query: string) =>
      (await rawRequest(master, `${PATH}?resourceVersion=${resourceVersion}${query}`)).json<List>();
    expect(namesOf(await list('&resourceVersionMatch=Exact'))).toEqual(['a']);
    expect(namesOf(await list('&limit=10'))).toEqual(['a']);
    expect(namesOf(await list('&resourceVersionMatch=NotOlderThan&limit=10'))).toEqual(['a', 'b']);
    expect(namesOf(await list(''))).toEqual(['a', 'b']);
  });

  it('refuses versions that are not reached yet, and options that contradict each other', async () => {
    await using master = await TestMaster.start();
    const late = await rawRequest(master, `${PATH}?resourceVersion=999999`);
    expect(late.status).toBe(504);
    expect(late.json()).toMatchObject({
      reason: 'Timeout',
      message: expect.stringMatching(/^Timeout: Too large resource version: 999999, current: \d+$/) as string,
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    });
    expect(late.headers['retry-after']).toBe('1');
    for (const [query, message] of [
      ['resourceVersionMatch=Exact', 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
      [
        'resourceVersion=0&resourceVersionMatch=Exact',
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ],
      ['resourceVersion=1&resourceVersionMatch=Older', 'supported values: "Exact", "NotOlderThan", ""'],
      ['sendInitialEvents=true', 'sendInitialEvents is forbidden for list'],
      ['watch=true&sendInitialEvents=true', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
      [
        'watch=true&resourceVersionMatch=NotOlderThan',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ],
    ] as const) {
      const answer = await rawRequest(master, `${PATH}?${query}`);
      expect(answer.status).toBe(422);
      const { message: said } = answer.json<{ message: string }>();
      expect(said).toContain('ListOptions.meta.k8s.io "" is invalid: ');
      expect(said).toContain(message);
    }
    for (const query of [
      'continue=nonsense',
      'limit=x',
      'resourceVersion=x',
      'labelSelector=a(',
      'fieldSelector=spec.x=1',
    ]) {
      expect((await rawRequest(master, `${PATH}?${query}`)).status).toBe(400);
    }
  });
});

/** A watch over HTTP/2, event by event. */
class WatchReader {
  readonly events: Event[] = [];
  ended = false;
  readonly stream: http2.ClientHttp2Stream;
  readonly #session: http2.ClientHttp2Session;
  #rest: string[] = [];

  private constructor(session: http2.ClientHttp2Session, path: string) {
    this.#session = session;
    this.stream = session.request({ ':path': path });
    this.stream.setEncoding('utf8');
    this.stream.on('end', () => (this.ended = true));
  }

  static async open(master: TestMaster, query: string): Promise<WatchReader> {
    const { ca, cert, key } = master.credentials();
    const session = http2.connect(await master.url(), { ca, cert, key, servername: 'localhost' });
    const reader = new WatchReader(session, `${PATH}?watch=true&${query}`);
    open.push(reader);
    await once(reader.stream, 'response');
    return reader;
  }

  read(): this {
    this.stream.on('data', (text: string) => {
      this.#rest.push(text);
      if (!text.includes('\n')) return;
      const lines = this.#rest.join('').split('\n');
      this.#rest = [lines.pop()!];
      for (const line of lines) this.events.push(JSON.parse(line) as Event);
    });
    return this;
  }

  async until(holds: () => boolean): Promise<void> {
    await expect.poll(holds, { timeout: 5000, interval: 5 }).toBe(true);
  }

  close(): void {
    this.#session.destroy();
  }
}

const open: WatchReader[] = [];
afterEach(() => open.splice(0).forEach((reader) => reader.close()));

describe('watch', () => {
  it('begins with all objects and marks where they end', async () => {
    await using master = await TestMaster.start();
    await fill(master, 'a', 'b');
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const reader = (await WatchReader.open(master, query)).read();
    await reader.until(() => reader.events.length === 3);
    await fill(master, 'c');
    await reader.until(() => reader.events.length === 4);
    expect(reader.events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK', 'ADDED']);
    expect(reader.events[2]!.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('marks each minute, and once more before it ends by itself', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const reader = (await WatchReader.open(master, 'allowWatchBookmarks=true&timeoutSeconds=150')).read();
    await reader.until(() => clock.pending > 0);
    const marks = () => reader.events.filter(({ type }) => type === 'BOOKMARK').length;
    await clock.advance(60_000);
    await reader.until(() => marks() === 1);
    await clock.advance(60_000);
    await reader.until(() => marks() === 2);
    expect(reader.ended).toBe(false);
    await clock.advance(30_000);
    await reader.until(() => reader.ended);
    expect(marks()).toBe(3);
  });

  it('ends after half an hour to an hour when no time was asked for', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const reader = (await WatchReader.open(master, '')).read();
    await reader.until(() => clock.pending > 0);
    for (let minute = 0; minute < 29; minute++) await clock.advance(60_000);
    expect(reader.ended).toBe(false);
    for (let minute = 0; minute < 32; minute++) await clock.advance(60_000);
    await reader.until(() => reader.ended);
  });

  it('tells of a version that is too old in the stream', async () => {
    const store = new MemoryStore(new VirtualClock());
    await using first = await TestMaster.start({ store });
    await fill(first, 'a', 'b');
    await store.compact(store.revision);
    await using master = await TestMaster.start({ store });
    const reader = (await WatchReader.open(master, 'resourceVersion=1')).read();
    await reader.until(() => reader.ended);
    expect(reader.events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  it('cuts off a reader that does not read, and goes on for the others', async () => {
    await using master = await TestMaster.start();
    const slow = await WatchReader.open(master, '');
    const closed = once(slow.stream, 'close');
    slow.stream.on('error', () => undefined);
    slow.stream.pause();
    const reader = (await WatchReader.open(master, '')).read();
    const data = { text: 'x'.repeat(900_000) };
    for (let number = 0; number < 24; number++) {
      await master.admin.create(configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `big-${number}`, namespace: 'default' },
        data,
      });
      await reader.until(() => reader.events.length === number + 1);
    }
    slow.read().stream.resume();
    await closed;
    expect(slow.events.length).toBeLessThan(24);
  });
});
