/** What has happened between two looks at a download. */
import t from 'tap';
import { DownloadNews } from '../../../src/main/api/download-news.js';
import { isDetail, isOfWork } from '../../../src/main/api/detail-events.js';
import type { DownloadProgress, PeerProgress } from '../../../src/main/api/progress.js';
import { EVENT_PROGRESS_INTERVAL_MS } from '../../../src/net/limits.js';

const ann: PeerProgress = {
  ...{ userId: 'ann', deviceId: 'a', address: '192.0.2.1:7001', state: 'connecting' },
  ...{ bytes: 0, badPieces: 0 },
};
const facts = { id: '1', groupId: 'g', fileName: 'film' };
const film: DownloadProgress = {
  ...facts,
  ...{ path: '/film', state: 'downloading', size: 100, verified: 0, kept: 0, fetched: 0 },
  ...{ fileId: 'x', bytesPerSecond: 0, peers: [] },
};

/** The types of events, each with what says most. */
function told(events: ReturnType<DownloadNews['of']>): string[] {
  return events.map((event) => {
    t.ok(isDetail(event) && isOfWork(event));
    switch (event.type) {
      case 'peer':
        return `peer ${event.userId} ${event.state}${event.reason ? ` ${event.reason}` : ''}`;
      case 'progress':
        return `progress ${event.state} ${event.done}`;
      case 'piece-bad':
        return `piece-bad ${event.userId} ${event.pieces}`;
      case 'failed':
        return `failed ${event.error.code}`;
      default:
        return event.type;
    }
  });
}

t.test('each change is told once, and progress now and then', (t) => {
  const news = new DownloadNews({ isNew: true });
  const look = (more: Partial<DownloadProgress>, nowMs: number): string[] =>
    told(news.of({ ...film, ...more }, nowMs));
  t.same(look({ state: 'queued' }, 0), ['started', 'progress queued 0']);
  t.same(look({ state: 'queued' }, 9e9), [], 'nothing moves in a line');
  const at = 9e9;
  t.same(look({ peers: [ann] }, at), ['peer ann connecting', 'progress downloading 0']);
  const active = { ...ann, state: 'active' as const };
  t.same(look({ peers: [active], verified: 5 }, at + 1), ['peer ann active']);
  const late = at + EVENT_PROGRESS_INTERVAL_MS;
  t.same(look({ peers: [active], verified: 6 }, late - 1), []);
  t.same(look({ peers: [active], verified: 7 }, late), ['progress downloading 7']);
  const bad = { ...active, badPieces: 2 };
  t.same(look({ peers: [bad] }, late + 1), ['piece-bad ann 2']);
  const gone = { ...bad, badPieces: 3, state: 'banned' as const, reason: 'it lies' };
  t.same(look({ peers: [gone] }, late + 2), ['piece-bad ann 1', 'peer ann banned it lies']);
  t.same(look({ state: 'finishing' }, late + 3), ['progress finishing 0']);
  t.same(look({ state: 'complete' }, late + 4), ['done']);
  t.same(look({ state: 'complete' }, late + 5), [], 'it is over');
  t.same(told(news.done(facts, { path: '/film', size: 100, fetched: 100 })), []);
  t.end();
});

t.test('the end is told whether a look has shown it or not, and once', (t) => {
  const ends: readonly [Partial<DownloadProgress>, string][] = [
    [{ state: 'failed', error: { code: 'DISK_FULL', message: 'no room' } }, 'failed DISK_FULL'],
    [{ state: 'cancelled' }, 'failed CANCELLED'],
    [{ state: 'paused' }, 'failed PAUSED'],
  ];
  for (const [more, end] of ends) {
    const news = new DownloadNews({ isNew: false });
    t.same(told(news.of({ ...film, ...more }, 0)), [end]);
    t.same(told(news.failed(facts, { code: 'TIMEOUT', message: 'late' })), []);
  }
  const news = new DownloadNews({ isNew: false });
  t.same(told(news.failed(facts, { code: 'TIMEOUT', message: 'late' })), ['failed TIMEOUT']);
  t.same(news.of(film, 0), []);
  const done = new DownloadNews({ isNew: true }).done(facts, {
    ...{ path: '/film', size: 100, fetched: 40 },
  });
  t.match(done, [{ type: 'done', work: 'download', ...facts, fetched: 40 }]);
  t.end();
});
