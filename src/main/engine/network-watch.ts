/**
 * Notices that this machine has other addresses than before: Node tells of no such thing, so they are
 * looked at now and then. Owns the timer, which keeps no process alive.
 *
 *   stopped → watching → stopped
 */
import { NETWORK_POLL_MS } from '../../net/limits.js';
import type { OwnAddress } from '../../net/own-addresses.js';

export interface NetworkWatchOptions {
  readonly own: () => readonly OwnAddress[];
  readonly onChanged: () => void;
  /** @default NETWORK_POLL_MS */
  readonly intervalMs?: number;
}

export class NetworkWatch {
  readonly #options: NetworkWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #last = '';

  constructor(options: NetworkWatchOptions) {
    this.#options = options;
  }

  /** Begins to look; nothing happens when it does already. */
  start(): void {
    if (this.#timer) return;
    this.#last = this.#present();
    this.#timer = setInterval(() => this.look(), this.#options.intervalMs ?? NETWORK_POLL_MS);
    this.#timer.unref();
  }

  /** Looks now. */
  look(): void {
    const present = this.#present();
    if (present === this.#last) return;
    this.#last = present;
    this.#options.onChanged();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #present(): string {
    const all = this.#options.own().map(({ host, interfaceName }) => `${interfaceName} ${host}`);
    return all.sort().join();
  }
}
