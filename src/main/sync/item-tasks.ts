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

  /** Those that take their place for little give it to those that wait, as far as these then have one. */
  yieldSlow(): void {
    const slow = new Set([...this.#busy.values()].filter((task) => task.isSlow?.() === true));
    const counts = this.#counts();
    for (const waiting of this.#waiting) {
      if (slow.size === 0) return;
      if (this.#busy.has(waiting.name)) continue;
      const isOfOne = counts.ofSharer(waiting) >= this.#mostOfOne(waiting.kind);
      for (const task of slow) {
        if (task.kind !== waiting.kind || (isOfOne && task.sharer !== waiting.sharer)) continue;
        slow.delete(task);
        task.yield?.();
        break;
      }
    }
  }

  /** Nothing waits any more; resolves when nothing is under way. */
  async end(): Promise<void> {
    this.#waiting = [];
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #mostOfOne(kind: TaskKind): number {
    return Math.ceil(this.#most[kind] / 2);
  }

  #counts(): TaskCounts {
    const counts = new TaskCounts();
    for (const task of this.#busy.values()) counts.add(task);
    return counts;
  }

  #fill(): void {
    const counts = this.#counts();
    const hasRoom = (task: ItemTask): boolean =>
      counts.of(task) < this.#most[task.kind] && counts.ofSharer(task) < this.#mostOfOne(task.kind);
    const left: ItemTask[] = [];
    for (const task of this.#waiting) {
      if (this.#busy.has(task.name) || !hasRoom(task)) {
        left.push(task);
        continue;
      }
      counts.add(task);
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

/** How many tasks there are of each kind, and of each kind of one sharer. */
class TaskCounts {
  readonly #counts = new Map<string, number>();

  add({ kind, sharer }: ItemTask): void {
    this.#addOne(kind);
    if (sharer !== undefined) this.#addOne(`${kind} ${sharer}`);
  }

  of({ kind }: ItemTask): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** None of what nobody shares. */
  ofSharer({ kind, sharer }: ItemTask): number {
    return sharer === undefined ? 0 : (this.#counts.get(`${kind} ${sharer}`) ?? 0);
  }

  #addOne(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
}
