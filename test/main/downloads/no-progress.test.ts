import t from 'tap';
import type { PeerProgress } from '../../../src/main/api/progress.js';
import { noProgress } from '../../../src/main/downloads/no-progress.js';

function peer(userId: string, more: Partial<PeerProgress>): PeerProgress {
  const nothing = { bytes: 0, badPieces: 0, deviceId: userId };
  return { userId, address: '192.0.2.7:7000', state: 'gone', ...nothing, ...more };
}

t.test('without a peer it says that nobody is there', async (t) => {
  const { code, message } = noProgress(8_000, []);
  t.equal(code, 'TIMEOUT');
  t.match(message, /for 8 seconds, and nobody who has the file is online; /);
});

t.test('each peer is named with its address and what it answered', async (t) => {
  const { message } = noProgress(120_000, [
    peer('ann', { state: 'connecting', reason: 'connection refused' }),
    peer('bob', { state: 'connecting' }),
    peer('cy', { state: 'snubbed' }),
  ]);
  t.match(message, 'ann at 192.0.2.7:7000: connection refused; ');
  t.match(message, 'bob at 192.0.2.7:7000 does not answer; cy at 192.0.2.7:7000 is silent)');
  t.match(message, /run the same download to go on$/);
});

t.test('a line stays a line', async (t) => {
  const many = Array.from({ length: 40 }, (_, n) => peer(`user${n}`, { reason: 'no' }));
  const { message } = noProgress(1_000, many);
  t.match(message, /anything for 1 second \(/);
  t.match(noProgress(50, many), { message: /anything for 50 ms \(/ });
  t.match(message, 'user2');
  t.notMatch(message, 'user3');
  t.match(message, '; and 37 more)');
});
