/**
 * Works on items of a sync, so many of each kind at a time; none is worked on twice at once. Owns which are under way
 * and which wait. Life: made → idle ⇄ busy → ended (nothing waits, and what is under way is awaited).
 */

/** `fetch`: bytes come from others; `read`: bytes are read here; `ask`: neither. */
export type TaskKind = 'fetch' | 'read' | 'ask';

export interface ItemTask {
  readonly name: string;
  readonly kind: TaskKind;
  readonly run: () => Promise<void>;
}

export class ItemTasks {
  readonly #most: Readonly<Record<TaskKind, number>>;
  readonly #onOver: () => void;
  readonly #busy = new Map<string, TaskKind>();
  readonly #running = new Set<Promise<void>>();
  #waiting: ItemTask[] = [];

  /** `onOver` is called when one is over; what it ends with is for `run` to hear. */
  constructor(most: Readonly<Record<TaskKind, number>>, onOver: () => void) {
    this.#most = most;
    this.#onOver = onOver;
  }

  get isIdle(): boolean {
    return this.#busy.size === 0 && this.#waiting.length === 0;
  }

  isBusy(name: string): boolean {
    return this.#busy.has(name);
  }

  /** Takes the place of all that wait. */
  plan(tasks: Iterable<ItemTask>): void {
    this.#waiting = [...tasks];
    this.#fill();
  }

  /** Nothing waits any more; resolves when nothing is under way. */
  async end(): Promise<void> {
    this.#waiting = [];
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fill(): void {
    const counts: Record<TaskKind, number> = { fetch: 0, read: 0, ask: 0 };
    for (const kind of this.#busy.values()) counts[kind]++;
    const left: ItemTask[] = [];
    for (const task of this.#waiting) {
      const isFree = counts[task.kind] < this.#most[task.kind] && !this.#busy.has(task.name);
      if (!isFree) {
        left.push(task);
        continue;
      }
      counts[task.kind]++;
      this.#busy.set(task.name, task.kind);
      const running: Promise<void> = task.run().finally(() => {
        this.#busy.delete(task.name);
        this.#running.delete(running);
        this.#fill();
        this.#onOver();
      });
      this.#running.add(running);
    }
    this.#waiting = left;
  }
}
