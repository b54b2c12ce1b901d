/**
 * What a client tells of itself and of its user's account: who is logged in and where, what it is
 * doing. Asks the owners, and the tracker where only that knows; owns no state.
 */
import { P2pError, TrackerError } from '../../net/errors.js';
import { stateFileAt } from '../../net/state-file.js';
import type { EngineApi, EngineOptions, Status } from '../api/engine-api.js';
import type { HoldingLimit } from '../api/rate-limits.js';
import type { Account } from '../home/library-records.js';
import { addressText } from '../tracker-link/address-text.js';
import { listAll } from '../tracker-link/tracker-calls.js';
import type { ClientOwners } from './client-owners.js';
import { boundOf } from './limit-rules.js';

export async function whoami({ link, key }: ClientOwners): ReturnType<EngineApi['whoami']> {
  const calls = await link.calls();
  const { account, tracker } = link.requireSession();
  const groups = await listAll(calls, 'listMemberships', {});
  const met = await link.howMet(tracker);
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

/** `tryTracker` is asked for when only the tracker knows whether a remembered login still counts. */
export async function statusOf(
  owners: ClientOwners,
  options: EngineOptions,
  tryTracker: () => Promise<void>,
): Promise<Status> {
  const { link, key, library, workshop, serving, reach, uploads } = owners;
  const { downloads, connections, parcels, relayed, polite, limits } = owners;
  await limits.load();
  const all = limits.holdingOf({ kind: 'all' });
  const lan = limits.holdingOf({ kind: 'lan' });
  const [upBytesPerSecond = 0, downBytesPerSecond = 0] = polite?.bytesPerSecond ?? [];
  const { relayBytesPerSecond: bytesPerSecondLimit } = options;
  const user = await link.whoIsLoggedIn();
  if (user && !link.session) await tryTracker();
  const met = user && (await link.howMet(user.tracker));
  const shares = await sharesOf(user?.account, { library, workshop }, options.home.libraryPath);
  return {
    userId: user?.account.userId,
    tracker: user && addressText(user.tracker),
    isTrackerConnected: link.isConnected,
    trackerIdentity: met && { how: met.how, id: met.trackerId },
    deviceId: await key.knownDeviceId(),
    listening: serving.address,
    reach: reach.state,
    peerTransport: link.session?.info.peerTransport,
    requiredPeerTransport: options.peerTransport,
    sharedFiles: [...uploads.offers()].length,
    shares,
    quotas: await quotasOf(link),
    uploadSessions: uploads.sessionCount,
    runningDownloads: downloads.running.length,
    sentBytes: uploads.sentBytes,
    receivedBytes: connections.receivedBytes + parcels.receivedBytes,
    relay:
      relayed && bytesPerSecondLimit !== undefined
        ? { bytesPerSecondLimit, ...relayed.counts }
        : undefined,
    upBytesPerSecondLimit: boundOf(all.up),
    downBytesPerSecondLimit: boundOf(all.down),
    background: polite && { upBytesPerSecond, downBytesPerSecond },
    lanBytesPerSecondLimit: nearLimit(lan),
  };
}

/** Each way; where they differ the smaller. */
function nearLimit({ up, down }: HoldingLimit): Status['lanBytesPerSecondLimit'] {
  if (up === undefined && down === undefined) return undefined;
  const least = Math.min(boundOf(up) ?? Infinity, boundOf(down) ?? Infinity);
  return Number.isFinite(least) ? least : 'unlimited';
}

/** Trackers of before know none, and one that is away is not waited for. */
async function quotasOf(link: ClientOwners['link']): Promise<Status['quotas']> {
  if (!link.isConnected || !link.session) return undefined;
  try {
    return await (await link.calls()).call('quotaUse', {});
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}

/** What is wrong with the library is for those to say who need it; one that is not there is not made for this. */
async function sharesOf(
  account: Account | undefined,
  { library, workshop }: Pick<ClientOwners, 'library' | 'workshop'>,
  libraryPath: string,
): Promise<number | undefined> {
  if (!account) return 0;
  try {
    await workshop.lookForLoss();
    if (!(await stateFileAt(libraryPath, 'the library', 'read'))) return 0;
    return (await library()).countShares(account);
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}
