import { expect, it } from 'vitest';
import { windowOptions } from './window-options.ts';

it('leaves the page nothing but its preload script', () => {
  const { webPreferences, show, minWidth, minHeight, backgroundColor } = windowOptions({
    bounds: { width: 1_280, height: 800 },
    background: '#0c1218',
    icon: '/icon.png',
    preload: '/preload.cjs',
  });
  expect(webPreferences).toEqual({
    preload: '/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  });
  expect({ show, minWidth, minHeight, backgroundColor }).toEqual({
    show: false,
    minWidth: 900,
    minHeight: 600,
    backgroundColor: '#0c1218',
  });
});
