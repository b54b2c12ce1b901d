/**
 * Who watches one content, and which peers each of them was told of, in both directions: so a change
 * reaches those whom it concerns without a look at the others. Decides who has something to be told;
 * what that is, `Watches` finds out. Pure.
 */
import { PEERS_ENOUGH, WHOLE_PEERS_ENOUGH } from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import type { Offered } from './presence.js';

/** A device of which some watchers were told, and of which they did not hear that it went. */
export interface KnownPeer<W> {
  readonly deviceId: string;
  readonly userId: string;
  isWhole: boolean;
  /** Never empty. */
  readonly watches: Set<Watch<W>>;
}

/** Of what a watcher has too little. */
type Lack = 'peers' | 'whole peers';

export interface Watch<W> {
  readonly watcher: W;
  readonly swarm: WatchedSwarm<W>;
  /** The peers that it knows, with the last change of the swarm when it was told of each. */
  readonly known: Map<KnownPeer<W>, number>;
  /** Of those, the ones that have changed since. */
  readonly news: Set<KnownPeer<W>>;
  /** Of those that it knows, the ones with every piece. */
  wholeKnown: number;
  lack: Lack | undefined;
  /** It waits to be told. */
  isDue: boolean;
  isOver: boolean;
}

export class WatchedSwarm<W> {
  readonly groupId: string;
  readonly fileId: string;
  readonly #watches = new Map<W, Watch<W>>();
  /** By device. */
  readonly #known = new Map<string, KnownPeer<W>>();
  readonly #lacking: Readonly<Record<Lack, Set<Watch<W>>>> = {
    peers: new Set(),
    'whole peers': new Set(),
  };
  /** Peers that changed while some knew them, with the change's number; those concerned are not named yet. */
  readonly #changed = new Map<KnownPeer<W>, number>();
  /** The other devices that changed since. */
  readonly #strangers = new Set<string>();
  #lastChange = 0;

  constructor(groupId: string, fileId: string) {
    this.groupId = groupId;
    this.fileId = fileId;
  }

  get size(): number {
    return this.#watches.size;
  }

  watchers(): Iterable<W> {
    return this.#watches.keys();
  }

  /** Starts a watch that knows nobody, in place of the watcher's present one. */
  begin(watcher: W): Watch<W> {
    this.end(watcher);
    const state = { wholeKnown: 0, lack: undefined, isDue: false, isOver: false };
    const peers = { known: new Map<KnownPeer<W>, number>(), news: new Set<KnownPeer<W>>() };
    const watch: Watch<W> = { watcher, swarm: this, ...peers, ...state };
    this.#watches.set(watcher, watch);
    return watch;
  }

  end(watcher: W): void {
    const watch = this.#watches.get(watcher);
    if (!watch) return;
    watch.isOver = true;
    for (const peer of [...watch.known.keys()]) this.forget(watch, peer);
    this.#setLack(watch, undefined);
    this.#watches.delete(watcher);
  }

  knows(watch: Watch<W>, deviceId: string): boolean {
    const peer = this.#known.get(deviceId);
    return peer !== undefined && watch.known.has(peer);
  }

  /** A watcher is told how a peer is now. */
  onTold(watch: Watch<W>, { deviceId, userId, complete }: OnlinePeer): void {
    const present = this.#known.get(deviceId);
    const peer = present ?? { deviceId, userId, isWhole: complete, watches: new Set<Watch<W>>() };
    if (!present) this.#known.set(deviceId, peer);
    if (!watch.known.has(peer)) {
      peer.watches.add(watch);
      if (peer.isWhole) watch.wholeKnown++;
    }
    watch.known.set(peer, this.#lastChange);
  }

  /** A watcher is told that a peer has gone, or is told of nothing any more. */
  forget(watch: Watch<W>, peer: KnownPeer<W>): void {
    if (!watch.known.delete(peer)) return;
    if (peer.isWhole) watch.wholeKnown--;
    peer.watches.delete(watch);
    if (peer.watches.size === 0 && this.#known.get(peer.deviceId) === peer) {
      this.#known.delete(peer.deviceId);
    }
  }

  /** Sees what a watcher lacks after it was told. */
  review(watch: Watch<W>): void {
    if (watch.known.size < PEERS_ENOUGH) return this.#setLack(watch, 'peers');
    const isLacking = watch.wholeKnown < WHOLE_PEERS_ENOUGH;
    this.#setLack(watch, isLacking ? 'whole peers' : undefined);
  }

  /** A device's offer came, changed or went. */
  onChanged(deviceId: string): void {
    this.#lastChange++;
    const peer = this.#known.get(deviceId);
    if (peer) this.#changed.set(peer, this.#lastChange);
    else this.#strangers.add(deviceId);
  }

  /**
   * The watches that the changes since the last time concern: those who know the devices, and those who
   * lack such. Some may be named more than once.
   */
  *concerned(offered: (deviceId: string) => Offered | undefined): Generator<Watch<W>> {
    const come = new Set<Offered | undefined>();
    for (const deviceId of this.#strangers) come.add(offered(deviceId));
    for (const [peer, change] of this.#changed) {
      const now = offered(peer.deviceId);
      come.add(now);
      const isWhole = now === 'whole';
      const more = Number(isWhole) - Number(peer.isWhole);
      peer.isWhole = isWhole;
      for (const watch of peer.watches) {
        watch.wholeKnown += more;
        // Who was told of it since was told how it is now.
        if ((watch.known.get(peer) ?? 0) >= change) continue;
        watch.news.add(peer);
        yield watch;
      }
    }
    this.#strangers.clear();
    this.#changed.clear();
    if (come.has('part') || come.has('whole')) yield* this.#lacking.peers;
    if (come.has('whole')) yield* this.#lacking['whole peers'];
  }

  #setLack(watch: Watch<W>, lack: Lack | undefined): void {
    if (watch.lack === lack) return;
    if (watch.lack) this.#lacking[watch.lack].delete(watch);
    watch.lack = lack;
    if (lack) this.#lacking[lack].add(watch);
  }
}
