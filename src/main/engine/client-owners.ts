/**
 * Composes the owners of one client: makes each with the two to four others it needs, in the
 * order of the floors. The one place that knows them all; nothing here runs yet.
 */
import { scopeOf } from '../../net/address-scope.js';
import type { WireError } from '../../net/errors.js';
import {
  DEFAULT_BLOCK_LENGTH,
  INITIAL_PIPELINE_BYTES,
  PROOF_REST_FACTOR,
  SCRUB_REST_FACTOR,
} from '../../net/limits.js';
import { ownAddresses } from '../../net/own-addresses.js';
import { createRateCell } from '../../net/shared-rate-limiter.js';
import type { PeerAddress, TrackerNotifications } from '../../net/tracker-api.js';
import { AccountLink, type AccountLinkEvents } from '../account/account-link.js';
import { BackgroundWork } from '../account/background-work.js';
import { DeviceKey } from '../account/device-key.js';
import { FileWatches } from '../account/file-watches.js';
import { LanKeys } from '../account/lan-keys.js';
import { Memberships } from '../account/memberships.js';
import { TicketBook } from '../account/ticket-book.js';
import { TicketRenewal } from '../account/ticket-renewal.js';
import { FolderListings } from '../account/folder-listings.js';
import { TrackerBatches } from '../account/tracker-batches.js';
import type { EngineOptions } from '../api/engine-api.js';
import type { LateReach } from '../api/reach.js';
import { DialAhead } from '../downloads/dial-ahead.js';
import { DialRules } from '../downloads/dial-rules.js';
import { DownloadDesk, type Listen } from '../downloads/download-desk.js';
import { DownloadRecord } from '../downloads/download-record.js';
import { Downloads } from '../downloads/downloads.js';
import { LateWays } from '../downloads/late-ways.js';
import { MetPeers } from '../downloads/met-peers.js';
import { Parcels } from '../downloads/parcels.js';
import { PeerConnections } from '../downloads/peer-connections.js';
import { diskSyncOf } from '../disk/disk-sync.js';
import { clearMetPeers, readMetPeers, writeMetPeers } from '../home/met-peers-file.js';
import { PieceHints } from '../home/piece-hints.js';
import { Lan, type LanOptions } from '../lan/lan.js';
import { PieceReuse } from '../downloads/piece-reuse.js';
import { Repairs } from '../downloads/repairs.js';
import { findGateways } from '../router/gateways.js';
import { PcpMapper } from '../router/pcp-mapper.js';
import { PortMapping } from '../router/port-mapping.js';
import { UpnpMapper } from '../router/upnp-mapper.js';
import { GrowingFiles, type Listening } from '../sharing/growing-files.js';
import { IdlePace, TransferActivity, sleepIdly } from '../sharing/idle-pace.js';
import { AnnouncedNames } from '../sharing/announced-names.js';
import { CallAnswers } from '../sharing/call-answers.js';
import { RelayedTraffic } from '../sharing/relayed-traffic.js';
import { RelayPlaces } from '../sharing/relay-places.js';
import { Reachability } from '../sharing/reachability.js';
import { Scrub } from '../sharing/scrub.js';
import { Serving } from '../sharing/serving.js';
import { Shares } from '../sharing/shares.js';
import type { Offer } from '../sharing/offers.js';
import { TakenFiles } from '../sharing/taken-files.js';
import { Uploads } from '../sharing/uploads.js';
import { laterByTimer } from '../../net/later.js';
import { addressText } from '../tracker-link/address-text.js';
import { Verification } from '../sharing/verification.js';
import { Unpacking } from '../threads/unpacking.js';
import { PieceCopying } from '../threads/piece-copying.js';
import { PieceHashing } from '../threads/piece-hashing.js';
import { createRates, politeRatesOf } from './client-rates.js';
import { EventFeed } from './event-feed.js';
import { exitGroup } from './group-exit.js';
import { NetworkWatch } from './network-watch.js';
import type { PoliteRates } from './polite-rates.js';
import { Online, type OnlineOptions } from './online.js';
import { Workshop, type TakeThreads } from './workshop.js';

/** What happens in the owners and is the engine's to answer. */
export interface OwnerHooks {
  readonly onNotification: AccountLinkEvents['onNotification'];
  readonly onSessionLost: AccountLinkEvents['onSessionLost'];
  readonly onOfferBroken: (offer: Offer, error: WireError) => void;
  readonly onReplaced: (replaced: TrackerNotifications['replaced']) => void;
}

/** The owners that the engine itself speaks to. */
export type ClientOwners = ReturnType<typeof composeOwners>;

/** Makes the owners of a client. */
export function composeOwners(
  options: EngineOptions,
  takeThreads: TakeThreads | undefined,
  hooks: OwnerHooks,
) {
  const base = composeBase(options, takeThreads, {
    ...hooks,
    onReplacing: (userId) => online.onReplacing(userId),
    onSession: (calls, session, reason) => {
      network.start();
      polite?.start();
      return online.onSession(calls, session, reason);
    },
    onTimeMoved: (session) => online.trust(session),
  });
  const start = (): Promise<PeerAddress> => online.start();
  const sharing = composeSharing(base, options, hooks, {
    startListening: start,
    receivedBytes: () => connections.receivedBytes + parcels.receivedBytes,
    isVerifying: () => verification.isRunning,
    onMapped: () => background.run(() => online.registerAgain()),
  });
  const { link, tickets, lanKeys, background, emit, library, memberships } = base;
  const { serving, reach, router, uploads, shares, scrub, batches, growing, listings } = sharing;
  const lan = composeLan(base, options, sharing, (heard) => watches.onHeard(heard));
  const watches = new FileWatches(link, tickets, background, lan);
  const met = composeMetPeers(options);
  const { connections, parcels, answers, dialAhead } = composeConnections(base, options, sharing, {
    start,
    lan,
    met,
  });
  const record = new DownloadRecord({ library, link, shares, background, emit });
  const { hashing, unpacking, copying } = base;
  const hints = new PieceHints(options.home.piecesPath);
  const sync = diskSyncOf(options.durability ?? 'disk');
  const reuse = new PieceReuse({ library, link, copying, hashing });
  const downloads = new Downloads({
    ...{ hashing, unpacking, reuse, watches, connections, parcels, growing, record, hints, sync },
  });
  const startThreads = (): void => void base.pool();
  const prepare = {
    startThreads,
    dialAhead: (groupId: string) => dialAhead.begin(groupId),
    listen: (isAlone: boolean) => listenForDownload(options, online, isAlone),
  };
  const desk = new DownloadDesk({
    ...{ link, library, memberships, batches, hints, downloads, prepare, background, emit },
  });
  const fetching = { watches, connections, parcels, downloads, desk, answers };
  const repairs = new Repairs({ ...{ link, batches, downloads, shares, startThreads } });
  const verification = new Verification({ ...{ library, hashing, shares, repairs } });
  const online: Online = new Online(
    {
      ...{ link, serving, reach, uploads, shares, scrub, memberships, tickets, listings, emit },
      ...fetching,
      ...{ lan, lanKeys, router },
      onReplaced: hooks.onReplaced,
      leaveGroup: (account, groupId, error) => {
        const parts = { ...fetching, uploads, memberships, tickets, listings, library, met };
        background.run(() => exitGroup(parts, account, groupId, error));
      },
    },
    onlineOptionsOf(options, library),
  );
  const renewal = composeRenewal(base, { downloads, connections, parcels });
  const rated = { link, rates: sharing.rates, uploads, connections, parcels };
  const polite = politeRatesOf(options, rated);
  const network = watchNetwork({ link, connections, background, online, polite });
  const found = { network, lan, met, polite };
  return { ...base, ...sharing, ...fetching, ...found, hints, verification, online, renewal };
}

/** Keeps the tickets fresh of what is downloaded. */
function composeRenewal(
  { tickets, background, emit }: ReturnType<typeof composeBase>,
  { downloads, connections, parcels }: Fetching,
): TicketRenewal {
  return new TicketRenewal({
    tickets,
    background,
    activeGroups: () => downloads.activeGroups(),
    onTicket: (groupId, ticket) => {
      connections.onTicket(groupId, ticket);
      parcels.onTicket(groupId, ticket);
    },
    emit,
  });
}

interface Fetching {
  readonly downloads: Downloads;
  readonly connections: PeerConnections;
  readonly parcels: Parcels;
}

function onlineOptionsOf(
  { remember, isStaying = false, isScrubbing = false }: EngineOptions,
  lockHome: OnlineOptions['lockHome'],
): OnlineOptions {
  return { remember, isStaying, isScrubbing, lockHome };
}

/** Who has to know that this machine has other addresses, in this order. */
function watchNetwork({
  link,
  connections,
  background,
  online,
  polite,
}: Pick<ReturnType<typeof composeBase>, 'link' | 'background'> & {
  readonly connections: PeerConnections;
  readonly online: Online;
  readonly polite: PoliteRates | undefined;
}): NetworkWatch {
  const onChanged = (): void => {
    link.onNetworkChanged();
    connections.onNetworkChanged();
    polite?.onNetworkChanged();
    background.run(() => online.onNetworkChanged());
  };
  return new NetworkWatch({ own: ownAddresses, onChanged });
}

/** The peers of one's own network, if they are wanted. */
function composeLan(
  { link, lanKeys, key }: ReturnType<typeof composeBase>,
  { isInLan = false }: EngineOptions,
  { uploads, serving }: Pick<ReturnType<typeof composeSharing>, 'uploads' | 'serving'>,
  onChange: LanOptions['onChange'],
): Lan | undefined {
  if (!isInLan) return undefined;
  const lan = new Lan({
    keys: lanKeys,
    offers: {
      groupIds: () => uploads.groupIds,
      fileOf: ({ groupId, fileId }) => {
        const offer = uploads.offerOf(groupId, fileId);
        return offer && { isComplete: offer.pieces.isFull };
      },
    },
    listening: () => serving.addresses,
    own: ownAddresses,
    credentials: () => key.load(),
    userId: () => link.session?.account.userId,
    isTrackerAway: () => !link.isConnected,
    trackerMs: () => link.nowMs(),
    steadyMs: () => performance.now(),
    onChange,
  });
  lanKeys.hear(() => lan.onKeys());
  return lan;
}

/** What connections need besides. */
interface ConnectionSurroundings {
  readonly start: () => Promise<unknown>;
  readonly lan: Lan | undefined;
  readonly met: MetPeers;
}

function composeMetPeers({ home }: EngineOptions): MetPeers {
  return new MetPeers({
    read: () => readMetPeers(home),
    write: (record) => writeMetPeers(home, record),
    clear: () => clearMetPeers(home),
  });
}

/** The connections on which this client downloads, and what it does when others call it. */
function composeConnections(
  { pool, tickets, link, key, hasher, background }: ReturnType<typeof composeBase>,
  { blockLength, pipelineBytes, durability = 'disk' }: EngineOptions,
  { rates, serving, reach, uploads }: ReturnType<typeof composeSharing>,
  { start: listen, lan, met }: ConnectionSurroundings,
): {
  connections: PeerConnections;
  parcels: Parcels;
  answers: CallAnswers;
  dialAhead: DialAhead;
} {
  const nowMs = (): number => performance.now();
  const hasHeard = (address: PeerAddress): boolean => lan?.hasHeard(address) === true;
  const trackerHost = (): string | undefined => link.trackerHost ?? dialAhead.trackerHost;
  const rules = new DialRules({ trackerHost, nowMs, own: ownAddresses, hasHeard });
  const plausible = (addresses: readonly PeerAddress[]): PeerAddress[] =>
    rules.plausible(addresses);
  const relays = new RelayPlaces({ link, tickets, plausible });
  const later = laterByTimer;
  const late = new LateWays({ link, pool, serving, reach, listen, relays, nowMs, later });
  const options = {
    ...{ pool, tickets, rates, hasher, rules, late },
    credentials: () => key.loaded,
    transport: () => link.requireSession().info.peerTransport,
    blockLength: blockLength ?? DEFAULT_BLOCK_LENGTH,
  };
  const connections = new PeerConnections({
    ...options,
    pipelineBytes: pipelineBytes ?? INITIAL_PIPELINE_BYTES,
    onMet: (groupId, peer, at) => {
      const { session } = link;
      if (session?.info.peerTransport !== 'tls') return;
      background.run(() => met.onMet(session.account, groupId, peer, at));
    },
  });
  const dialAhead: DialAhead = new DialAhead({ link, key, met, connections, background });
  return {
    connections,
    dialAhead,
    parcels: new Parcels({ ...options, isSynced: durability === 'disk', nowMs }),
    answers: new CallAnswers({ serving, uploads, plausible, relays, background, nowMs }),
  };
}

/** What everything else stands on: events, threads, library, account. */
function composeBase(
  options: EngineOptions,
  takeThreads: TakeThreads | undefined,
  events: Omit<AccountLinkEvents, 'onEvent'>,
) {
  const { home, threads, slotMemoryBytes, onLocked, tracker, remember, hasher = 'wasm' } = options;
  const { durability = 'disk' } = options;
  const feed = new EventFeed();
  const emit = feed.emit.bind(feed);
  const background = new BackgroundWork(emit);
  const key = new DeviceKey(home);
  const workshop = new Workshop({
    ...{ home, threads, slotMemoryBytes, takeThreads, onLocked, durability },
    onLibraryGone: () => emit({ type: 'library-gone', path: home.libraryPath }),
  });
  const pool = () => workshop.pool;
  const link = new AccountLink({
    home,
    tracker,
    remember,
    peerTransport: options.peerTransport,
    key,
    events: { ...events, onEvent: emit },
  });
  const lanKeys: LanKeys = new LanKeys({ link, background });
  const tickets = new TicketBook(link, (groupId, lanKey) => lanKeys.learn(groupId, lanKey));
  const memberships = new Memberships();
  const hashing = new PieceHashing(pool, hasher);
  const copying = new PieceCopying(pool, hasher);
  const unpacking = new Unpacking(pool);
  const library = () => workshop.library();
  const basics = { feed, emit, background, key, workshop, pool, library, link, lanKeys, tickets };
  return { ...basics, memberships, hasher, hashing, copying, unpacking };
}

/** What sharing asks of owners that are made after it. */
interface SharingSurroundings {
  readonly startListening: Listening['start'];
  readonly receivedBytes: () => number;
  readonly isVerifying: () => boolean;
  readonly onMapped: () => void;
}

function composeSharing(
  base: ReturnType<typeof composeBase>,
  { listen, furtherHosts, announce = [], isMapped, ...limits }: EngineOptions,
  hooks: Pick<OwnerHooks, 'onOfferBroken'>,
  { startListening, receivedBytes, isVerifying, onMapped }: SharingSurroundings,
) {
  const { link, tickets, memberships, key, pool, library, background, hashing, emit } = base;
  const rates = createRates(limits);
  const batches = new TrackerBatches(link, tickets);
  const uploads = new Uploads(
    { onOfferBroken: hooks.onOfferBroken },
    { trackerMs: () => link.nowMs(), steadyMs: () => performance.now() },
    new TakenFiles({ emit, nowMs: () => Date.now(), later: laterByTimer }),
  );
  const own = ownAddresses;
  const hosts = furtherHosts && { furtherHosts };
  const { relayBytesPerSecond } = limits;
  const relaying =
    relayBytesPerSecond === undefined
      ? undefined
      : { rate: createRateCell(relayBytesPerSecond), traffic: new RelayedTraffic() };
  const relay = relaying && { relaying };
  const serving = new Serving({
    ...{ pool, uploads, listen, key, rates, own },
    ...hosts,
    ...relay,
  });
  const announced = new AnnouncedNames(announce);
  const isLoopbackMeant = [listen.host, ...(furtherHosts ?? [])].every(isLoopback);
  const later = laterByTimer;
  const router =
    isMapped === true ? composeRouter(onMapped, () => reach.onRouterAnswered()) : undefined;
  const mapped = (): readonly PeerAddress[] => router?.candidates ?? [];
  const isRouterAsked = (): boolean => router?.state.state === 'asking';
  const late = (): LateReach | undefined => lateReachOf(link.session);
  const ways = { announced, mapped, isRouterAsked, own, late };
  const isRelaying = relaying !== undefined;
  const reach: Reachability = new Reachability({
    ...ways,
    isLoopbackMeant,
    isRelaying,
    later,
    emit,
  });
  const activity = new TransferActivity(
    () => uploads.sentBytes + receivedBytes(),
    () => performance.now(),
  );
  const isBusy = (): boolean => activity.isBusy() || isVerifying();
  const sleep = sleepIdly;
  const proofPace = { isBusy, factor: 1, busyFactor: PROOF_REST_FACTOR, sleep };
  const scrubPace = { isBusy, factor: SCRUB_REST_FACTOR, busyFactor: undefined, sleep };
  const shares = new Shares({
    ...{ library, uploads, serving, batches, memberships, hashing, background, emit },
    pace: new IdlePace(proofPace),
  });
  const scrub = new Scrub({
    ...{ library, hashing, shares, background, sleep },
    pace: new IdlePace(scrubPace),
    nowMs: () => Date.now(),
  });
  const listening = { isOpen: () => serving.address !== undefined, start: startListening };
  const growing = new GrowingFiles({ uploads, batches, link, listening, background });
  const listings = new FolderListings(batches, later);
  const found = { reach, router, relayed: relaying?.traffic };
  return { rates, batches, listings, uploads, serving, ...found, shares, scrub, growing };
}

/** How others come whom nobody can dial, as the tracker has said with the login. */
function lateReachOf(session: AccountLink['session']): LateReach | undefined {
  if (session?.info.calls !== true) return undefined;
  return session.info.relays === true ? { relay: addressText(session.tracker) } : {};
}

/** The router of this machine's network, asked in the ways that routers know. */
function composeRouter(onChanged: () => void, onAnswered: () => void): PortMapping {
  const gateways = () => findGateways(ownAddresses());
  const mappers = [new PcpMapper(), new UpnpMapper()];
  return new PortMapping({ gateways, mappers, later: laterByTimer, onChanged, onAnswered });
}

/** A host that stands for this machine alone, whatever a name may be mapped to. */
function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || scopeOf(host) === 'loopback';
}

/**
 * A port that a user has chosen may well be taken. Else a listener can wait until there is
 * something to serve, which for one small file never comes; many files are worth one.
 */
function listenForDownload(
  { listen }: EngineOptions,
  online: Online,
  isAlone: boolean,
): Listen | undefined {
  const isFirst = listen.port !== 0;
  return isFirst || !isAlone ? { opened: online.start(), isFirst } : undefined;
}
