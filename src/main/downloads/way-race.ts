/**
 * One session with a peer over the best of several ways to it: the first is begun at once, the next when
 * that has failed or has not answered for a while. The first on which the file is opened wins, and the
 * others end; until then one over which the peer refuses the file ends them all, unless it is busy. Only a
 * relay is no last word: the ways without one are tried again and again meanwhile, and when one of them
 * answers the session ends, so that it is begun anew on that.
 *
 * For its owner all of this is one task, whose `ended` comes when nothing of any way is left.
 *
 *   a way: waiting → opening → running → (won) → over
 */
import { deferred, type Deferred } from '../../net/deferred.js';
import type { WireError } from '../../net/errors.js';
import { faultOf } from '../../net/fault.js';
import type { Later } from '../../net/later.js';
import { BETTER_WAY_INTERVAL_MS, LATE_WAY_AFTER_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { MainToPeerSession, PeerSessionToMain } from '../../workers/messages/peer-session.js';
import type { TaskOutcome } from '../../workers/messages/thread.js';
import type { RunningTask } from '../threads/transfer-pool.js';
import { EarlyOrders } from './early-orders.js';

/** Begins the session in a thread. */
export type BeginSession = (
  onMessage: (message: PeerSessionToMain) => void,
) => RunningTask<MainToPeerSession>;

/** A way to a peer. */
export interface Way {
  /** A better one is taken as soon as it is there. */
  readonly isRelay: boolean;
  /** Does what has to be done before a thread can begin. @throws P2pError */
  open(signal: AbortSignal): Promise<BeginSession>;
}

type Ended = Extract<PeerSessionToMain, { type: 'ended' }>;

type State =
  | { readonly at: 'waiting' }
  | { readonly at: 'opening'; readonly cancel: AbortController }
  | { readonly at: 'running'; readonly task: RunningTask<MainToPeerSession> }
  | { readonly at: 'over' };

interface Runner {
  readonly way: Way;
  state: State;
  /** Pieces that it was ordered to fetch before a way had won, and has not answered; empty once one has. */
  readonly owed: Set<number>;
  /** The peer has said over it that it does not serve the file. */
  refusal?: WireError | undefined;
}

export class WayRace implements RunningTask<MainToPeerSession> {
  readonly #runners: readonly Runner[];
  readonly #onMessage: (message: PeerSessionToMain) => void;
  readonly #later: Later;
  readonly #settled: Deferred<TaskOutcome> = deferred();
  readonly #tasks: Promise<TaskOutcome>[] = [];
  readonly #errors: WireError[] = [];
  /** What each way is told that is begun before one has won. */
  readonly #early = new EarlyOrders();
  #winner: Runner | undefined;
  #cancelNext: (() => void) | undefined;
  /** The owner has let go of the file, or a better way has answered: nothing more is begun. */
  #isEnding = false;
  /** The last message, while something of a way is left. */
  #held: PeerSessionToMain[] = [];
  #proven: PeerAddress | undefined;
  #isOver = false;

  constructor(ways: readonly Way[], onMessage: (message: PeerSessionToMain) => void, later: Later) {
    this.#runners = ways.map((way) => ({ way, state: { at: 'waiting' }, owed: new Set() }));
    this.#onMessage = onMessage;
    this.#later = later;
    this.#beginNext();
  }

  get settled(): Promise<TaskOutcome> {
    return this.#settled.promise;
  }

  post(message: MainToPeerSession): void {
    if (message.type === 'close' || message.type === 'release') {
      this.#endAllBut(this.#winner);
      if (this.#winner?.state.at === 'running') this.#winner.state.task.post(message);
      this.#lookForEnd();
      return;
    }
    const isForWinner = message.type !== 'ticket' && message.type !== 'have';
    if (!this.#winner) this.#early.onOrder(message);
    for (const runner of this.#runners) {
      if (runner.state.at !== 'running') continue;
      if (runner === this.#winner || !this.#winner || !isForWinner) this.#tell(runner, message);
    }
  }

  #tell({ state, owed }: Runner, message: MainToPeerSession): void {
    if (state.at !== 'running') return;
    if (message.type === 'fetch' && !this.#winner) {
      for (const piece of message.pieces) owed.add(piece);
    }
    state.task.post(message);
  }

  #beginNext(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    const next = this.#runners.find(({ state }) => state.at === 'waiting');
    if (!next || this.#winner || this.#isEnding) return this.#lookForEnd();
    const isLast = next === this.#runners.at(-1);
    if (!isLast) this.#cancelNext = this.#later(LATE_WAY_AFTER_MS, () => this.#beginNext());
    this.#begin(next);
  }

  #begin(runner: Runner): void {
    const cancel = new AbortController();
    runner.state = { at: 'opening', cancel };
    runner.way.open(cancel.signal).then(
      (begin) => {
        if (cancel.signal.aborted) return this.#onOver(runner, undefined);
        const task = begin((message) => this.#onWayMessage(runner, message));
        runner.state = { at: 'running', task };
        this.#tasks.push(task.settled);
        const { pieces } = this.#early;
        if (pieces.length > 0 && !this.#winner) this.#tell(runner, { type: 'fetch', pieces });
        // A thread that crashed says nothing more.
        task.settled.catch((crash: Error) => this.#settled.reject(crash));
      },
      (error: unknown) => {
        const fault = faultOf(error);
        // What was given up ends for that.
        this.#onOver(runner, cancel.signal.aborted ? undefined : fault);
      },
    );
  }

  #onWayMessage(runner: Runner, message: PeerSessionToMain): void {
    if (message.type === 'ended' && message.proven) this.#proven = message.proven;
    if (runner === this.#winner) {
      this.#onWinnersMessage(runner, message);
    } else if (message.type === 'ended') {
      this.#onOver(runner, message.error ?? runner.refusal);
    } else if (message.type === 'released') {
      this.#onRefused(runner, message.error);
    } else if (message.type === 'returned') {
      for (const piece of message.pieces) runner.owed.delete(piece);
      if (!this.#winner) this.#answerFreed();
    } else if (message.type === 'asked') {
      if (!this.#winner && !this.#isEnding) this.#onMessage(message);
    } else if (message.type === 'not-dialled') {
      this.#onMessage(message);
    } else if (message.type === 'ready' && !this.#isEnding) {
      // A relay is given up for it: the session ends, and the next one begins on the better way.
      if (this.#winner) this.#endAllBut(undefined);
      else this.#onWon(runner, message);
    }
  }

  /** The peer itself has answered: over any other way it would say the same, unless it is busy. */
  #onRefused(runner: Runner, error: WireError | undefined): void {
    runner.refusal = error;
    // What it says over a way that is only tried beside a relay does not end the relay.
    if (this.#winner || error?.code === 'BUSY') end(runner);
    else this.#endAllBut(undefined);
  }

  #onWon(runner: Runner, message: PeerSessionToMain): void {
    this.#winner = runner;
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    for (const other of this.#runners) {
      const isBetter = runner.way.isRelay && !other.way.isRelay;
      if (other !== runner && !isBetter) end(other);
    }
    if (runner.way.isRelay) this.#tryBetterLater();
    // What it was ordered to fetch it answers itself; of such a piece the bytes may be here already.
    for (const other of this.#runners) if (other !== runner) other.owed.clear();
    this.#answerFreed();
    // What it has given back already it answers no more: it is ordered again, of whomever.
    const lost = this.#early.pieces.filter((piece) => !runner.owed.has(piece));
    if (lost.length > 0) this.#onMessage({ type: 'returned', pieces: lost, rejected: false });
    runner.owed.clear();
    this.#onMessage(message);
  }

  /**
   * What was taken back is answered once no way has it any more: until then it is not ordered again, and each
   * piece has one answer, over however many ways it was ordered.
   */
  #answerFreed(): void {
    const pieces = this.#early.takeFreed((piece) =>
      this.#runners.some(({ owed }) => owed.has(piece)),
    );
    if (pieces.length > 0) this.#onMessage({ type: 'returned', pieces, rejected: false });
  }

  #onWinnersMessage(runner: Runner, message: PeerSessionToMain): void {
    if (message.type === 'ended') {
      this.#endAllBut(runner);
      return this.#onOver(runner, message.error);
    }
    const isLeft = this.#runners.some((one) => one !== runner && isUnderWay(one));
    // The owner may close the file then, of which no thread must know any more.
    if (this.#held.length > 0 || (message.type === 'released' && isLeft)) this.#held.push(message);
    else this.#onMessage(message);
  }

  #tryBetterLater(): void {
    this.#cancelNext = this.#later(BETTER_WAY_INTERVAL_MS, () => {
      this.#cancelNext = undefined;
      if (this.#isEnding) return;
      for (const runner of this.#runners) {
        if (!runner.way.isRelay && runner.state.at === 'over') this.#begin(runner);
      }
      this.#tryBetterLater();
    });
  }

  #endAllBut(kept: Runner | undefined): void {
    this.#isEnding = true;
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    for (const runner of this.#runners) if (runner !== kept) end(runner);
  }

  #onOver(runner: Runner, error: WireError | undefined): void {
    runner.state = { at: 'over' };
    runner.owed.clear();
    if (!this.#winner && !this.#isEnding) this.#answerFreed();
    if (error && (!this.#winner || runner === this.#winner)) this.#errors.push(error);
    if (this.#winner || this.#isEnding) this.#lookForEnd();
    else this.#beginNext();
  }

  /** Tells what was held back, and the end, once nothing of the other ways is left. */
  #lookForEnd(): void {
    if (this.#isOver) return;
    const isUnder = this.#runners.filter(isUnderWay);
    if (isUnder.some((runner) => runner !== this.#winner)) return;
    for (const message of this.#held.splice(0)) this.#onMessage(message);
    if (isUnder.length > 0 || this.#runners.some(({ state }) => state.at === 'waiting')) return;
    this.#isOver = true;
    this.#onMessage(this.#end());
    Promise.all(this.#tasks).then(
      (outcomes) => this.#settled.resolve(outcomes.find(({ ok }) => !ok) ?? { ok: true }),
      (crash: Error) => this.#settled.reject(crash),
    );
  }

  #end(): Ended {
    const [first] = this.#errors;
    const texts = [...new Set(this.#errors.map(({ message }) => message))];
    const error = first && { code: first.code, message: texts.join('; ') };
    return { type: 'ended', error, ...(this.#proven && { proven: this.#proven }) };
  }
}

function isUnderWay({ state }: Runner): boolean {
  return state.at === 'opening' || state.at === 'running';
}

function end(runner: Runner): void {
  switch (runner.state.at) {
    case 'waiting':
      runner.state = { at: 'over' };
      return;
    case 'opening':
      runner.state.cancel.abort();
      return;
    case 'running':
      runner.state.task.post({ type: 'close' });
      return;
    case 'over':
  }
}
