import { EventEmitter } from 'node:events';

/** `ipcMain`, for messages without an answer. */
export class IpcMain extends EventEmitter {}
