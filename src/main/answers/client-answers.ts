/** What the commands about the client and its machine answer. */
import * as v from 'valibot';
import { trackerIdentity } from './account-answers.js';
import type { AnswerShape, Keys } from './answer-shape.js';
import { gateway } from './guest-answers.js';
import {
  address,
  bothWays,
  bytesPerSecond,
  codes,
  count,
  elapsedMs,
  fault,
  groupId,
  limitScope,
  moment,
  path,
  perhaps,
  text,
  trackerAddresses,
  userId,
  word,
  yesNo,
} from './parts.js';

const outcomes = ['answered', 'other-device', 'refused', 'silent', 'no-way'] as const;
const obstacle = v.strictObject({
  reason: word(['other-device', 'refused', 'silent', 'no-way', 'loopback', 'untried'], 'why'),
  at: v.array(address),
});
const late = perhaps(
  v.strictObject({ relay: perhaps(text('whose relay passes on what neither could dial')) }),
);
export const reach = v.variant('state', [
  v.strictObject({ state: word(['unserved', 'looking'], 'nothing is known yet') }),
  v.strictObject({
    state: v.literal('reached'),
    addresses: v.array(address),
    from: word(['elsewhere', 'this-machine'], 'who was there to try it'),
  }),
  v.strictObject({ state: v.literal('local'), addresses: v.array(address) }),
  v.strictObject({ state: v.literal('nearby'), addresses: v.array(address), obstacle, late }),
  v.strictObject({ state: v.literal('unreached'), obstacle, late }),
]);
const use = perhaps(v.strictObject({ used: count('used'), allowed: count('allowed') }));
const uses = { files: use, bytes: use, members: use };
const limited = perhaps(v.union([bytesPerSecond, v.literal('none')]));

const status = {
  userId: perhaps(userId),
  tracker: perhaps(text('the tracker, `HOST:PORT`')),
  isTrackerConnected: yesNo('it is connected'),
  trackerAddresses,
  trackerIdentity: perhaps(trackerIdentity),
  deviceId: perhaps(text('this device: 64 hex digits')),
  listening: perhaps(address),
  gateway,
  reach,
  peerTransport: perhaps(word(['tls', 'tcp'], 'how peers talk')),
  requiredPeerTransport: perhaps(word(['tls'], 'any other is refused')),
  sharedFiles: count('of `shares`, those that are served now'),
  shares: perhaps(count('files that are shared from here')),
  quotas: perhaps(
    v.strictObject({
      user: v.strictObject(uses),
      groups: v.array(v.strictObject({ groupId, ...uses })),
    }),
  ),
  requests: perhaps(
    v.strictObject({
      toAnswer: v.array(v.strictObject({ groupId, userId })),
      isMore: perhaps(yesNo('there are more than those')),
      asked: v.array(text('a group that you ask to join')),
    }),
  ),
  uploadSessions: count('peers that are served'),
  runningDownloads: count('downloads that run'),
  idleDownloads: perhaps(
    v.strictObject({
      queued: count('in line'),
      paused: count('paused'),
      interrupted: count('interrupted'),
      failed: count('failed'),
    }),
  ),
  upBytesPerSecond: count('sent just now'),
  downBytesPerSecond: count('received just now'),
  sentBytes: count('sent since the start'),
  receivedBytes: count('received since the start'),
  ...{ traffic: bothWays, trafficBytesPerSecond: bothWays },
  relay: perhaps(
    v.strictObject({
      bytesPerSecondLimit: count('most that is relayed'),
      meetings: count('pairs of members'),
      bytes: count('relayed since the start'),
    }),
  ),
  upBytesPerSecondLimit: perhaps(count('most that is sent')),
  downBytesPerSecondLimit: perhaps(count('most that is received')),
  background: perhaps(
    v.strictObject({ upBytesPerSecond: bytesPerSecond, downBytesPerSecond: bytesPerSecond }),
  ),
  lanBytesPerSecondLimit: perhaps(v.union([bytesPerSecond, v.literal('unlimited')])),
  lanUpBytesPerSecondLimit: perhaps(v.union([bytesPerSecond, v.literal('unlimited')])),
  lanDownBytesPerSecondLimit: perhaps(v.union([bytesPerSecond, v.literal('unlimited')])),
  wanUpBytesPerSecondLimit: perhaps(count('most that is sent out of the own network')),
  wanDownBytesPerSecondLimit: perhaps(count('most that is received from outside of it')),
};
const trackerAddressesExample = [{ address: '192.0.2.10:8000', from: 'user', state: 'used' }];
const none = { lan: 0, wan: 0, relay: 0 };
const still = { sent: none, received: none };
const statusExample = {
  ...{ userId: 'ann', tracker: '192.0.2.10:8000', isTrackerConnected: true },
  trackerAddresses: trackerAddressesExample,
  ...{ deviceId: '3f9a'.padEnd(64, '0'), reach: { state: 'unserved' }, peerTransport: 'tls' },
  ...{ sharedFiles: 0, shares: 7, uploadSessions: 0, runningDownloads: 0 },
  idleDownloads: { queued: 0, paused: 0, interrupted: 0, failed: 0 },
  ...{ upBytesPerSecond: 0, downBytesPerSecond: 0, sentBytes: 0, receivedBytes: 0 },
  ...{ traffic: still, trafficBytesPerSecond: still },
};

const folder = v.strictObject({
  path,
  freeBytes: perhaps(count('free on the disk')),
  error: perhaps(fault),
});
const network = {
  kind: word(
    [
      ...(['open', 'mapped', 'forwarded', 'same-network', 'this-machine', 'firewalled'] as const),
      ...(['behind-router', 'behind-two-routers', 'unknown'] as const),
    ],
    'how this client is found',
  ),
  addresses: v.array(v.strictObject({ host: text('IP address'), interfaceName: text('where') })),
  hasIpv6: yesNo('others in the world can be reached by IPv6'),
  tracker: v.variant('state', [
    v.strictObject({
      state: v.literal('reached'),
      address: text('`HOST:PORT`'),
      version: perhaps(text('which p2p it is')),
      roundTripMs: count('from a question to its answer'),
      seen: perhaps(text('where it sees this client')),
      clockAheadMs: v.pipe(v.number(), v.integer(), v.description('this clock, ahead of its own')),
    }),
    v.strictObject({ state: v.literal('away'), error: fault }),
  ]),
  trackerAddresses,
  listening: v.array(address),
  reach,
  tried: v.array(
    v.strictObject({ ...address.entries, outcome: word(outcomes, 'how the dial ended') }),
  ),
  router: v.variant('state', [
    v.strictObject({ state: word(['off', 'asking'], 'nothing is known') }),
    v.strictObject({
      state: v.literal('mapped'),
      by: word(['pcp', 'nat-pmp', 'upnp'], 'how it was asked'),
      router: text('IP address'),
      externalHost: perhaps(text('IP address')),
      externalPort: count('port'),
    }),
    v.strictObject({
      state: v.literal('none'),
      tried: v.array(
        v.strictObject({
          by: text('how it was asked'),
          refused: v.union([v.literal('silent'), v.number()]),
        }),
      ),
    }),
  ]),
  lan: v.variant('state', [
    v.strictObject({ state: word(['off', 'untried'], 'nobody looks') }),
    v.strictObject({
      state: v.literal('on'),
      hosts: v.array(text('from where peers are asked')),
      faults: v.array(text('what the system refused')),
    }),
  ]),
} satisfies Keys;
const networkExample = {
  ...{ kind: 'open', addresses: [{ host: '192.0.2.20', interfaceName: 'eth0' }], hasIpv6: false },
  tracker: { state: 'reached', address: '192.0.2.10:8000', roundTripMs: 3, clockAheadMs: 0 },
  trackerAddresses: trackerAddressesExample,
  listening: [{ host: '192.0.2.20', port: 7001 }],
  reach: { state: 'unserved' },
  ...{ tried: [], router: { state: 'off' }, lan: { state: 'off' } },
};

const pid = count('of the process');
const up = { ...status, pid, isNew: v.literal(true) };

const page = {
  link: text('logs one browser in, once'),
  port: count('of the page, on 127.0.0.1'),
};
const pageExample = { link: 'http://127.0.0.1:7080/login?key=SECRET', port: 7080 };

export const clientAnswers = {
  status: { results: [status], examples: [statusExample] },
  serve: {
    results: [{ ...status, address }, page],
    examples: [{ ...statusExample, address: { host: '::', port: 7001 } }, pageExample],
    remark:
      'Printed once it serves; it stays. With `--web` the second one follows. An error comes as another line.',
  },
  up: {
    results: [
      { ...up, address },
      { pid, isInBackground: yesNo('or in a terminal'), isNew: v.literal(false) },
      { pid, isNew: v.literal(true), waitsFor: text('what it waits for, for people') },
    ],
    examples: [
      { ...statusExample, address: { host: '::', port: 7001 }, pid: 4711, isNew: true },
      { pid: 4711, isInBackground: true, isNew: false },
      {
        pid: 4711,
        isNew: true,
        waitsFor: 'cannot reach the tracker; trying again until it answers',
      },
    ],
  },
  web: {
    results: [page],
    examples: [pageExample],
    remark: 'Printed once the page is there; it stays. An error comes as another line.',
  },
  down: {
    results: [{ isEnded: yesNo('something ran'), pid: perhaps(pid) }],
    examples: [{ isEnded: true, pid: 4711 }],
  },
  events: {
    results: [{ pid: count('of the client that it follows') }],
    examples: [{ pid: 4711 }],
    remark:
      'It prints events, see above: `ready` with this answer once it listens, then what happens. On a terminal it prints sentences, without `--json`.',
  },
  log: {
    results: [{ lines: v.array(text('a line, for people')) }],
    examples: [{ lines: ['22:14:07 serving 7 files of ann'] }],
    remark: 'With `--follow` one such line for whatever comes.',
  },
  limit: {
    results: [
      {
        rules: v.array(
          v.strictObject({
            scope: limitScope,
            between: perhaps(
              v.strictObject({ from: count('minutes since midnight'), to: count('likewise') }),
            ),
            up: limited,
            down: limited,
            isGiven: yesNo('with the start of this client, and not kept'),
          }),
        ),
        holding: v.array(v.strictObject({ scope: limitScope, up: limited, down: limited })),
      },
    ],
    examples: [
      {
        rules: [{ scope: { kind: 'all' }, up: 2_097_152, isGiven: false }],
        holding: [{ scope: { kind: 'all' }, up: 2_097_152 }],
      },
    ],
  },
  doctor: {
    results: [
      {
        checks: v.array(
          v.strictObject({
            name: text('what was looked at'),
            verdict: word(['ok', 'warn', 'fail'], 'how it is'),
            says: text('for people'),
            fix: perhaps(text('what would help')),
            code: perhaps(word(codes, 'of what fails')),
          }),
        ),
        machine: v.strictObject({
          version: text('of p2p'),
          nodeVersion: text('of Node'),
          home: folder,
          destination: folder,
          openFilesLimit: perhaps(count('files that may be open')),
          libraryError: perhaps(fault),
        }),
        network: v.union([v.strictObject(network), fault]),
      },
      network,
    ],
    examples: [
      {
        checks: [{ name: 'disk', verdict: 'ok', says: '78 GiB free' }],
        machine: {
          ...{ version: '0.1.0', nodeVersion: '24.4.1' },
          home: { path: '/srv/ann/.local/share/p2p', freeBytes: 83_751_862_272 },
          destination: { path: '/srv/ann', freeBytes: 83_751_862_272 },
        },
        network: networkExample,
      },
      networkExample,
    ],
    remark: 'The second is of `p2p doctor net`. What is not well comes with an error.',
  },
  service: {
    results: [
      {
        path,
        verb: word(['serve', 'tracker'], 'what runs'),
        scope: word(['user', 'system'], 'of whom'),
      },
      {
        path,
        verb: word(['serve', 'tracker'], 'what would run'),
        scope: word(['user', 'system'], 'of whom'),
        text: text('the file that would be written'),
      },
      { path, verb: word(['serve', 'tracker'], 'what runs no more') },
      { path, verb: word(['serve', 'tracker'], 'what it is about'), isActive: yesNo('it runs') },
    ],
    examples: [
      { path: '/srv/ann/.config/systemd/user/p2p-serve.service', verb: 'serve', scope: 'user' },
      { path: '/srv/ann/x.service', verb: 'serve', scope: 'user', text: '[Unit]\n' },
      { path: '/srv/ann/.config/systemd/user/p2p-serve.service', verb: 'serve' },
      { path: '/srv/ann/x.service', verb: 'serve', isActive: false },
    ],
    remark:
      'Of `install`, `install --dry-run`, `uninstall` and `status`; the last has exit status 1, and no error, when it does not run.',
  },
  share: {
    results: [
      {
        link: text('whoever has it gets what is shared'),
        groupId,
        uses: count('how many people it lets in'),
        expiresAtMs: moment('when the link ends'),
        pid: perhaps(count('of the process that goes on, with `--stay`')),
      },
    ],
    examples: [
      {
        ...{ link: 'p2p://192.0.2.10:8000/share-3f9a2c#SECRET', groupId: 'share-3f9a2c' },
        ...{ uses: 10, expiresAtMs: 1_795_950_000_000 },
      },
    ],
    remark: 'Printed once it shares; it stays. An error comes as another line.',
  },
  client: {
    results: [{}],
    examples: [{}],
    remark:
      'Each line of its input that is a command is answered by one line: what the command of that name answers here, or its error. `quit`, `clear` and empty lines are answered by none.',
  },
  completion: {
    results: [{ shell: text('of which'), script: text('what it loads') }],
    examples: [{ shell: 'bash', script: '# bash completion of p2p\n' }],
  },
  quickstart: { results: [{ elapsedMs }], examples: [{ elapsedMs: 9_120 }] },
  bench: {
    results: [
      {
        size: count('bytes that were measured with'),
        cores: count('of the processor'),
        loopback: v.strictObject({ tcp: bytesPerSecond, tls: bytesPerSecond }),
        disk: v.strictObject({
          write: bytesPerSecond,
          writeThrough: bytesPerSecond,
          read: bytesPerSecond,
        }),
        hashing: v.strictObject({
          threads: count('threads'),
          byEngine: v.record(v.string(), bytesPerSecond),
        }),
        transfers: v.array(
          v.strictObject({
            transport: word(['tcp', 'tls'], 'how peers talk'),
            bytesPerSecond,
            commandMs: count('the whole command'),
            phasesMs: v.strictObject({
              connect: count('until the first byte'),
              transfer: count('until the last piece'),
              finish: count('until it is on the disk'),
            }),
            ceiling: v.strictObject({ name: text('what bounds it'), bytesPerSecond }),
            bounds: v.array(v.strictObject({ name: text('a bound'), bytesPerSecond })),
            percentOfCeiling: count('how much of the ceiling it reached'),
            bottleneck: text('what is in the way, for people'),
          }),
        ),
      },
    ],
    examples: [
      {
        ...{ size: 268_435_456, cores: 2, loopback: { tcp: 2_100_000_000, tls: 900_000_000 } },
        disk: { write: 900_000_000, writeThrough: 400_000_000, read: 3_000_000_000 },
        hashing: { threads: 2, byEngine: { wasm: 1_500_000_000 } },
        transfers: [],
      },
    ],
  },
} as const satisfies Readonly<Record<string, AnswerShape>>;
