import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fdatasyncSync, openSync, writeSync, closeSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { CertificateAuthority, YEAR_MS } from '../../../main/pki/authority.ts';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import { MEASURE_MS, WARM_UP_MS, type BenchCase } from '../bench-case.ts';
import { Connections } from '../connections.ts';
import { percentile, type Figure } from '../figure.ts';
import { inFlight, rateOf } from '../load.ts';

/** What this machine allows for: a bare Node.js server, and a disk that has to keep each 4 kB. */
export const referenceCase: BenchCase = {
  name: 'reference',
  run: async (context) => {
    const directory = await context.newDirectory();
    const authority = await CertificateAuthority.open(directory, 'bench', realClock, secureRandom);
    const { cert, key } = authority.issue({
      commonName: 'bench',
      usage: 'server',
      ipv4Addresses: ['127.0.0.1'],
      lifetimeMs: YEAR_MS,
    });
    const child = fork(path.resolve(import.meta.dirname, '../bare-server.ts'), {
      env: { BENCH_CERT: cert, BENCH_KEY: key },
    });
    const [port] = z.tuple([z.int()]).parse((await once(child, 'message')).slice(0, 1));
    try {
      const url = `https://127.0.0.1:${port}`;
      await using connections = await Connections.open({ url, ca: authority.cert, cert, key }, 4);
      const get = (): ReturnType<typeof connections.get> => connections.get('/');
      await inFlight(64, WARM_UP_MS, get);
      const bare = await rateOf('reference.bare-64', 'a bare Node.js server, 64 in flight', { pid: child.pid! }, () =>
        inFlight(64, MEASURE_MS, get),
      );
      return [bare, syncedWrites(path.join(directory, 'synced'))];
    } finally {
      child.disconnect();
    }
  },
};

function syncedWrites(file: string): Figure {
  const block = Buffer.alloc(4096, 1);
  const descriptor = openSync(file, 'a', 0o600);
  const latencies: number[] = [];
  const start = performance.now();
  while (performance.now() - start < 2000) {
    const before = performance.now();
    writeSync(descriptor, block);
    fdatasyncSync(descriptor);
    latencies.push(performance.now() - before);
  }
  const elapsed = performance.now() - start;
  closeSync(descriptor);
  return {
    id: 'reference.synced-write',
    title: 'write 4 kB and fdatasync, one at a time',
    unit: 'per s',
    value: (latencies.length * 1000) / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}
