/**
 * Events on their way to standard output. A program that does not read it makes nobody wait and no memory grow: what
 * has no room is left out, and counted, and told once there is room. Owns that count.
 */
import { MAX_EVENTS_WAITING_BYTES } from '../../net/limits.js';
import type { ClientEvent } from '../api/client-events.js';
import type { CommandEvent } from './event-json.js';
import type { OutputStream } from './environment.js';

export interface EventWriterOptions<More extends CommandEvent> {
  readonly stdout: Pick<OutputStream, 'write' | 'writableLength' | 'once'>;
  /** The line of an event, without its end; `atMs` in milliseconds since 1970. */
  readonly lineOf: (event: ClientEvent | More, atMs: number) => string;
}

/** `More`: what a command tells beside what happens in its client. */
export class EventWriter<More extends CommandEvent = never> {
  readonly #options: EventWriterOptions<More>;
  /** Left out since the last one that was written. */
  #lost = 0;
  #lostAtMs = 0;

  constructor(options: EventWriterOptions<More>) {
    this.#options = options;
  }

  /** Writes one for which there is room. */
  write(event: ClientEvent | More, atMs: number): void {
    const { stdout } = this.#options;
    if (stdout.writableLength < MAX_EVENTS_WAITING_BYTES) return this.writeAlways(event, atMs);
    if (this.#lost === 0) stdout.once('drain', () => this.#tellLost());
    this.#lost += lostIn(event);
    this.#lostAtMs = atMs;
  }

  /** The same of one that is never left out, of which a command has a few. */
  writeAlways(event: ClientEvent | More, atMs: number): void {
    this.#tellLost();
    this.#line(event, atMs);
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    const events = this.#lost;
    this.#lost = 0;
    this.#line({ type: 'lost', events }, this.#lostAtMs);
  }

  #line(event: ClientEvent | More, atMs: number): void {
    const { stdout, lineOf } = this.#options;
    stdout.write(`${lineOf(event, atMs)}\n`);
  }
}

function lostIn(event: ClientEvent | CommandEvent): number {
  return event.type === 'lost' ? event.events : 1;
}
