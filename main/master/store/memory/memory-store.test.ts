import { describeStore } from '../store-suite.ts';
import { MemoryStore } from './memory-store.ts';

describeStore('the memory store', (clock) => new MemoryStore(clock));
