/**
 * Dials one address of a tracker, and judges what is shown there before anything is said: an address of
 * somebody else's learns nothing but that this device called.
 */
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { P2pError } from '../../net/errors.js';
import { isIPAddress } from '../../net/ip-address.js';
import {
  clientTlsOptions,
  trackerIdentity,
  vouchableTlsOptions,
  type TrackerIdentity,
} from '../../net/tls-identity.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import { noPacketCame } from './dial-fate.js';
import type { KnownTrackers, Meeting } from './known-trackers.js';
import { requireExpected, requireIdentity } from './required-identity.js';
import type { TrackerAddresses } from './tracker-addresses.js';
import { trackerUnreachable } from './tracker-unreachable.js';

/** Whom to reach, as whom, and whom to expect. */
export interface ReachTarget {
  readonly addresses: TrackerAddresses;
  readonly credentials: DeviceCredentials;
  readonly knownTrackers: KnownTrackers;
  /** What it has to prove besides, as somebody said who is trusted. */
  readonly expected?: ExpectedTracker | undefined;
  /** Gives a dial up of which no packet has come for so long. @default as the system does */
  readonly silenceMs?: number | undefined;
  /** Hears that a dial is under way: for a moment there is nothing to do but wait. */
  readonly onDialling?: () => void;
  /** Hears that the tracker was met for the first time, and what it showed. */
  readonly onMet?: (tracker: PeerAddress, how: Meeting['how'], deviceId: string) => void;
  /** Hears that another tracker than this one is at one of several addresses. */
  readonly onRefused?: (tracker: PeerAddress, error: P2pError) => void;
}

/** A connection on which nothing was said; what was shown on it is what has to be. */
export interface Shown {
  readonly tls: TLSSocket;
  readonly tracker: PeerAddress;
  readonly identity: TrackerIdentity;
  /** How long it took to show it. */
  readonly tookMs: number;
}

/** Authorities are only asked about a tracker whose key is not noted. */
export async function dialAddress(
  target: ReachTarget,
  tracker: PeerAddress,
  signal: AbortSignal,
): Promise<Shown> {
  const { knownTrackers, credentials, expected, addresses } = target;
  const met = await knownTrackers.howMet(tracker);
  signal.throwIfAborted();
  const begunAtMs = performance.now();
  const isByKey = (met ?? addresses.identity ?? expected)?.how === 'key';
  const optionsFor = isByKey ? clientTlsOptions : vouchableTlsOptions;
  const { tls, identity } = await dialTls(target, tracker, optionsFor(credentials), signal);
  try {
    if (expected) requireExpected(tracker, expected, identity);
    await knownTrackers.judge(tracker, identity);
    requireIdentity(addresses, tracker, identity);
    return { tls, tracker, identity, tookMs: performance.now() - begunAtMs };
  } catch (error) {
    tls.destroy();
    throw error;
  }
}

async function dialTls(
  { onDialling, silenceMs }: ReachTarget,
  { host, port }: PeerAddress,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<{ tls: TLSSocket; identity: TrackerIdentity }> {
  const name = !isIPAddress(host) ? { servername: host } : {};
  const tls = connect({ ...options, host, port, ...name });
  // Else the upgrade waits until the tracker has confirmed what ends the handshake, for a round trip.
  tls.setNoDelay(true);
  if (silenceMs !== undefined) endIfSilent(tls, host, silenceMs);
  onDialling?.();
  // Errors between two waits end the next wait; here they only must not end the process.
  tls.on('error', () => undefined);
  try {
    await once(tls, 'secureConnect', { signal });
    return { tls, identity: trackerIdentity(tls) };
  } catch (error) {
    tls.destroy();
    throw error;
  }
}

/** A lookup of the name takes its own time, and must not be begun again and again. */
function endIfSilent(tls: TLSSocket, host: string, silenceMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer ??= setTimeout(() => tls.destroy(noPacketCame()), silenceMs);
  };
  const end = (): void => clearTimeout(timer);
  if (isIPAddress(host)) begin();
  else tls.once('lookup', begin);
  tls.once('connect', end).once('close', end);
}

/** Notes in the addresses that one failed; that another tracker is there is told once. */
export function noteFailure(
  { addresses, onRefused }: ReachTarget,
  tracker: PeerAddress,
  error: unknown,
): void {
  const failure = trackerUnreachable(tracker, error);
  const isNews = addresses.onFailed(tracker, failure, performance.now());
  const isOther = failure.code === 'IDENTITY_CHANGED';
  if (isNews && isOther && addresses.all.length > 1) onRefused?.(tracker, failure);
}
