/**
 * Runs dials, some at a time, in turns by source: whoever names silent addresses waits for their
 * own time-outs and nobody else's. Bounded in all and for each source. Owns the dials under way.
 */
import { detach } from '../../net/detach.js';
import { faultOf } from '../../net/fault.js';
import {
  MAX_REACH_DIALS_AT_A_TIME,
  MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE,
  MAX_REACH_QUEUE_PER_SOURCE,
} from '../../net/limits.js';

/** One piece of work; it never rejects. */
export type Dial = () => Promise<void>;

interface Source {
  readonly waiting: Dial[];
  running: number;
}

export class DialQueue {
  /** In the order of their turns; none without work. */
  readonly #sources = new Map<string, Source>();
  readonly #running = new Set<Promise<void>>();

  /** Dials that wait. */
  get length(): number {
    let length = 0;
    for (const { waiting } of this.#sources.values()) length += waiting.length;
    return length;
  }

  /** Takes a dial in; false when its source has too many waiting. */
  add(sourceName: string, dial: Dial): boolean {
    const source = this.#sources.get(sourceName) ?? { waiting: [], running: 0 };
    if (source.waiting.length >= MAX_REACH_QUEUE_PER_SOURCE) return false;
    source.waiting.push(dial);
    this.#sources.set(sourceName, source);
    this.#next();
    return true;
  }

  /** Drops what waits; resolves when nothing runs. */
  async close(): Promise<void> {
    for (const source of this.#sources.values()) source.waiting.length = 0;
    await Promise.all(this.#running);
  }

  #next(): void {
    for (const [name, source] of [...this.#sources]) {
      if (this.#running.size >= MAX_REACH_DIALS_AT_A_TIME) return;
      if (source.running >= MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE) continue;
      const dial = source.waiting.shift();
      if (!dial) continue;
      // To the end of the line.
      this.#sources.delete(name);
      this.#sources.set(name, source);
      this.#run(name, source, dial);
    }
  }

  #run(name: string, source: Source, dial: Dial): void {
    source.running++;
    const running = dial().finally(() => {
      this.#running.delete(running);
      source.running--;
      if (source.running === 0 && source.waiting.length === 0) this.#sources.delete(name);
      this.#next();
    });
    this.#running.add(running);
    // What nobody foresaw is told, and costs that dial.
    detach(() => running, faultOf);
  }
}
