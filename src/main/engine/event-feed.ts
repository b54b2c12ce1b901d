/** Hands what happens in a client to everybody who listens; what nobody hears is lost. */
import type { ClientEvent, ClientEventListener } from '../api/client-events.js';

export class EventFeed {
  readonly #listeners = new Set<ClientEventListener>();

  /** Listens until the answered function is called. */
  subscribe(listener: ClientEventListener): () => void {
    // Of its own, so that the same function may listen twice and stop once.
    const own: ClientEventListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  emit(event: ClientEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
