/** The rate cells of a client, as its options say, and who sets them when its transfers give way to others. */
import { createRateCell, SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import type { SharedRates } from '../../workers/messages.js';
import type { AccountLink } from '../account/account-link.js';
import type { EngineOptions } from '../api/engine-api.js';
import type { Parcels } from '../downloads/parcels.js';
import type { PeerConnections } from '../downloads/peer-connections.js';
import type { Uploads } from '../sharing/uploads.js';
import { PoliteRates } from './polite-rates.js';

type Limits = Pick<
  EngineOptions,
  'upBytesPerSecond' | 'downBytesPerSecond' | 'lanBytesPerSecond' | 'isBackground'
>;

/** The cells that all threads share. */
export function createRates(limits: Limits): SharedRates {
  const { upBytesPerSecond, downBytesPerSecond, lanBytesPerSecond: lan } = limits;
  const all = ratesAt(upBytesPerSecond, downBytesPerSecond);
  if (lan === undefined) return all;
  const near = lan === 'unlimited' ? undefined : lan;
  return { ...all, lan: ratesAt(near, near) };
}

function ratesAt(up: number | undefined, down: number | undefined): SharedRates {
  return { up: createRateCell(up), down: createRateCell(down) };
}

export interface RatedOwners {
  readonly link: Pick<AccountLink, 'ping'>;
  readonly rates: SharedRates;
  readonly uploads: Pick<Uploads, 'sentBytes'>;
  readonly connections: Pick<PeerConnections, 'receivedBytes'>;
  readonly parcels: Pick<Parcels, 'receivedBytes'>;
}

/** Undefined for a client whose transfers are as all others. */
export function politeRatesOf(
  { isBackground, upBytesPerSecond, downBytesPerSecond }: Limits,
  { link, rates, uploads, connections, parcels }: RatedOwners,
): PoliteRates | undefined {
  if (isBackground !== true) return undefined;
  const up = {
    limiter: new SharedRateLimiter(rates.up),
    movedBytes: () => uploads.sentBytes,
    most: upBytesPerSecond,
  };
  const down = {
    limiter: new SharedRateLimiter(rates.down),
    movedBytes: () => connections.receivedBytes + parcels.receivedBytes,
    most: downBytesPerSecond,
  };
  return new PoliteRates({
    ping: (onAnswer) => link.ping(onAnswer),
    directions: [up, down],
    nowMs: () => performance.now(),
  });
}
