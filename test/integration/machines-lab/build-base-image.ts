// Builds the base image into a cache directory and prints its progress: `build-base-image.ts <cache>`.
import { realClock } from '#common/base/clock.ts';
import { ensureBaseImage } from '../../../main/machines/namespace/base-image.ts';

const [cacheDirectory = ''] = process.argv.slice(2);
await ensureBaseImage(cacheDirectory, realClock, ({ line }) => console.log(line), new AbortController().signal);
