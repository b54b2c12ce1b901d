/**
 * Composes the owners of one client: makes each with the two to four others it needs, in the
 * order of the floors. The one place that knows them all; nothing here runs yet.
 */
import { ownAddresses } from '../../net/own-addresses.js';
import { FileWatches } from '../account/file-watches.js';
import { TicketRenewal } from '../account/ticket-renewal.js';
import type { EngineOptions } from '../api/engine.js';
import { DownloadDesk } from '../downloads/download-desk.js';
import type { Listen } from '../downloads/download-preparation.js';
import { DownloadRecord } from '../downloads/download-record.js';
import { Downloads } from '../downloads/downloads.js';
import type { Parcels } from '../downloads/parcels.js';
import type { PeerConnections } from '../downloads/peer-connections.js';
import { diskSyncOf } from '../disk/disk-sync.js';
import { PieceHints } from '../home/piece-hints.js';
import type { Spool } from '../home/spool.js';
import { Lan, type LanOptions } from '../lan/lan.js';
import { PieceReuse } from '../downloads/piece-reuse.js';
import { Repairs } from '../downloads/repairs.js';
import { Verification } from '../sharing/verification.js';
import { composeRates } from './client-rates.js';
import { exitGroup, type GroupExitOwners } from './group-exit.js';
import { NetworkWatch } from './network-watch.js';
import type { PoliteRates } from './polite-rates.js';
import { Online, type OnlineOptions, type OnlineOwners } from './online.js';
import { removeLeftForGuests, type HeldForGuestsOwners } from './held-for-guests.js';
import type { TakeThreads } from './workshop.js';
import { composeBase, type OwnerHooks } from './client-base.js';
import { composeConnections, composeMetPeers } from './connection-owners.js';
import { composeSharing } from './sharing-owners.js';

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
      polite?.start(base.link.trackerHost);
      return online.onSession(calls, session, reason);
    },
    onTimeMoved: (session) => online.trust(session),
  });
  const sharing = composeSharing(base, options, hooks, {
    startListening: () => online.start(),
    receivedBytes: () => connections.receivedBytes + parcels.receivedBytes,
    isVerifying: () => verification.isRunning,
    onMapped: () => background.run(() => online.registerAgain()),
  });
  const { link, tickets, lanKeys, background, emit, library, memberships, spool } = base;
  const { serving, reach, uploads, shares, scrub, batches, growing, listings } = sharing;
  const lan = composeLan(base, options, sharing, (heard) => watches.onHeard(heard));
  const watches = new FileWatches(link, tickets, background, lan);
  const met = composeMetPeers(options);
  const around = { start: () => online.start(), lan, met, askRouter: () => online.askRouter() };
  const dialling = composeConnections(base, options, sharing, around);
  const { connections, parcels, answers, dialAhead } = dialling;
  const { guestCopies } = sharing;
  const record = new DownloadRecord({ library, link, shares, guestCopies, background, emit });
  const { hashing, unpacking, copying, activity } = base;
  const hints = new PieceHints(options.home.piecesPath);
  const sync = diskSyncOf(options.durability ?? 'disk');
  const reuse = new PieceReuse({ library, link, copying, hashing });
  const work = { hashing, unpacking, reuse, growing, record, hints, sync, watches, activity };
  const downloads = new Downloads({ ...work, connections, parcels }, withHeardEnds(options, spool));
  const startThreads = (): void => void base.pool();
  const prepare = {
    startThreads,
    dialAhead: (...[groupId, likely]: Parameters<typeof dialAhead.begin>) =>
      // What is guessed is asked for, within the limits.
      dialAhead.begin(groupId, (account) => limits.load().then(() => likely(account))),
    listen: (isAlone: boolean) => listenForDownload(options, online, isAlone),
  };
  const desk = new DownloadDesk({
    ...{ link, library, memberships, batches, hints, downloads, prepare, background, emit, spool },
    homePath: options.home.path,
  });
  const fetching = { watches, connections, parcels, downloads, desk, answers };
  const repairs = new Repairs({ ...{ link, batches, downloads, shares, startThreads } });
  const verification = new Verification({ ...{ library, hashing, shares, repairs } });
  const rated = { link, rates: sharing.rates, uploads, connections, parcels, emit };
  const { polite, limits } = composeRates(options, rated);
  const renewal = composeRenewal(base, fetching);
  const online: Online = new Online(
    {
      ...{ link, serving, reach, uploads, shares, scrub, memberships, tickets, listings, emit },
      ...fetching,
      ...{ lan, lanKeys, limits, ...sharing.routers, ...hooks, fileNews: base.fileNews },
      onRole: (...told) => background.run(() => sharing.guests.onRole(...told)),
      ...endingsOf({ ...fetching, ...base, ...sharing, met, hints }),
    },
    onlineOptionsOf(options, library),
  );
  const network = watchNetwork({ link, connections, background, online, polite });
  const found = { network, lan, met, polite, limits };
  return { ...base, ...sharing, ...fetching, ...found, hints, verification, online, renewal };
}

type OwnedBase = ReturnType<typeof composeBase>;

/** What ends by itself, in the background. */
function endingsOf(
  parts: GroupExitOwners & HeldForGuestsOwners & Pick<OwnedBase, 'background'>,
): Pick<OnlineOwners, 'leaveGroup' | 'removeLeft'> {
  const { background } = parts;
  return {
    leaveGroup: (account, groupId, error) =>
      background.run(() => exitGroup(parts, account, groupId, error)),
    removeLeft: () => background.run(() => removeLeftForGuests(parts)),
  };
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

/** Who reads what passes through the spool is the one who hears of its end. */
function withHeardEnds(options: EngineOptions, spool: Pick<Spool, 'has'>): EngineOptions {
  const { onDownloadEnded } = options;
  if (onDownloadEnded === undefined) return options;
  return {
    ...options,
    onDownloadEnded: (progress) => {
      if (!spool.has(progress.path)) onDownloadEnded(progress);
    },
  };
}
