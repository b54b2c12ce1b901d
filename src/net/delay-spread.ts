/**
 * How much the delay of a way varies with nothing of one's own on it: a radio link, or a tracker that is busy. It is
 * taken from what each answer is off the straight line between its neighbours, and nothing where it is between them, so
 * that a queue which grows or drains meanwhile does not count. The median of these is told: one that breaks down does
 * not count either. Pure.
 */
import { MAX_SPREAD_SLACK_MS, SPREAD_ANSWERS, SPREAD_GAP_MS } from './limits.js';

/** Fewer say nothing. */
const LEAST_COUNT = 6;
/** The least of many delays is so many of these below the usual one. */
const SLACK_PER_SPREAD = 5;

interface Answer {
  readonly delayMs: number;
  readonly askedAtMs: number;
}

export class DelaySpread {
  /** Of those in a row, the last two. */
  #last: readonly Answer[] = [];
  /** What answers were off, the oldest first. */
  readonly #offMs: number[] = [];

  /** An answer to what was asked while nothing of one's own was on the way. */
  onQuiet(delayMs: number, askedAtMs: number): void {
    const [first, middle] = this.#last;
    const isNext = askedAtMs - (middle ?? first ?? { askedAtMs }).askedAtMs <= SPREAD_GAP_MS;
    const answer = { delayMs, askedAtMs };
    if (!isNext || !first) this.#last = [answer];
    else if (!middle) this.#last = [first, answer];
    else {
      this.#offMs.push(offOf(first, middle, answer));
      if (this.#offMs.length > SPREAD_ANSWERS) this.#offMs.shift();
      this.#last = [middle, answer];
    }
  }

  /** Another way varies otherwise. */
  forget(): void {
    this.#last = [];
    this.#offMs.length = 0;
  }

  /** How far an answer usually is off, in milliseconds; 0 while nobody knows. */
  get spreadMs(): number {
    if (this.#offMs.length < LEAST_COUNT) return 0;
    const sorted = this.#offMs.toSorted((one, other) => one - other);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  /** By so much a delay may be over the least one without any queue. */
  get slackMs(): number {
    return Math.min(SLACK_PER_SPREAD * this.spreadMs, MAX_SPREAD_SLACK_MS);
  }
}

function offOf(first: Answer, middle: Answer, last: Answer): number {
  const [risenMs, risesMs] = [middle.delayMs - first.delayMs, last.delayMs - middle.delayMs];
  if (risenMs * risesMs >= 0) return 0;
  const part = (middle.askedAtMs - first.askedAtMs) / (last.askedAtMs - first.askedAtMs);
  return Math.abs(risenMs - part * (risenMs + risesMs));
}
