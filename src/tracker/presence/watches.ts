/**
 * Which session watches which content, and what it was told of its peers. Gathers changes for
 * a moment, then pushes to each watcher what is new to it; a watcher knows a bounded number of
 * peers, few of each user, drawn at random, and gets replacements when some of them go. A bounded
 * number of watchers is told at a time, one user's after the other's; the rest a moment later.
 * Never judges who may watch: whoever adds a watch did, and removes it when that ends.
 */
import { TrackerError } from '../../net/errors.js';
import {
  MAX_DEVICES_PER_USER_TOLD,
  MAX_PEERS_PER_ANSWER,
  MAX_WATCHED_PER_SESSION,
  PAGE_BYTES,
  PEERS_PUSH_DELAY_MS,
  WATCHES_TOLD_AT_ONCE,
} from '../../net/limits.js';
import type { OnlinePeer, TrackerNotifications } from '../../net/tracker-api.js';
import { FairQueue } from '../fair-queue.js';
import { fitBytes } from '../paging.js';
import type { Presence } from './presence.js';
import { sampleByUser } from './sample.js';

/** A session as far as watching concerns it. */
export interface Watcher {
  /** Its own device, which it is never told of. */
  readonly deviceId: string | undefined;
  /** Whose watches take turns with those of others. */
  readonly login?: { readonly userId: string } | undefined;
  /** Where it is seen: some addresses are told only there. @default nowhere */
  readonly places?: readonly string[];
  push<N extends 'peers' | 'replaced'>(name: N, params: TrackerNotifications[N]): void;
}

export interface WatchesOptions {
  readonly presence: Pick<Presence<never>, 'peer' | 'peers' | 'swarmSize'>;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

interface Watch {
  readonly watcher: Watcher;
  readonly swarm: WatchedSwarm;
  /** Devices that the watcher was told of and that are still there as far as it knows, by user. */
  readonly known: Map<string, string>;
  /** The last change of the swarm that it was told of. */
  toldUpTo: number;
  /** It waits in `#due`. */
  isDue: boolean;
  isOver: boolean;
}

interface WatchedSwarm {
  readonly groupId: string;
  readonly fileId: string;
  readonly watches: Map<Watcher, Watch>;
  /** Devices that changed since the first of the watches was told, with the change's number. */
  readonly changed: Map<string, number>;
  lastChange: number;
}

export class Watches {
  readonly #options: WatchesOptions;
  /** Group → content → watched swarm; none without watchers. */
  readonly #swarms = new Map<string, Map<string, WatchedSwarm>>();
  readonly #byWatcher = new Map<Watcher, Set<WatchedSwarm>>();
  /** Swarms with changes whose watchers are not in `#due` yet. */
  readonly #changed = new Set<WatchedSwarm>();
  /** Watches with something to tell, by user. */
  readonly #due = new FairQueue<Watch>();
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
    const before = swarm.watches.get(watcher);
    if (before) before.isOver = true;
    const state = { toldUpTo: swarm.lastChange, isDue: false, isOver: false };
    const watch: Watch = { watcher, swarm, known: new Map(), ...state };
    swarm.watches.set(watcher, watch);
    return this.#introduce(watch);
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

  /** All who watch a content. */
  watchersOf(groupId: string, fileId: string): Iterable<Watcher> {
    return this.#swarms.get(groupId)?.get(fileId)?.watches.keys() ?? [];
  }

  /** A device's offer came, changed or went. */
  onPresenceChanged(groupId: string, fileId: string, deviceId: string): void {
    const swarm = this.#swarms.get(groupId)?.get(fileId);
    if (!swarm) return;
    // Deleted first, so that the map stays in the order of the last change.
    swarm.changed.delete(deviceId);
    swarm.changed.set(deviceId, ++swarm.lastChange);
    this.#changed.add(swarm);
    this.#schedule();
  }

  /** Forgets everything; nothing is pushed afterwards. */
  close(): void {
    this.#cancelDelay?.();
    this.#swarms.clear();
    this.#byWatcher.clear();
    this.#changed.clear();
    while (this.#due.size > 0) this.#due.shift();
  }

  #schedule(): void {
    this.#cancelDelay ??= this.#options.delay(() => this.#flush(), PEERS_PUSH_DELAY_MS);
  }

  #flush(): void {
    this.#cancelDelay = undefined;
    for (const swarm of this.#changed) this.#makeDue(swarm);
    this.#changed.clear();
    for (let told = 0; told < WATCHES_TOLD_AT_ONCE && this.#due.size > 0;) {
      const watch = this.#due.shift();
      if (!watch || watch.isOver) continue;
      watch.isDue = false;
      this.#tell(watch);
      told++;
    }
    if (this.#due.size > 0) this.#schedule();
  }

  /** Puts the watches of a swarm in line, and forgets the changes that all of them have heard of. */
  #makeDue(swarm: WatchedSwarm): void {
    let heardByAll = swarm.lastChange;
    for (const watch of swarm.watches.values()) {
      heardByAll = Math.min(heardByAll, watch.toldUpTo);
      if (watch.isDue) continue;
      watch.isDue = true;
      this.#due.push(watch.watcher.login?.userId ?? '', watch);
    }
    for (const [deviceId, change] of swarm.changed) {
      if (change > heardByAll) break;
      swarm.changed.delete(deviceId);
    }
  }

  #tell(watch: Watch): void {
    const { swarm, known } = watch;
    const online: OnlinePeer[] = [];
    const gone: string[] = [];
    for (const [deviceId, change] of swarm.changed) {
      if (change <= watch.toldUpTo || !known.has(deviceId)) continue;
      const offer = this.#options.presence.peer(
        swarm.groupId,
        swarm.fileId,
        deviceId,
        watch.watcher.places,
      );
      if (offer) online.push(offer);
      else if (known.delete(deviceId)) gone.push(deviceId);
    }
    watch.toldUpTo = swarm.lastChange;
    online.push(...this.#introduce(watch));
    this.#push(swarm, watch.watcher, online, gone);
  }

  /** Draws peers that the watcher does not know yet, up to what it may know. */
  #introduce({ watcher, swarm: { groupId, fileId }, known }: Watch): OnlinePeer[] {
    const { presence, random } = this.#options;
    const { deviceId: ownId, places } = watcher;
    const room = MAX_PEERS_PER_ANSWER - known.size;
    const own = ownId && presence.peer(groupId, fileId, ownId, places);
    const others = presence.swarmSize(groupId, fileId, places).reachable - (own ? 1 : 0);
    // Most often there is nobody new, and finding that out must not cost a look at everyone.
    if (room <= 0 || others <= known.size) return [];
    const strangers = [...presence.peers(groupId, fileId, places)].filter(
      ({ deviceId }) => deviceId !== ownId && !known.has(deviceId),
    );
    const held = countByUser(known);
    const drawn = fitBytes(sampleByUser(strangers, room, MAX_DEVICES_PER_USER_TOLD, random, held));
    for (const { deviceId, userId } of drawn) known.set(deviceId, userId);
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
    const swarm = { groupId, fileId, watches: new Map(), changed: new Map(), lastChange: 0 };
    const swarms = this.#swarms.get(groupId) ?? new Map<string, WatchedSwarm>();
    this.#swarms.set(groupId, swarms.set(fileId, swarm));
    return swarm;
  }

  #remove(watcher: Watcher, swarm: WatchedSwarm): void {
    const watch = swarm.watches.get(watcher);
    if (watch) watch.isOver = true;
    swarm.watches.delete(watcher);
    const watched = this.#byWatcher.get(watcher);
    watched?.delete(swarm);
    if (watched?.size === 0) this.#byWatcher.delete(watcher);
    if (swarm.watches.size > 0) return;
    this.#changed.delete(swarm);
    const swarms = this.#swarms.get(swarm.groupId);
    swarms?.delete(swarm.fileId);
    if (swarms?.size === 0) this.#swarms.delete(swarm.groupId);
  }
}

function countByUser(known: ReadonlyMap<string, string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const userId of known.values()) counts.set(userId, (counts.get(userId) ?? 0) + 1);
  return counts;
}
