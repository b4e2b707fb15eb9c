import { createLogUpdate } from 'log-update';
import type { OperationProgress } from '#common/contract/cluster.ts';
import { stepTexts } from '#common/i18n/steps.ts';
import { say } from './words.ts';

/** Shows how a long operation is going. */
export interface ProgressView extends Disposable {
  show(progress: OperationProgress): void;
}

type Step = OperationProgress['steps'][number];

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/** One that is redrawn in place on a terminal; plain lines elsewhere. */
export function progressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? liveView(stream) : plainView((line) => void stream.write(`${line}\n`));
}

function liveView(stream: NodeJS.WriteStream): ProgressView {
  const draw = createLogUpdate(stream);
  let latest: OperationProgress | undefined;
  let frame = 0;
  const redraw = (): void => {
    if (latest) draw(picture(latest, FRAMES[frame % FRAMES.length]!, stream.columns));
  };
  // The mark turns and the seconds count while something is under way, and only then.
  const timer = setInterval(() => {
    frame++;
    redraw();
  }, FRAME_MS);
  return {
    show(progress) {
      latest = progress;
      redraw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      redraw();
      draw.done();
    },
  };
}

/** All steps, with what each node is at. */
export function picture(progress: OperationProgress, turning: string, columns: number): string {
  const marks = { waiting: '·', running: turning, done: '✓', failed: '✗' };
  const lines = progress.steps.flatMap((step) => {
    const own = `${marks[step.state]} ${titleOf(progress, step)}${seconds(step)}`;
    if (step.state !== 'running' && step.state !== 'failed') return [own];
    const parts = step.nodes.length > 0 ? step.nodes : [{ ...step, node: '' }];
    return [own, ...parts.map((part) => `    ${marks[part.state]} ${part.node} ${part.line ?? ''}`.trimEnd())];
  });
  return lines.map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line)).join('\n');
}

const NUMBERS_EVERY_MS = 2_000;

/** A line for each step that begins or ends and for each thing that it says; of numbers that count, now and then one. */
export function plainView(
  print: (line: string) => void,
  now: () => number = performance.now.bind(performance),
): ProgressView {
  const printed = new Map<string, { readonly line: string; readonly at: number }>();
  return {
    show(progress) {
      for (const step of progress.steps) {
        const parts = step.nodes.length > 0 ? step.nodes : [{ ...step, node: '' }];
        for (const part of parts) {
          if (part.state === 'waiting') continue;
          const place = `${titleOf(progress, step)}${part.node === '' ? '' : ` (${part.node})`}`;
          const says = part.state === 'running' ? (part.line ?? '…') : `${part.state}${seconds(part)}`;
          const line = `${place}: ${says}`;
          const last = printed.get(place);
          const counts = last && withoutNumbers(last.line) === withoutNumbers(line) && part.state === 'running';
          if (last?.line === line || (counts && now() - last.at < NUMBERS_EVERY_MS)) continue;
          printed.set(place, { line, at: now() });
          print(line);
        }
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}

function withoutNumbers(line: string): string {
  return line.replace(/\d+/g, '');
}

function titleOf({ kind }: OperationProgress, { id }: Step): string {
  const text = stepTexts[kind][id];
  return text ? say(text) : id;
}

function seconds({ startedAt, finishedAt }: Pick<Step, 'startedAt' | 'finishedAt'>): string {
  if (startedAt === undefined || finishedAt === undefined) return '';
  return `  ${((finishedAt - startedAt) / 1000).toFixed(1)} s`;
}
