import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { takeCommands } from './control.ts';
import { standin } from './electron.ts';

// launch.ts ENTRY: evaluates the app's entry, then lets the app be ready.
const [entry] = process.argv.slice(2);
if (entry === undefined) throw new Error('Which entry? For example build/main/index.js');
takeCommands();
await import(pathToFileURL(path.resolve(entry)).href);
standin.app.codeLoaded();
