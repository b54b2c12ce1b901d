/**
 * The turns of the tracker: requests are judged and carried out strictly one after the other, so
 * that no rule judges facts that another request is about to change. Whose turn is next is decided by
 * how long the turns of each party have taken so far: who asks much waits for themselves.
 *
 * Turns are carried out in slices, between which the event loop goes round: who comes meanwhile is
 * heard. In a slice first come those that only look, whose answers wait for no disk; then changes, one of
 * a party, which share one commit. What follows from a change, its answer too, comes after that commit
 * and before the next turn of its party.
 *
 * What needs nothing that is stored may be answered without a turn, at the expense of its party, which takes
 * turns for it as soon as it is ahead of the others.
 */
import { detach } from '../net/detach.js';
import { bug, TrackerError } from '../net/errors.js';
import { MAX_TURN_WAIT_MS, MAX_TURNS_PER_COMMIT, TURN_SLICE_MS } from '../net/limits.js';
import { FairShare } from './fair-share.js';

/** Work inside a transaction. */
type Work<Tx> = (tx: Tx) => Promise<unknown>;

export interface TurnQueueOptions<Tx> {
  /** Carries changes out in one transaction, in which one that fails is undone alone; how each ended. */
  readonly commit: (
    changes: Iterable<Work<Tx>>,
  ) => Promise<readonly PromiseSettledResult<unknown>[]>;
  /** A clock that nobody sets. */
  readonly steadyMs: () => number;
  /** Hears for how long a turn has waited that begins. @default nobody */
  readonly onTurn?: (waitedMs: number) => void;
  /** Hears what it took to have changes on the disk. @default nobody */
  readonly onCommitted?: (tookMs: number) => void;
}

/** A turn that changes something. */
export interface Change<Tx, T> {
  readonly work: (tx: Tx) => Promise<T>;
  /** Runs once the change is on disk, before anything else happens. */
  readonly onCommitted: () => void;
}

interface Waiting {
  /** When it came. */
  readonly sinceMs: number;
}

interface WaitingLook extends Waiting {
  readonly kind: 'look';
  /** Never rejects. */
  readonly run: () => Promise<void>;
  readonly refuse: (error: Error) => void;
}

interface WaitingChange<Tx> extends Change<Tx, unknown>, Waiting {
  readonly kind: 'change';
  readonly settle: (end: PromiseSettledResult<unknown>) => void;
}

/** A change whose turn has come, with what it costs so far. */
interface ReadyChange<Tx> {
  readonly party: string;
  readonly change: WaitingChange<Tx>;
  costMs: number;
}

export class TurnQueue<Tx> {
  readonly #options: TurnQueueOptions<Tx>;
  readonly #waiting = new FairShare<WaitingLook | WaitingChange<Tx>>();
  /** The same, the oldest first. */
  readonly #byAge = new Set<WaitingLook | WaitingChange<Tx>>();
  /** Wait for the next commit. */
  readonly #ready: ReadyChange<Tx>[] = [];
  readonly #idlers: (() => void)[] = [];
  #isRunning = false;
  /** What is being answered without a turn: for whom, and since when. */
  #atOnce: { readonly party: string; readonly sinceMs: number } | undefined;
  /** The accounts are closed when the event loop has gone round. */
  #isClosing = false;
  /** What the last commit took, and what each of its changes took before it. */
  #lastCommitMs = 0;
  #lastChangeMs = 0;

  constructor(options: TurnQueueOptions<Tx>) {
    this.#options = options;
  }

  /** Turns that wait. */
  get length(): number {
    return this.#waiting.size + this.#ready.length;
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
      this.#push(party, { kind: 'look', run, refuse: reject, sinceMs: this.#options.steadyMs() });
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
      this.#push(party, { kind: 'change', ...change, settle, sinceMs });
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
    while (this.#waiting.size + this.#ready.length > 0) {
      // Whoever else has sent something by now is heard first.
      await new Promise(setImmediate);
      await this.#lookAround();
      await this.#commitReady();
    }
    this.#isRunning = false;
    for (const resolve of this.#idlers.splice(0)) resolve();
  }

  /** Takes the next turns: those that look are carried out, changes are made ready. */
  async #lookAround(): Promise<void> {
    const { steadyMs } = this.#options;
    const startedAtMs = steadyMs();
    let nowMs = startedAtMs;
    const room = this.#roomForChanges();
    while (nowMs - startedAtMs < TURN_SLICE_MS && this.#ready.length < room) {
      const next = this.#waiting.shift();
      if (!next) return;
      const { party, thing } = next;
      if (!this.#begins(party, thing, nowMs)) continue;
      if (thing.kind === 'change') {
        this.#ready.push({ party, change: thing, costMs: 0 });
        continue;
      }
      await thing.run();
      await answersAreSent();
      const beganAtMs = nowMs;
      nowMs = steadyMs();
      this.#waiting.done(party, nowMs - beganAtMs);
    }
  }

  /** A turn has come; false when it came too late, and is done with. */
  #begins(party: string, turn: WaitingLook | WaitingChange<Tx>, nowMs: number): boolean {
    this.#byAge.delete(turn);
    const waitedMs = nowMs - turn.sinceMs;
    this.#options.onTurn?.(waitedMs);
    // What we do of ourselves is done however late it is.
    if (party === '' || waitedMs < MAX_TURN_WAIT_MS) return true;
    const reason = new TrackerError('BUSY', 'the tracker had no time for this; try again');
    if (turn.kind === 'look') turn.refuse(reason);
    else turn.settle({ status: 'rejected', reason });
    this.#waiting.done(party, 0);
    return false;
  }

  async #commitReady(): Promise<void> {
    if (this.#ready.length === 0) return;
    const { commit, steadyMs } = this.#options;
    const carriedOut: ReadyChange<Tx>[] = [];
    const startedAtMs = steadyMs();
    const ends = await commit(this.#works(carriedOut));
    const workMs = carriedOut.reduce((sum, { costMs }) => sum + costMs, 0);
    this.#lastChangeMs = workMs / carriedOut.length;
    this.#lastCommitMs = Math.max(0, steadyMs() - startedAtMs - workMs);
    this.#options.onCommitted?.(this.#lastCommitMs);
    for (const [index, { party, change, costMs }] of carriedOut.entries()) {
      const end = ends[index] ?? bug('a change has no end');
      if (end.status === 'fulfilled') change.onCommitted();
      change.settle(end);
      await answersAreSent();
      this.#waiting.done(party, costMs + this.#lastCommitMs / carriedOut.length);
    }
  }

  /** Where the disk is slow more changes share a commit: they may take as long as it does. */
  get #changesMs(): number {
    return Math.max(TURN_SLICE_MS, this.#lastCommitMs);
  }

  /** So many changes fit; more stay where who comes meanwhile may overtake them. */
  #roomForChanges(): number {
    const fitting = Math.ceil(this.#changesMs / this.#lastChangeMs);
    return Math.max(1, Math.min(fitting, MAX_TURNS_PER_COMMIT));
  }

  /** The changes that are ready, as long as there is time. */
  *#works(carriedOut: ReadyChange<Tx>[]): Iterable<Work<Tx>> {
    const { steadyMs } = this.#options;
    const untilMs = steadyMs() + this.#changesMs;
    while (this.#ready.length > 0 && (carriedOut.length === 0 || steadyMs() < untilMs)) {
      const ready = this.#ready.shift()!;
      carriedOut.push(ready);
      const beganAtMs = steadyMs();
      yield ready.change.work;
      ready.costMs = steadyMs() - beganAtMs;
    }
  }
}

/** What waits for the promises that were just settled has run, without a round of the event loop. */
function answersAreSent(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
