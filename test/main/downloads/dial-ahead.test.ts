/** Which peers are dialled before the tracker has said anything. */
import t from 'tap';
import { DialAhead } from '../../../src/main/downloads/dial-ahead.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import type { LikelyFile, LikelyWish } from '../../../src/main/downloads/download-preparation.js';
import { StorageError } from '../../../src/net/errors.js';
import { LATENCY_PER_CONNECTION_MS, MiB } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import type { MetPeer } from '../../../src/main/home/met-peers-file.js';
import { fakeSession } from '../../fixtures/fake-account-link.js';
import { account } from '../../fixtures/temporary-library.js';
import { placesSaid } from '../../../src/main/account/tracker-places.js';

const FAR_MS = 8 * LATENCY_PER_CONNECTION_MS;

function peer(deviceId: string, latencyMs = FAR_MS): MetPeer {
  return { deviceId, userId: 'ann', address: { host: '192.0.2.1', port: 1 }, latencyMs };
}

interface Surroundings {
  readonly isLoggedIn?: boolean;
  readonly session?: ReturnType<typeof fakeSession>;
  readonly trackerHost?: string;
  /** Of this session, and of an earlier command. */
  readonly held?: Uint8Array;
  readonly kept?: Uint8Array;
  /** False when no connection comes of a dial. */
  readonly isDialled?: boolean;
  /** Undefined when nothing tells. */
  readonly likely?: () => Promise<LikelyWish | undefined>;
}

function scene(peers: readonly MetPeer[], around: Surroundings = {}) {
  const { isLoggedIn = true, session, trackerHost: host = '192.0.2.9', held, kept } = around;
  const tracker = { host, port: 1 };
  const { likely = async () => undefined, isDialled = true } = around;
  const dialled: string[] = [];
  const guesses: string[] = [];
  const starts: number[] = [];
  const counts = new Map<string, number>();
  const gone: string[] = [];
  const failing: (() => void)[] = [];
  const background = new BackgroundWork(() => undefined);
  const ahead = new DialAhead({
    link: {
      session,
      whileDialling: async () => undefined,
      whoIsLoggedIn: async () =>
        isLoggedIn ? { account, tracker, places: placesSaid([tracker]) } : undefined,
    },
    key: { load: async () => ({ keyPem: '', certPem: '' }) },
    met: {
      of: async () => peers,
      ticketOf: async () => kept,
      onGone: async (_account, groupId, deviceId) => void gone.push(`${groupId} ${deviceId}`),
    },
    connections: {
      dialAhead: (groupId, { deviceId, addresses }, count, onFailed) => {
        dialled.push(`${groupId} ${deviceId} at ${addresses[0]?.host} ${count} times`);
        failing.push(onFailed);
        counts.set(deviceId, isDialled ? count : 0);
      },
      untouchedTo: (_groupId, deviceId) => counts.get(deviceId) ?? 0,
      guess: (groupId, deviceId, { file, ticket }, pieces) => {
        const its = pieces.map((some) => [...some].sort().join(','));
        guesses.push(`${groupId} ${deviceId} ${file.fileId} ${ticket[0]} ${its.join(' ')}`);
      },
      find: (groupId, deviceId, { name, ticket }, parts) => {
        const its = parts.map(({ part, parts: all }) => `${part} of ${all}`).join(', ');
        guesses.push(`${groupId} ${deviceId} ${name}? ${ticket[0]}: ${its}`);
        starts.push(...parts.map(({ start }) => start));
      },
    },
    tickets: { held: () => held },
    background,
  });
  const begin = async (): Promise<void> => {
    ahead.begin('chess', likely);
    await background.settled();
  };
  return { ahead, begin, background, dialled, gone, failing, guesses, starts };
}

const layout = pieceLayout(20 * MiB, 4 * MiB)!;

/** Some of a file of five pieces is lacking. */
function lacking(pieces: readonly number[]): () => Promise<LikelyFile> {
  const lackingBytes = pieces.length * layout.pieceLength;
  return async () => ({ fileId: 'film', layout, lacking: pieces, lackingBytes });
}

t.test(
  'with a ticket and a guess the first pieces are asked for, on all connections but one',
  async (t) => {
    const { begin, guesses } = scene([peer('ann')], {
      kept: Uint8Array.of(7),
      likely: lacking([3]),
    });
    await begin();
    t.same(guesses, ['chess ann film 7 3']);
    const several = scene([peer('ann')], {
      ...{ kept: Uint8Array.of(7), held: Uint8Array.of(8) },
      likely: lacking([0, 1, 2, 3, 4]),
    });
    await several.begin();
    t.match(
      several.guesses[0],
      /^chess ann film 8 \d \d \d \d \d$/,
      'of one command the newer ticket',
    );
    t.same(
      several.dialled,
      ['chess ann at 192.0.2.1 4 times', 'chess ann at 192.0.2.1 6 times'],
      'as many connections as what is lacking is worth, and one',
    );
    const two = scene([peer('ann'), peer('bob')], { kept: Uint8Array.of(7), likely: lacking([1]) });
    await two.begin();
    t.same(two.guesses, ['chess ann film 7 1'], 'of each piece one is asked');
  },
);

t.test('of what has a name and nothing more each connection but one asks for a part', async (t) => {
  const named = { kept: Uint8Array.of(7), likely: async () => ({ name: 'song' }) };
  const alone = scene([peer('ann')], named);
  await alone.begin();
  t.same(alone.guesses, ['chess ann song? 7: 0 of 3, 1 of 3, 2 of 3']);
  t.equal(new Set(alone.starts).size, 1, 'all of them count from one place');
  t.equal(alone.dialled.length, 1, 'nobody knows whether more are worth it');
  const two = scene([peer('ann'), peer('bob')], named);
  await two.begin();
  t.same(two.guesses, ['chess ann song? 7: 0 of 2', 'chess bob song? 7: 1 of 2']);
  const halfway = scene([peer('ann', LATENCY_PER_CONNECTION_MS)], named);
  await halfway.begin();
  t.same(halfway.guesses, ['chess ann song? 7: 0 of 1'], 'the only one asks as well');
  const silent = scene([peer('ann')], { ...named, isDialled: false });
  await silent.begin();
  t.same(silent.guesses, []);
  const without = scene([peer('ann')], { likely: named.likely });
  await without.begin();
  t.same(without.guesses, [], 'nobody asks without a ticket');
});

t.test('without a ticket, or without a guess, they wait for the tracker', async (t) => {
  const scenes = [
    scene([peer('ann')], { likely: lacking([3]) }),
    scene([peer('ann')], { kept: Uint8Array.of(7) }),
    scene([peer('ann')], {
      kept: Uint8Array.of(7),
      likely: () => Promise.reject(new StorageError('IO_ERROR', 'no library')),
    }),
  ];
  for (const { begin, dialled, guesses } of scenes) {
    await begin();
    t.equal(dialled.length, 1, 'as many as before it is known what is lacking');
    t.same(guesses, []);
  }
});

t.test('those met last are dialled, few of them, and share the connections', async (t) => {
  const { begin, ahead, dialled } = scene([peer('ann'), peer('bob'), peer('cat')]);
  await begin();
  t.same(dialled, ['chess ann at 192.0.2.1 2 times', 'chess bob at 192.0.2.1 2 times']);
  t.equal(ahead.trackerHost, '192.0.2.9');
  const alone = scene([peer('ann')], { trackerHost: 'tracker.example' });
  await alone.begin();
  t.same(alone.dialled, ['chess ann at 192.0.2.1 4 times']);
  const halfway = scene([peer('ann', LATENCY_PER_CONNECTION_MS)]);
  await halfway.begin();
  t.same(halfway.dialled, ['chess ann at 192.0.2.1 1 times'], 'no more than the way is worth');
  t.equal(alone.ahead.trackerHost, undefined, 'a name says nothing of where it is');
});

t.test('who does not answer is forgotten', async (t) => {
  const { begin, background, gone, failing } = scene([peer('ann')]);
  await begin();
  failing[0]?.();
  await background.settled();
  t.same(gone, ['chess ann']);
});

t.test(
  'nobody is dialled who is near, without a login, or where peers talk in the clear',
  async (t) => {
    const scenes = [
      scene([peer('ann', LATENCY_PER_CONNECTION_MS - 1)]),
      scene([peer('ann')], { isLoggedIn: false }),
      scene([peer('ann')], { session: fakeSession({ peerTransport: 'tcp' }) }),
      scene([]),
    ];
    for (const { begin, dialled } of scenes) {
      await begin();
      t.same(dialled, []);
    }
    const { begin, dialled } = scene([peer('ann')], {
      session: fakeSession({ peerTransport: 'tls' }),
    });
    await begin();
    t.equal(dialled.length, 1);
  },
);

t.test('where no connection waits for a guess, none is made', async (t) => {
  let guessed = 0;
  const likely = async () => {
    guessed++;
    return undefined;
  };
  const around = { kept: Uint8Array.of(7), likely };
  await scene([peer('ann')], around).begin();
  t.equal(guessed, 1);
  // Those that stand are in use already.
  await scene([peer('ann')], { ...around, isDialled: false }).begin();
  t.equal(guessed, 1);
});
