/**
 * Which session watches which content, and what it was told of its peers. Gathers changes for
 * a moment, then pushes to each watcher what is new to it; a watcher knows a bounded number of
 * peers, drawn at random, and gets replacements when some of them go.
 * Never judges who may watch: whoever adds a watch did, and removes it when that ends.
 */
import { TrackerError } from '../../net/errors.js';
import {
  MAX_PEERS_PER_ANSWER,
  MAX_WATCHED_PER_SESSION,
  PAGE_BYTES,
  PEERS_PUSH_DELAY_MS,
} from '../../net/limits.js';
import type { OnlinePeer, TrackerNotifications } from '../../net/tracker-api.js';
import { fitBytes } from '../paging.js';
import type { Presence } from './presence.js';
import { sample } from './sample.js';

/** A session as far as watching concerns it. */
export interface Watcher {
  /** Its own device, which it is never told of. */
  readonly deviceId: string | undefined;
  push(name: 'peers', params: TrackerNotifications['peers']): void;
}

export interface WatchesOptions {
  readonly presence: Pick<Presence<never>, 'peer' | 'peers'>;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

/** Devices that a watcher was told of and that are still there as far as it knows. */
type Known = Set<string>;

interface WatchedSwarm {
  readonly groupId: string;
  readonly fileId: string;
  readonly watchers: Map<Watcher, Known>;
  /** Devices that changed since the watchers were told. */
  readonly changed: Set<string>;
}

export class Watches {
  readonly #options: WatchesOptions;
  /** Group → content → watched swarm; none without watchers. */
  readonly #swarms = new Map<string, Map<string, WatchedSwarm>>();
  readonly #byWatcher = new Map<Watcher, Set<WatchedSwarm>>();
  readonly #changed = new Set<WatchedSwarm>();
  #cancelDelay: (() => void) | undefined;

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  /**
   * Starts watching (again) and returns the peers that the watcher knows from now on.
   * @throws TrackerError LIMIT_REACHED
   */
  add(watcher: Watcher, groupId: string, fileId: string): readonly OnlinePeer[] {
    const watched = this.#byWatcher.get(watcher) ?? new Set();
    const present = this.#swarms.get(groupId)?.get(fileId);
    if (!(present && watched.has(present)) && watched.size >= MAX_WATCHED_PER_SESSION) {
      throw new TrackerError('LIMIT_REACHED', 'too many files are watched; let some downloads end');
    }
    const swarm = present ?? this.#addSwarm(groupId, fileId);
    this.#byWatcher.set(watcher, watched.add(swarm));
    const known: Known = new Set();
    swarm.watchers.set(watcher, known);
    return this.#introduce(swarm, watcher, known);
  }

  remove(watcher: Watcher, groupId: string, fileId: string): void {
    const swarm = this.#swarms.get(groupId)?.get(fileId);
    if (swarm) this.#remove(watcher, swarm);
  }

  /** Ends every watch of a watcher, or those in one group. */
  removeAll(watcher: Watcher, groupId?: string): void {
    for (const swarm of [...(this.#byWatcher.get(watcher) ?? [])]) {
      if (groupId === undefined || swarm.groupId === groupId) this.#remove(watcher, swarm);
    }
  }

  /** A device's offer came, changed or went. */
  onPresenceChanged(groupId: string, fileId: string, deviceId: string): void {
    const swarm = this.#swarms.get(groupId)?.get(fileId);
    if (!swarm) return;
    swarm.changed.add(deviceId);
    this.#changed.add(swarm);
    this.#cancelDelay ??= this.#options.delay(() => this.#flush(), PEERS_PUSH_DELAY_MS);
  }

  /** Forgets everything; nothing is pushed afterwards. */
  close(): void {
    this.#cancelDelay?.();
    this.#swarms.clear();
    this.#byWatcher.clear();
    this.#changed.clear();
  }

  #flush(): void {
    this.#cancelDelay = undefined;
    for (const swarm of this.#changed) {
      for (const [watcher, known] of swarm.watchers) this.#tell(swarm, watcher, known);
      swarm.changed.clear();
    }
    this.#changed.clear();
  }

  #tell(swarm: WatchedSwarm, watcher: Watcher, known: Known): void {
    const { presence } = this.#options;
    const changed = [...swarm.changed].filter((deviceId) => known.has(deviceId));
    const offers = changed.map((id) => presence.peer(swarm.groupId, swarm.fileId, id));
    const gone = changed.filter((_, index) => !offers[index]);
    for (const deviceId of gone) known.delete(deviceId);
    const fresh = this.#introduce(swarm, watcher, known);
    this.#push(swarm, watcher, [...offers.filter((offer) => offer !== undefined), ...fresh], gone);
  }

  /** Draws peers that the watcher does not know yet, up to what it may know. */
  #introduce(swarm: WatchedSwarm, watcher: Watcher, known: Known): OnlinePeer[] {
    const { presence, random } = this.#options;
    const room = MAX_PEERS_PER_ANSWER - known.size;
    if (room <= 0) return [];
    const strangers = [...presence.peers(swarm.groupId, swarm.fileId)].filter(
      ({ deviceId }) => deviceId !== watcher.deviceId && !known.has(deviceId),
    );
    const drawn = fitBytes(sample(strangers, room, random));
    for (const { deviceId } of drawn) known.add(deviceId);
    return drawn;
  }

  /** Pushes in as many notifications as the frame limit asks for. */
  #push(swarm: WatchedSwarm, watcher: Watcher, online: OnlinePeer[], gone: string[]): void {
    const { groupId, fileId } = swarm;
    let rest = online;
    let restGone = gone;
    while (rest.length > 0 || restGone.length > 0) {
      const goneNow = fitBytes(restGone);
      restGone = restGone.slice(goneNow.length);
      const isFull = goneNow.length * 2 > PAGE_BYTES / 64;
      const onlineNow = isFull ? [] : fitBytes(rest, PAGE_BYTES / 2);
      rest = rest.slice(onlineNow.length);
      watcher.push('peers', { groupId, fileId, online: onlineNow, gone: goneNow });
    }
  }

  #addSwarm(groupId: string, fileId: string): WatchedSwarm {
    const swarm = { groupId, fileId, watchers: new Map(), changed: new Set<string>() };
    const swarms = this.#swarms.get(groupId) ?? new Map<string, WatchedSwarm>();
    this.#swarms.set(groupId, swarms.set(fileId, swarm));
    return swarm;
  }

  #remove(watcher: Watcher, swarm: WatchedSwarm): void {
    swarm.watchers.delete(watcher);
    const watched = this.#byWatcher.get(watcher);
    watched?.delete(swarm);
    if (watched?.size === 0) this.#byWatcher.delete(watcher);
    if (swarm.watchers.size > 0) return;
    this.#changed.delete(swarm);
    const swarms = this.#swarms.get(swarm.groupId);
    swarms?.delete(swarm.fileId);
    if (swarms?.size === 0) this.#swarms.delete(swarm.groupId);
  }
}
