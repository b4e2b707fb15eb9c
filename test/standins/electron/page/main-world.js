/* global document, window, CustomEvent */
// Runs in the page: puts there what the preload script exposes. The two worlds share the document and
// nothing else, so that calls go through events of it, their arguments as JSON.
(function mainWorld() {
  const callbacks = new Map();
  let lastCallback = 0;

  const encode = (value) => {
    if (typeof value !== 'function') return { value };
    callbacks.set(++lastCallback, value);
    return { callback: lastCallback };
  };

  const tell = (type, detail) =>
    document.dispatchEvent(new CustomEvent(`standin:${type}`, { detail: JSON.stringify(detail) }));

  document.addEventListener('standin:expose', (event) => {
    const { key, functions } = JSON.parse(event.detail);
    const api = Object.fromEntries(
      functions.map((name) => [
        name,
        (...args) => {
          let failure;
          const onFailure = (failed) => (failure = failed.detail);
          document.addEventListener('standin:failure', onFailure);
          tell('call', { key, name, args: args.map(encode) });
          document.removeEventListener('standin:failure', onFailure);
          if (failure !== undefined) throw new Error(failure);
        },
      ]),
    );
    Object.defineProperty(window, key, { value: Object.freeze(api), enumerable: true });
  });

  document.addEventListener('standin:callback', (event) => {
    const { callback, args } = JSON.parse(event.detail);
    callbacks.get(callback)?.(...args);
  });
})();
