/**
 * Applies what all trackers of a database have committed, in the order of the commits: the own changes and those of the
 * others. Owns how far that is done, and how sure it is that nothing is missing.
 *
 * It is done between turns: right after a commit of ours, before that is answered. So whoever judges something in a turn
 * has applied what its transaction can see of others, and what that could not see is applied later. Who only looks is
 * never in the middle of it, because a look waits for the end of a commit (`readsBeside` is false).
 *
 *   reading → (could not apply something in order) → lost → (all are sent back, the view is forgotten) → reading
 *
 * What is found while nothing is committed asks for a turn that changes nothing (`onNews`).
 */
import {
  MAX_OUTBOX_ROWS_READ,
  OUTBOX_KEPT_MS,
  OUTBOX_POLL_MS,
  OUTBOX_STALE_MS,
  OUTBOX_TRIM_MS,
} from '../../net/limits.js';
import type { OutboxRow, Published, StoreOutbox } from '../store/shared-store.js';
import { concernedUsers, decodeChange, type ToldChange } from './change-codec.js';

export interface OutboxReaderOptions {
  readonly outbox: StoreOutbox;
  /** Another tracker has committed this. */
  readonly onChange: (change: ToldChange) => void;
  /** What is in memory may be wrong, and nobody can say how: all begin anew with what is stored. */
  readonly onLost: () => void;
  /** There is something to apply: takes a turn that changes nothing, with `caughtUp` at its end. */
  readonly onNews: () => void;
  /** Own rows are there from now on. @default nobody hears */
  readonly onTold?: (() => void) | undefined;
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

type State = { readonly name: 'reading' } | { readonly name: 'lost' } | { readonly name: 'closed' };

export class OutboxReader {
  readonly #options: OutboxReaderOptions;
  #state: State = { name: 'reading' };
  /** All up to here is applied. */
  #applied = 0;
  /** At this moment nothing was missing. */
  #freshAtMs: number;
  /** Something is there that is not applied. */
  #hasNews = false;
  /** Where the own rows of the transaction are that has just ended. */
  #published: Published | 'unknown' | undefined;
  /** What follows here from own changes that are published and not applied, by their ids. */
  readonly #own = new Map<number, () => void>();
  /** Whom the changes of others concern that were applied since the last own transaction began. */
  readonly #concerned = new Set<string>();
  #concernsAll = false;
  #lastId = 0;
  #polling: Promise<void> | undefined;
  #isPolledAgain = false;
  #cancelPoll: (() => void) | undefined;
  #trimmedAtMs: number;

  constructor(options: OutboxReaderOptions) {
    this.#options = options;
    this.#freshAtMs = this.#trimmedAtMs = options.steadyMs();
    options.outbox.onPublished = (published) => (this.#published = published);
  }

  /** Begins behind what is there, before anything is kept in memory. @throws what the store says */
  async start(): Promise<void> {
    this.#applied = await this.#options.outbox.head();
    this.#freshAtMs = this.#options.steadyMs();
    this.#pollLater();
  }

  /** True while what others have committed was not seen for so long that nothing is sure. */
  get isStale(): boolean {
    return (
      this.#state.name !== 'reading' || this.#options.steadyMs() - this.#freshAtMs > OUTBOX_STALE_MS
    );
  }

  /** An own change may be published under the id that is answered; `apply` is called once, when its turn comes. */
  expect(apply: () => void): number {
    this.#own.set(++this.#lastId, apply);
    return this.#lastId;
  }

  /** What follows from an own change that is committed, unless that was applied already. */
  applyOwn(id: number): void {
    const apply = this.#own.get(id);
    this.#own.delete(id);
    apply?.();
  }

  /** An own change was not committed, as far as anybody knows. */
  forgetOwn(id: number): void {
    this.#own.delete(id);
  }

  /** True when others have changed something about a user that the last transaction may not have seen. */
  isConcerned(userId: string): boolean {
    return this.#concernsAll || this.#concerned.has(userId);
  }

  /** Another tracker says that there is something. */
  onRung(): void {
    if (this.#polling) this.#isPolledAgain = true;
    else this.#pollNow();
  }

  /** A transaction has ended: applies what others have committed before it. Never rejects. */
  async caughtUp(): Promise<void> {
    this.#concerned.clear();
    this.#concernsAll = false;
    const published = this.#published;
    this.#published = undefined;
    if (published !== undefined) this.#options.onTold?.();
    if (this.#state.name === 'lost') return this.#beginAnew();
    if (this.#state.name === 'closed' || (published === undefined && !this.#hasNews)) return;
    if (published !== undefined && published !== 'unknown') {
      const { first, last } = published;
      // Most often nobody else has committed anything since.
      if (first === this.#applied + 1) {
        this.#applied = last;
        return;
      }
    }
    try {
      await this.#applyUpTo(published === 'unknown' ? undefined : published?.last);
    } catch {
      this.#hasNews = false;
      // What is ours is felt out of order now.
      if (published !== undefined) this.#lose();
    }
  }

  /** Ends when nothing is under way. */
  async close(): Promise<void> {
    this.#state = { name: 'closed' };
    this.#cancelPoll?.();
    await this.#polling;
  }

  /** Applies rows, up to a number or all that are there. @throws what the store says */
  async #applyUpTo(last: number | undefined): Promise<void> {
    const { outbox, steadyMs } = this.#options;
    for (;;) {
      const startedAtMs = steadyMs();
      const rows = await outbox.read(this.#applied, MAX_OUTBOX_ROWS_READ);
      for (const row of rows) {
        if (this.#state.name !== 'reading') return;
        this.#apply(row);
        if (row.seq === last) {
          // Those behind it come next: the own changes are answered first.
          this.#hasNews = false;
          if (row !== rows.at(-1)) this.#onFound();
          else if (rows.length < MAX_OUTBOX_ROWS_READ) this.#freshAtMs = startedAtMs;
          return;
        }
      }
      if (rows.length < MAX_OUTBOX_ROWS_READ) {
        this.#hasNews = false;
        this.#freshAtMs = startedAtMs;
        return;
      }
    }
  }

  #apply({ seq, isOwn, entry }: OutboxRow): void {
    this.#applied = seq;
    const change = decodeChange(entry);
    if (isOwn) {
      if (change?.id !== undefined) this.applyOwn(change.id);
      return;
    }
    if (!change) return this.#lose();
    for (const userId of concernedUsers(change)) this.#concerned.add(userId);
    this.#options.onChange(change);
  }

  /** All begin anew as soon as the outbox can be read again. */
  #lose(): void {
    if (this.#state.name !== 'reading') return;
    this.#state = { name: 'lost' };
    this.#concernsAll = true;
    this.#hasNews = false;
    this.#options.onLost();
    this.onRung();
  }

  #pollNow(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
    if (this.#state.name === 'closed') return;
    this.#polling = this.#poll()
      // The next one tries again; until then it becomes stale.
      .catch(() => undefined)
      .then(() => {
        this.#polling = undefined;
        if (this.#isPolledAgain) this.#pollNow();
        else this.#pollLater();
      });
  }

  #pollLater(): void {
    if (this.#state.name === 'closed') return;
    this.#cancelPoll = this.#options.delay(() => this.#pollNow(), OUTBOX_POLL_MS);
  }

  async #poll(): Promise<void> {
    this.#isPolledAgain = false;
    const { outbox, steadyMs } = this.#options;
    const startedAtMs = steadyMs();
    // What was removed meanwhile is missing without a trace.
    if (startedAtMs - this.#freshAtMs > OUTBOX_KEPT_MS / 2) this.#lose();
    if (this.#state.name === 'lost') return this.#onFound();
    const appliedBefore = this.#applied;
    const [next] = await outbox.read(appliedBefore, 1);
    if (next === undefined) this.#freshAtMs = startedAtMs;
    else if (next.seq > this.#applied) this.#onFound();
    if (startedAtMs - this.#trimmedAtMs < OUTBOX_TRIM_MS) return;
    this.#trimmedAtMs = startedAtMs;
    await outbox.trim(OUTBOX_KEPT_MS);
  }

  #onFound(): void {
    if (this.#hasNews) return;
    this.#hasNews = true;
    this.#options.onNews();
  }

  /** Never rejects: the next look for news asks for another turn. */
  async #beginAnew(): Promise<void> {
    const { outbox, steadyMs, onLost } = this.#options;
    const startedAtMs = steadyMs();
    this.#hasNews = false;
    const head = await outbox.head().catch(() => undefined);
    if (head === undefined || this.#state.name !== 'lost') return;
    // What was learnt before may be older than that; what is read from here on is not.
    onLost();
    this.#applied = head;
    this.#concernsAll = true;
    this.#state = { name: 'reading' };
    this.#freshAtMs = startedAtMs;
  }
}
