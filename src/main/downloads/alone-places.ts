/**
 * Small files that are fetched in the ordinary way, each on a connection of its own: a bounded number
 * at a time, however many more a parcel would take. Owns who waits for a place.
 */
import { MAX_SMALL_FILES_ALONE } from '../../net/limits.js';

export class AlonePlaces {
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /** Resolves with what gives the place back, once; without a place as soon as the signal comes. */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#taken < MAX_SMALL_FILES_ALONE) this.#taken++;
    else if (signal.aborted || !(await this.#wait(signal))) return () => undefined;
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      this.#give();
    };
  }

  /** True once a place was handed on, false when the signal came first. */
  #wait(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const onPlace = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(onPlace), 1);
        resolve(false);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(onPlace);
    });
  }

  /** Whoever ends hands its place on, so that nobody comes in between. */
  #give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken--;
  }
}
