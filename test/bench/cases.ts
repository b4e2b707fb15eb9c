import type { BenchCase } from './bench-case.ts';
import { createCase } from './cases/create.ts';
import { deleteCollectionCase } from './cases/delete-collection.ts';
import { getCase } from './cases/get.ts';
import { idleCase } from './cases/idle.ts';
import { listCase } from './cases/list.ts';
import { memoryCase } from './cases/memory.ts';
import { mixedCase } from './cases/mixed.ts';
import { patchCase } from './cases/patch.ts';
import { referenceCase } from './cases/reference.ts';
import { startCase } from './cases/start.ts';
import { watchCase } from './cases/watch.ts';

/** In the order in which they run. */
export const cases: readonly BenchCase[] = [
  referenceCase,
  startCase,
  idleCase,
  memoryCase,
  getCase,
  createCase,
  patchCase,
  listCase,
  watchCase,
  deleteCollectionCase,
  mixedCase,
];
