import { contextBridge, ipcRenderer } from 'electron';
import { channels, TAKEN_STEP } from './channels.ts';

// The page gets two functions that pass text. Neither ipcRenderer nor any event object reaches it.
let listener: ((frame: string) => void) | undefined;
let taken = 0;

ipcRenderer.on(channels.frame, (_event, frame: string) => {
  listener?.(frame);
  taken += frame.length;
  if (taken < TAKEN_STEP) return;
  ipcRenderer.send(channels.taken, taken);
  taken = 0;
});

contextBridge.exposeInMainWorld('pilothouse', {
  post: (frame: unknown): void => {
    if (typeof frame !== 'string') throw new TypeError('A frame is a string');
    ipcRenderer.send(channels.frame, frame);
  },
  listen: (next: unknown): void => {
    if (typeof next !== 'function') throw new TypeError('A listener is a function');
    listener = (frame) => void Reflect.apply(next, undefined, [frame]);
  },
});
