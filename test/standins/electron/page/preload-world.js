/* global document, window, CustomEvent, standinSend */
// Runs in an isolated world: around the preload script, which gets what a sandboxed one gets.
globalThis.standinRunPreload = function (runPreload) {
  // nodeIntegrationInSubFrames is off: preload scripts run in the top frame alone.
  if (window.top !== window) return;

  const listeners = new Map();
  const exposed = new Map();

  const tell = (type, detail) =>
    document.dispatchEvent(
      new CustomEvent(`standin:${type}`, { detail: typeof detail === 'string' ? detail : JSON.stringify(detail) }),
    );

  const refuse = (what) => {
    throw new Error(`The Electron stand-in does not implement ${what}`);
  };

  const strict = (name, target) =>
    new Proxy(target, { get: (_target, key) => (key in target ? target[key] : refuse(`${name}.${String(key)}`)) });

  const ipcRenderer = strict('ipcRenderer', {
    send: (channel, ...args) => {
      if (args.some((value) => typeof value === 'function')) throw new Error('An object could not be cloned.');
      standinSend(JSON.stringify({ channel, args }));
    },
    on: (channel, listener) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
  });

  const contextBridge = strict('contextBridge', {
    exposeInMainWorld: (key, api) => {
      if (exposed.has(key)) throw new Error(`Cannot bind an API on top of an existing property: ${key}`);
      for (const [name, value] of Object.entries(api)) if (typeof value !== 'function') refuse(`exposing ${name}`);
      exposed.set(key, api);
      tell('expose', { key, functions: Object.keys(api) });
    },
  });

  const decode = ({ value, callback }) =>
    callback === undefined ? value : (...args) => tell('callback', { callback, args });

  document.addEventListener('standin:call', (event) => {
    const { key, name, args } = JSON.parse(event.detail);
    try {
      exposed.get(key)[name](...args.map(decode));
    } catch (error) {
      tell('failure', error.message);
    }
  });

  globalThis.standinReceive = (channel, args) => {
    for (const listener of listeners.get(channel) ?? []) listener({ ports: [] }, ...args);
  };

  const electron = strict('electron', { contextBridge, ipcRenderer });
  const require = (name) => (name === 'electron' ? electron : refuse(`require(${name}) in a sandboxed preload script`));
  const module = { exports: {} };
  runPreload(require, module, module.exports);
};
