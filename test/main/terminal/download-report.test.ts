/** How a download is told to people. */
import t from 'tap';
import {
  phaseLine,
  progressOfAll,
  progressView,
  summaryLine,
} from '../../../src/main/terminal/download-report.js';
import type { DownloadSummary, PeerProgress } from '../../../src/main/api/progress.js';

function peer(userId: string, bytes: number, state: PeerProgress['state'] = 'active') {
  return { userId, bytes, state, deviceId: userId, address: '', badPieces: 0 };
}

const summary: DownloadSummary = {
  path: '/tmp/film',
  size: 4096,
  fetched: 4096,
  reused: 0,
  elapsedMs: 2000,
  phasesMs: { connect: 120, transfer: 1830, finish: 50 },
  peers: [peer('alice', 1024), peer('bob', 2048), peer('alice', 1024), peer('idle', 0)],
};

t.test('the closing line says how much, how fast and from whom', (t) => {
  t.equal(
    summaryLine('film', summary),
    'downloaded film to /tmp/film: 4 KiB in 2.00 s (2 KiB/s), from: alice 50 %, bob 50 %',
  );
  t.equal(phaseLine(summary), 'time: connect 0.12 s, transfer 1.83 s, finish 0.05 s');
  t.end();
});

t.test('a resumed download says what was there, and its rate counts what was fetched', (t) => {
  const line = summaryLine('film', { ...summary, fetched: 1024, peers: [] });
  t.equal(line, 'downloaded film to /tmp/film: 4 KiB in 2.00 s (512 B/s), 3 KiB of it from before');
  t.end();
});

t.test('what was copied from other things is told apart from what was there before', (t) => {
  const line = summaryLine('film', { ...summary, fetched: 1024, reused: 2048, peers: [] });
  t.equal(
    line,
    'downloaded film to /tmp/film: 4 KiB in 2.00 s (512 B/s), 1 KiB of it from before, 2 KiB copied from what is here',
  );
  t.end();
});

t.test('what was here already has no rate', (t) => {
  const line = summaryLine('film', { ...summary, fetched: 0, peers: [] });
  t.equal(line, 'downloaded film to /tmp/film: 4 KiB in 2.00 s, all of it from this machine');
  t.end();
});

t.test('many sources are counted, not listed', (t) => {
  const peers = Array.from({ length: 20 }, (_, index) => peer(`u${index}`, 100));
  t.match(summaryLine('film', { ...summary, peers }), /u7 5 %, 12 more$/);
  t.end();
});

t.test('progress counts the peers that are of use', (t) => {
  const view = progressView({
    id: '1',
    groupId: 'g',
    fileName: 'film',
    fileId: 'x',
    path: '/tmp/film',
    state: 'downloading',
    size: 100,
    verified: 40,
    kept: 0,
    fetched: 40,
    bytesPerSecond: 7,
    peers: [peer('a', 1), peer('b', 0), peer('c', 0, 'gone'), peer('d', 0, 'connecting')],
  });
  t.same(view, {
    title: 'film',
    size: 100,
    done: 40,
    bytesPerSecond: 7,
    detail: '2 peers',
  });
  t.end();
});

t.test('one in line is told behind how many it waits', (t) => {
  const base = { id: '1', groupId: 'g', fileName: 'film', path: '/tmp/film', kept: 0, fetched: 0 };
  const film = { ...base, fileId: 'x', size: 9, verified: 0, bytesPerSecond: 0, peers: [] };
  const details = [undefined, 1, 2, 3].map((place) => {
    const where = place === undefined ? {} : { place };
    return progressView({ ...film, state: 'queued', ...where }).detail;
  });
  t.same(details, ['', 'next', 'behind 1 other', 'behind 2 others']);
  t.end();
});

t.test('a disk that takes nothing is told instead of peers and a rate', (t) => {
  const base = { id: '1', groupId: 'g', fileName: 'film', path: '/tmp/film', kept: 0, fetched: 0 };
  const film = { ...base, fileId: 'x', size: 9, verified: 4, bytesPerSecond: 7, peers: [] };
  const view = progressView({ ...film, state: 'downloading', diskWaitMs: 65_400 });
  t.match(view, { phase: 'waiting for the disk', detail: 'for 1 m 5 s', bytesPerSecond: 0 });
  // A part that cannot be made yet.
  t.match(progressView({ ...film, state: 'queued', diskWaitMs: 65_400 }), {
    detail: 'for 1 m 5 s',
  });
  const back = { ...film, state: 'downloading', diskWaitedMs: 25_000 } as const;
  const again = { phase: 'connecting again', detail: 'the disk took nothing for 25 s' };
  t.match(progressView(back), again, 'who was connected has left meanwhile');
  t.equal(progressView({ ...back, peers: [peer('a', 1)] }).phase, undefined);
  t.end();
});

t.test('what is done now is told where the figures do not, and several are one with rows', (t) => {
  const base = { id: '1', groupId: 'g', fileName: 'film', path: '/tmp/film', kept: 0, fetched: 0 };
  const film = { ...base, fileId: 'x', size: 100, verified: 40, bytesPerSecond: 7, peers: [] };
  const phases = (['queued', 'checking', 'copying', 'downloading', 'finishing'] as const).map(
    (state) => progressView({ ...film, state }).phase,
  );
  t.same(phases, [
    ...['waiting in line', 'checking what is here', 'copying what is here'],
    ...['waiting for a peer that has it', 'finishing'],
  ]);
  const two = [film, { ...film, fileName: 'book', size: 300 }].map((one) => {
    return { ...one, state: 'downloading' as const, peers: [peer('a', 1)] };
  });
  t.match(progressOfAll('all', two), {
    ...{ title: 'all', size: 400, done: 80, bytesPerSecond: 14, detail: '2 files' },
    parts: [{ title: 'film' }, { title: 'book', phase: undefined }],
  });
  t.end();
});
