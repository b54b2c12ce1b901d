/**
 * Hands what happens in a client to everybody who listens; what nobody hears is lost. Details go to those who
 * have asked for all.
 */
import { isDetail } from '../api/detail-events.js';
import type { ClientEvent, EventScope, TimedEventListener } from '../api/client-events.js';

export class EventFeed {
  readonly #listeners = new Map<TimedEventListener, EventScope>();
  readonly #nowMs: () => number;

  /** `nowMs`: since 1970, for whoever writes it down. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Somebody hears every step, so that it is worth to look for one. */
  get isFollowed(): boolean {
    for (const scope of this.#listeners.values()) if (scope === 'all') return true;
    return false;
  }

  /** Listens until the answered function is called. */
  subscribe(listener: TimedEventListener, scope: EventScope = 'news'): () => void {
    // Of its own, so that the same function may listen twice and stop once.
    const own: TimedEventListener = (event, atMs) => listener(event, atMs);
    this.#listeners.set(own, scope);
    return () => this.#listeners.delete(own);
  }

  emit(event: ClientEvent): void {
    const isForAll = !isDetail(event);
    if (!isForAll && !this.isFollowed) return;
    const atMs = this.#nowMs();
    for (const [listener, scope] of [...this.#listeners]) {
      if (isForAll || scope === 'all') listener(event, atMs);
    }
  }
}
