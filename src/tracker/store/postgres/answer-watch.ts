/**
 * How long a session waits for its next answer. Many statements may be on their way together, and each is answered when
 * those before it are: so the time of one begins when the answer before it has come, and not when it was handed in.
 *
 *   idle → waiting (again with each answer) → idle, or late
 */
import { DATABASE_ANSWER_TIMEOUT_MS } from '../../../net/limits.js';
import type { Clock } from '../../clock.js';

export class AnswerWatch {
  readonly #delay: Clock['delay'];
  readonly #onLate: () => void;
  #unanswered = 0;
  #stop: () => void = () => undefined;

  /** `onLate` hears that no answer has come for DATABASE_ANSWER_TIMEOUT_MS. */
  constructor(delay: Clock['delay'], onLate: () => void) {
    this.#delay = delay;
    this.#onLate = onLate;
  }

  onAsked(): void {
    if (this.#unanswered++ === 0) this.#begin();
  }

  onAnswered(): void {
    this.#stop();
    if (--this.#unanswered > 0) this.#begin();
  }

  #begin(): void {
    this.#stop = this.#delay(this.#onLate, DATABASE_ANSWER_TIMEOUT_MS);
  }
}
