import t from 'tap';
import { networkKindOf } from '../../../src/main/engine/network-kind.js';
import type { NetworkKind, NetworkReport } from '../../../src/main/api/network-report.js';
import type { ReachState } from '../../../src/main/api/reach.js';

type Found = Omit<NetworkReport, 'kind'>;

const PORT = 7;
const at = (host: string, port = PORT) => ({ host, port });
const reached = (...hosts: string[]): ReachState => {
  return { state: 'reached', addresses: hosts.map((host) => at(host)), from: 'elsewhere' };
};
const silent: ReachState = { state: 'unreached', obstacle: { reason: 'silent', at: [] } };
const seenAt = (seen: string | undefined): Found['tracker'] => {
  return {
    state: 'reached',
    address: 'tracker:8000',
    version: '0.1.0',
    roundTripMs: 1,
    seen,
    clockAheadMs: 0,
  };
};
const mapped = (externalHost: string, externalPort = PORT): Found['router'] => {
  return { state: 'mapped', by: 'upnp', router: '192.168.1.1', externalHost, externalPort };
};

const base: Found = {
  addresses: [{ host: '192.168.1.5', interfaceName: 'eth0' }],
  trackerAddresses: [],
  hasIpv6: false,
  tracker: seenAt('8.8.8.8'),
  listening: [at('::')],
  reach: silent,
  tried: [],
  router: { state: 'none', tried: [] },
  lan: { state: 'off' },
};
const isPublic = { addresses: [{ host: '8.8.8.8', interfaceName: 'eth0' }] };

const cases: readonly [title: string, found: Partial<Found>, kind: NetworkKind][] = [
  ['a public address', { ...isPublic, reach: reached('8.8.8.8') }, 'open'],
  ['a router that was asked', { reach: reached('8.8.8.8'), router: mapped('8.8.8.8') }, 'mapped'],
  ['a forwarded port', { reach: reached('8.8.8.8') }, 'forwarded'],
  [
    'another port than the mapped one',
    { reach: reached('8.8.8.8'), router: mapped('8.8.8.8', 9) },
    'forwarded',
  ],
  [
    'a tracker next door',
    { tracker: seenAt('192.168.1.5'), reach: reached('192.168.1.5') },
    'same-network',
  ],
  ['a firewall', { ...isPublic }, 'firewalled'],
  ['a firewall, and a tracker next door', { tracker: seenAt('192.168.1.5') }, 'firewalled'],
  ['a router', {}, 'behind-router'],
  ['a router whose mapping is of no use', { router: mapped('8.8.8.8') }, 'behind-router'],
  ['a router behind another one', { router: mapped('100.64.3.4') }, 'behind-two-routers'],
  ['loopback', { listening: [at('127.0.0.1')] }, 'this-machine'],
  ['an old tracker', { tracker: seenAt(undefined) }, 'unknown'],
  ['a tracker that looks still', { reach: { state: 'looking' } }, 'unknown'],
  [
    'no tracker',
    { tracker: { state: 'away', error: { code: 'NOT_LOGGED_IN', message: '' } } },
    'unknown',
  ],
];

t.test('the kind follows from what was found', (t) => {
  for (const [title, found, kind] of cases) {
    t.equal(networkKindOf({ ...base, ...found }), kind, title);
  }
  t.end();
});
