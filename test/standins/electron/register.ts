import { registerHooks } from 'node:module';

const STANDIN = new URL('electron.ts', import.meta.url).href;

// `electron` is answered from here; whatever else Electron offers under that name is not there.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: STANDIN, shortCircuit: true } : next(specifier, context),
});

Object.defineProperty(process.versions, 'electron', { value: '45.4.1', enumerable: true });
Object.defineProperty(process, 'type', { value: 'browser' });
