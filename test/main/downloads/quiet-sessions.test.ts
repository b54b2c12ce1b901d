import t from 'tap';
import { knownPeer, type KnownPeer } from '../../../src/main/downloads/known-peer.js';
import {
  isDelivered,
  muteSessions,
  silentPeers,
  stillDoubtful,
} from '../../../src/main/downloads/quiet-sessions.js';
import { MUTE_PLACE_MS, PATH_SILENCE_MS, PEER_SILENCE_MS } from '../../../src/net/limits.js';

const NOW_MS = 1_000_000;
const address = { host: '192.0.2.7', port: 7001 };

/** One that was dialled, has opened the file, and has been silent since `lastByteMs`. */
function session(key: string, more: Partial<KnownPeer> = {}): KnownPeer {
  const deviceId = key.split('/')[0]!;
  const peer = { deviceId, userId: `user of ${deviceId}`, addresses: [address], complete: true };
  return {
    ...knownPeer(key, 'first', peer),
    way: 'dialled',
    isReady: true,
    met: { address, heardAtMs: 0 },
    lastByteMs: NOW_MS - PEER_SILENCE_MS,
    ...more,
  };
}

const keysOf = (sessions: readonly KnownPeer[]): string[] => sessions.map(({ key }) => key);
const anybody = (): boolean => true;

t.test('a doubt ends with bytes, or ends the session', async (t) => {
  const doubtfulSinceMs = NOW_MS - 5 * PATH_SILENCE_MS;
  const sessions = [
    session('silent', { doubtfulSinceMs, lastByteMs: NOW_MS - PATH_SILENCE_MS }),
    session('heard', { doubtfulSinceMs, lastByteMs: NOW_MS - PATH_SILENCE_MS + 1 }),
    session('trusted', { lastByteMs: 0 }),
  ];
  t.same(keysOf(stillDoubtful(sessions, NOW_MS)), ['silent']);
});

t.test('who is silent is looked for where it has proven its key, each device once', async (t) => {
  const sessions = [session('a'), session('a/2'), session('b'), session('c', { way: 'called' })];
  t.same(silentPeers(sessions, NOW_MS, anybody), [
    { deviceId: 'a', address },
    { deviceId: 'b', address },
  ]);
  t.same(
    silentPeers(sessions, NOW_MS, ({ key }) => key === 'b'),
    [{ deviceId: 'b', address }],
    'only those of whom something is wanted',
  );
});

t.test('nobody is looked for', async (t) => {
  const table: Readonly<Record<string, readonly KnownPeer[]>> = {
    'while one delivers': [session('a'), session('b', { lastByteMs: NOW_MS - 1 })],
    'that was never met': [session('a', { met: undefined })],
    'that has called': [session('a', { way: 'called' })],
    'behind a relay': [session('a', { way: 'relayed' })],
    'that has not opened the file': [session('a', { isReady: false, way: 'unknown' })],
    'of nobody': [],
  };
  for (const [what, sessions] of Object.entries(table)) {
    t.same(silentPeers(sessions, NOW_MS, anybody), [], what);
  }
});

t.test('one that is being dialled does not keep the others from being looked for', async (t) => {
  const dialling = session('b', { isReady: false, way: 'unknown', lastByteMs: NOW_MS });
  t.same(silentPeers([session('a'), dialling], NOW_MS, anybody), [{ deviceId: 'a', address }]);
});

t.test('who has brought nothing of the file for long is mute', async (t) => {
  const sessions = [
    session('mute', { muteSinceMs: NOW_MS - MUTE_PLACE_MS }),
    session('new', { muteSinceMs: NOW_MS - MUTE_PLACE_MS + 1 }),
    session('delivers', { muteSinceMs: undefined }),
  ];
  t.same(keysOf(muteSessions(sessions, NOW_MS)), ['mute']);
});

t.test('somebody delivers who has sent something not long ago', async (t) => {
  const lastByteMs = NOW_MS - MUTE_PLACE_MS + 1;
  t.ok(isDelivered([session('a', { lastByteMs })], NOW_MS));
  t.notOk(isDelivered([session('a', { lastByteMs: lastByteMs - 1 })], NOW_MS));
  t.notOk(isDelivered([session('a', { lastByteMs, isReady: false })], NOW_MS), 'being dialled');
  t.notOk(isDelivered([], NOW_MS));
});
