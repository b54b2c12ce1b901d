/**
 * What a client tells of itself and of its user's account: who is logged in and where, what it is
 * doing. Asks the owners, and the tracker where only that knows; owns no state.
 */
import { P2pError, toWireError, TrackerError } from '../../net/errors.js';
import { sumOf, type TrafficBytes } from '../../net/traffic.js';
import { stateFileAt } from '../../net/state-file.js';
import type { IdleDownloads, Status } from '../api/client-status.js';
import type { EngineOptions } from '../api/engine.js';
import type { EngineApi } from '../api/engine-api.js';
import type { HoldingLimit } from '../api/rate-limits.js';
import type { Account } from '../home/library-records.js';
import { addressText } from '../tracker-link/address-text.js';
import { listAll } from '../tracker-link/tracker-calls.js';
import type { ClientOwners } from './client-owners.js';
import { boundOf } from './limit-rules.js';
import { toldAddresses } from './tracker-addresses.js';

export async function whoami({ link, key }: ClientOwners): ReturnType<EngineApi['whoami']> {
  const calls = await link.calls();
  const session = link.requireSession();
  const { account, tracker } = session;
  const groups = await listAll(calls, 'listMemberships', {});
  const met = await link.howMet(session);
  return {
    userId: account.userId,
    tracker: addressText(tracker),
    trackerIdentity: met && { how: met.how, id: met.trackerId },
    deviceId: await key.deviceId(),
    groups,
  };
}

export async function listDevices({ link, key }: ClientOwners): ReturnType<EngineApi['devices']> {
  const devices = await listAll(await link.calls(), 'listDevices', {});
  const own = await key.deviceId();
  return devices.map((device) => ({ ...device, isThis: device.deviceId === own }));
}

/** @throws TrackerError NO_SUCH_DEVICE */
export async function logoutDevice(
  { link }: ClientOwners,
  deviceId: string | undefined,
): Promise<void> {
  const which = deviceId === undefined ? {} : { deviceId };
  const { isKnown } = await (await link.calls()).call('logoutDevice', which);
  if (isKnown) return;
  throw new TrackerError('NO_SUCH_DEVICE', 'you were never logged in on such a device');
}

/**
 * `tryTracker` is asked for when only the tracker knows whether a remembered login still counts; without it the
 * tracker is left alone, and what only it knows is left out.
 */
export async function statusOf(
  owners: ClientOwners,
  options: EngineOptions,
  tryTracker: (() => Promise<void>) | undefined,
): Promise<Status> {
  const { link, key, library, workshop, serving, reach, uploads, shares: sharing } = owners;
  const { downloads, desk, connections, parcels, relayed, polite, limits, guests } = owners;
  await limits.load();
  const all = limits.holdingOf({ kind: 'all' });
  const lan = limits.holdingOf({ kind: 'lan' });
  const wan = limits.holdingOf({ kind: 'wan' });
  const [upBytesPerSecond = 0, downBytesPerSecond = 0] = polite?.bytesPerSecond ?? [];
  const { relayBytesPerSecond: bytesPerSecondLimit } = options;
  const user = await link.whoIsLoggedIn();
  if (user && !link.session) await tryTracker?.();
  const met = user && (await link.howMet(user));
  const account = user?.account;
  const kept = { library, workshop, desk, shares: sharing, libraryPath: options.home.libraryPath };
  const [shares, idleDownloads, told] = await Promise.all([
    sharesOf(account, kept),
    idleDownloadsOf(account, kept),
    toldByTracker(link, tryTracker !== undefined),
  ]);
  const up = uploads.sentBytesPerSecond;
  const comes = [connections.receivedBytesPerSecond, parcels.receivedBytesPerSecond];
  const running = downloads.running.filter(({ request }) => !downloads.isWaiting(request.id));
  const rates = running.map((download) => download.progress().bytesPerSecond);
  return {
    userId: user?.account.userId,
    tracker: user && addressText(user.tracker),
    isTrackerConnected: link.isConnected,
    trackerAddresses: toldAddresses(link, user),
    trackerIdentity: met && { how: met.how, id: met.trackerId },
    deviceId: await key.knownDeviceId(),
    listening: serving.address,
    gateway: guests.gateway,
    reach: reach.state,
    peerTransport: link.session?.info.peerTransport,
    requiredPeerTransport: options.peerTransport,
    sharedFiles: shares?.served ?? [...uploads.offers()].length,
    shares: shares?.shared,
    ...told,
    uploadSessions: uploads.peerCount,
    // Those that wait in line are counted among the idle ones.
    runningDownloads: running.length,
    idleDownloads,
    upBytesPerSecond: Math.round(up.lan + up.wan + up.relay),
    downBytesPerSecond: Math.round(rates.reduce((sum, rate) => sum + rate, 0)),
    sentBytes: uploads.sentBytes,
    receivedBytes: connections.receivedBytes + parcels.receivedBytes,
    traffic: { sent: uploads.sent, received: sumOf(connections.received, parcels.received) },
    trafficBytesPerSecond: { sent: rounded(up), received: rounded(sumOf(...comes)) },
    relay:
      relayed && bytesPerSecondLimit !== undefined
        ? { bytesPerSecondLimit, ...relayed.counts }
        : undefined,
    upBytesPerSecondLimit: boundOf(all.up),
    downBytesPerSecondLimit: boundOf(all.down),
    background: polite && { upBytesPerSecond, downBytesPerSecond },
    lanBytesPerSecondLimit: nearLimit(lan.up, lan.down),
    lanUpBytesPerSecondLimit: nearLimit(lan.up),
    lanDownBytesPerSecondLimit: nearLimit(lan.down),
    wanUpBytesPerSecondLimit: boundOf(wan.up),
    wanDownBytesPerSecondLimit: boundOf(wan.down),
  };
}

function rounded({ lan, wan, relay }: TrafficBytes): TrafficBytes {
  return { lan: Math.round(lan), wan: Math.round(wan), relay: Math.round(relay) };
}

/** The smallest of these; undefined where none says anything. */
function nearLimit(...limits: readonly HoldingLimit['up'][]): Status['lanBytesPerSecondLimit'] {
  if (limits.every((limit) => limit === undefined)) return undefined;
  const least = Math.min(...limits.map((limit) => boundOf(limit) ?? Infinity));
  return Number.isFinite(least) ? least : 'unlimited';
}

const NOTHING_TOLD = { quotas: undefined, requests: undefined };

/** What only the tracker knows; one that is away is not waited for, and one of before may not know it. */
async function toldByTracker(
  link: ClientOwners['link'],
  isAsked: boolean,
): Promise<Pick<Status, 'quotas' | 'requests'>> {
  if (!isAsked || !link.isConnected || !link.session) return NOTHING_TOLD;
  const calls = await link.calls().catch(nothingOf);
  const [quotas, requests] = await Promise.all([
    calls?.call('quotaUse', {}).catch(nothingOf),
    calls?.call('openRequests', {}).catch(nothingOf),
  ]);
  return { quotas, requests };
}

/** A refusal leaves a line out; a fault does not. */
function nothingOf(error: unknown): undefined {
  if (!(error instanceof P2pError)) throw error;
}

/** Where what this client keeps is found. */
interface Kept extends Pick<ClientOwners, 'library' | 'workshop' | 'desk' | 'shares'> {
  readonly libraryPath: string;
}

/** What is wrong with the library is for those to say who need it. */
async function sharesOf(
  account: Account | undefined,
  kept: Kept,
): Promise<{ readonly shared: number; readonly served: number } | undefined> {
  const none = { shared: 0, served: 0 };
  if (!account) return none;
  return (async () => {
    if (!(await hasLibrary(kept))) return none;
    return kept.shares.count(account);
  })().catch(nothingOf);
}

async function idleDownloadsOf(
  account: Account | undefined,
  kept: Kept,
): Promise<IdleDownloads | undefined> {
  const counts = { queued: 0, paused: 0, interrupted: 0, failed: 0 };
  if (!account) return counts;
  return (async () => {
    if (!(await hasLibrary(kept))) return counts;
    for (const { state, kept: bytes } of await kept.desk.list(account)) {
      if (state === 'queued' || state === 'paused' || state === 'failed') counts[state]++;
      // Of one that `cancel` ended nothing is kept, and nothing goes on.
      if (state === 'interrupted' || (state === 'cancelled' && bytes > 0)) counts.interrupted++;
    }
    return counts;
  })().catch(nothingOf);
}

/** One that is not there is not made for this. */
async function hasLibrary({ workshop, libraryPath }: Kept): Promise<boolean> {
  await workshop.lookForLoss();
  return (await stateFileAt(libraryPath, 'the library', 'read')) !== undefined;
}

/** Connects if that is possible now, and says why if it is not. */
export async function tryTracker({
  link,
  emit,
}: Pick<ClientOwners, 'link' | 'emit'>): Promise<void> {
  await link.calls().catch((error: unknown) => {
    if (!(error instanceof P2pError)) throw error;
    emit({ type: 'tracker-unreachable', error: toWireError(error) });
  });
}
