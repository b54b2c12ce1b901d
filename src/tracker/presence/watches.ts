/**
 * Which session watches which content, and what it is told of its peers. Gathers changes for a moment,
 * then pushes what is new to those whom they concern: who knows a peer that has changed or gone, and who
 * knows few and may be told of one that has come. So what a change costs grows with those who are told of
 * it, not with those who watch. A watcher knows a bounded number of peers, few of each user, drawn at
 * random. A bounded number of watchers is told at a time, one user's after the other's; the rest a moment
 * later. Never judges who may watch: whoever adds a watch did, and removes it when that ends.
 */
import { TrackerError } from '../../net/errors.js';
import {
  MAX_DEVICES_PER_USER_TOLD,
  MAX_PEERS_PER_ANSWER,
  MAX_WATCHED_IN_TOTAL,
  MAX_WATCHED_PER_SESSION,
  PAGE_BYTES,
  PEERS_PUSH_DELAY_MS,
  PEERS_TOLD_AT_ONCE,
  WATCHES_PAUSE_MS,
  WATCHES_TOLD_AT_ONCE,
  WHOLE_PEERS_ENOUGH,
} from '../../net/limits.js';
import type { OnlinePeer, TrackerNotifications } from '../../net/tracker-api.js';
import { FairQueue } from '../fair-queue.js';
import { Notice } from '../notice.js';
import { SharedBound } from '../shared-bound.js';
import { fitIds, fitPeers } from './fitting.js';
import type { Presence } from './presence.js';
import { WatchedSwarm, type Watch } from './watched-swarm.js';

/** A session as far as watching concerns it. */
export interface Watcher {
  /** Its own device, which it is never told of. */
  readonly deviceId: string | undefined;
  /** Whose watches take turns with those of others. */
  readonly login?: { readonly userId: string } | undefined;
  /** Where it is seen: some addresses are told only there. @default nowhere */
  readonly places?: readonly string[];
  tell(notice: Notice<'peers'> | Notice<'replaced'>): void;
}

export interface WatchesOptions {
  readonly presence: Pick<Presence<object>, 'peer' | 'offered' | 'draw' | 'swarmSize' | 'isLost'>;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
  /** Watches of all watchers; at it the users with most of them are refused. @default MAX_WATCHED_IN_TOTAL */
  readonly mostWatches?: number;
}

type Swarm = WatchedSwarm<Watcher>;

/** Who has gone, all in one way. */
type Going = Pick<TrackerNotifications['peers'], 'gone' | 'lost'>;

/** What a watcher watches, at whose expense. */
interface Watched {
  readonly userId: string;
  readonly swarms: Set<Swarm>;
}

const TOO_MANY = 'too many files are watched; let some downloads end';

export class Watches {
  readonly #options: WatchesOptions;
  /** Group → content → watched swarm; none without watchers. */
  readonly #swarms = new Map<string, Map<string, Swarm>>();
  readonly #byWatcher = new Map<Watcher, Watched>();
  /** Watches of each user. */
  readonly #bound: SharedBound;
  /** Swarms with changes whose watchers are not in `#due` yet. */
  readonly #changed = new Set<Swarm>();
  /** Watches with something to tell, by user. */
  readonly #due = new FairQueue<Watch<Watcher>>();
  #lastNotice: Notice<'peers'> | undefined;
  #cancelGathering: (() => void) | undefined;
  #cancelPause: (() => void) | undefined;

  constructor(options: WatchesOptions) {
    this.#options = options;
    this.#bound = new SharedBound(options.mostWatches ?? MAX_WATCHED_IN_TOTAL);
  }

  /**
   * Starts watching (again) and returns the peers that the watcher knows from now on.
   * @throws TrackerError LIMIT_REACHED
   */
  add(watcher: Watcher, groupId: string, fileId: string): readonly OnlinePeer[] {
    const present = this.#byWatcher.get(watcher);
    const watched = present ?? { userId: userOf(watcher), swarms: new Set<Swarm>() };
    const known = this.#swarms.get(groupId)?.get(fileId);
    if (!(known && watched.swarms.has(known))) this.#take(watched);
    const swarm = known ?? this.#addSwarm(groupId, fileId);
    watched.swarms.add(swarm);
    if (!present) this.#byWatcher.set(watcher, watched);
    return this.#introduce(swarm.begin(watcher), MAX_PEERS_PER_ANSWER);
  }

  remove(watcher: Watcher, groupId: string, fileId: string): void {
    const swarm = this.#swarms.get(groupId)?.get(fileId);
    if (swarm) this.#remove(watcher, swarm);
  }

  /** Ends every watch of a watcher, or those in one group. */
  removeAll(watcher: Watcher, groupId?: string): void {
    for (const swarm of [...(this.#byWatcher.get(watcher)?.swarms ?? [])]) {
      if (groupId === undefined || swarm.groupId === groupId) this.#remove(watcher, swarm);
    }
  }

  /** All who watch a content. */
  watchersOf(groupId: string, fileId: string): Iterable<Watcher> {
    return this.#swarms.get(groupId)?.get(fileId)?.watchers() ?? [];
  }

  /** A device's offer came, changed or went. */
  onPresenceChanged(groupId: string, fileId: string, deviceId: string): void {
    const swarm = this.#swarms.get(groupId)?.get(fileId);
    if (!swarm) return;
    swarm.onChanged(deviceId);
    this.#changed.add(swarm);
    this.#cancelGathering ??= this.#options.delay(() => this.#onGathered(), PEERS_PUSH_DELAY_MS);
  }

  /** Forgets everything; nothing is pushed afterwards. */
  close(): void {
    this.#cancelGathering?.();
    this.#cancelPause?.();
    this.#swarms.clear();
    this.#byWatcher.clear();
    this.#changed.clear();
    while (this.#due.size > 0) this.#due.shift();
  }

  #onGathered(): void {
    this.#cancelGathering = undefined;
    for (const swarm of this.#changed) this.#lineUp(swarm);
    this.#changed.clear();
    // Those who wait since before are told of these changes when it is their turn.
    if (!this.#cancelPause) this.#tellSome();
  }

  /** Puts those in line whom the changes of a swarm concern. */
  #lineUp(swarm: Swarm): void {
    const { groupId, fileId } = swarm;
    const { presence } = this.#options;
    for (const watch of swarm.concerned((id) => presence.offered(groupId, fileId, id))) {
      if (watch.isDue) continue;
      watch.isDue = true;
      this.#due.push(userOf(watch.watcher), watch);
    }
  }

  #tellSome(): void {
    this.#cancelPause = undefined;
    let peers = 0;
    for (let told = 0; told < WATCHES_TOLD_AT_ONCE && peers < PEERS_TOLD_AT_ONCE; told++) {
      const watch = this.#due.shift();
      if (!watch) return;
      if (watch.isOver) continue;
      watch.isDue = false;
      peers += this.#tell(watch);
    }
    if (this.#due.size === 0) return;
    this.#cancelPause = this.#options.delay(() => this.#tellSome(), WATCHES_PAUSE_MS);
  }

  /** Returns of how many peers the watcher was told. */
  #tell(watch: Watch<Watcher>): number {
    const { swarm, news, watcher } = watch;
    const { groupId, fileId } = swarm;
    const online: OnlinePeer[] = [];
    const gone: string[] = [];
    for (const peer of news) {
      const { deviceId } = peer;
      const offer = this.#options.presence.peer(groupId, fileId, deviceId, watcher.places);
      if (offer) {
        swarm.onTold(watch, offer);
        online.push(offer);
      } else {
        swarm.forget(watch, peer);
        gone.push(deviceId);
      }
    }
    news.clear();
    online.push(...this.#introduceLacking(watch));
    const [first = { gone: [] }, ...further] = this.#goingsOf(gone);
    this.#push(swarm, watcher, online, first);
    for (const going of further) this.#push(swarm, watcher, [], going);
    return online.length + gone.length;
  }

  /** Who has ended the share is told apart from who is not heard of any more; none of them is empty. */
  #goingsOf(deviceIds: readonly string[]): readonly Going[] {
    const isLost = (deviceId: string): boolean => this.#options.presence.isLost(deviceId);
    const ended: Going = { gone: deviceIds.filter((deviceId) => !isLost(deviceId)) };
    const lost: Going = { gone: deviceIds.filter(isLost), lost: true };
    return [ended, lost].filter(({ gone }) => gone.length > 0);
  }

  #introduceLacking(watch: Watch<Watcher>): readonly OnlinePeer[] {
    const { swarm, known } = watch;
    swarm.review(watch);
    switch (watch.lack) {
      case 'peers':
        return this.#introduce(watch, MAX_PEERS_PER_ANSWER - known.size);
      case 'whole peers':
        return this.#introduce(watch, WHOLE_PEERS_ENOUGH - watch.wholeKnown, true);
      case undefined:
        return [];
    }
  }

  /** Draws peers that the watcher does not know yet, so many at most. */
  #introduce(watch: Watch<Watcher>, count: number, onlyWhole = false): readonly OnlinePeer[] {
    const { presence, random } = this.#options;
    const { swarm, known } = watch;
    const { groupId, fileId } = swarm;
    const { deviceId: ownId, places } = watch.watcher;
    const own = ownId && presence.peer(groupId, fileId, ownId, places);
    const others = presence.swarmSize(groupId, fileId, places).reachable - (own ? 1 : 0);
    // Most often there is nobody new.
    const drawn =
      others <= known.size
        ? []
        : presence.draw(groupId, fileId, {
            ...{ places, count, onlyWhole, random },
            maxPerUser: MAX_DEVICES_PER_USER_TOLD,
            isKnown: (deviceId) => deviceId === ownId || swarm.knows(watch, deviceId),
            held: countByUser(known.keys()),
          });
    const told = fitPeers(drawn, PAGE_BYTES);
    for (const peer of told) swarm.onTold(watch, peer);
    swarm.review(watch);
    return told;
  }

  /** Pushes in as many notifications as the frame limit asks for. */
  #push(
    { groupId, fileId }: Swarm,
    watcher: Watcher,
    online: readonly OnlinePeer[],
    { gone, ...how }: Going,
  ): void {
    let rest = online;
    let restGone = gone;
    while (rest.length > 0 || restGone.length > 0) {
      const goneNow = fitIds(restGone);
      restGone = restGone.slice(goneNow.length);
      const isFull = goneNow.length * 2 > PAGE_BYTES / 64;
      const onlineNow = isFull ? [] : fitPeers(rest, PAGE_BYTES / 2);
      rest = rest.slice(onlineNow.length);
      watcher.tell(this.#noticeOf({ groupId, fileId, online: onlineNow, gone: goneNow, ...how }));
    }
  }

  /** Many are told alike that a peer has gone, one after the other. */
  #noticeOf(told: TrackerNotifications['peers']): Notice<'peers'> {
    const last = this.#lastNotice;
    if (last && isSameGoing(last.params, told)) return last;
    return (this.#lastNotice = new Notice('peers', told));
  }

  /** Takes a place for one more. @throws TrackerError LIMIT_REACHED */
  #take({ userId, swarms }: Watched): void {
    if (swarms.size < MAX_WATCHED_PER_SESSION && this.#bound.take(userId)) return;
    throw new TrackerError('LIMIT_REACHED', TOO_MANY);
  }

  #addSwarm(groupId: string, fileId: string): Swarm {
    const swarm = new WatchedSwarm<Watcher>(groupId, fileId);
    const swarms = this.#swarms.get(groupId) ?? new Map<string, Swarm>();
    this.#swarms.set(groupId, swarms.set(fileId, swarm));
    return swarm;
  }

  #remove(watcher: Watcher, swarm: Swarm): void {
    const watched = this.#byWatcher.get(watcher);
    if (!watched?.swarms.delete(swarm)) return;
    this.#bound.giveBack(watched.userId);
    if (watched.swarms.size === 0) this.#byWatcher.delete(watcher);
    swarm.end(watcher);
    if (swarm.size > 0) return;
    this.#changed.delete(swarm);
    const swarms = this.#swarms.get(swarm.groupId);
    swarms?.delete(swarm.fileId);
    if (swarms?.size === 0) this.#swarms.delete(swarm.groupId);
  }
}

/** Both say the same of who has gone, and nothing of who is there. */
function isSameGoing(one: TrackerNotifications['peers'], other: TrackerNotifications['peers']) {
  const { groupId, fileId, online, gone } = one;
  return (
    online.length + other.online.length === 0 &&
    groupId === other.groupId &&
    fileId === other.fileId &&
    one.lost === other.lost &&
    gone.length === other.gone.length &&
    gone.every((deviceId, index) => deviceId === other.gone[index])
  );
}

function userOf({ login }: Watcher): string {
  return login?.userId ?? '';
}

function countByUser(known: Iterable<{ readonly userId: string }>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { userId } of known) counts.set(userId, (counts.get(userId) ?? 0) + 1);
  return counts;
}
