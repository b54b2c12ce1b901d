import t from 'tap';
import type { NetworkReport } from '../../../src/main/api/network-report.js';
import { networkLines } from '../../../src/main/terminal/network-lines.js';

const report: NetworkReport = {
  kind: 'mapped',
  addresses: [{ host: '192.168.1.5', interfaceName: 'eth0' }],
  trackerAddresses: [],
  hasIpv6: false,
  tracker: {
    state: 'reached',
    address: 'tracker.example:8000',
    version: '0.1.0',
    roundTripMs: 12,
    seen: '192.0.2.9',
    clockAheadMs: 900,
  },
  listening: [{ host: '::', port: 7001 }],
  reach: { state: 'reached', addresses: [{ host: '192.0.2.9', port: 7001 }], from: 'elsewhere' },
  tried: [{ host: '192.0.2.9', port: 7001, outcome: 'answered' }],
  router: {
    state: 'mapped',
    by: 'upnp',
    router: '192.168.1.1',
    externalHost: '192.0.2.9',
    externalPort: 7001,
  },
  lan: { state: 'on', hosts: ['192.168.1.5'], faults: [] },
};

t.test('each thing has a line, the verdict comes last', (t) => {
  t.same(networkLines(report), [
    'addresses: 192.168.1.5 (eth0)',
    'IPv6: no public address',
    'tracker: tracker.example:8000 answers in 12 ms; it sees you at 192.0.2.9',
    'clock: as the tracker’s',
    'tried from the tracker: 192.0.2.9:7001: reached',
    'reach: others reach you at 192.0.2.9:7001 (tried)',
    'router: 192.168.1.1 passes 192.0.2.9:7001 on (UPnP)',
    'own network: peers are found without the tracker, from 192.168.1.5',
    'verdict: this machine is behind a router that passes connections on to p2p, because it was asked to',
  ]);
  t.end();
});

t.test('what would help is said for each kind in which others do not come', (t) => {
  const silent = { by: 'upnp', refused: 'silent' } as const;
  const router = { state: 'none', tried: [silent, { by: 'pcp', refused: 2 }] } as const;
  for (const [kind, pattern] of [
    ['firewalled', /to do: let TCP port 7001 through the firewall/],
    ['behind-router', /to do: turn on UPnP or NAT-PMP/],
    ['behind-two-routers', /to do: ask the provider for a public address/],
    ['this-machine', /to do: leave --host out/],
    ['unknown', /to do: look again in some minutes/],
  ] as const) {
    t.match(networkLines({ ...report, kind, router }).join('\n'), pattern, kind);
  }
  const text = networkLines({ ...report, kind: 'behind-router', router }).join('\n');
  t.match(text, 'router: no answer by UPnP, refused by PCP or NAT-PMP (2)');
  const error = { code: 'NOT_LOGGED_IN', message: 'nobody is logged in; `login`' } as const;
  const loggedOut = { ...report, kind: 'unknown', tracker: { state: 'away', error } } as const;
  t.match(networkLines(loggedOut).join('\n'), /tracker: nobody is logged in\n[^]*log in first/);
  const lost = { code: 'TRACKER_UNREACHABLE', message: 'no answer' } as const;
  const away = { ...report, kind: 'unknown', tracker: { state: 'away', error: lost } } as const;
  t.match(networkLines(away).join('\n'), /tracker: no answer[^]*look whether the tracker runs/);
  const late = { ...report, tracker: { ...report.tracker, clockAheadMs: -90_000 } };
  t.match(networkLines(late).join('\n'), /90 s behind[^]*to do: set the clock/);
  t.match(
    networkLines({ ...report, lan: { state: 'untried' } }).join('\n'),
    /own network: not tried/,
  );
  const lan = { state: 'on', hosts: [], faults: ['ENODEV'] } as const;
  t.match(networkLines({ ...report, lan }).join('\n'), /no multicast[^]*ENODEV/);
  t.end();
});
