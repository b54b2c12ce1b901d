/**
 * Doubts a tracker that leaves a question unanswered and says nothing else: it is pinged, and when that is in vain too, it
 * is looked whether another of its addresses answers. Only then is the connection given up: who is alone is waited for,
 * and so is one that is slow, because it answers pings, and one to which our own bytes are still on their way: it cannot
 * answer what it has not heard. Each doubt makes the next one come later, also on the next connection, so that slow answers
 * cost few pings. Owns the doubt, not the connection.
 *
 *   resting -> waiting -> pinged -> looking -> given up      any sign of life: -> waiting, or resting when all is answered
 */
import { crash, detach } from '../../net/detach.js';
import type { Later } from '../../net/later.js';
import type { DoubtPatience } from './doubt-patience.js';

export interface HangWatchOptions {
  /** False where nobody else could be asked: then nothing is doubted. */
  readonly hasOthers: () => boolean;
  /** True while bytes of ours have not left this machine. */
  readonly isSending: () => boolean;
  /** Of all connections of a link. */
  readonly patience: DoubtPatience;
  /** Asks for a sign of life. */
  readonly ping: () => void;
  /** Resolves to whether another address answers, soon after it was called off at the latest. */
  readonly isElsewhere: (calledOff: AbortSignal) => Promise<boolean>;
  /** The tracker is silent here and answers elsewhere; called once. */
  readonly onHanging: () => void;
  /** A clock that nobody sets, and its timers. */
  readonly nowMs: () => number;
  readonly later: Later;
}

type Doubt =
  /** Nothing is asked, or the connection is not there yet. */
  | { readonly name: 'resting' }
  | { readonly name: 'waiting'; readonly cancel: () => void }
  | { readonly name: 'pinged'; readonly cancel: () => void }
  | { readonly name: 'looking'; readonly calledOff: AbortController }
  | { readonly name: 'ended' };

export class HangWatch {
  readonly #options: HangWatchOptions;
  #doubt: Doubt = { name: 'resting' };
  #hasBegun = false;
  /** Questions without an answer. */
  #asked = 0;
  /** Since then nothing was heard although something was asked. */
  #silentSinceMs = 0;
  /** Of those questions. */
  #askedBytes = 0;
  /** So often it was doubted. */
  #doubts = 0;

  constructor(options: HangWatchOptions) {
    this.#options = options;
  }

  /** The connection is there; what was asked before goes out now. */
  begin(): void {
    this.#hasBegun = true;
    if (this.#asked > 0) this.#restingToWaiting();
  }

  /** Watches over a question of so many bytes until it is settled, whatever comes of it. */
  async during<T>(asking: Promise<T>, bytes: number): Promise<T> {
    const doubts = this.#doubts;
    this.#asked++;
    this.#askedBytes += bytes;
    if (this.#asked === 1) this.#restingToWaiting();
    try {
      const answer = await asking;
      if (this.#doubts === doubts) this.#options.patience.onAnswered();
      return answer;
    } finally {
      this.#asked--;
      this.#askedBytes -= bytes;
      if (this.#asked === 0) this.#toRest();
    }
  }

  /** Anything came from the tracker. */
  onSignOfLife(): void {
    this.#silentSinceMs = this.#options.nowMs();
    const { name } = this.#doubt;
    if (name === 'pinged' || name === 'looking') this.#doubtAgainLater();
  }

  /** The connection has ended; idempotent. */
  end(): void {
    this.#toRest();
    this.#doubt = { name: 'ended' };
  }

  #restingToWaiting(): void {
    if (this.#doubt.name !== 'resting' || !this.#hasBegun) return;
    this.#silentSinceMs = this.#options.nowMs();
    this.#wait(this.#patienceMs);
  }

  #wait(ms: number): void {
    const cancel = this.#options.later(ms, () => this.#onWaited());
    this.#doubt = { name: 'waiting', cancel };
  }

  get #patienceMs(): number {
    return this.#options.patience.msFor(this.#askedBytes);
  }

  #onWaited(): void {
    const { nowMs, isSending, hasOthers, ping } = this.#options;
    if (isSending()) this.#silentSinceMs = nowMs();
    const leftMs = this.#silentSinceMs + this.#patienceMs - nowMs();
    if (leftMs > 0) return this.#wait(leftMs);
    this.#doubts++;
    if (!hasOthers()) return this.#doubtAgainLater();
    this.#awaitPong();
    ping();
  }

  #awaitPong(): void {
    const cancel = this.#options.later(this.#patienceMs, () => this.#onNoPong());
    this.#doubt = { name: 'pinged', cancel };
  }

  #onNoPong(): void {
    // The ping is behind them.
    if (this.#options.isSending()) return this.#awaitPong();
    const calledOff = new AbortController();
    this.#doubt = { name: 'looking', calledOff };
    detach(async () => {
      const isElsewhere = await this.#options.isElsewhere(calledOff.signal);
      if (calledOff.signal.aborted) return;
      if (!isElsewhere) return this.#doubtAgainLater();
      this.end();
      // Perhaps it was the way to it that was slow; the next connection is not given up as soon.
      this.#options.patience.onDoubted();
      this.#options.onHanging();
    }, crash);
  }

  #doubtAgainLater(): void {
    this.#toRest();
    this.#options.patience.onDoubted();
    if (this.#asked > 0) this.#restingToWaiting();
  }

  #toRest(): void {
    const doubt = this.#doubt;
    if (doubt.name === 'ended') return;
    if ('cancel' in doubt) doubt.cancel();
    if ('calledOff' in doubt) doubt.calledOff.abort();
    this.#doubt = { name: 'resting' };
  }
}
