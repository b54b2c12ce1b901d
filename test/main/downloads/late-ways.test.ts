/** Calls and meetings at a relay, with a tracker, a listener and a pool that do what the test says. */
import t from 'tap';
import { LateWays, type SessionRequest } from '../../../src/main/downloads/late-ways.js';
import type { Way } from '../../../src/main/downloads/way-race.js';
import type { AnsweredIn } from '../../../src/main/sharing/serving.js';
import type { ErrorCode } from '../../../src/net/errors.js';
import type { PeerSessionToMain } from '../../../src/workers/messages/peer-session.js';
import type { TrackerMethods } from '../../../src/net/tracker-api.js';
import { onlinePeer } from '../../fixtures/online-peer.js';

const never = new AbortController().signal;
const listener: AnsweredIn = { settled: Promise.resolve({ ok: true }) };
const trackers = { of: 'tracker', address: { host: '192.0.2.9', port: 8000 } } as const;
const ticket = Buffer.from('ticket');
const peer = { ...onlinePeer('ann'), calls: true };

type Answer = TrackerMethods['call']['result'];

interface Scene {
  readonly answer: Answer | ((without: readonly string[] | undefined) => Answer);
  readonly isFound?: boolean;
  readonly isFoundLater?: boolean;
  readonly relays?: boolean;
  readonly isAnswered?: boolean;
}

function scene(options: Scene) {
  const { answer, isFound = true, isFoundLater = false, relays = true } = options;
  const said: unknown[] = [];
  let onTime: () => void = () => undefined;
  let tell: (message: PeerSessionToMain) => void = () => undefined;
  const late = new LateWays({
    link: {
      isConnected: true,
      session: { info: { relays } } as never,
      calls: async () => ({
        call: async (
          method: string,
          { way, without }: { way: string; without?: readonly string[] },
        ) => {
          said.push(without ? `${method} ${way} not ${without.join(' ')}` : `${method} ${way}`);
          return (typeof answer === 'function' ? answer(without) : answer) as never;
        },
      }),
    } as never,
    pool: () => ({
      startPeerSession: ({ met }, onMessage, beside) => {
        tell = onMessage;
        const at = met?.way === 'relayed' ? { at: met.relay.of } : {};
        said.push({ way: met?.way, isBeside: beside === listener, ...at });
        return { post: () => undefined, settled: Promise.resolve({ ok: true as const }) };
      },
    }),
    serving: {
      expect: (_callId, deviceId, onAnswer) => {
        said.push(`expect ${deviceId}`);
        if (options.isAnswered ?? true) onAnswer(listener);
        return () => said.push('forget');
      },
    },
    reach: { isFound, whenKnown: async () => isFoundLater },
    listen: async () => said.push('listen'),
    askRouter: () => void said.push('ask router'),
    relays: {
      placeOf: async (_groupId, relay) => (relay ? { of: 'member', ...relay, ticket } : trackers),
    },
    nowMs: () => 0,
    later: (_waitMs, work) => {
      onTime = work;
      return () => undefined;
    },
  });
  const request = (): SessionRequest => ({}) as SessionRequest;
  const ways = late.to({ groupId: 'g', fileId: 'f', peer, request });
  const begin = async (way: Way | undefined, signal = never): Promise<void> => {
    (await way!.open(signal))(() => undefined);
  };
  const fail = (): void => tell({ type: 'ended', error: { code: 'TIMEOUT', message: 'no' } });
  const again = () => late.to({ groupId: 'g', fileId: 'f', peer, request });
  return {
    late,
    said,
    ways,
    begin,
    again,
    fail,
    tell: (message: PeerSessionToMain) => tell(message),
    onTime: () => onTime(),
  };
}

t.test('who comes is met in the thread that has the connection', async (t) => {
  const { said, ways, begin } = scene({ answer: { outcome: 'called' } });
  await begin(ways[0]);
  t.same(said, ['expect ann', 'call direct', 'forget', { way: 'called', isBeside: true }]);
});

t.test('who is found nowhere calls nobody, and listens first to be found', async (t) => {
  const answer = { outcome: 'called' } as const;
  const hidden = scene({ answer, isFound: false });
  await t.rejects(hidden.begin(hidden.ways[0]), { code: 'PEER_UNREACHABLE' });
  t.same(hidden.said, ['listen', 'ask router']);
  const found = scene({ answer, isFound: false, isFoundLater: true });
  await found.begin(found.ways[0]);
  t.same(found.said.slice(0, 3), ['listen', 'ask router', 'expect ann']);
});

t.test('who does not come in time, or is not there, is expected no more', async (t) => {
  const silent = scene({ answer: { outcome: 'called' }, isAnswered: false });
  const begun = silent.begin(silent.ways[0]);
  await new Promise(setImmediate);
  silent.onTime();
  await t.rejects(begun, { message: 'it was called and has not come' });
  t.equal(silent.said.at(-1), 'forget');
  const absent = scene({ answer: { outcome: 'absent' }, isAnswered: false });
  await t.rejects(absent.begin(absent.ways[0]), { code: 'PEER_UNREACHABLE' });
  t.equal(absent.said.at(-1), 'forget');
});

t.test('a relay is a way where the tracker relays, with the key that it gives', async (t) => {
  const key = 'ab'.repeat(32);
  const { said, ways, begin } = scene({ answer: { outcome: 'called', relayKey: key } });
  t.same(
    ways.map(({ isRelay }) => isRelay),
    [false, true, true],
    'the second is another relay',
  );
  await begin(ways[1]);
  t.same(said, ['call relay', { way: 'relayed', isBeside: false, at: 'tracker' }]);
  t.equal(scene({ answer: { outcome: 'called' }, relays: false }).ways.length, 1);
  const full = scene({ answer: { outcome: 'unrelayed' } });
  await t.rejects(full.begin(full.ways[1]), { code: 'PEER_UNREACHABLE' });
});

t.test('only who knows of calls is called', (t) => {
  const { late } = scene({ answer: { outcome: 'called' } });
  t.ok(late.isThere(peer));
  t.notOk(late.isThere(onlinePeer('bob')));
  t.end();
});

const key = 'ab'.repeat(32);
const relay = { userId: 'carl', deviceId: 'c', addresses: [{ host: '192.0.2.3', port: 7001 }] };

t.test('a relay on which nothing comes is passed over, and taken again before none', async (t) => {
  const answer = (without: readonly string[] = []): Answer => {
    if (!without.includes('tracker')) return { outcome: 'called', relayKey: key };
    if (without.includes('c')) return { outcome: 'unrelayed' };
    return { outcome: 'called', relayKey: key, relay };
  };
  const { said, ways, begin, again, fail } = scene({ answer });
  await begin(ways[1]);
  await begin(ways[2]);
  t.same(said, [
    'call relay',
    { way: 'relayed', isBeside: false, at: 'tracker' },
    'call relay not tracker',
    { way: 'relayed', isBeside: false, at: 'member' },
  ]);
  said.length = 0;
  // Carl's.
  fail();
  const next = again();
  await begin(next[1]);
  await begin(next[2]);
  t.same(
    said.filter((one) => typeof one === 'string'),
    ['call relay not c', 'call relay not tracker c', 'call relay not tracker'],
    'rather one at fault than none',
  );
  const none = scene({ answer: { outcome: 'unrelayed' } });
  await t.rejects(none.begin(none.ways[1]), { code: 'PEER_UNREACHABLE' });
  t.same(none.said, ['call relay']);
});

t.test('a relay is at fault when nothing of the peer came through, and only then', async (t) => {
  const ended = (code: ErrorCode): PeerSessionToMain => ({
    type: 'ended',
    error: { code, message: 'no' },
  });
  const address = { host: '192.0.2.3', port: 7001 };
  const ready: PeerSessionToMain = {
    type: 'ready',
    bits: new Uint8Array(1),
    address,
    latencyMs: 1,
    way: 'relayed',
  };
  const shortage = { code: 'SYSTEM_LIMIT', message: 'too many files' } as const;
  const cases: [name: string, said: PeerSessionToMain[], isAtFault: boolean][] = [
    ['it hung up', [ended('PEER_UNREACHABLE')], true],
    ['somebody else was there', [ended('PEER_IDENTITY')], true],
    ['it stalled', [ended('TIMEOUT')], true],
    ['it dropped', [ended('CONNECTION_LOST')], true],
    ['the peer refused the ticket', [ended('EPOCH_OUTDATED')], false],
    ['the peer is busy', [ended('BUSY')], false],
    ['it was lost after it had delivered', [ready, ended('CONNECTION_LOST')], false],
    [
      'this machine has no room',
      [{ type: 'not-dialled', error: shortage }, ended('PEER_UNREACHABLE')],
      false,
    ],
    ['all is well', [ready, { type: 'ended', error: undefined }], false],
  ];
  for (const [name, messages, isAtFault] of cases) {
    const set = scene({ answer: { outcome: 'called', relayKey: key, relay } });
    await set.begin(set.ways[1]);
    for (const message of messages) set.tell(message);
    set.said.length = 0;
    await set.begin(set.again()[1]);
    t.equal(set.said[0], isAtFault ? 'call relay not c' : 'call relay', name);
  }
});
