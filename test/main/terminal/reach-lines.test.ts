/** What a user is told of how others reach this client. */
import t from 'tap';
import type { ReachState } from '../../../src/main/api/reach.js';
import { reachLine } from '../../../src/main/terminal/reach-lines.js';

const at = [{ host: '192.0.2.10', port: 7001 }];
const six = [...at, { host: '2001:db8::1', port: 7001 }];

const lines: readonly (readonly [ReachState, string | RegExp])[] = [
  [{ state: 'unserved' }, 'nothing is served, so nobody comes'],
  [{ state: 'looking' }, /finding out/],
  [{ state: 'local', addresses: at }, 'only this machine reaches you, at 192.0.2.10:7001'],
  [
    { state: 'reached', addresses: six, from: 'elsewhere' },
    'others reach you at 192.0.2.10:7001, [2001:db8::1]:7001 (tried)',
  ],
  [
    { state: 'reached', addresses: at, from: 'this-machine' },
    'others reach you at 192.0.2.10:7001 (tried from this machine)',
  ],
  [
    { state: 'nearby', addresses: at, obstacle: { reason: 'silent', at: six.slice(1) } },
    /^only who is on your network can reach you, at 192\.0\.2\.10:7001: no answer at \[2001:db8::1\]:7001; .*--announce HOST:PORT/,
  ],
  [
    { state: 'unreached', obstacle: { reason: 'loopback', at: [{ host: '127.0.1.1', port: 1 }] } },
    'nobody can reach you: you serve on 127.0.1.1:1 alone, where only this machine comes; leave --host out, or give it an address of this machine',
  ],
  [
    {
      state: 'nearby',
      addresses: at,
      obstacle: { reason: 'silent', at: six.slice(1) },
      late: {},
    },
    /^who is on your network reaches you at 192\.0\.2\.10:7001, others by calls, or, where nobody can dial them either, through a member who relays .*: no answer at .*; to be dialled from elsewhere, forward/,
  ],
  [
    { state: 'unreached', obstacle: { reason: 'silent', at }, late: { relay: 't.example:8000' } },
    'others reach you by calls, or through the relay of t.example:8000: no answer at 192.0.2.10:7001; to be dialled, let port 7001 through the firewall of this machine and of its network (--port fixes it), or forward one and say --announce HOST:PORT',
  ],
  ...(
    [
      ['silent', /no answer at 192\.0\.2\.10:7001; let port 7001 through/],
      ['refused', /nothing listens at 192\.0\.2\.10:7001; say --announce/],
      ['other-device', /another device answers at .*; say --announce/],
      ['no-way', /no way from the tracker to .*; say --announce/],
      ['untried', /no address of yours .*; say --announce/],
    ] as const
  ).map(
    ([reason, line]) => [{ state: 'unreached', obstacle: { reason, at } } as const, line] as const,
  ),
];

for (const [reach, line] of lines) {
  t.test(JSON.stringify(reach), (t) => {
    if (typeof line === 'string') t.equal(reachLine(reach), line);
    else t.match(reachLine(reach), line);
    t.end();
  });
}
