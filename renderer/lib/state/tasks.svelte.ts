import { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Message } from '../../i18n/i18n.svelte.ts';

export interface Task {
  readonly id: number;
  readonly title: Message;
  readonly state: 'running' | 'done' | 'failed';
  readonly error?: AppError;
  /** Still told beside the page, not only in the list of tasks. */
  readonly announced: boolean;
}

/** How many tasks are remembered. */
const MAX_TASKS = 30;
/** How long a success is announced; a failure stays until it is put away. */
const ANNOUNCED_MS = 4_000;

/** What the user asked for in this window: under way, done or failed. */
export class Tasks {
  list = $state.raw<readonly Task[]>([]);
  readonly #clock: Clock;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does `work` as a task. A failure is told here; the result says whether there was none. */
  async run(title: Message, work: () => Promise<unknown>): Promise<boolean> {
    const id = ++this.#lastId;
    this.#put({ id, title, state: 'running', announced: false });
    try {
      await work();
      this.#put({ id, title, state: 'done', announced: true });
      this.#clock.after(ANNOUNCED_MS, () => this.dismiss(id));
      return true;
    } catch (error) {
      this.#put({ id, title, state: 'failed', error: AppError.from(error), announced: true });
      return false;
    }
  }

  /** As `run`, for what is plain to see when it is done: only a failure becomes a task. */
  async attempt(title: Message, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#put({ id: ++this.#lastId, title, state: 'failed', error: AppError.from(error), announced: true });
      return false;
    }
  }

  dismiss(id: number): void {
    this.list = this.list.map((task) => (task.id === id ? { ...task, announced: false } : task));
  }

  clearFinished(): void {
    this.list = this.list.filter((task) => task.state === 'running');
  }

  #put(task: Task): void {
    this.list = [task, ...this.list.filter((other) => other.id !== task.id)].slice(0, MAX_TASKS);
  }
}
