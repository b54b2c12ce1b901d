/**
 * Works on items of a sync, so many of each kind at a time; none is worked on twice at once. Owns which are under way
 * and which wait. Life: made → idle ⇄ busy → ended (nothing waits, and what is under way is awaited).
 */

/** `fetch`: bytes come from others; `read`: bytes are read here; `ask`: neither. */
export type TaskKind = 'fetch' | 'read' | 'ask';

export interface ItemTask {
  readonly name: string;
  readonly kind: TaskKind;
  /** Whose it is: at most half of all that are under way are of one. */
  readonly sharer?: string | undefined;
  readonly run: () => Promise<void>;
  /** It takes its place for little. */
  readonly isSlow?: () => boolean;
  /** Has it end soon, so that another has its place. */
  readonly yield?: () => void;
}

export class ItemTasks {
  readonly #most: Readonly<Record<TaskKind, number>>;
  readonly #onOver: () => void;
  readonly #busy = new Map<string, ItemTask>();
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

  /** Those that take their place for little give it to those that wait. */
  yieldSlow(): void {
    for (const kind of Object.keys(this.#most) as TaskKind[]) {
      let waiting = this.#waiting.filter((task) => task.kind === kind).length;
      for (const task of this.#busy.values()) {
        if (waiting <= 0) break;
        if (task.kind !== kind || task.isSlow?.() !== true) continue;
        waiting--;
        task.yield?.();
      }
    }
  }

  /** Nothing waits any more; resolves when nothing is under way. */
  async end(): Promise<void> {
    this.#waiting = [];
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fill(): void {
    const counts: Record<TaskKind, number> = { fetch: 0, read: 0, ask: 0 };
    const ofSharer = new Map<string, number>();
    const count = ({ kind, sharer }: ItemTask): void => {
      counts[kind]++;
      if (sharer !== undefined) ofSharer.set(sharer, (ofSharer.get(sharer) ?? 0) + 1);
    };
    const hasRoom = ({ kind, sharer }: ItemTask): boolean => {
      if (counts[kind] >= this.#most[kind]) return false;
      if (sharer === undefined) return true;
      return (ofSharer.get(sharer) ?? 0) < Math.ceil(this.#most[kind] / 2);
    };
    for (const task of this.#busy.values()) count(task);
    const left: ItemTask[] = [];
    for (const task of this.#waiting) {
      if (this.#busy.has(task.name) || !hasRoom(task)) {
        left.push(task);
        continue;
      }
      count(task);
      this.#begin(task);
    }
    this.#waiting = left;
  }

  #begin(task: ItemTask): void {
    this.#busy.set(task.name, task);
    const running: Promise<void> = task.run().finally(() => {
      this.#busy.delete(task.name);
      this.#running.delete(running);
      this.#fill();
      this.#onOver();
    });
    this.#running.add(running);
  }
}
