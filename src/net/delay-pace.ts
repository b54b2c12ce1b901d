/**
 * The pace of transfers that give way to all others, after LEDBAT (RFC 6817) and LEDBAT++: the delay of the way over
 * the least that was seen is the queue on it. They rise while there is none. When there is one, and every so often
 * without, they step aside for a moment: their own queue is gone then, and if one is still there it is of somebody
 * else, who gets the line until the way is free again. Then it is tried by parts. Pure; time is handed in.
 *
 *   taking → aside → taking | waiting → trying → taking | waiting
 */
import {
  ASIDE_MS,
  DELAY_PROBE_LATE_MS,
  DELAY_PROBE_MS,
  DELAY_PROBE_SOON_MS,
  LOOK_EVERY_MS,
  MAX_WAIT_MS,
  QUEUE_GONE_MS,
  QUEUE_TARGET_MS,
  TRY_MS,
  WAIT_MS,
  WAY_SETTLES_MS,
} from './limits.js';
import { PacedWay } from './paced-way.js';

/** So many long ones in a row: of a single late answer nothing is made, the machine may have been busy. */
const LONG_IN_A_ROW = 2;
/** A part of the line is judged by so many answers at least, because bytes come in lumps. */
const ANSWERS = 3;
const FIRST_PART = 0.25;
const LAST_PART = 0.5;

export interface Measured {
  readonly queueMs: number;
  /** When that was asked to which the answer is there now, or is awaited. */
  readonly askedAtMs: number;
  readonly nowMs: number;
  /** All bytes that have gone each way. */
  readonly movedBytes: readonly number[];
}

/** What was measured at one rate. */
interface Seen {
  readonly sinceMs: number;
  answers: number;
  /** The shortest queue: a delay is never too short by chance. */
  leastMs: number;
}

type State =
  /** Takes what there is. */
  | ({ readonly at: 'taking' } & Seen)
  /** Looks whether a queue goes away with its own bytes. */
  | ({ readonly at: 'aside' } & Seen)
  /** Somebody else is there. */
  | ({ readonly at: 'waiting'; readonly waitMs: number } & Seen)
  /** Takes a part, to see whether anybody is there; `waitMs`: what it waited for that. */
  | ({ readonly at: 'trying'; readonly part: number; readonly waitMs: number } & Seen);

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
        return DELAY_PROBE_SOON_MS;
      case 'waiting':
        return DELAY_PROBE_LATE_MS;
    }
  }

  onMeasured(measured: Measured): void {
    const { queueMs, askedAtMs, nowMs, movedBytes } = measured;
    for (const [index, way] of this.#ways.entries()) way.onMoved(movedBytes[index] ?? 0, nowMs);
    const state = this.#state;
    // What was asked before the rate changed tells of the one before.
    if (askedAtMs >= state.sinceMs + WAY_SETTLES_MS) {
      state.answers++;
      state.leastMs = Math.min(state.leastMs, queueMs);
    }
    this.#longCount = queueMs > QUEUE_TARGET_MS ? this.#longCount + 1 : 0;
    const next = this.#next(state, measured);
    if (next === undefined) return;
    this.#state = { ...next, ...nothingSeen(nowMs) };
    for (const [index, way] of this.#ways.entries()) way.begin(movedBytes[index] ?? 0, nowMs);
  }

  /** Nobody can be asked: what was to be looked at is not seen. */
  onAway(nowMs: number): void {
    const state = this.#state;
    if (state.at === 'aside') this.#state = { at: 'taking', ...nothingSeen(nowMs) };
    if (state.at === 'trying') {
      this.#state = { at: 'waiting', waitMs: state.waitMs, ...nothingSeen(nowMs) };
    }
  }

  /** This is another way. */
  forget(): void {
    for (const way of this.#ways) way.forget();
    this.#state = { at: 'taking', ...nothingSeen(this.#state.sinceMs) };
    this.#longCount = 0;
  }

  /** What it goes over to. */
  #next(state: State, { queueMs, nowMs }: Measured): Next | undefined {
    const passedMs = nowMs - state.sinceMs;
    const isGone = state.leastMs <= QUEUE_GONE_MS;
    switch (state.at) {
      case 'taking':
        return this.#onTaking(queueMs, passedMs);
      case 'aside':
        if (isGone) return this.#asideToTaking();
        return passedMs < ASIDE_MS ? undefined : this.#asideToWaiting();
      case 'waiting': {
        const { waitMs } = state;
        if (passedMs < waitMs) return undefined;
        return isGone ? { at: 'trying', part: FIRST_PART, waitMs } : { at: 'waiting', waitMs };
      }
      case 'trying': {
        const waitMs = Math.min(2 * state.waitMs, MAX_WAIT_MS);
        if (this.#isMet) return { at: 'waiting', waitMs };
        if (passedMs < TRY_MS || state.answers < ANSWERS) return undefined;
        if (!isGone) return { at: 'waiting', waitMs };
        return state.part < LAST_PART ? { ...state, part: 2 * state.part } : this.#tryingToTaking();
      }
    }
  }

  #onTaking(queueMs: number, passedMs: number): Next | undefined {
    if (this.#isMet) {
      for (const way of this.#ways) way.onMet();
      return { at: 'aside' };
    }
    if (passedMs > LOOK_EVERY_MS && this.#ways.some((way) => way.isUsed)) return { at: 'aside' };
    if (this.#longCount === 0) for (const way of this.#ways) way.rise(queueMs);
    return undefined;
  }

  #asideToTaking(): Next {
    for (const way of this.#ways) way.onOwnQueue();
    return { at: 'taking' };
  }

  #asideToWaiting(): Next {
    for (const way of this.#ways) way.onOthers();
    return { at: 'waiting', waitMs: WAIT_MS };
  }

  #tryingToTaking(): Next {
    for (const way of this.#ways) way.onFree();
    return { at: 'taking' };
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
      case 'trying':
        return way.partOf(this.#state.part);
    }
  }
}

function nothingSeen(sinceMs: number): Seen {
  return { sinceMs, answers: 0, leastMs: Infinity };
}
