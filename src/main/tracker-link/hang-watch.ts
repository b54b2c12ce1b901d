/**
 * Doubts a tracker that leaves a question unanswered and says nothing else: it is pinged, and when that is in vain too, it
 * is looked who answers besides: first at its other addresses, then at the same one as well, because a connection on which
 * bytes were lost is silent for up to as long again once the network is back. Only when somebody does is the connection given up, and
 * the one that answered taken instead. Nothing is said on that before, so that a tracker that is slow has one session of each client. It is looked at
 * the pace at which a lost tracker is dialled, until there is a sign of life. One that is slow is waited for, because it
 * answers pings, and one to which our own bytes are still on their way: it cannot
 * answer what it has not heard. Each doubt makes the next one come later, also on the next connection, so that slow answers
 * cost few pings. Owns the doubt, not the connection.
 *
 *   resting -> waiting -> pinged -> looking -> given up      any sign of life: -> waiting, or resting when all is answered
 */
import { crash, detach } from '../../net/detach.js';
import type { Later } from '../../net/later.js';
import { TRACKER_LONE_DOUBT_MS } from '../../net/limits.js';
import type { DialFate } from './dial-fate.js';
import type { DoubtPatience } from './doubt-patience.js';
import { ReturnPace } from './return-pace.js';

/** What a look has found, or how it was in vain. */
type Look<Found> = { readonly found: Found } | { readonly failed: DialFate };

export interface HangWatchOptions<Found> {
  /** False where no other address could be asked. */
  readonly hasOthers: () => boolean;
  /** True while bytes of ours have not left this machine. */
  readonly isSending: () => boolean;
  /** Of all connections of a link. */
  readonly patience: DoubtPatience;
  /** Asks for a sign of life. */
  readonly ping: () => void;
  /** Looks who answers, at the other addresses or at all; resolves soon after it was called off at the latest. */
  readonly look: (where: 'elsewhere' | 'anywhere', calledOff: AbortSignal) => Promise<Look<Found>>;
  /** What was found is not wanted any more. */
  readonly discard: (found: Found) => void;
  /** The tracker is silent here and has answered besides; called once. */
  readonly onHanging: (found: Found) => void;
  /** A clock that nobody sets, its timers, and chance. */
  readonly nowMs: () => number;
  readonly later: Later;
  readonly random: () => number;
}

type Doubt =
  /** Nothing is asked, or the connection is not there yet. */
  | { readonly name: 'resting' }
  | { readonly name: 'waiting'; readonly cancel: () => void }
  /** `isDoubted`: by somebody who asked; else by a heartbeat, which asks whoever was silent. */
  | { readonly name: 'pinged'; readonly cancel: () => void; readonly isDoubted: boolean }
  | { readonly name: 'looking'; readonly cancel: () => void }
  | { readonly name: 'ended' };

export class HangWatch<Found> {
  readonly #options: HangWatchOptions<Found>;
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

  constructor(options: HangWatchOptions<Found>) {
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
      // Whoever was pinged owes an answer, also when nobody waits for that to the question any more.
      if (this.#asked === 0 && this.#doubt.name === 'waiting') this.#toRest();
    }
  }

  /** It was silent for long and is pinged for that. */
  onHeartbeat(): void {
    const { name } = this.#doubt;
    if (!this.#hasBegun || (name !== 'resting' && name !== 'waiting')) return;
    this.#toRest();
    this.#awaitPong(false);
  }

  /** Anything came from the tracker. */
  onSignOfLife(): void {
    this.#silentSinceMs = this.#options.nowMs();
    const doubt = this.#doubt;
    if (doubt.name !== 'pinged' && doubt.name !== 'looking') return;
    const wasDoubted = doubt.name === 'looking' || doubt.isDoubted;
    this.#toRest();
    if (wasDoubted) this.#options.patience.onDoubted();
    if (this.#asked > 0) this.#restingToWaiting();
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
    const { nowMs, isSending, ping } = this.#options;
    if (isSending()) this.#silentSinceMs = nowMs();
    const leftMs = this.#silentSinceMs + this.#patienceMs - nowMs();
    if (leftMs > 0) return this.#wait(leftMs);
    this.#doubts++;
    this.#awaitPong(true);
    ping();
  }

  #awaitPong(isDoubted: boolean): void {
    const { hasOthers, later } = this.#options;
    const leastMs = hasOthers() ? 0 : TRACKER_LONE_DOUBT_MS;
    const cancel = later(Math.max(leastMs, this.#patienceMs), () => this.#onNoPong(isDoubted));
    this.#doubt = { name: 'pinged', cancel, isDoubted };
  }

  #onNoPong(isDoubted: boolean): void {
    const { isSending, hasOthers, random } = this.#options;
    // The ping is behind them.
    if (isSending()) return this.#awaitPong(isDoubted);
    const where = hasOthers() ? 'elsewhere' : 'anywhere';
    this.#look(where, new ReturnPace(undefined, random));
  }

  #look(where: 'elsewhere' | 'anywhere', pace: ReturnPace): void {
    const calledOff = new AbortController();
    this.#doubt = { name: 'looking', cancel: () => calledOff.abort() };
    detach(async () => {
      const look = await this.#options.look(where, calledOff.signal);
      if (!calledOff.signal.aborted) this.#onLooked(look, pace);
      else if ('found' in look) this.#options.discard(look.found);
    }, crash);
  }

  #onLooked(look: Look<Found>, pace: ReturnPace): void {
    const { patience, later, onHanging } = this.#options;
    if ('failed' in look) {
      pace.onFailed(look.failed);
      const cancel = later(pace.nextMs(), () => this.#look('anywhere', pace));
      this.#doubt = { name: 'looking', cancel };
      return;
    }
    this.end();
    // Perhaps it was the way to it that was slow; the next connection is not given up as soon.
    patience.onDoubted();
    onHanging(look.found);
  }

  #toRest(): void {
    const doubt = this.#doubt;
    if (doubt.name === 'ended') return;
    if ('cancel' in doubt) doubt.cancel();
    this.#doubt = { name: 'resting' };
  }
}
