import { appendFile, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { parseLogLine } from './cri-log.ts';
import { LogFormatter } from './log-formatter.ts';
import { logOptionsSchema, type LogOptions } from './log-options.ts';
import { rotate } from './log-rotation.ts';
import { readLog } from './read-log.ts';

const options = (given: Readonly<Record<string, string>> = {}): LogOptions => logOptionsSchema.parse(given);
const at = (second: number, text: string, tag = 'F', stream = 'stdout') =>
  `2030-01-01T00:00:${String(second).padStart(2, '0')}.000000001Z ${stream} ${tag} ${text}\n`;

describe('a line of a log', () => {
  it.each([
    ['2030-01-01T00:00:00.1Z stdout F hello world', { stream: 'stdout', partial: false, text: 'hello world' }],
    ['2030-01-01T00:00:00.1Z stderr P part', { stream: 'stderr', partial: true, text: 'part' }],
    ['2030-01-01T00:00:00.1Z stdout F ', { text: '' }],
    ['2030-01-01T00:00:00.1Z stdout F', { text: '', partial: false }],
    ['2030-01-01T00:00:00.1Z stdout P:x a  b', { partial: true, text: 'a  b' }],
  ])('%s', (line, expected) => {
    expect(parseLogLine(line)).toMatchObject({ time: '2030-01-01T00:00:00.1Z', ...expected });
  });

  it.each(['', 'garbage', 'a b', '2030 stdin F x'])('is none: %j', (line) => {
    expect(parseLogLine(line)).toBeUndefined();
  });
});

describe('what a reader gets', () => {
  const format = (given: Readonly<Record<string, string>>, ...lines: string[]) => {
    const formatter = new LogFormatter(options(given), Date.UTC(2030, 0, 1, 0, 0, 10));
    return lines.map((line) => formatter.format(line.slice(0, -1))).join('');
  };

  it('are whole lines, put together from their parts, each stream for itself', () => {
    const parts = [at(1, 'one ', 'P'), at(2, 'err', 'F', 'stderr'), at(3, 'two', 'F')];
    expect(format({}, parts[0]!, parts[2]!)).toBe('one two\n');
    expect(format({ timestamps: 'true' }, at(1, 'a', 'P'), at(3, 'b'))).toBe('2030-01-01T00:00:01.000000001Z ab\n');
    expect(format({ stream: 'Stderr' }, ...parts)).toBe('err\n');
  });

  it('begins where it was asked to', () => {
    const lines = [at(1, 'old'), at(6, 'new')];
    expect(format({ sinceSeconds: '5' }, ...lines)).toBe('new\n');
    expect(format({ sinceTime: '2030-01-01T00:00:06Z' }, ...lines)).toBe('new\n');
    expect(format({ sinceTime: '2030-01-01T00:00:06.000000002Z' }, ...lines)).toBe('');
    expect(format({ sinceTime: '2030-01-01T02:00:01+02:00' }, ...lines)).toBe('old\nnew\n');
  });

  it('ends where it was asked to', () => {
    expect(format({ limitBytes: '5' }, at(1, 'abc'), at(2, 'def'))).toBe('abc\nd');
    expect(format({ limitBytes: '0' }, at(1, 'abc'))).toBe('');
  });

  it.each([{ tailLines: '-1' }, { sinceTime: 'yesterday' }, { limitBytes: 'x' }, { follow: 'maybe' }])(
    'is nothing for a question that makes no sense: %j',
    (given) => {
      expect(logOptionsSchema.safeParse(given).success).toBe(false);
    },
  );
});

describe('a log file', () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'logs-'));
    file = path.join(directory, '0.log');
  });

  afterEach(() => rm(directory, { recursive: true }));

  /** Reads while a container writes; `end` lets it end. */
  function reader(given: Readonly<Record<string, string>>) {
    const stop = new AbortController();
    let running = true;
    let exited = (): void => undefined;
    const source = {
      file,
      isRunning: async () => running,
      onExit: (listener: () => void) => {
        exited = listener;
        return { [Symbol.dispose]: () => undefined };
      },
    };
    const chunks = readLog(source, options(given), realClock, stop.signal)[Symbol.asyncIterator]();
    let text = '';
    return {
      stop,
      /** Reads on until the text that was read ends so. */
      until: async (end: string) => {
        while (!text.endsWith(end)) {
          const next = await chunks.next();
          if (next.done) throw new Error(`ended after ${JSON.stringify(text)}`);
          text += next.value.toString('utf8');
        }
        return text;
      },
      rest: async () => {
        for (let next = await chunks.next(); !next.done; next = await chunks.next())
          text += next.value.toString('utf8');
        return text;
      },
      end: () => {
        running = false;
        exited();
      },
    };
  }

  it('is read as a whole, or its last lines', async () => {
    const many = Array.from({ length: 3000 }, (_line, index) => at(1, `line ${index} ${'x'.repeat(40)}`));
    await writeFile(file, many.join(''));
    expect((await reader({}).rest()).split('\n')).toHaveLength(3001);
    expect(await reader({ tailLines: '2' }).rest()).toMatch(/^line 2998 x+\nline 2999 x+\n$/);
    expect((await reader({ tailLines: '2500' }).rest()).split('\n')).toHaveLength(2501);
    expect(await reader({ tailLines: '0' }).rest()).toBe('');
    expect((await reader({ tailLines: '5000' }).rest()).split('\n')).toHaveLength(3001);
  });

  it('keeps every byte, also those that are no text', async () => {
    const bytes = Buffer.concat([Buffer.from('2030-01-01T00:00:00Z stdout F '), Buffer.of(0xff, 0xfe, 0x80, 10)]);
    await writeFile(file, bytes);
    const source = { file, isRunning: async () => false, onExit: () => ({ [Symbol.dispose]: () => undefined }) };
    const chunks: Buffer[] = [];
    for await (const chunk of readLog(source, options(), realClock, new AbortController().signal)) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.of(0xff, 0xfe, 0x80, 10));
  });

  it('is followed while it grows, through a rotation, to the end of its container', async () => {
    await writeFile(file, at(1, 'one'));
    const follower = reader({ follow: 'true' });
    expect(await follower.until('one\n')).toBe('one\n');
    await appendFile(file, at(2, 'two'));
    await follower.until('two\n');
    await appendFile(file, at(3, 'three'));
    await rename(file, `${file}.old`);
    await writeFile(file, at(4, 'four'));
    expect(await follower.until('four\n')).toBe('one\ntwo\nthree\nfour\n');
    await appendFile(file, at(5, 'five'));
    follower.end();
    expect(await follower.rest()).toBe('one\ntwo\nthree\nfour\nfive\n');
  });

  it('is left when its reader goes', async () => {
    await writeFile(file, at(1, 'one'));
    const follower = reader({ follow: 'true' });
    await follower.until('one\n');
    const rest = follower.rest();
    follower.stop.abort();
    expect(await rest).toBe('one\n');
  });

  it('is set aside when it is large, of which four are kept and all but the newest packed', async () => {
    const reopened: string[] = [];
    const runtime = {
      reopenContainerLog: async (id: string) => {
        reopened.push(id);
        await writeFile(file, '');
      },
    };
    await writeFile(file, at(1, 'x'));
    for (let minute = 0; minute < 7; minute++) await rotate(runtime, 'id', file, Date.UTC(2030, 0, 1, 0, minute));
    expect(reopened).toHaveLength(7);
    expect((await readdir(directory)).sort()).toEqual([
      '0.log',
      '0.log.20300101-000300.gz',
      '0.log.20300101-000400.gz',
      '0.log.20300101-000500.gz',
      '0.log.20300101-000600',
    ]);
  });

  it('keeps its name when the runtime does not open a new one', async () => {
    await writeFile(file, at(1, 'x'));
    const runtime = { reopenContainerLog: () => Promise.reject(new Error('no')) };
    await expect(rotate(runtime, 'id', file, 0)).rejects.toThrow('no');
    expect(await readdir(directory)).toEqual(['0.log']);
  });
});
