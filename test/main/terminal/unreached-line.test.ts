import t from 'tap';
import { UNREACHED_NEWS_LEAST_MS, UNREACHED_NEWS_MS } from '../../../src/net/limits.js';
import type { DownloadProgress, PeerProgress } from '../../../src/main/api/progress.js';
import { UnreachedNews } from '../../../src/main/terminal/unreached-line.js';

function peer(userId: string, more: Partial<PeerProgress> = {}): PeerProgress {
  const nothing = { address: '', bytes: 0, badPieces: 0 };
  return { userId, deviceId: userId, state: 'connecting', ...nothing, ...more };
}

function scene() {
  const clock = { nowMs: 0 };
  const news = new UnreachedNews(() => clock.nowMs, 0);
  const at = (nowMs: number, ...peers: PeerProgress[]): string | undefined => {
    clock.nowMs = nowMs;
    return news.lineFor({ state: 'downloading', peers } as unknown as DownloadProgress);
  };
  return at;
}

t.test('who cannot be reached is named once, with the addresses and the way out', (t) => {
  const at = scene();
  const ann = peer('ann', { tried: ['192.0.2.1:7001', '10.0.0.1:7001'] });
  t.equal(at(0, ann), undefined);
  t.equal(at(UNREACHED_NEWS_MS - 1, ann), undefined);
  const line = at(UNREACHED_NEWS_MS, ann);
  t.match(line, /: ann at 192\.0\.2\.1:7001, 10\.0\.0\.1:7001; ask ann to /);
  t.match(line, /--announce HOST:PORT; .*--relay RATE.*; trying on$/);
  t.equal(at(UNREACHED_NEWS_MS + 1, ann), undefined);
  t.end();
});

t.test('the time that a command took to begin counts, and its peers have their time', (t) => {
  const leastMs = UNREACHED_NEWS_LEAST_MS;
  const begins: readonly (readonly [number, number])[] = [
    [500, UNREACHED_NEWS_MS],
    [UNREACHED_NEWS_MS - leastMs, UNREACHED_NEWS_MS],
    [2_500, 2_500 + leastMs],
  ];
  for (const [knownMs, saidMs] of begins) {
    const at = scene();
    t.equal(at(0), undefined);
    t.equal(at(knownMs, peer('ann')), undefined);
    t.equal(at(saidMs - 1, peer('ann')), undefined);
    t.ok(at(saidMs, peer('ann')), `known after ${knownMs} ms`);
  }
  t.end();
});

t.test('of who was found nowhere it says why nothing else helped', (t) => {
  const at = scene();
  const ann = peer('ann', { reason: 'it cannot come here, because nobody can' });
  at(0, ann);
  const line = at(UNREACHED_NEWS_MS, ann, peer('b'), peer('c'), peer('d'));
  t.match(line, /ann, whom the tracker found at no address \(it cannot come here.*; and 1 more;/);
  t.match(line, /ask ann or b or c to/);
  t.end();
});

t.test('nothing is said when somebody was reached, or nobody is there', (t) => {
  const at = scene();
  t.equal(at(0), undefined);
  t.equal(at(2 * UNREACHED_NEWS_MS), undefined);
  t.equal(at(3 * UNREACHED_NEWS_MS, peer('ann'), peer('ben', { state: 'active' })), undefined);
  t.equal(at(9 * UNREACHED_NEWS_MS, peer('ann')), undefined);
  t.end();
});
