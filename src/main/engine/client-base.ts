/** The owners that everything else of a client stands on: the account, the key, the threads. */
import type { CancelledError, WireError } from '../../net/errors.js';
import { laterWithoutStaying } from '../../net/later.js';
import type { TrackerNotifications } from '../../net/tracker-api.js';
import { AccountLink } from '../account/account-link.js';
import type { AccountLinkEvents } from '../account/account-session.js';
import { BackgroundWork } from '../account/background-work.js';
import { DeviceKey } from '../account/device-key.js';
import { FileNews } from '../account/file-news.js';
import { LanKeys } from '../account/lan-keys.js';
import { Memberships } from '../account/memberships.js';
import { TicketBook } from '../account/ticket-book.js';
import type { EngineOptions } from '../api/engine.js';
import type { Offer } from '../sharing/offers.js';
import { Spool } from '../home/spool.js';
import { Unpacking } from '../threads/unpacking.js';
import { PieceCopying } from '../threads/piece-copying.js';
import { PieceHashing } from '../threads/piece-hashing.js';
import { DownloadActivity } from '../downloads/download-activity.js';
import { EventFeed } from './event-feed.js';
import { AheadHashes } from '../sharing/ahead-hashes.js';
import { SpoolKeeper } from './spool-keeper.js';
import { Workshop, type TakeThreads } from './workshop.js';
import { trackersOf } from './named-trackers.js';

/** What happens in the owners and is the engine's to answer. */
export interface OwnerHooks {
  readonly onNotification: AccountLinkEvents['onNotification'];
  readonly onSessionLost: AccountLinkEvents['onSessionLost'];
  readonly onOfferBroken: (offer: Offer, error: WireError) => void;
  readonly endSyncs: (reason: CancelledError) => Promise<void>;
  readonly onReplaced: (replaced: TrackerNotifications['replaced']) => void;
}

/** What everything else stands on: events, threads, library, account. */
export function composeBase(
  options: EngineOptions,
  takeThreads: TakeThreads | undefined,
  events: Omit<AccountLinkEvents, 'onEvent'>,
) {
  const { home, threads, slotMemoryBytes, onLocked, remember, hasher = 'wasm' } = options;
  const { durability = 'disk' } = options;
  const feed = new EventFeed(() => Date.now());
  const emit = feed.emit.bind(feed);
  const activity = new DownloadActivity({
    emit,
    isFollowed: () => feed.isFollowed,
    nowMs: () => performance.now(),
  });
  const background = new BackgroundWork(emit);
  const key = new DeviceKey(home);
  const workshop: Workshop = new Workshop({
    ...{ home, threads, slotMemoryBytes, takeThreads, onLocked, durability },
    onOpened: (library) => spoolKeeper.onOpened(library),
    onLibraryGone: () => emit({ type: 'library-gone', path: home.libraryPath }),
  });
  const pool = () => workshop.pool;
  const link = new AccountLink({
    home,
    trackers: trackersOf(options),
    remember,
    peerTransport: options.peerTransport,
    key,
    events: { ...events, onEvent: emit },
  });
  const lanKeys: LanKeys = new LanKeys({ link, background });
  const tickets = new TicketBook(link, (groupId, lanKey) => lanKeys.learn(groupId, lanKey));
  const news = { link, background, random: Math.random, later: laterWithoutStaying };
  const fileNews = new FileNews(news);
  const memberships = new Memberships();
  const hashing = new PieceHashing(pool, hasher);
  const copying = new PieceCopying(pool, hasher);
  const unpacking = new Unpacking(pool);
  const library = () => workshop.library();
  const basics = { feed, emit, background, key, workshop, pool, library, link, lanKeys, tickets };
  const spool = new Spool(home.spoolPath);
  const spoolKeeper: SpoolKeeper = new SpoolKeeper({ library, spool, background });
  const aheadHashes = new AheadHashes({ spool, hashing });
  const spooling = { spool, spoolKeeper, aheadHashes };
  return {
    ...basics,
    ...spooling,
    fileNews,
    activity,
    memberships,
    hasher,
    hashing,
    copying,
    unpacking,
  };
}
