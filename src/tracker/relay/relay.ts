/**
 * The relay of the tracker: two devices that cannot dial each other dial here, and are spliced. A key is
 * given to both on their logged-in connections, by the rules by which tickets are given, and is good for
 * one meeting within a moment; whoever comes without one is cut off. Between the two it is TLS from end to
 * end, so that the relay sees, and could forge, nothing. Owns the meetings and the splices.
 *
 *   a meeting: planned → one side is here → spliced → over        planned, one side → over, by its time
 */
import type { Socket } from 'node:net';
import {
  MAX_RELAY_MEETINGS,
  MAX_RELAY_MEETINGS_PER_PAIR,
  MAX_RELAY_MEETINGS_PER_USER,
  RELAY_MEETING_TIMEOUT_MS,
} from '../../net/limits.js';
import { createRelayKey, decodeRelayOpening, RELAY_READY } from '../../net/relay-opening.js';
import { createRateCell, SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import { Splice } from './splice.js';

/** Who is to meet. */
export interface RelayedPair {
  /** Users and devices of both sides. */
  readonly users: readonly [string, string];
  readonly devices: readonly [string, string];
}

export interface RelayOptions {
  /** For everything that passes, both directions together. */
  readonly bytesPerSecond: number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

interface Meeting extends RelayedPair {
  readonly key: string;
  readonly here: Map<'caller' | 'called', Socket>;
  cancelTime: () => void;
  splice: Splice | undefined;
}

export interface RelayCounts {
  readonly meetings: number;
  readonly bytes: number;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #limiter: SharedRateLimiter;
  readonly #meetings = new Map<string, Meeting>();
  #bytes = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#limiter = new SharedRateLimiter(createRateCell(options.bytesPerSecond));
  }

  /** Plans a meeting, and answers its key; undefined when there are too many. */
  plan(pair: RelayedPair): string | undefined {
    if (!this.#hasRoom(pair)) return undefined;
    const key = createRelayKey();
    const meeting: Meeting = {
      ...{ ...pair, key, here: new Map(), splice: undefined },
      cancelTime: this.#options.delay(() => this.#end(meeting), RELAY_MEETING_TIMEOUT_MS),
    };
    this.#meetings.set(key, meeting);
    return key;
  }

  /** A connection that has begun as one for a relay does; true when it is expected, else it is cut off. */
  enter(socket: Socket, bytes: Buffer): boolean {
    socket.on('error', () => socket.destroy());
    const opening = decodeRelayOpening(bytes);
    const meeting = opening && this.#meetings.get(opening.key);
    if (!meeting || meeting.here.has(opening.side) || meeting.splice) {
      socket.destroy();
      return false;
    }
    meeting.here.set(opening.side, socket);
    const [one, other] = meeting.here.values();
    if (one && other) this.#splice(meeting, one, other);
    return true;
  }

  /** Meetings that are planned or under way, and all bytes of those that are over. */
  counts(): RelayCounts {
    return { meetings: this.#meetings.size, bytes: this.#bytes };
  }

  /** Ends all. Idempotent. */
  close(): void {
    for (const meeting of [...this.#meetings.values()]) this.#end(meeting);
  }

  #splice(meeting: Meeting, one: Socket, other: Socket): void {
    meeting.cancelTime();
    const { delay } = this.#options;
    for (const socket of [one, other]) socket.write(Buffer.of(RELAY_READY));
    const onEnded = (bytes: number): void => {
      this.#bytes += bytes;
      this.#meetings.delete(meeting.key);
    };
    meeting.splice = new Splice(one, other, { limiter: this.#limiter, delay, onEnded });
  }

  #end(meeting: Meeting): void {
    meeting.cancelTime();
    this.#meetings.delete(meeting.key);
    for (const socket of meeting.here.values()) socket.destroy();
    meeting.splice?.end();
  }

  #hasRoom({ users, devices }: RelayedPair): boolean {
    const all = [...this.#meetings.values()];
    const isSame = (one: readonly string[]): boolean => devices.every((id) => one.includes(id));
    const ofPair = all.filter((one) => isSame(one.devices)).length;
    const ofUser = (userId: string): number =>
      all.filter((one) => one.users.includes(userId)).length;
    return (
      all.length < MAX_RELAY_MEETINGS &&
      ofPair < MAX_RELAY_MEETINGS_PER_PAIR &&
      users.every((userId) => ofUser(userId) < MAX_RELAY_MEETINGS_PER_USER)
    );
  }
}
