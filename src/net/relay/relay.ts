/**
 * A relay: two devices that cannot dial each other dial it, and are spliced. Whoever keeps it sees to it
 * that nobody comes who may not: a tracker plans each meeting and gives its key to both, and whoever comes
 * without one is cut off; a member lets in who shows a ticket (workers/serving/relaying.ts). Between the two
 * it is TLS from end to end, so that the relay sees, and could forge, nothing. Owns the meetings and the
 * splices.
 *
 *   a meeting: planned → one side is here → spliced → over        planned, one side → over, by its time
 */
import type { Socket } from 'node:net';
import {
  MAX_RELAY_MEETINGS,
  MAX_RELAY_MEETINGS_PER_PAIR,
  MAX_RELAY_MEETINGS_PER_USER,
  RELAY_MEETING_TIMEOUT_MS,
} from '../limits.js';
import { SharedRateLimiter } from '../shared-rate-limiter.js';
import { createRelayKey, RELAY_READY, type RelayOpening, type RelaySide } from './relay-opening.js';
import { Splice } from './splice.js';

/** Who is to meet. */
export interface RelayedPair {
  /** Users and devices of both sides. */
  readonly users: readonly [string, string];
  readonly devices: readonly [string, string];
}

/** One who has shown that it may come. */
export interface RelayGuest {
  readonly userId: string;
  readonly deviceId: string;
  /** Both sides are members of it. */
  readonly groupId: string;
}

export interface RelayOptions {
  /** The rate cell for everything that passes, both directions together. */
  readonly rate: SharedArrayBuffer;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

interface Meeting {
  readonly key: string;
  /** Of a meeting without a plan. */
  readonly groupId: string | undefined;
  readonly users: string[];
  readonly devices: string[];
  readonly here: Map<RelaySide, Socket>;
  cancelTime: () => void;
  splice: Splice | undefined;
}

export interface RelayCounts {
  /** Planned or under way. */
  readonly meetings: number;
  /** All that has passed. */
  readonly bytes: number;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #limiter: SharedRateLimiter;
  readonly #meetings = new Map<string, Meeting>();
  /** Of meetings that are over. */
  #bytes = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#limiter = new SharedRateLimiter(options.rate);
  }

  /** Plans a meeting, and answers its key; undefined when there are too many. */
  plan({ users, devices }: RelayedPair): string | undefined {
    if (!this.#hasRoom(users, devices)) return undefined;
    const key = createRelayKey();
    this.#begin({ key, users: [...users], devices: [...devices], groupId: undefined });
    return key;
  }

  /** One side of a planned meeting has come; false, and it is cut off, when it is not expected. */
  enter(socket: Socket, opening: RelayOpening | undefined): boolean {
    socket.on('error', () => socket.destroy());
    const meeting = opening && this.#meetings.get(opening.key);
    if (!meeting || meeting.groupId !== undefined) {
      socket.destroy();
      return false;
    }
    return this.#admit(meeting, opening.side, socket);
  }

  /** One side has come, without a plan and with a good ticket; the same key brings the other one to it. */
  join(socket: Socket, { key, side }: RelayOpening, guest: RelayGuest): boolean {
    socket.on('error', () => socket.destroy());
    const { userId, deviceId, groupId } = guest;
    const waiting = this.#meetings.get(key);
    const devices = [...(waiting?.devices ?? []), deviceId];
    const isTheirs =
      waiting === undefined ||
      (waiting.groupId === groupId &&
        !waiting.here.has(side) &&
        !waiting.devices.includes(deviceId));
    if (socket.destroyed || !isTheirs || !this.#hasRoom([userId], devices)) {
      socket.destroy();
      return false;
    }
    waiting?.users.push(userId);
    waiting?.devices.push(deviceId);
    const meeting = waiting ?? this.#begin({ key, users: [userId], devices, groupId });
    return this.#admit(meeting, side, socket);
  }

  /** These users, or all, are out of a group, or of all: what has no plan and is theirs ends. */
  expel(groupId?: string, userIds?: readonly string[]): void {
    for (const meeting of [...this.#meetings.values()]) {
      if (meeting.groupId === undefined) continue;
      if (groupId !== undefined && meeting.groupId !== groupId) continue;
      if (!userIds || meeting.users.some((id) => userIds.includes(id))) this.#end(meeting);
    }
  }

  counts(): RelayCounts {
    const all = [...this.#meetings.values()];
    const running = all.reduce((sum, { splice }) => sum + (splice?.bytes ?? 0), 0);
    return { meetings: all.length, bytes: this.#bytes + running };
  }

  /** Ends all. Idempotent. */
  close(): void {
    for (const meeting of [...this.#meetings.values()]) this.#end(meeting);
  }

  #begin(pair: Pick<Meeting, 'key' | 'users' | 'devices' | 'groupId'>): Meeting {
    const meeting: Meeting = {
      ...{ ...pair, here: new Map(), splice: undefined },
      cancelTime: this.#options.delay(() => this.#end(meeting), RELAY_MEETING_TIMEOUT_MS),
    };
    this.#meetings.set(pair.key, meeting);
    return meeting;
  }

  #admit(meeting: Meeting, side: RelaySide, socket: Socket): boolean {
    if (meeting.here.has(side) || meeting.splice) {
      socket.destroy();
      return false;
    }
    meeting.here.set(side, socket);
    // Nobody is to be spliced to who has gone.
    socket.once('close', () => {
      if (!meeting.splice) this.#end(meeting);
    });
    const [one, other] = meeting.here.values();
    if (one && other) this.#splice(meeting, one, other);
    return true;
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

  /** Room for one more of these users and devices. */
  #hasRoom(users: readonly string[], devices: readonly string[]): boolean {
    const all = [...this.#meetings.values()];
    const isSame = (one: readonly string[]): boolean => devices.every((id) => one.includes(id));
    const ofPair = all.filter((one) => isSame(one.devices)).length;
    const ofUser = (userId: string): number =>
      all.filter((one) => one.users.includes(userId)).length;
    return (
      all.length < MAX_RELAY_MEETINGS &&
      (devices.length < 2 || ofPair < MAX_RELAY_MEETINGS_PER_PAIR) &&
      users.every((userId) => ofUser(userId) < MAX_RELAY_MEETINGS_PER_USER)
    );
  }
}
