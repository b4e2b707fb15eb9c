import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Rectangle } from 'electron';

const windowStateSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(900).max(20_000),
  height: z.number().int().min(600).max(20_000),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof windowStateSchema>;

/** How much of the window must lie on a screen that is still there for its place to be kept. */
const LEAST_VISIBLE = 100;

/** Where the window was, if that is known and still makes sense. */
export function readWindowState(file: string, screens: readonly Rectangle[]): WindowState | undefined {
  let state: WindowState;
  try {
    state = windowStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
  return screens.some((screen) => overlap(state, screen)) ? state : undefined;
}

/** Kept for the next time; a place that cannot be written costs the user one drag, so it stops nothing. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
  } catch {
    // The window opens in the middle of the screen next time.
  }
}

/** The first size: most of the screen's work area, and no more than is comfortable. */
export function firstSize(workArea: { readonly width: number; readonly height: number }): {
  width: number;
  height: number;
} {
  const fit = (available: number, comfortable: number, least: number): number =>
    Math.max(least, Math.min(Math.round(available * 0.8), comfortable));
  return { width: fit(workArea.width, 1_280, 900), height: fit(workArea.height, 800, 600) };
}

function overlap(one: Rectangle, other: Rectangle): boolean {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return width >= LEAST_VISIBLE && height >= LEAST_VISIBLE;
}
