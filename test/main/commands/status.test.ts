/** What `status` says of shares: they count for nothing while nobody serves them. */
import t from 'tap';
import type { CommandContext } from '../../../src/main/cli/command.js';
import { run } from '../../../src/main/commands/status.js';
import type { Status } from '../../../src/main/api/client-status.js';

const MIB = 2 ** 20;

const status: Status = {
  userId: 'ann',
  tracker: 'here:1',
  isTrackerConnected: true,
  trackerAddresses: [],
  trackerIdentity: undefined,
  deviceId: 'd',
  listening: undefined,
  gateway: undefined,
  reach: { state: 'unserved' },
  peerTransport: 'tls',
  requiredPeerTransport: undefined,
  sharedFiles: 0,
  shares: 0,
  quotas: undefined,
  requests: undefined,
  uploadSessions: 0,
  runningDownloads: 0,
  idleDownloads: undefined,
  upBytesPerSecond: 0,
  downBytesPerSecond: 0,
  relay: undefined,
  sentBytes: 0,
  receivedBytes: 0,
  traffic: { sent: { lan: 0, wan: 0, relay: 0 }, received: { lan: 0, wan: 0, relay: 0 } },
  trafficBytesPerSecond: {
    sent: { lan: 0, wan: 0, relay: 0 },
    received: { lan: 0, wan: 0, relay: 0 },
  },
  upBytesPerSecondLimit: undefined,
  downBytesPerSecondLimit: undefined,
  background: undefined,
  lanBytesPerSecondLimit: undefined,
  lanUpBytesPerSecondLimit: undefined,
  lanDownBytesPerSecondLimit: undefined,
  wanUpBytesPerSecondLimit: undefined,
  wanDownBytesPerSecondLimit: undefined,
};

const listening = { host: '127.0.0.1', port: 1 };

t.test('shares that nobody serves are not told as served, nor as none', async (t) => {
  const rows: readonly (readonly [Partial<Status>, string])[] = [
    [{}, '0'],
    [{ shares: 4 }, '4, and none of them is served now; p2p serve offers them to their groups'],
    [{ shares: 4, listening }, '4, and none of them is served now; p2p shares says why'],
    [{ shares: 4, sharedFiles: 3, listening }, '4, of which 3 are served; p2p shares says why'],
    [{ shares: 4, sharedFiles: 4, listening }, '4'],
    [{ shares: undefined }, '0 served; what else is shared cannot be told'],
  ];
  for (const [facts, text] of rows) {
    let lines: readonly string[] = [];
    const out = { result: (_: unknown, told: readonly string[]) => void (lines = told) };
    const engine = { status: async () => ({ ...status, ...facts }) };
    await run({ engine, out } as unknown as CommandContext);
    t.ok(lines.includes(`shared files: ${text}`), `${text}: ${lines.join('; ')}`);
  }
});

t.test('what the operator allows is told where there is a bound', async (t) => {
  const use = (used: number, allowed: number) => ({ used, allowed });
  const rows: readonly (readonly [Status['quotas'], string[]])[] = [
    [undefined, []],
    [{ user: {}, groups: [] }, []],
    [
      {
        user: { files: use(2, 10), bytes: use(512, 2048) },
        groups: [{ groupId: 'lab', members: use(3, 3) }],
      },
      ['quota: 2 of 10 files, 512 B of 2 KiB of descriptions', 'quota of lab: 3 of 3 members'],
    ],
  ];
  for (const [quotas, expected] of rows) {
    let lines: readonly string[] = [];
    const out = { result: (_: unknown, told: readonly string[]) => void (lines = told) };
    const engine = { status: async () => ({ ...status, quotas }) };
    await run({ engine, out } as unknown as CommandContext);
    t.same(
      lines.filter((line) => line.startsWith('quota')),
      expected,
    );
  }
});

t.test('who relays is told how much; where nothing is encrypted there is nothing', async (t) => {
  const relay = { bytesPerSecondLimit: 1_048_576, meetings: 1, bytes: 2_097_152 };
  const linesFor = async (facts: Partial<Status>): Promise<readonly string[]> => {
    let lines: readonly string[] = [];
    const out = { result: (_: unknown, told: readonly string[]) => void (lines = told) };
    const engine = { status: async () => ({ ...status, ...facts }) };
    await run({ engine, out } as unknown as CommandContext);
    return lines.filter((line) => line.startsWith('relaying'));
  };
  t.same(await linesFor({ relay }), [
    'relaying: 1 pair of members, 2 MiB so far (at most 1 MiB/s)',
  ]);
  t.match(await linesFor({ relay, peerTransport: 'tcp' }), [/^relaying: nothing, because/]);
  t.same(await linesFor({}), []);
});

t.test(
  'limits of the own network, and of what is outside, are told beside the others',
  async (t) => {
    const MiB = 1_048_576;
    const linesFor = async (facts: Partial<Status>): Promise<string | undefined> => {
      let lines: readonly string[] = [];
      const out = { result: (_: unknown, told: readonly string[]) => void (lines = told) };
      const engine = { status: async () => ({ ...status, ...facts }) };
      await run({ engine, out } as unknown as CommandContext);
      return lines.find((line) => line.startsWith('sent'));
    };
    const rows: readonly (readonly [Partial<Status>, string])[] = [
      [{}, 'sent: 0 B'],
      [{ lanUpBytesPerSecondLimit: 'unlimited' }, 'sent: 0 B'],
      [{ upBytesPerSecondLimit: MiB }, 'sent: 0 B (at most 1 MiB/s)'],
      [
        { upBytesPerSecondLimit: MiB, lanUpBytesPerSecondLimit: 'unlimited' },
        'sent: 0 B (at most 1 MiB/s, in your own network without one)',
      ],
      [
        { lanUpBytesPerSecondLimit: 2 * MiB },
        'sent: 0 B (without a limit, in your own network at most 2 MiB/s)',
      ],
      [
        { wanUpBytesPerSecondLimit: MiB, lanUpBytesPerSecondLimit: 2 * MiB },
        'sent: 0 B (without a limit, outside your own network at most 1 MiB/s, in your own network at most 2 MiB/s)',
      ],
      [{ wanDownBytesPerSecondLimit: MiB }, 'sent: 0 B'],
      // What holds the other way is told there.
      [{ lanBytesPerSecondLimit: 2 * MiB, lanDownBytesPerSecondLimit: 2 * MiB }, 'sent: 0 B'],
      // An older client tells no more.
      [
        { lanBytesPerSecondLimit: 2 * MiB },
        'sent: 0 B (without a limit, in your own network at most 2 MiB/s)',
      ],
    ];
    for (const [facts, line] of rows) t.equal(await linesFor(facts), line);
  },
);

t.test(
  'who waits for an answer, what is left to download and how fast it goes is told',
  async (t) => {
    const linesFor = async (facts: Partial<Status>): Promise<readonly string[]> => {
      let lines: readonly string[] = [];
      const out = { result: (_: unknown, told: readonly string[]) => void (lines = told) };
      const engine = { status: async () => ({ ...status, ...facts }) };
      await run({ engine, out } as unknown as CommandContext);
      return lines;
    };
    const toAnswer = [{ groupId: 'film club', userId: 'dan' }];
    const asking = await linesFor({
      requests: { toAnswer, isMore: true, asked: ['bulk', 'lab'] },
    });
    t.same(
      asking.filter((line) => /^(waits|you)/.test(line)),
      [
        "waits for you: dan asks to join film club; p2p accept 'film club' dan",
        'waits for you: and others; p2p requests lists them',
        'you asked to join: bulk, lab',
      ],
    );
    const idle = { queued: 2, paused: 1, interrupted: 0, failed: 0 };
    const [busy, none] = [
      await linesFor({
        ...{ runningDownloads: 1, idleDownloads: idle },
        trafficBytesPerSecond: {
          sent: { lan: 2 * MIB, wan: 0, relay: 0 },
          received: { lan: 0, wan: MIB, relay: 3 * MIB },
        },
      }),
      await linesFor({ idleDownloads: { ...idle, queued: 0, paused: 0 } }),
    ];
    const counted = '2 queued, 1 paused; p2p resume GROUP goes on, p2p downloads lists them';
    t.ok(busy.includes(`running downloads: 1 (${counted})`));
    t.ok(busy.includes('sent: 0 B, 2 MiB/s now (2 MiB/s in your own network)'));
    const received = '4 MiB/s now (1 MiB/s outside of it, 3 MiB/s through relays)';
    t.ok(busy.includes(`received: 0 B, ${received}`));
    t.ok(none.includes('received: 0 B'));
    t.ok(none.includes('running downloads: 0'));
  },
);
