/** Makes the owners of what a client serves, and of how others reach it. */
import { scopeOf } from '../../net/address-scope.js';
import { PROOF_REST_FACTOR, SCRUB_REST_FACTOR } from '../../net/limits.js';
import { ownAddresses } from '../../net/own-addresses.js';
import { createRateCell } from '../../net/shared-rate-limiter.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { AccountLink } from '../account/account-link.js';
import { FolderListings } from '../account/folder-listings.js';
import { TrackerBatches } from '../account/tracker-batches.js';
import type { EngineOptions } from '../api/engine.js';
import type { LateReach } from '../api/reach.js';
import { GuestBook, type GuestBookOptions } from '../guests/guest-book.js';
import { findGateways, findSixGateways } from '../router/gateways.js';
import { PcpMapper } from '../router/pcp-mapper.js';
import { Pinholes } from '../router/pinholes.js';
import { PortMapping } from '../router/port-mapping.js';
import { UpnpMapper } from '../router/upnp-mapper.js';
import { GuestCopies } from '../sharing/guest-copies.js';
import { GrowingFiles, type Listening } from '../sharing/growing-files.js';
import { IdlePace, TransferActivity, sleepIdly } from '../sharing/idle-pace.js';
import { AnnouncedNames } from '../sharing/announced-names.js';
import { RelayedTraffic } from '../sharing/relayed-traffic.js';
import { Reachability } from '../sharing/reachability.js';
import { Scrub } from '../sharing/scrub.js';
import { Serving } from '../sharing/serving.js';
import { Shares } from '../sharing/shares.js';
import { TakenFiles } from '../sharing/taken-files.js';
import { Takers } from '../sharing/takers.js';
import { Uploads } from '../sharing/uploads.js';
import { laterByTimer } from '../../net/later.js';
import { addressText } from '../tracker-link/address-text.js';
import { createRates } from './client-rates.js';
import type { composeBase, OwnerHooks } from './client-base.js';

/** What sharing asks of owners that are made after it. */
interface SharingSurroundings {
  readonly startListening: Listening['start'];
  readonly receivedBytes: () => number;
  readonly isVerifying: () => boolean;
  readonly onMapped: () => void;
}

export function composeSharing(
  base: ReturnType<typeof composeBase>,
  { home, listen, furtherHosts, announce = [], isMapped, ...limits }: EngineOptions,
  hooks: Pick<OwnerHooks, 'onOfferBroken'>,
  { startListening, receivedBytes, isVerifying, onMapped }: SharingSurroundings,
) {
  const { link, tickets, memberships, key, pool, library, background, hashing, emit } = base;
  const rates = createRates(limits);
  const batches = new TrackerBatches(link, tickets);
  const taken = new TakenFiles({ emit, nowMs: () => Date.now(), later: laterByTimer });
  const takers = new Takers(emit);
  const uploads = new Uploads(
    { onOfferBroken: hooks.onOfferBroken },
    { trackerMs: () => link.nowMs(), steadyMs: () => performance.now() },
    { taken, takers },
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
  const routers = composeRouters(isMapped === true, onMapped, () => reach.onRouterAnswered());
  const { router, mapped } = routers;
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
  const guestCopies = new GuestCopies({ ...base, uploads, serving, batches });
  const listings = new FolderListings(batches, later);
  const guests = composeGuests({ ...base, shares, batches, home });
  const found = { guestCopies, reach, router, routers, relayed: relaying?.traffic, guests };
  return { rates, batches, listings, uploads, takers, serving, ...found, shares, scrub, growing };
}

function composeGuests(parts: Omit<GuestBookOptions, 'steadyMs'>): GuestBook {
  const { home, link, memberships, library, shares, batches, spool } = parts;
  const steadyMs = (): number => performance.now();
  return new GuestBook({ home, link, memberships, library, shares, batches, spool, steadyMs });
}

/** How others come whom nobody can dial, as the tracker has said with the login. */
function lateReachOf(session: AccountLink['session']): LateReach | undefined {
  if (session?.info.calls !== true) return undefined;
  return session.info.relays === true ? { relay: addressText(session.tracker) } : {};
}

/** The routers of this machine's network, of both families, asked in the ways that they know; none unless it is wanted. */
function composeRouters(isWanted: boolean, onChanged: () => void, onAnswered: () => void) {
  if (!isWanted) return { mapped: (): readonly PeerAddress[] => [] };
  const later = laterByTimer;
  const router = new PortMapping({
    gateways: () => findGateways(ownAddresses()),
    mappers: [new PcpMapper(), new UpnpMapper()],
    ...{ later, onChanged, onAnswered },
  });
  const pinholes = new Pinholes({
    gateways: () => findSixGateways(ownAddresses()),
    mapper: new PcpMapper(),
    ...{ later, onChanged },
  });
  const mapped = (): readonly PeerAddress[] => [...router.candidates, ...pinholes.candidates];
  return { router, pinholes, mapped };
}

/** A host that stands for this machine alone, whatever a name may be mapped to. */
function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || scopeOf(host) === 'loopback';
}
