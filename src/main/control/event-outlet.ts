/**
 * Events on their way to one caller of the control socket. A caller who does not read holds nobody: what has no
 * room is left out, and counted, and told once there is room. Owns what the caller listens to.
 */
import type { Socket } from 'node:net';
import { MAX_EVENTS_WAITING_BYTES } from '../../net/limits.js';
import type { ClientEvent, EventScope, TimedEventListener } from '../api/client-events.js';
import type { EngineApi } from '../api/engine-api.js';

export interface EventOutletOptions {
  readonly engine: Pick<EngineApi, 'events'>;
  readonly socket: Pick<Socket, 'writableLength' | 'on'>;
  readonly send: TimedEventListener;
}

export class EventOutlet {
  readonly #options: EventOutletOptions;
  #stop: (() => void) | undefined;
  /** Left out since the last one that was sent. */
  #lost = 0;
  #lostAtMs = 0;

  constructor(options: EventOutletOptions) {
    this.#options = options;
    options.socket.on('drain', () => this.#tellLost());
  }

  /** Sends what happens from now on; of another scope than before, that instead. */
  begin(scope: EventScope): void {
    this.end();
    const { engine } = this.#options;
    this.#stop = engine.events((event, atMs) => this.#onEvent(event, atMs), scope);
  }

  end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#lost = 0;
  }

  #onEvent(event: ClientEvent, atMs: number): void {
    const { socket, send } = this.#options;
    if (socket.writableLength >= MAX_EVENTS_WAITING_BYTES) {
      this.#lost++;
      this.#lostAtMs = atMs;
      return;
    }
    this.#tellLost();
    send(event, atMs);
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    this.#options.send({ type: 'lost', events: this.#lost }, this.#lostAtMs);
    this.#lost = 0;
  }
}
