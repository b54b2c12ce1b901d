/**
 * The peer sessions of one download: one per connection to the peers the tracker names, tried
 * again for those that went away, and never more than the bound at a time. While there are fewer peers than
 * transfer threads, each peer gets several connections, so that no thread is idle; one that turns
 * out to be far away gets more. Owns the
 * running tasks and the redial timers; what a session says goes to the download, which decides.
 * Which devices are banned is the swarm's to know; it is asked before each dial. A session whose peer
 * is told of elsewhere, or that began before this machine got other addresses, is doubtful: it is given
 * up as soon as it has been silent for a moment, and dialled again at once.
 */
import {
  MAX_CONNECTIONS_PER_PEER,
  MAX_LOST_PEERS_PER_DOWNLOAD,
  PATH_SILENCE_MS,
  REDIAL_MAX_MS,
  REDIAL_OPENED_MAX_MS,
} from '../../net/limits.js';
import type { WireError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import type { ConnectionKind } from './connection-types.js';
import type { FileMessage, FileOrder } from './peer-connections.js';
import { connectionsOverDistance } from './connections-over-distance.js';
import { DownloadPlaces } from './download-places.js';
import { asDialled, hasAny, heardAtMs, knownPeer, WAITING, type KnownPeer } from './known-peer.js';
import { isKept, isRefusal, redialWaitMs } from './lost-peers.js';
import {
  isDelivered,
  isSilent,
  muteSessions,
  silentPeers,
  stillDoubtful,
} from './quiet-sessions.js';
import { SilentWays, type LookAtPeer } from './silent-ways.js';
import type { RunningTask } from '../threads/transfer-pool.js';

/** Starts a session's task. */
export type StartSession = (
  peer: OnlinePeer,
  onMessage: (message: FileMessage) => void,
  kind: ConnectionKind,
) => RunningTask<FileOrder>;

/** What the owner of the sessions decides and learns; each connection has a key of its own. */
export interface PeerSessionEvents {
  readonly start: StartSession;
  readonly lookAt: LookAtPeer;
  readonly later: Later;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
  /** A device that must not be dialled; it may become one at any time. */
  isBanned(deviceId: string): boolean;
  /** It has something that is lacking here. */
  isWanted(peerKey: string): boolean;
  /** Bytes of the file that nobody has brought yet. */
  lackingBytes(): number;
  /** False while nothing may be dialled for it. */
  mayStart(peer: OnlinePeer, kind: ConnectionKind): boolean;
  onConnecting(peerKey: string, peer: OnlinePeer): void;
  onMessage(peerKey: string, message: Exclude<FileMessage, { type: 'ended' | 'accepted' }>): void;
  onEnded(peerKey: string, error: WireError | undefined): void;
}

export class PeerSessions {
  readonly #events: PeerSessionEvents;
  readonly #connectionsWanted: number;
  readonly #peers = new Map<string, KnownPeer>();
  readonly #settling = new Set<Promise<unknown>>();
  readonly #silentWays: SilentWays;
  #isClosed = false;

  /** `connectionsWanted`: so many can work at a time, over all peers. */
  constructor(connectionsWanted: number, events: PeerSessionEvents) {
    this.#connectionsWanted = connectionsWanted;
    this.#events = events;
    const { lookAt: look, later } = events;
    this.#silentWays = new SilentWays({
      look,
      later,
      onBack: (deviceId) => this.#onBack(deviceId),
    });
  }

  /**
   * The tracker says that these peers have the file; dials those it may dial. One that waits for its
   * redial may have become able since, and waits no longer than one that opened the file: whoever is
   * told to come back often must not be dialled as often.
   */
  onOnline(peers: readonly OnlinePeer[]): void {
    for (const peer of peers) {
      if (this.#events.isBanned(peer.deviceId)) continue;
      for (const known of this.#connectionsOf(peer.deviceId)) {
        known.peer = peer;
        known.standing = 'online';
        if (known.link.state === 'connected') this.#onToldOf(known);
        else this.#redialSooner(known);
      }
      this.#addConnections(peer, 1);
    }
    const perPeer = Math.ceil(this.#connectionsWanted / Math.max(1, this.#onlineCount()));
    for (const { peer, standing } of [...this.#peers.values()]) {
      if (standing !== 'online' || this.#events.isBanned(peer.deviceId)) continue;
      this.#addConnections(peer, Math.min(perPeer, MAX_CONNECTIONS_PER_PEER));
    }
    this.#dialWaiting();
  }

  /** The tracker says that these devices share it no more; a session that still runs may go on. */
  onGone(deviceIds: readonly string[]): void {
    for (const deviceId of deviceIds) {
      for (const known of this.#connectionsOf(deviceId)) this.#toGone(known);
    }
  }

  /** The tracker does not hear of these devices any more: those that opened the file may be there still. */
  onLost(deviceIds: readonly string[]): void {
    for (const deviceId of deviceIds) {
      for (const known of this.#connectionsOf(deviceId)) {
        if (known.kind === 'first' && known.met) this.#toLost(known);
        else this.#toGone(known);
      }
    }
    const lost = [...this.#peers.values()].filter(({ standing }) => standing === 'lost');
    const inOrder = lost.sort((one, other) => heardAtMs(other) - heardAtMs(one));
    for (const known of inOrder.slice(MAX_LOST_PEERS_PER_DOWNLOAD)) this.#toGone(known);
  }

  /** These users are in the group no more: what is lost of theirs is not waited for. */
  onUsersRemoved(userIds: readonly string[]): void {
    for (const known of [...this.#peers.values()]) {
      if (known.standing === 'lost' && userIds.includes(known.peer.userId)) this.#toGone(known);
    }
  }

  /** Dials whoever may be dialled by now. */
  retry(): void {
    this.#dialWaiting();
  }

  /** This machine has other addresses: what was in vain may succeed now, and what stands may be dead. */
  onNetworkChanged(): void {
    for (const known of this.#peers.values()) {
      if (known.link.state === 'connected') this.#doubt(known);
      if (known.link.state !== 'waiting' || !known.link.redial) continue;
      known.link.redial();
      known.link = WAITING;
      known.failures = 0;
    }
    this.#dialWaiting();
  }

  /** Time has passed; call it a few times a second. */
  onTick(): void {
    this.#endDoubtful();
    this.#endMute();
    this.#lookForSilent();
    this.#dialWaiting();
  }

  /** Tells one session something; a peer without a session is passed over. */
  post(peerKey: string, message: FileOrder): void {
    const link = this.#peers.get(peerKey)?.link;
    if (link?.state === 'connected') link.task.post(message);
  }

  /** Tells every session something. */
  postAll(message: FileOrder): void {
    for (const { link } of this.#peers.values()) {
      if (link.state === 'connected') link.task.post(message);
    }
  }

  /** Ends every session, its connection may go on; resolves when no task knows the content any more. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#silentWays.close();
    for (const { link } of this.#peers.values()) {
      if (link.state === 'waiting') link.redial?.();
      else link.task.post({ type: 'release' });
    }
    await Promise.allSettled(this.#settling);
  }

  #connectionsOf(deviceId: string): KnownPeer[] {
    return [...this.#peers.values()].filter(({ peer }) => peer.deviceId === deviceId);
  }

  #onlineCount(): number {
    const online = [...this.#peers.values()].filter(
      ({ standing, peer }) => standing === 'online' && !this.#events.isBanned(peer.deviceId),
    );
    return new Set(online.map(({ peer }) => peer.deviceId)).size;
  }

  #addConnections(peer: OnlinePeer, count: number, kind: ConnectionKind = 'further'): void {
    for (let number = 1; number <= count; number++) {
      const key = number === 1 ? peer.deviceId : `${peer.deviceId}/${number}`;
      const known = this.#peers.get(key);
      // What was wanted for idle threads is wanted for the distance now.
      if (known?.kind === 'further') known.kind = kind;
      if (known) continue;
      this.#peers.set(key, knownPeer(key, number === 1 ? 'first' : kind, peer));
    }
  }

  #dialWaiting(): void {
    if (this.#isClosed) return;
    const places = new DownloadPlaces(this.#holders());
    for (const known of this.#waiting()) {
      if (places.obstacleFor(known.peer) || !this.#mayStart(known)) continue;
      places.add({ peer: known.peer, isReady: false });
      this.#dial(known);
    }
  }

  /** A way that is gone says nothing of it; whatever goes on after all is as good as before. */
  #endDoubtful(): void {
    for (const known of stillDoubtful(this.#holders(), this.#events.nowMs())) {
      known.doubtfulSinceMs = undefined;
      this.#hurry(known);
    }
  }

  #lookForSilent(): void {
    const isWanted = ({ key }: KnownPeer): boolean => this.#events.isWanted(key);
    this.#silentWays.onSilent(silentPeers(this.#holders(), this.#events.nowMs(), isWanted));
  }

  /** What was sent on its connections is lost, and would be repeated much later. */
  #onBack(deviceId: string): void {
    const nowMs = this.#events.nowMs();
    for (const known of this.#connectionsOf(deviceId)) {
      const isDead = known.isReady && isSilent(known, nowMs);
      if (known.link.state === 'connected' && isDead) this.#hurry(known);
    }
  }

  /** Whoever holds a place and delivers nothing makes room for one who waits for that very place. */
  #endMute(): void {
    const holders = this.#holders();
    const mute = new Set(muteSessions(holders, this.#events.nowMs()));
    if (mute.size === 0) return;
    const places = new DownloadPlaces(holders);
    for (const known of this.#waiting()) {
      const obstacle = places.obstacleFor(known.peer);
      const loser = obstacle && [...mute].find(obstacle);
      if (!loser || !this.#mayStart(known)) continue;
      mute.delete(loser);
      // Behind all who wait, whenever it comes back.
      this.#peers.delete(loser.key);
      this.#peers.set(loser.key, loser);
      this.post(loser.key, { type: 'close' });
    }
  }

  #holders(): KnownPeer[] {
    return [...this.#peers.values()].filter(({ link }) => link.state === 'connected');
  }

  /** Those who would be dialled if there were a place. */
  #waiting(): KnownPeer[] {
    const waiting = [...this.#peers.values()].filter(
      ({ link, standing, peer }) =>
        link.state === 'waiting' &&
        link.redial === undefined &&
        standing !== 'gone' &&
        !this.#events.isBanned(peer.deviceId),
    );
    if (waiting.every(({ standing }) => standing === 'online')) return waiting;
    const doesAnyDeliver = this.#doesAnyDeliver();
    return waiting.filter(
      (known) => known.standing === 'online' || (!doesAnyDeliver && this.#isLostAndKept(known)),
    );
  }

  #isLostAndKept({ standing, met }: KnownPeer): boolean {
    return standing === 'lost' && met !== undefined && isKept(met, this.#events.nowMs());
  }

  #doesAnyDeliver(): boolean {
    return isDelivered(this.#holders(), this.#events.nowMs());
  }

  #mayStart(known: KnownPeer): boolean {
    return this.#events.mayStart(asDialled(known), known.kind);
  }

  #dial(known: KnownPeer): void {
    if (this.#isClosed) return;
    const { key } = known;
    const peer = asDialled(known);
    this.#events.onConnecting(key, peer);
    known.isReady = false;
    known.dialledAtMs = this.#events.nowMs();
    known.muteSinceMs = known.dialledAtMs;
    known.lastByteMs = known.dialledAtMs;
    known.at = peer.addresses;
    known.way = 'unknown';
    known.doubtfulSinceMs = undefined;
    const onMessage = (message: FileMessage): void => {
      if (message.type === 'ended') {
        this.#onEnded(known, message.error);
        return;
      }
      if (message.type === 'accepted') return this.#onLatency(known, message.latencyMs);
      if (message.type === 'ready') {
        known.way = message.way ?? 'dialled';
        // Where somebody came from is no place to dial.
        if (!message.way) this.#onMet(known, message.address);
        known.isReady = true;
        // A relay is no faster for being met twice.
        if (known.way !== 'relayed') this.#onLatency(known, message.latencyMs);
      }
      if (message.type === 'asked') {
        if (message.way !== 'relayed') this.#onLatency(known, message.latencyMs);
        // Of any other it is not known what it has.
        if (known.peer.complete) this.#events.onMessage(key, message);
        return;
      }
      if (isFromPeer(message)) this.#onBytes(known);
      if (message.type === 'received' || message.type === 'verified') known.muteSinceMs = undefined;
      if (message.type === 'verified') known.failures = 0;
      this.#events.onMessage(key, message);
    };
    const task = this.#events.start(peer, onMessage, known.kind);
    known.link = { state: 'connected', task };
    const settled = task.settled.finally(() => this.#settling.delete(settled));
    this.#settling.add(settled);
  }

  /** A session goes on while its peer is told of, perhaps elsewhere than where it was begun. */
  #onToldOf(known: KnownPeer): void {
    const { peer, at, way } = known;
    const isDiallable = peer.addresses.length > 0;
    const isElsewhere = at.length > 0 ? !hasAny(peer, at) : isDiallable;
    if (isElsewhere && way === 'relayed' && isDiallable) this.#hurry(known);
    else if (isElsewhere) this.#doubt(known);
  }

  /** Begins the session anew, at once. */
  #hurry(known: KnownPeer): void {
    known.isHurried = true;
    this.post(known.key, { type: 'close' });
  }

  #doubt(known: KnownPeer): void {
    known.doubtfulSinceMs ??= this.#events.nowMs();
  }

  #onBytes(known: KnownPeer): void {
    known.lastByteMs = this.#events.nowMs();
    if (known.met && known.isReady) known.met = { ...known.met, heardAtMs: known.lastByteMs };
    const { doubtfulSinceMs = Infinity } = known;
    // What was on its way when the doubt came up settles nothing.
    if (known.lastByteMs - doubtfulSinceMs >= PATH_SILENCE_MS) known.doubtfulSinceMs = undefined;
  }

  /**
   * The way to a peer is so long: further connections to it begin side by side. Of one who was not dialled it
   * is known when it has answered.
   */
  #onLatency(known: KnownPeer, latencyMs: number): void {
    if (!Number.isFinite(latencyMs)) return;
    const lackingBytes = this.#events.lackingBytes();
    const wanted = connectionsOverDistance({ latencyMs, lackingBytes, peers: this.#onlineCount() });
    this.#addConnections(known.peer, wanted, 'far');
    this.#dialWaiting();
  }

  #onEnded(known: KnownPeer, error: WireError | undefined): void {
    known.link = WAITING;
    const hasLasted = this.#events.nowMs() - known.dialledAtMs >= REDIAL_MAX_MS;
    known.failures = known.isReady && hasLasted ? 1 : known.failures + 1;
    this.#events.onEnded(known.key, error);
    if (this.#isClosed) return;
    const { isHurried } = known;
    known.isHurried = false;
    if (isHurried) known.failures = 0;
    if (this.#events.isBanned(known.peer.deviceId)) this.#forget(known);
    else if (isHurried && known.standing === 'online') known.link = WAITING;
    else this.#redialLater(known, error);
    this.#dialWaiting();
  }

  #redialLater(known: KnownPeer, error: WireError | undefined): void {
    const isRefused = isRefusal(error);
    if (isRefused && known.standing === 'lost') known.standing = 'gone';
    const isAwaited = known.kind === 'first' && !isRefused && !this.#doesAnyDeliver();
    const met = isAwaited ? known.met : undefined;
    this.#redialIn(redialWaitMs(known, met, this.#events.nowMs()), known);
  }

  /** Its other connections come soon after it. */
  #onMet(known: KnownPeer, address: PeerAddress): void {
    known.at = [address];
    known.met = { address, heardAtMs: this.#events.nowMs() };
    for (const other of this.#connectionsOf(known.peer.deviceId)) this.#redialSooner(other);
  }

  #toLost(known: KnownPeer): void {
    known.standing = 'lost';
    this.#redialSooner(known);
  }

  #toGone(known: KnownPeer): void {
    known.standing = 'gone';
    // Its wait is remembered to its end, in case it comes back before.
    const { link } = known;
    if (link.state === 'waiting' && !link.redial) this.#forget(known);
  }

  /** Something was told of it, or has come of another connection to it, while it waits. */
  #redialSooner(known: KnownPeer): void {
    if (known.link.state !== 'waiting' || !known.link.redial) return;
    const leftMs = known.redialAtMs - this.#events.nowMs();
    if (leftMs <= REDIAL_OPENED_MAX_MS) return;
    known.link.redial();
    this.#redialIn(REDIAL_OPENED_MAX_MS, known);
  }

  #redialIn(waitMs: number, known: KnownPeer): void {
    known.redialAtMs = this.#events.nowMs() + waitMs;
    const redial = this.#events.later(waitMs, () => {
      known.link = WAITING;
      const isKept = known.standing === 'online' || this.#isLostAndKept(known);
      if (isKept) this.#dialWaiting();
      else this.#forget(known);
    });
    known.link = { state: 'waiting', redial };
  }

  #forget(known: KnownPeer): void {
    if (known.link.state === 'waiting') known.link.redial?.();
    this.#peers.delete(known.key);
  }
}

/** It tells of something that has come from the peer; else of what was decided or found out here. */
function isFromPeer(
  message: Exclude<FileMessage, { type: 'ended' | 'accepted' | 'asked' }>,
): boolean {
  if (message.type === 'returned') return message.rejected;
  return message.type !== 'not-dialled' && message.type !== 'storage-failed';
}
