// Starts a machine as the app does, and then does nothing: `start-and-stay.ts <state> <cache> <cluster> <machine>`.
import { realClock } from '#common/base/clock.ts';
import { silentLog } from '#common/base/log.ts';
import { namespaceProvider } from '../../../main/machines/namespace/provider.ts';
import type { MachineName } from '../../../main/machines/provider.ts';

const [stateDirectory = '', cacheDirectory = '', cluster = '', machine = ''] = process.argv.slice(2);
const provider = namespaceProvider({ stateDirectory, cacheDirectory, clock: realClock, log: silentLog });
await provider.start(cluster, machine as MachineName, new AbortController().signal);
console.log('started');
process.stdin.resume();
