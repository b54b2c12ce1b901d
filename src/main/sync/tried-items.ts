/**
 * What was tried with items, and what came of it: holds as long as neither the group's content nor what is here is another
 * one. Owns that. Pure: what items are now, and the clock, are handed in.
 */
import { SYNC_RETRY_MS } from '../../net/limits.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { LocalItem } from './sync-plan.js';
import { isSameStamp } from './sync-work.js';

/** What an item is when something is tried with it. */
export interface ItemAsTried {
  /** Of the group's content. */
  readonly fileId: string | undefined;
  /** Of what is here. */
  readonly stamp: FileStamp | undefined;
}

export type Verdict = NonNullable<Exclude<LocalItem, { kind: 'foreign' }>['compared']>;

export class TriedItems {
  readonly #now: (name: string) => ItemAsTried;
  readonly #steadyMs: () => number;
  readonly #compared = new Map<string, ItemAsTried & { readonly verdict: Verdict }>();
  readonly #setAside = new Map<string, ItemAsTried & { readonly untilMs: number }>();
  /** What had changed while it was worked on: when the same comes again, that is a failure as any other. */
  readonly #overtaken = new Map<string, ItemAsTried>();

  constructor(now: (name: string) => ItemAsTried, steadyMs: () => number) {
    this.#now = now;
    this.#steadyMs = steadyMs;
  }

  /** How both compare, if that is known. */
  verdictOf(name: string): Verdict | undefined {
    const tried = this.#compared.get(name);
    return tried && this.#isAsTried(name, tried) ? tried.verdict : undefined;
  }

  /** `work` compares both, as they are now. */
  async compare(name: string, work: () => Promise<Verdict>): Promise<void> {
    const tried = this.#now(name);
    this.#compared.set(name, { ...tried, verdict: await work() });
  }

  /** It failed a while ago, and nothing has changed. */
  isSetAside(name: string): boolean {
    const tried = this.#setAside.get(name);
    if (!tried) return false;
    if (this.#steadyMs() < tried.untilMs && this.#isAsTried(name, tried)) return true;
    this.#setAside.delete(name);
    return false;
  }

  onWell(name: string): void {
    this.#setAside.delete(name);
    this.#overtaken.delete(name);
  }

  onFailed(name: string): void {
    this.#setAside.set(name, { ...this.#now(name), untilMs: this.#steadyMs() + SYNC_RETRY_MS });
  }

  /** It had changed while it was worked on; true when that was said of the very same before. */
  onOvertaken(name: string): boolean {
    const before = this.#overtaken.get(name);
    this.#overtaken.set(name, this.#now(name));
    return before !== undefined && this.#isAsTried(name, before);
  }

  #isAsTried(name: string, tried: ItemAsTried): boolean {
    const { fileId, stamp } = this.#now(name);
    const isSame = stamp === tried.stamp || isSameStamp(stamp, tried.stamp);
    return fileId === tried.fileId && isSame;
  }
}
