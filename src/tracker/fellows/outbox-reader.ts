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
import type { Effect } from '../effects.js';
import type { OutboxRow, Published, StoreOutbox } from '../store/shared-store.js';
import { decodeChange, type ToldChange } from './change-codec.js';
import { Concerned } from './concerned.js';

export interface OutboxReaderOptions {
  readonly outbox: StoreOutbox;
  /** Another tracker has committed this. */
  readonly onChange: (change: ToldChange) => void;
  /** What is in memory may be wrong, and nobody can say how: all begin anew with what is stored. */
  readonly onLost: () => void;
  /** Something that was read could not be applied: a row that says nothing known, or a bug. */
  readonly onFault: (error: unknown) => void;
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
  /** The highest row that was found between transactions. */
  #found = 0;
  /** When a turn was asked for whose end is not there yet. */
  #askedAtMs: number | undefined;
  /** Where the own rows of the transaction are that has just ended. */
  #published: Published | 'unknown' | undefined;
  /** What follows here from own changes that are published and not applied, by their ids. */
  readonly #own = new Map<number, () => void>();
  readonly #concerned = new Concerned();
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

  /** True when others have changed what effects of the last transaction rest on, and it may not have seen that. */
  overtakes(effects: readonly Effect[], userId: string | undefined): boolean {
    return this.#concerned.overtakes(effects, userId);
  }

  /** Another tracker says that there is something. */
  onRung(): void {
    if (this.#polling) this.#isPolledAgain = true;
    else this.#pollNow();
  }

  /** A transaction has ended: applies what others have committed before it. Never rejects. */
  async caughtUp(): Promise<void> {
    this.#concerned.clear();
    const published = this.#published;
    this.#published = undefined;
    const wasAsked = this.#askedAtMs !== undefined;
    this.#askedAtMs = undefined;
    if (published !== undefined) this.#options.onTold?.();
    if (this.#state.name === 'lost') return this.#beginAnew();
    if (this.#state.name === 'closed') return;
    if (published === undefined) {
      if (!wasAsked && this.#found <= this.#applied) return;
    } else if (!wasAsked && this.#followsAtOnce(published)) {
      // Most often nobody else has committed anything since.
      this.#applied = published.last;
      return;
    }
    try {
      await this.#applyUpTo(published === 'unknown' ? undefined : published?.last);
    } catch {
      // It could not be read. What is ours is felt out of order now.
      if (published !== undefined) this.#lose();
    }
  }

  /** Ends when nothing is under way. */
  async close(): Promise<void> {
    this.#state = { name: 'closed' };
    this.#cancelPoll?.();
    await this.#polling;
  }

  /** True when rows of ours come right behind those that are applied, and nobody else's are among them. */
  #followsAtOnce(published: Published | 'unknown'): published is Published {
    if (published === 'unknown') return false;
    const { first, last, count } = published;
    return first === this.#applied + 1 && last - first + 1 === count;
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
          const behind = rows.at(-1);
          if (behind !== undefined && behind !== row) this.#onFound(behind.seq);
          else if (rows.length < MAX_OUTBOX_ROWS_READ) this.#freshAtMs = startedAtMs;
          return;
        }
      }
      if (rows.length < MAX_OUTBOX_ROWS_READ) {
        this.#freshAtMs = startedAtMs;
        return;
      }
    }
  }

  /** Never throws: of what could not be applied nobody can say how much of it is felt. */
  #apply(row: OutboxRow): void {
    this.#applied = row.seq;
    try {
      this.#feel(row);
    } catch (error) {
      this.#options.onFault(error);
      this.#lose();
    }
  }

  /** @throws what a bug in what follows says, and of a row that is no entry */
  #feel({ isOwn, entry }: OutboxRow): void {
    const change = decodeChange(entry);
    if (isOwn) {
      if (change?.id !== undefined) this.applyOwn(change.id);
      return;
    }
    if (!change) return this.#lose();
    this.#concerned.add(change);
    this.#options.onChange(change);
  }

  /** All begin anew as soon as the outbox can be read again. */
  #lose(): void {
    if (this.#state.name !== 'reading') return;
    this.#state = { name: 'lost' };
    this.#concerned.addAll();
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
    if (this.#state.name === 'lost') return this.#askForTurn();
    const foundBefore = this.#found;
    const [next] = await outbox.read(this.#applied, 1);
    if (next !== undefined) this.#onFound(next.seq);
    else {
      this.#freshAtMs = startedAtMs;
      // What was found before is applied, or is not there any more.
      if (this.#found === foundBefore) this.#found = 0;
    }
    if (startedAtMs - this.#trimmedAtMs < OUTBOX_TRIM_MS) return;
    this.#trimmedAtMs = startedAtMs;
    await outbox.trim(OUTBOX_KEPT_MS);
  }

  #onFound(seq: number): void {
    this.#found = Math.max(this.#found, seq);
    if (this.#found > this.#applied) this.#askForTurn();
  }

  /** Once until it comes; again after a while, since it may be refused. */
  #askForTurn(): void {
    const { steadyMs, onNews } = this.#options;
    const nowMs = steadyMs();
    if (this.#askedAtMs !== undefined && nowMs - this.#askedAtMs < OUTBOX_POLL_MS) return;
    this.#askedAtMs = nowMs;
    onNews();
  }

  /** Never rejects: the next look for news asks for another turn. */
  async #beginAnew(): Promise<void> {
    const { outbox, steadyMs, onLost } = this.#options;
    const startedAtMs = steadyMs();
    const head = await outbox.head().catch(() => undefined);
    if (head === undefined || this.#state.name !== 'lost') return;
    // What was learnt before may be older than that; what is read from here on is not.
    onLost();
    this.#applied = head;
    this.#found = 0;
    this.#concerned.addAll();
    this.#state = { name: 'reading' };
    this.#freshAtMs = startedAtMs;
  }
}
