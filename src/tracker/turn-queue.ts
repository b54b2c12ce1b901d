/**
 * The turns of the tracker: requests are judged and carried out strictly one after the other, so
 * that no rule judges facts that another request is about to change. Whose turn is next is decided by
 * how long the turns of each party have taken so far: who asks much waits for themselves.
 *
 * Turns are carried out in slices, between which the event loop goes round: who comes meanwhile is
 * heard. First come those that only look, whose answers wait for no disk; then changes, one of
 * a party, which share one commit (change-group.ts). What follows from a change, its answer too, comes after that commit
 * and before the next turn of its party. While a commit is on its way to the disk looks go on, and see nothing of it; and
 * the next changes are carried out on top of it, of which nobody hears before they are on the disk with all before them.
 *
 * What needs nothing that is stored may be answered without a turn, at the expense of its party, which takes
 * turns for it as soon as it is ahead of the others.
 */
import { deferred } from '../net/deferred.js';
import { detach } from '../net/detach.js';
import { bug, TrackerError } from '../net/errors.js';
import { DATABASE_RETRY_AFTER_MS, MAX_TURN_WAIT_MS, TURN_SLICE_MS } from '../net/limits.js';
import { ChangeGroup } from './change-group.js';
import { FairShare } from './fair-share.js';

/** Work inside a transaction. */
type Work<Tx> = (tx: Tx) => Promise<unknown>;

export interface TurnQueueOptions<Tx> {
  /**
   * Carries changes out in one transaction, in which one that fails is undone alone; how each ended, once that is on
   * the disk. It is asked for the next ones before that, and carries them out behind these.
   */
  readonly commit: (
    changes: AsyncIterable<Work<Tx>>,
  ) => Promise<readonly PromiseSettledResult<unknown>[]>;
  /** Looks may be carried out while a transaction is open; else they wait for its end. @default true */
  readonly looksBeside?: boolean;
  /** How long looks wait where they wait for the end of a transaction; then they are refused. @default for ever */
  readonly patience?: {
    readonly lookMs: number;
    /** Calls back once after so many milliseconds; returns what cancels it. */
    readonly delay: (callback: () => void, delayMs: number) => () => void;
  };
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
  /** Hears for how long a turn has waited that begins. @default nobody */
  readonly onTurn?: (waitedMs: number) => void;
  /** Hears what it took to have changes on the disk. @default nobody */
  readonly onCommitted?: (tookMs: number) => void;
}

/** A turn that changes something. */
export interface Change<Tx, T> {
  /** `breathe`: see ChangeGroup. */
  readonly work: (tx: Tx, breathe: () => Promise<void>) => Promise<T>;
  /** Runs once the change is on disk, before anything else happens. */
  readonly onCommitted: () => void;
}

interface Waiting {
  /** When it came. */
  readonly sinceMs: number;
  /** Of no party: nobody is told that it comes late. */
  readonly isOurs: boolean;
}

interface WaitingLook extends Waiting {
  readonly kind: 'look';
  /** It was told that it waits too long, and keeps its place until that comes. */
  isRefused?: boolean;
  /** Never rejects. */
  readonly run: () => Promise<void>;
  readonly refuse: (error: Error) => void;
}

interface WaitingChange<Tx> extends Change<Tx, unknown>, Waiting {
  readonly kind: 'change';
  readonly settle: (end: PromiseSettledResult<unknown>) => void;
}

type Group<Tx> = ChangeGroup<Tx, WaitingChange<Tx>>;

/** A group whose commit has ended. */
interface Outcome<Tx> {
  readonly group: Group<Tx>;
  readonly ends: readonly PromiseSettledResult<unknown>[];
}

export class TurnQueue<Tx> {
  readonly #options: TurnQueueOptions<Tx>;
  readonly #waiting = new FairShare<WaitingLook | WaitingChange<Tx>>(({ kind }) => kind);
  /** The same, the oldest first. */
  readonly #byAge = new Set<WaitingLook | WaitingChange<Tx>>();
  /** Takes changes. */
  #open: Group<Tx> | undefined;
  /** On its way to the disk. */
  #committing: Group<Tx> | undefined;
  /** On the disk, or failed, and not told. */
  #outcome: Outcome<Tx> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #news = deferred<void>();
  readonly #idlers: (() => void)[] = [];
  #isRunning = false;
  /** What is being answered without a turn: for whom, and since when. */
  #atOnce: { readonly party: string; readonly sinceMs: number } | undefined;
  /** The accounts are closed when the event loop has gone round. */
  #isClosing = false;
  /** What the last commit took. */
  #lastCommitMs = 0;

  constructor(options: TurnQueueOptions<Tx>) {
    this.#options = options;
  }

  /** Turns that wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /** For how long the oldest turn that waits has done so. */
  get oldestMs(): number {
    const oldest = this.#byAge.values().next().value;
    return oldest === undefined ? 0 : this.#options.steadyMs() - oldest.sinceMs;
  }

  /** Turns of one party that wait. */
  waitingOf(party: string): number {
    return this.#waiting.sizeOf(party);
  }

  /**
   * True when no turn of a party waits or is under way, and it is not ahead of the others; while nobody waits, not by
   * more than a slice in one round of the event loop.
   */
  mayAnswerAtOnce(party: string): boolean {
    if (!this.#waiting.isIdle(party)) return false;
    this.#settleAtOnce();
    return this.#waiting.aheadBy(party) <= (this.#isRunning ? 0 : TURN_SLICE_MS);
  }

  /** Answers something without a turn. Its party pays for what that takes until all promises have settled. */
  answerAtOnce<T>(party: string, answer: () => T): T {
    this.#settleAtOnce();
    this.#atOnce = { party, sinceMs: this.#options.steadyMs() };
    process.nextTick(() => this.#settleAtOnce());
    return answer();
  }

  /**
   * Runs `work`, which changes nothing that is stored, when it is the turn of its party. Of a party it rejects with BUSY
   * instead when that comes so late that nobody waits for the answer; the same holds for a change.
   */
  look<T>(work: () => Promise<T>, party = ''): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): Promise<void> => Promise.resolve().then(work).then(resolve, reject);
      const sinceMs = this.#options.steadyMs();
      const isOurs = party === '';
      this.#push(party, { kind: 'look', run, refuse: reject, sinceMs, isOurs });
    });
  }

  /** Carries a change out when it is the turn of its party; resolves when it is on disk. */
  change<T>(change: Change<Tx, T>, party = ''): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (end: PromiseSettledResult<unknown>): void => {
        if (end.status === 'fulfilled') resolve(end.value as T);
        else reject(end.reason as Error);
      };
      const sinceMs = this.#options.steadyMs();
      this.#push(party, { kind: 'change', ...change, settle, sinceMs, isOurs: party === '' });
    });
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    if (this.#isRunning) await new Promise<void>((resolve) => this.#idlers.push(resolve));
  }

  #push(party: string, turn: WaitingLook | WaitingChange<Tx>): void {
    this.#settleAtOnce();
    this.#waiting.push(party, turn);
    this.#byAge.add(turn);
    this.#news.resolve();
    if (this.#isRunning) return;
    this.#isRunning = true;
    detach(
      () => this.#runAll(),
      () => bug('a turn rejects'),
    );
  }

  #settleAtOnce(): void {
    if (!this.#atOnce) return;
    const { party, sinceMs } = this.#atOnce;
    this.#atOnce = undefined;
    this.#waiting.charge(party, this.#options.steadyMs() - sinceMs);
    if (this.#isRunning || this.#isClosing) return;
    this.#isClosing = true;
    setImmediate(() => {
      this.#isClosing = false;
      this.#waiting.beginAnew();
    });
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.size > 0 || this.#open || this.#committing || this.#outcome) {
      // Whoever else has sent something by now is heard first.
      await new Promise(setImmediate);
      await this.#lookAround();
      await this.#carryOn();
      const news = (this.#news = deferred());
      if (!this.#hasSomethingToDo()) await news.promise;
      await this.#tellOutcome();
    }
    this.#isRunning = false;
    for (const resolve of this.#idlers.splice(0)) resolve();
  }

  #hasSomethingToDo(): boolean {
    if (this.#outcome || this.#failure || this.#waiting.has('look')) return true;
    return this.#open ? this.#open.wantsSlice : this.#waiting.has('change') || !this.#committing;
  }

  /** Takes the next turns that only look. What has reached the disk meanwhile is told first. */
  async #lookAround(): Promise<void> {
    const { steadyMs } = this.#options;
    const startedAtMs = steadyMs();
    for (let nowMs = startedAtMs; nowMs - startedAtMs < TURN_SLICE_MS;) {
      if (this.#outcome || this.#failure) await this.#tellOutcome();
      const beganAtMs = steadyMs();
      const look = this.#take('look', beganAtMs);
      if (!look) return;
      await look.turn.run();
      await answersAreSent();
      nowMs = steadyMs();
      this.#waiting.done(look.party, nowMs - beganAtMs);
    }
  }

  /** Takes the next changes. */
  async #carryOn(): Promise<void> {
    if (!this.#open && this.#waiting.has('change')) {
      this.#begin();
      await answersAreSent();
    }
    if (this.#options.looksBeside === false) await this.#finish();
    else await this.#open?.slice();
  }

  /** Resolves when no transaction is open, and what became of it is told. */
  async #finish(): Promise<void> {
    while ((this.#open || this.#committing) && !this.#outcome && !this.#failure) {
      const news = (this.#news = deferred());
      if (this.#open?.wantsSlice) await this.#open.slice();
      else await this.#newsOrImpatience(news.promise);
    }
    await this.#tellOutcome();
  }

  async #newsOrImpatience(news: Promise<void>): Promise<void> {
    const { patience } = this.#options;
    if (!patience) return news;
    const cancel = patience.delay(() => {
      this.#refuseImpatient(patience.lookMs);
      this.#news.resolve();
    }, patience.lookMs / LOOKED_THROUGH_PER_WAIT);
    await news;
    cancel();
  }

  /** Those who have waited for so long. What we do of ourselves goes on waiting. */
  #refuseImpatient(lookMs: number): void {
    const sinceMs = this.#options.steadyMs() - lookMs;
    for (const turn of this.#byAge) {
      if (turn.sinceMs > sinceMs) return;
      if (turn.kind !== 'look' || turn.isRefused === true || turn.isOurs) continue;
      turn.isRefused = true;
      turn.refuse(heldUp());
    }
  }

  #begin(): void {
    const group: Group<Tx> = new ChangeGroup({
      take: () => {
        const taken = this.#take('change', this.#options.steadyMs());
        return taken && { party: taken.party, change: taken.turn };
      },
      hasMore: () => this.#waiting.has('change'),
      mayEnd: () => this.#committing === undefined && this.#outcome === undefined,
      // Where the disk is slow more changes share a commit: they may take as long as it does.
      mostMs: () => Math.max(TURN_SLICE_MS, this.#lastCommitMs),
      steadyMs: this.#options.steadyMs,
      onReady: () => this.#news.resolve(),
      onEnded: () => {
        this.#open = undefined;
        this.#committing = group;
      },
    });
    this.#open = group;
    const onEnds = (ends: Outcome<Tx>['ends']): void => {
      this.#outcome = { group, ends };
      this.#news.resolve();
    };
    const onFailure = (error: unknown): void => {
      this.#failure = { error };
      this.#news.resolve();
    };
    const { commit } = this.#options;
    detach(async () => onEnds(await commit(group.works())), onFailure);
  }

  #take<K extends 'look' | 'change'>(
    kind: K,
    nowMs: number,
  ): { readonly party: string; readonly turn: TurnOf<Tx, K> } | undefined {
    for (let next = this.#waiting.shift(kind); next; next = this.#waiting.shift(kind)) {
      const { party, thing } = next;
      if (this.#begins(party, thing, nowMs)) return { party, turn: thing as TurnOf<Tx, K> };
    }
    return undefined;
  }

  /** A turn has come; false when it came too late, and is done with. */
  #begins(party: string, turn: WaitingLook | WaitingChange<Tx>, nowMs: number): boolean {
    this.#byAge.delete(turn);
    const waitedMs = nowMs - turn.sinceMs;
    this.#options.onTurn?.(waitedMs);
    // What we do of ourselves is done however late it is.
    const isRefused = turn.kind === 'look' && turn.isRefused === true;
    if (turn.isOurs || (waitedMs < MAX_TURN_WAIT_MS && !isRefused)) return true;
    const reason = tooLate();
    if (turn.kind === 'change') turn.settle({ status: 'rejected', reason });
    else if (!isRefused) turn.refuse(reason);
    this.#waiting.done(party, 0);
    return false;
  }

  /** What follows from changes that are on the disk, in their order. */
  async #tellOutcome(): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    if (!this.#outcome) return;
    const { ends, group } = this.#outcome;
    const { carriedOut, endedAtMs } = group;
    this.#outcome = undefined;
    this.#committing = undefined;
    if (carriedOut.length === 0) return;
    this.#lastCommitMs = Math.max(0, this.#options.steadyMs() - endedAtMs);
    this.#options.onCommitted?.(this.#lastCommitMs);
    for (const [index, { party, change, costMs }] of carriedOut.entries()) {
      const end = ends[index] ?? bug('a change has no end');
      if (end.status === 'fulfilled') change.onCommitted();
      change.settle(end);
      await answersAreSent();
      this.#waiting.done(party, costMs + this.#lastCommitMs / carriedOut.length);
    }
  }
}

/** So often it is looked who has waited too long, in the time for which one may. */
const LOOKED_THROUGH_PER_WAIT = 4;

function heldUp(): TrackerError {
  const message = 'changes that wait for the database hold this up; try again';
  return new TrackerError('BUSY', message, { retryAfterMs: DATABASE_RETRY_AFTER_MS });
}

function tooLate(): TrackerError {
  return new TrackerError('BUSY', 'the tracker had no time for this; try again');
}

type TurnOf<Tx, K extends 'look' | 'change'> = K extends 'look' ? WaitingLook : WaitingChange<Tx>;

/** What waits for the promises that were just settled has run, without a round of the event loop. */
function answersAreSent(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
