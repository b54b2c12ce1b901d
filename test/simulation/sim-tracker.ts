/**
 * A simulated tracker: the real presence and the real watches behind sessions that are objects. A
 * restart forgets everything, as the real one does, and every session is lost.
 */
import { Watches, type Watcher } from '../../src/tracker/presence/watches.js';
import { MemoryPresence } from '../../src/tracker/presence/presence-memory.js';
import type { Announcement, OnlinePeer } from '../../src/net/tracker-api.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { allPeers } from '../tracker/presence/all-peers.js';
import type { VirtualClock } from './virtual-clock.js';

export const GROUP = 'chess';
export const FILE = 'f1'.repeat(32);

/** A connection of a client, as the tracker sees it. */
export interface TrackerSession extends Watcher {
  readonly deviceId: string;
  readonly login: { readonly userId: string };
  /** The tracker has closed it. */
  onLost(): void;
}

/** One run of the tracker's process. */
interface Process {
  readonly presence: MemoryPresence<TrackerSession>;
  readonly watches: Watches;
  readonly sessions: Set<TrackerSession>;
}

export class SimTracker {
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  #process: Process | undefined;

  /** What a call takes here. */
  readonly answerMs: number;

  constructor(clock: VirtualClock, random: () => number, answerMs = 0) {
    this.answerMs = answerMs;
    this.#clock = clock;
    this.#random = random;
    this.start();
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  /** Everybody who offers the file, as the tracker knows. */
  get offers(): readonly OnlinePeer[] {
    return this.#process ? allPeers(this.#process.presence, GROUP, FILE) : [];
  }

  start(): void {
    const presence = new MemoryPresence<TrackerSession>((groupId, fileId, deviceId) =>
      watches.onPresenceChanged(groupId, fileId, deviceId),
    );
    const delay = (work: () => void, ms: number): (() => void) => this.#clock.later(ms, work);
    const watches = new Watches({ presence, random: this.#random, delay });
    this.#process = { presence, watches, sessions: new Set() };
  }

  stop(): void {
    const process = this.#process;
    this.#process = undefined;
    process?.watches.close();
    for (const session of process?.sessions ?? []) session.onLost();
  }

  open(session: TrackerSession): void {
    this.#process?.sessions.add(session);
  }

  /** The connection of a session is gone. */
  close(session: TrackerSession): void {
    if (!this.#process?.sessions.delete(session)) return;
    this.#process.watches.removeAll(session);
    this.#process.presence.goOffline(session.deviceId, session);
  }

  goOnline(session: TrackerSession, addresses: readonly PeerAddress[]): void {
    const { presence, sessions } = this.#required;
    if (!sessions.has(session)) return;
    const { deviceId, login } = session;
    presence.goOnline({ deviceId, userId: login.userId, addresses }, session)?.onLost();
  }

  announce({ deviceId }: TrackerSession, { groupId, fileId, state }: Announcement): void {
    const { presence } = this.#required;
    if (state === 'gone') presence.withdraw(deviceId, groupId, fileId);
    else presence.announce(deviceId, groupId, fileId, state === 'complete');
  }

  watch(session: TrackerSession): readonly OnlinePeer[] {
    return this.#required.watches.add(session, GROUP, FILE);
  }

  unwatch(session: TrackerSession): void {
    this.#required.watches.remove(session, GROUP, FILE);
  }

  isSession(session: TrackerSession): boolean {
    return this.#process?.sessions.has(session) ?? false;
  }

  get #required(): Process {
    if (!this.#process) throw new Error('the simulated tracker is down');
    return this.#process;
  }
}
