/** The rate cells of a client, and who sets them: its limits, and what gives way to others where it does. */
import { createGroupRates } from '../../net/group-rates.js';
import { toWireError } from '../../net/errors.js';
import { laterByTimer } from '../../net/later.js';
import { createRateCell, SharedRateLimiter } from '../../net/shared-rate-limiter.js';
import type { SharedRates } from '../../workers/messages/thread.js';
import type { AccountLink } from '../account/account-link.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { EngineOptions, StartRates } from '../api/engine.js';
import type { LimitRule } from '../api/rate-limits.js';
import type { Parcels } from '../downloads/parcels.js';
import type { PeerConnections } from '../downloads/peer-connections.js';
import { readLimits, writeLimits } from '../home/limits-file.js';
import type { Uploads } from '../sharing/uploads.js';
import { PoliteRates } from './polite-rates.js';
import { nearRate, RateLimits } from './rate-limits.js';

type Limits = StartRates & Pick<EngineOptions, 'isBackground'>;

/** The cells that all threads share. */
export function createRates(limits: Limits): SharedRates {
  const { upBytesPerSecond, downBytesPerSecond, lanBytesPerSecond } = limits;
  const near = nearRate(lanBytesPerSecond === 'unlimited' ? 'none' : lanBytesPerSecond);
  return {
    up: createRateCell(upBytesPerSecond),
    down: createRateCell(downBytesPerSecond),
    lan: { up: createRateCell(near), down: createRateCell(near) },
    wan: { up: createRateCell(undefined), down: createRateCell(undefined) },
    groups: createGroupRates(),
  };
}

/** The limits with which a client was started, as rules. */
export function givenLimits({
  upBytesPerSecond: up,
  downBytesPerSecond: down,
  lanBytesPerSecond: lan,
}: StartRates): LimitRule[] {
  const rules: LimitRule[] = [];
  if (up !== undefined || down !== undefined) {
    const limits = { ...(up !== undefined && { up }), ...(down !== undefined && { down }) };
    rules.push({ scope: { kind: 'all' }, ...limits });
  }
  if (lan !== undefined) {
    const near = lan === 'unlimited' ? 'none' : lan;
    rules.push({ scope: { kind: 'lan' }, up: near, down: near });
  }
  return rules;
}

export interface RatedOwners {
  readonly link: Pick<AccountLink, 'ping'>;
  readonly rates: SharedRates;
  readonly uploads: Pick<Uploads, 'sentBytes'>;
  readonly connections: Pick<PeerConnections, 'receivedBytes'>;
  readonly parcels: Pick<Parcels, 'receivedBytes'>;
  readonly emit: ClientEventListener;
}

/** Who sets the cells: `polite` is undefined for a client whose transfers are as all others. */
export function composeRates(
  options: Limits & Pick<EngineOptions, 'home'>,
  owners: RatedOwners,
): { limits: RateLimits; polite: PoliteRates | undefined } {
  const polite = politeRatesOf(options, owners);
  const { home } = options;
  const { rates, emit } = owners;
  const limits = new RateLimits({
    rates,
    given: givenLimits(options),
    read: () => readLimits(home),
    write: (rules) => writeLimits(home, rules),
    setAll: (up, down) => {
      if (polite) return polite.setMost([up, down]);
      new SharedRateLimiter(rates.up).setRate(up);
      new SharedRateLimiter(rates.down).setRate(down);
    },
    minute: () => {
      const now = new Date();
      return 60 * now.getHours() + now.getMinutes();
    },
    later: laterByTimer,
    onUnreadable: (error) => emit({ type: 'background-failed', error: toWireError(error) }),
  });
  return { limits, polite };
}

function politeRatesOf(
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
