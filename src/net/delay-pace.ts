/**
 * The pace of transfers that give way to all others, after LEDBAT (RFC 6817) and LEDBAT++: the delay of the way over
 * the least that was seen is the queue on it. They rise while there is none. When there is one, and every so often
 * without, they step aside for a moment: their own queue is gone then, and if one is still there it is of somebody
 * else, who gets the line until the way is free again. Then it is tried by parts. A queue that went away with them may
 * all the same be of somebody who has lost too much just then and is silent for up to a second; so they go on with a
 * little less than the line carries, which leaves no queue of their own. Pure; time is handed in.
 *
 *   taking → aside → checking → taking | aside      waiting → trying → taking | waiting
 *            aside → taking | waiting               waiting → unseen → aside
 */
import {
  ASIDE_MS,
  CHECK_MS,
  CHECK_PROBE_MS,
  DELAY_PROBE_LATE_MS,
  DELAY_PROBE_MS,
  DELAY_PROBE_SOON_MS,
  DOUBT_TRY_MS,
  LOOK_ANSWERS,
  LOOK_EVERY_MS,
  LOOK_MS,
  MAX_WAIT_MS,
  QUEUE_GONE_MS,
  QUEUE_TARGET_MS,
  TRY_MS,
  UNSEEN_MS,
  WAIT_MS,
  WAY_SETTLES_MS,
} from './limits.js';
import { PacedWay } from './paced-way.js';
import { VainWaits } from './vain-waits.js';

/** So many long ones in a row: of a single late answer nothing is made, the machine may have been busy. */
const LONG_IN_A_ROW = 2;
/** So many short ones say that the queue was its own: that of a sender by BBR is gone for a moment as well. */
const SHORT_ASIDE = 2;
/** A part of the line is judged by so many answers at least, because bytes come in lumps. */
const ANSWERS = 3;
const FIRST_PART = 0.25;
const CHECK_PART = 0.9;
/** So many answers in a row with a queue, be it short, are of somebody else while a queue of its own cannot be. */
const CHECK_QUEUED = 3;
const CHECK_ANSWERS = 2;
/** So many answers with hardly any queue say then that it was its own: that of a sender by BBR is short. */
const NONE_ASIDE = 2;
const LAST_PART = 0.5;

export interface Measured {
  readonly queueMs: number;
  /** How far an answer usually is off without any queue. */
  readonly spreadMs: number;
  /** When that was asked to which the answer is there now, or is awaited. */
  readonly askedAtMs: number;
  readonly nowMs: number;
  /** All bytes that have gone each way. */
  readonly movedBytes: readonly number[];
}

/** The way turns out to be longer than it was. */
export interface LongerWay {
  readonly byMs: number;
}

/** What was measured at one rate. */
interface Seen {
  readonly sinceMs: number;
  answers: number;
  /** All queues of these. */
  sumMs: number;
  /** Of these with no queue to speak of, those with hardly any twice: a delay is never too short by chance. */
  shortCount: number;
  /** Of these with hardly any. */
  noneCount: number;
  /** Of these, so many have come last of which none was short. */
  queuedInARow: number;
}

type State =
  /** Takes what there is. */
  | ({ readonly at: 'taking' } & Seen)
  /** Looks whether a queue goes away with its own bytes; `isLong`: and how much the delay varies; `met`: where there was one. */
  | ({ readonly at: 'aside'; readonly isLong: boolean; readonly met: Met } & Seen)
  /** The queue has gone: looks whether it comes again though a part of the line is left free. */
  | ({ readonly at: 'checking'; readonly isAgain: boolean } & Seen)
  /** Somebody else is there; `vain`: since when that is so. */
  | ({ readonly at: 'waiting' } & Waited & Seen)
  /** Takes a part, to see whether anybody is there. */
  | ({ readonly at: 'trying'; readonly part: number; readonly isDoubt: boolean } & Waited & Seen)
  /** Somebody else was there, and nobody can be asked whether that is still so. */
  | ({ readonly at: 'unseen' } & Seen);

/** While it took the line, or left a part free: then hardly any has to be left for it to be its own. */
type Met = 'nowhere' | 'taking' | 'checking';

interface Waited {
  readonly waitMs: number;
  readonly vain: VainWaits;
}

type Without<S, K extends PropertyKey> = S extends unknown ? Omit<S, K> : never;
type Next = Without<State, keyof Seen>;

export class DelayPace {
  readonly #ways: readonly PacedWay[];
  #state: State = { at: 'taking', ...nothingSeen(0) };
  /** Measurements in a row with too long a queue. */
  #longCount = 0;

  /** What the user allows each way, in bytes a second. */
  constructor(most: readonly (number | undefined)[]) {
    this.#ways = most.map((one) => new PacedWay(one));
  }

  /** The user allows other rates. */
  setMost(most: readonly (number | undefined)[]): void {
    for (const [index, way] of this.#ways.entries()) way.setMost(most[index]);
  }

  /** What each way may take now. */
  get bytesPerSecond(): readonly number[] {
    return this.#ways.map((way) => this.#rateOf(way));
  }

  /** When the next measurement is wanted. */
  get nextInMs(): number {
    switch (this.#state.at) {
      case 'taking':
        return this.#longCount > 0 ? DELAY_PROBE_SOON_MS : DELAY_PROBE_MS;
      case 'aside':
      case 'trying':
      case 'unseen':
        return DELAY_PROBE_SOON_MS;
      case 'checking':
        return CHECK_PROBE_MS;
      case 'waiting':
        return DELAY_PROBE_LATE_MS;
    }
  }

  /** Whether nothing of its own was for long on the way of what was asked then. */
  isQuiet(askedAtMs: number): boolean {
    return this.#state.at === 'aside' && this.#state.isLong && this.#isSettled(askedAtMs);
  }

  onMeasured(measured: Measured): LongerWay | undefined {
    const { queueMs, askedAtMs, nowMs, movedBytes } = measured;
    for (const [index, way] of this.#ways.entries()) way.onMoved(movedBytes[index] ?? 0, nowMs);
    const state = this.#state;
    if (this.#isSettled(askedAtMs)) {
      state.answers++;
      state.sumMs += queueMs;
      const shortness = shortnessOf(queueMs);
      state.shortCount += shortness;
      if (shortness === 2) state.noneCount++;
      state.queuedInARow = shortness > 0 ? 0 : state.queuedInARow + 1;
      if (state.at === 'waiting') state.vain.onAnswer(queueMs);
    }
    const isDoubt = state.at === 'trying' && state.isDoubt;
    const usualMs = isDoubt ? state.vain.meanMs : 0;
    this.#longCount = queueMs > usualMs + QUEUE_TARGET_MS ? this.#longCount + 1 : 0;
    const next = this.#next(state, measured);
    if (next === undefined) return undefined;
    this.#state = { ...next, ...nothingSeen(nowMs) };
    for (const [index, way] of this.#ways.entries()) way.begin(movedBytes[index] ?? 0, nowMs);
    return isDoubt && next.at === 'taking' ? { byMs: state.vain.leastMs } : undefined;
  }

  /** Nobody can be asked: what was to be looked at is not seen. */
  onAway(nowMs: number): void {
    const state = this.#state;
    const isAsideInVain =
      state.at === 'aside' && (!state.isLong || nowMs - state.sinceMs > LOOK_MS);
    if (isAsideInVain || state.at === 'checking')
      this.#state = { at: 'taking', ...nothingSeen(nowMs) };
    if (state.at === 'trying') {
      const { waitMs } = state;
      this.#state = { at: 'waiting', waitMs, vain: new VainWaits(), ...nothingSeen(nowMs) };
    }
    // It is renewed with the measurements: there have been none since.
    if (state.at === 'waiting' && nowMs - state.sinceMs > MAX_WAIT_MS + UNSEEN_MS) {
      this.#state = { at: 'unseen', ...nothingSeen(nowMs) };
    }
  }

  /** Its delay is another one from now on: what that is without a queue is seen aside. */
  onOtherWay(nowMs: number): void {
    this.#state = { at: 'aside', isLong: true, met: 'nowhere', ...nothingSeen(nowMs) };
    this.#longCount = 0;
  }

  /** This is another line. */
  forget(nowMs: number): void {
    for (const way of this.#ways) way.forget();
    this.onOtherWay(nowMs);
  }

  /** What it goes over to. */
  #next(state: State, measured: Measured): Next | undefined {
    const passedMs = measured.nowMs - state.sinceMs;
    switch (state.at) {
      case 'taking':
        return this.#onTaking(measured.queueMs, passedMs);
      case 'aside': {
        const isOver = passedMs >= (state.isLong ? LOOK_MS : ASIDE_MS);
        if (state.isLong && state.answers < LOOK_ANSWERS && !isOver) return undefined;
        const isGone =
          state.met === 'checking'
            ? state.noneCount >= NONE_ASIDE
            : state.shortCount >= SHORT_ASIDE;
        if (isGone) return this.#onOwnQueue(state);
        return isOver ? this.#asideToWaiting() : undefined;
      }
      case 'checking':
        return this.#onChecking(state, passedMs);
      case 'waiting':
        return passedMs < state.waitMs ? undefined : this.#onWaited(state, measured);
      case 'trying':
        return this.#onTrying(state, measured);
      case 'unseen':
        return { at: 'aside', isLong: false, met: 'nowhere' };
    }
  }

  /** The first long queue is of somebody else, or it takes the line for more than it is. */
  #onChecking(state: State & { at: 'checking' }, passedMs: number): Next | undefined {
    const isQueued = this.#longCount > 0 || state.queuedInARow >= CHECK_QUEUED;
    if (isQueued) return this.#onCheckFailed(state);
    if (passedMs < CHECK_MS || state.answers < CHECK_ANSWERS) return undefined;
    return state.queuedInARow < CHECK_ANSWERS ? this.#toTaking() : this.#onCheckFailed(state);
  }

  /** The second time in a row somebody else is there, whatever is seen aside. */
  #onCheckFailed({ isAgain }: State & { at: 'checking' }): Next {
    const aside = this.#onQueueMet('checking');
    if (!isAgain) return aside;
    for (const way of this.#ways) way.onOwnQueue();
    return { at: 'waiting', waitMs: WAIT_MS, vain: new VainWaits() };
  }

  #onQueueMet(met: Met): Next {
    for (const way of this.#ways) way.onMet();
    return { at: 'aside', isLong: false, met };
  }

  #onWaited(state: State & { at: 'waiting' }, { spreadMs }: Measured): Next {
    const { waitMs, vain } = state;
    const trying = { at: 'trying', part: FIRST_PART, waitMs, vain } as const;
    if (state.noneCount > 0) return { ...trying, isDoubt: false };
    vain.onVain();
    if (vain.isDoubtful(spreadMs)) return { ...trying, isDoubt: true };
    // A queue of others stays, chance does not: its least is soon near that of always.
    if (vain.isOver && vain.leastMs < QUEUE_TARGET_MS / 2) {
      return { at: 'aside', isLong: true, met: 'nowhere' };
    }
    return { at: 'waiting', waitMs, vain: vain.isOver ? new VainWaits() : vain };
  }

  #onTrying(state: State & { at: 'trying' }, measured: Measured): Next | undefined {
    const { part, isDoubt, vain } = state;
    const waitMs = Math.min(2 * state.waitMs, MAX_WAIT_MS);
    const waiting = { at: 'waiting', waitMs, vain: isDoubt ? new VainWaits() : vain } as const;
    if (this.#isMet) return waiting;
    const tryMs = isDoubt ? DOUBT_TRY_MS : TRY_MS;
    if (measured.nowMs - state.sinceMs < tryMs || state.answers < ANSWERS) return undefined;
    const isFree = isDoubt
      ? this.#isAsWithout(state, measured)
      : state.noneCount > 0 && state.shortCount > 1;
    if (!isFree) return waiting;
    return part < LAST_PART ? { ...state, part: 2 * part } : this.#toTaking();
  }

  /** It got its part, and the delay is what it was without that. */
  #isAsWithout({ part, vain, sumMs, answers }: State & { at: 'trying' }, { spreadMs }: Measured) {
    const mayDiffer = Math.max(QUEUE_GONE_MS, spreadMs);
    return (
      sumMs / answers <= vain.meanMs + mayDiffer && this.#ways.some((way) => way.hasFilled(part))
    );
  }

  #onTaking(queueMs: number, passedMs: number): Next | undefined {
    if (this.#isMet) return this.#onQueueMet('taking');
    if (passedMs > LOOK_EVERY_MS && this.#ways.some((way) => way.isUsed))
      return { at: 'aside', isLong: false, met: 'nowhere' };
    if (this.#longCount === 0) for (const way of this.#ways) way.rise(queueMs);
    return undefined;
  }

  #onOwnQueue({ met }: State & { at: 'aside' }): Next {
    for (const way of this.#ways) way.onOwnQueue();
    return met === 'nowhere' ? { at: 'taking' } : { at: 'checking', isAgain: met === 'checking' };
  }

  #asideToWaiting(): Next {
    for (const way of this.#ways) way.onOthers();
    return { at: 'waiting', waitMs: WAIT_MS, vain: new VainWaits() };
  }

  #toTaking(): Next {
    for (const way of this.#ways) way.onFree();
    return { at: 'taking' };
  }

  /** What was asked before the rate changed tells of the one before. */
  #isSettled(askedAtMs: number): boolean {
    return askedAtMs >= this.#state.sinceMs + WAY_SETTLES_MS;
  }

  get #isMet(): boolean {
    return this.#longCount >= LONG_IN_A_ROW;
  }

  #rateOf(way: PacedWay): number {
    switch (this.#state.at) {
      case 'taking':
        return way.full;
      case 'aside':
      case 'waiting':
        return way.least;
      case 'checking':
        return way.partOf(CHECK_PART);
      case 'trying':
        return way.partOf(this.#state.part);
      case 'unseen':
        return way.partOf(FIRST_PART);
    }
  }
}

function shortnessOf(queueMs: number): 0 | 1 | 2 {
  if (queueMs > QUEUE_GONE_MS) return 0;
  return queueMs > QUEUE_GONE_MS / 2 ? 1 : 2;
}

function nothingSeen(sinceMs: number): Seen {
  return { sinceMs, answers: 0, sumMs: 0, shortCount: 0, noneCount: 0, queuedInARow: 0 };
}
