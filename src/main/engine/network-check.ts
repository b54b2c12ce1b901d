/**
 * Looks at this machine's network from here, in every way that this client has: the tracker, its dials
 * back, the router, the own network. Serves for as long as that takes, if nothing was served before. Owns
 * no state.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { scopeOf, withoutZone } from '../../net/address-scope.js';
import { P2pError, toWireError } from '../../net/errors.js';
import { NETWORK_CHECK_MS, NETWORK_CHECK_POLL_MS } from '../../net/limits.js';
import { ownAddresses } from '../../net/own-addresses.js';
import type { NetworkReport, RouterLook, TrackerLook } from '../api/network-report.js';
import { addressText } from '../tracker-link/address-text.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import { unlessUnknown } from '../tracker-link/unless-unknown.js';
import type { ClientOwners } from './client-owners.js';
import { networkKindOf } from './network-kind.js';
import { toldAddresses } from './tracker-addresses.js';

/** `wallMs`: the clock of this machine. @throws StorageError HOME_IN_USE, PeerError when it cannot listen */
export async function checkNetwork(
  owners: ClientOwners,
  wallMs: () => number,
): Promise<NetworkReport> {
  const { link, serving, online, lan, router, reach } = owners;
  const tracker = await lookAtTracker(owners, wallMs);
  if (tracker.state === 'reached') {
    await online.start();
    online.joinNetwork(true);
    await Promise.all([settled(owners), link.lookAtAddresses()]);
  }
  const addresses = ownAddresses()
    .filter(({ isInternal }) => !isInternal)
    .map(({ host, interfaceName }) => ({ host: withoutZone(host), interfaceName }));
  const seen = reach.found?.seen;
  const found: Omit<NetworkReport, 'kind'> = {
    addresses,
    hasIpv6: addresses.some(({ host }) => host.includes(':') && scopeOf(host) === 'public'),
    tracker: tracker.state === 'reached' ? { ...tracker, seen } : tracker,
    trackerAddresses: toldAddresses(link, await link.whoIsLoggedIn()),
    listening: serving.addresses,
    reach: reach.state,
    tried: reach.found?.tried ?? [],
    router: routerLookOf(router),
    lan: lan?.isRunning ? { state: 'on', ...lan.state } : { state: lan ? 'untried' : 'off' },
  };
  return { kind: networkKindOf(found), ...found };
}

async function lookAtTracker(
  { link }: Pick<ClientOwners, 'link'>,
  wallMs: () => number,
): Promise<TrackerLook> {
  try {
    const calls = await link.promptCalls();
    const { tracker } = link.requireSession();
    const beginMs = performance.now();
    const version = await versionOf(calls);
    const roundTripMs = Math.round(performance.now() - beginMs);
    const clockAheadMs = Math.round(wallMs() - link.nowMs());
    const address = addressText(tracker);
    return { state: 'reached', address, version, roundTripMs, seen: undefined, clockAheadMs };
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    return { state: 'away', error: toWireError(error) };
  }
}

async function versionOf(calls: TrackerCalls): Promise<string | undefined> {
  return (await unlessUnknown(calls.call('about', {})))?.version;
}

/** Everything that was asked has answered, or there was time enough. */
async function settled({ reach, router }: Pick<ClientOwners, 'reach' | 'router'>): Promise<void> {
  const endMs = performance.now() + NETWORK_CHECK_MS;
  const isOpen = (): boolean =>
    ['looking', 'unserved'].includes(reach.state.state) || router?.state.state === 'asking';
  // A port that was just passed on is one more address for the tracker to try.
  for (let calm = 0; calm < 2 && performance.now() < endMs; calm = isOpen() ? 0 : calm + 1) {
    await sleep(NETWORK_CHECK_POLL_MS);
  }
}

function routerLookOf(router: ClientOwners['router']): RouterLook {
  const state = router?.state ?? { state: 'off' as const };
  if (state.state !== 'mapped') return state;
  const { by, gateway, externalHost, externalPort } = state.mapping;
  return { state: 'mapped', by, router: gateway.host, externalHost, externalPort };
}
