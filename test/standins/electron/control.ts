import { z } from 'zod';
import { BrowserWindow } from './browser-window.ts';
import { debuggingPort } from './chromium-context.ts';
import { standin } from './electron.ts';
import { Tray } from './shell-parts.ts';

/** What a test may ask for, in place of the person and the system around the app. */
const commandSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('debugging-port') }),
  z.object({ do: z.literal('state') }),
  z.object({ do: z.literal('close-window') }),
  z.object({ do: z.literal('move-window'), x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  z.object({ do: z.literal('click-tray') }),
  z.object({ do: z.literal('click-tray-menu'), label: z.string() }),
  z.object({ do: z.literal('prepare-answer'), button: z.number() }),
  z.object({ do: z.literal('system-theme'), dark: z.boolean() }),
  z.object({ do: z.literal('power'), event: z.enum(['suspend', 'resume']) }),
  z.object({ do: z.literal('quit') }),
]);
export type Command = z.infer<typeof commandSchema>;

/** What can be seen of the app from outside of its pages. */
export interface State {
  readonly windows: readonly {
    readonly options: unknown;
    readonly bounds: unknown;
    readonly visible: boolean;
    readonly backgroundColor: string;
  }[];
  readonly tray: { readonly toolTip: string; readonly labels: readonly string[] } | null;
  readonly asked: readonly unknown[];
  readonly opened: readonly string[];
  readonly themeSource: string;
  readonly sandboxed: boolean;
  readonly guards: { readonly request: boolean; readonly check: boolean; readonly device: boolean };
}

const requestSchema = z.object({ id: z.number(), command: commandSchema });

/** Takes commands over the process's IPC channel, where there is one. */
export function takeCommands(): void {
  if (!process.send) return;
  process.on('message', (message) => {
    const { id, command } = requestSchema.parse(message);
    void carryOut(command).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  // The channel alone is no reason to stay alive.
  process.channel?.unref();
}

async function carryOut(command: Command): Promise<unknown> {
  const [window] = BrowserWindow.all;
  switch (command.do) {
    case 'debugging-port':
      return debuggingPort();
    case 'state':
      return state();
    case 'close-window':
      window?.close();
      return window?.webContents.closed;
    case 'move-window':
      return window?.moveTo({ x: command.x, y: command.y, width: command.width, height: command.height });
    case 'click-tray':
      return Tray.current?.emit('click');
    case 'click-tray-menu': {
      const item = Tray.current?.menu?.items.find(({ label }) => label === command.label);
      if (!item?.click) throw new Error(`There is no ${command.label} in the tray's menu`);
      item.click();
      return undefined;
    }
    case 'prepare-answer':
      return standin.dialogs.answers.push(command.button);
    case 'system-theme':
      standin.nativeTheme.setSystemDark(command.dark);
      return undefined;
    case 'power':
      return standin.powerMonitor.emit(command.event);
    case 'quit':
      standin.app.quit();
      return undefined;
  }
}

function state(): State {
  return {
    windows: [...BrowserWindow.all].map((window) => ({
      options: window.options,
      bounds: window.getNormalBounds(),
      visible: window.visible,
      backgroundColor: window.backgroundColor,
    })),
    tray: Tray.current
      ? {
          toolTip: Tray.current.toolTip,
          labels: (Tray.current.menu?.items ?? []).flatMap(({ label }) => label ?? []),
        }
      : null,
    asked: standin.dialogs.asked,
    opened: standin.shell.opened,
    themeSource: standin.nativeTheme.themeSource,
    sandboxed: standin.app.sandboxed,
    guards: standin.session.set,
  };
}
