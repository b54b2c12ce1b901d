/** The list of downloads as people and scripts read it. */
import t from 'tap';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import type { CommandContext } from '../../../src/main/cli/command.js';
import { run } from '../../../src/main/commands/downloads.js';
import { downloadColumns, downloadRow } from '../../../src/main/commands/download-rows.js';
import { displayWidth } from '../../../src/main/terminal/display-width.js';
import { tableLines } from '../../../src/main/terminal/table.js';
import type { Overview } from '../../../src/main/terminal/output.js';

interface Told {
  readonly value: unknown;
  readonly lines: readonly string[];
  readonly notes: string[];
}

async function list(rows: readonly DownloadProgress[]): Promise<Told> {
  const told: Told = { value: undefined, lines: [], notes: [] };
  const out = {
    overview: ({ value, lines }: Overview) => Object.assign(told, { value, lines }),
    note: (line: string) => told.notes.push(line),
  };
  const engine = { downloads: async () => rows };
  const { signal } = new AbortController();
  await run({ engine, out, signal } as unknown as CommandContext, { args: {}, options: {} });
  return told;
}

t.test('[D] is only what somebody downloads; of the rest it is told what is kept', async (t) => {
  const letters: Readonly<Record<DownloadProgress['state'], string>> = {
    queued: 'D',
    copying: 'D',
    checking: 'D',
    downloading: 'D',
    finishing: 'D',
    complete: 'C',
    failed: 'F',
    cancelled: 'P',
    paused: 'P',
    interrupted: 'P',
  };
  const states = Object.keys(letters) as DownloadProgress['state'][];
  const rows = states.map((state): DownloadProgress => ({
    ...{ id: state, groupId: 'g', fileName: state, path: `/tmp/${state}`, state },
    ...{ size: 4_096, verified: 2_048, kept: 1_024, fetched: 0, bytesPerSecond: 0, peers: [] },
    fileId: 'x',
    ...(state === 'failed' && { error: { code: 'TIMEOUT', message: 'silence' } }),
  }));
  const told = await list(rows);
  t.same(
    told.lines,
    states.map((state) => `[${letters[state]}] [g] ${state}`),
  );
  t.same(told.value, { downloads: rows });
  t.same(told.notes, [
    'failed: silence',
    'cancelled: stopped, 1 KiB of 4 KiB are kept; p2p resume g cancelled goes on',
    'paused: paused; p2p resume g paused goes on with it',
    'interrupted: interrupted, 1 KiB of 4 KiB are kept; p2p resume g interrupted goes on',
  ]);
});

t.test('of a download that was cancelled with its part nothing is told', async (t) => {
  const row: DownloadProgress = {
    ...{ id: 'a', groupId: 'g', fileName: 'a', path: '/tmp/a', state: 'cancelled' },
    ...{ size: 4_096, verified: 0, kept: 0, fetched: 0, bytesPerSecond: 0, peers: [] },
    fileId: 'x',
  };
  t.same(await list([row]), { value: { downloads: [row] }, lines: ['[P] [g] a'], notes: [] });
});

t.test('a thousand that wait are no thousand lines', async (t) => {
  const rows = Array.from({ length: 1_000 }, (_, index): DownloadProgress => ({
    ...{ id: `${index}`, groupId: index < 900 ? 'g' : 'h', fileName: `f${index}`, fileId: 'x' },
    ...{ path: `/tmp/${index}`, size: 4_096, verified: 0, kept: 0, fetched: 0, bytesPerSecond: 0 },
    ...(index < 890
      ? { state: 'interrupted' }
      : { state: 'failed', error: { code: 'TIMEOUT', message: 'silence' } }),
    peers: [],
  }));
  const { notes } = await list(rows);
  t.match(notes[0], 'f0: interrupted, 0 B of 4 KiB are kept; p2p resume g f0 goes on');
  t.same(notes.slice(8), [
    ...Array.from({ length: 8 }, (_, index) => `f${890 + index}: silence`),
    'and 884 more of g; p2p resume g goes on with all that can go on',
    'and 100 more of h; p2p resume h goes on with all that can go on',
  ]);
});

t.test('no resume is named for one whose place a later download has', async (t) => {
  const row = (id: string, state: DownloadProgress['state'], path: string): DownloadProgress => ({
    ...{ id, groupId: 'g', fileName: id, path, state, fileId: 'x' },
    ...{ size: 4_096, verified: 0, kept: 1_024, fetched: 0, bytesPerSecond: 0, peers: [] },
  });
  const told = await list([
    row('stopped', 'cancelled', '/film'),
    row('paused', 'paused', '/film'),
    row('interrupted', 'interrupted', '/film'),
    row('alone', 'paused', '/another'),
    row('last', 'complete', '/film'),
  ]);
  t.same(told.notes, ['alone: paused; p2p resume g alone goes on with it']);
});

t.test('a row says how it stands: rate, time and peers only of what moves', async (t) => {
  const base: DownloadProgress = {
    ...{ id: 'a', groupId: 'g', fileName: 'a', path: '/tmp/a', state: 'downloading' },
    ...{ size: 4_096, verified: 2_048, kept: 1_024, fetched: 0, bytesPerSecond: 1_024, peers: [] },
    fileId: 'x',
  };
  const row = (more: Partial<DownloadProgress>) => downloadRow({ ...base, ...more });
  const moving = [
    ...['downloading', 'g', 'a', 4_096, '50 %', '2 KiB', '1 KiB/s', '2 s', 0, '/tmp/a'],
  ];
  t.same(row({}), moving);
  t.equal(downloadColumns.length, moving.length);
  t.same(row({ state: 'cancelled' }).slice(0, 9), [
    ...['stopped', 'g', 'a', 4_096, '25 %', '1 KiB', '', '', ''],
  ]);
  t.same(row({ state: 'complete' })[4], '100 %');
  t.same(row({ diskWaitMs: 9_900 })[0], 'waits for the disk (9 s)');
  t.same(row({ state: 'queued', verified: 0, kept: 0 })[0], 'queued');
  t.same(row({ state: 'queued', verified: 0, kept: 0, place: 3 })[0], 'queued (3)');
});

t.test(
  'a terminal of 80 columns has state, size, rate, time, peers and path, one of 40 how far it is',
  (t) => {
    const moving: DownloadProgress = {
      ...{ id: 'a', groupId: 'film-club', fileName: 'a film with a long name.mkv' },
      ...{ path: '/home/ann/films/a film with a long name.mkv', state: 'downloading', fileId: 'x' },
      ...{ size: 314_572_800, verified: 44_040_192, kept: 0, fetched: 0, bytesPerSecond: 121_856 },
      peers: [],
    };
    const lines = (width: number): string[] =>
      tableLines(downloadColumns, [downloadRow(moving)], width);
    t.match(lines(80)[0], /^STATE +FILE +SIZE +DONE +RATE +LEFT +PEERS +TO$/);
    t.match(lines(80)[1], /^downloading +a fil/);
    t.match(lines(40)[0], /^STATE +FILE +DONE +RATE$/);
    const crawling = downloadRow({ ...moving, size: 2 ** 53 - 1, bytesPerSecond: 0.001 });
    t.match(tableLines(downloadColumns, [crawling], 80)[1], /^downloading +a.* >99 days +0 +/);
    for (let width = 36; width < 160; width++)
      for (const line of lines(width)) t.ok(displayWidth(line) <= width, `${width}: ${line}`);
    t.end();
  },
);

t.test('what cannot be drawn over cannot be watched', async (t) => {
  const out = { live: () => false };
  const engine = { downloads: async () => [] };
  const context = {
    engine,
    out,
    signal: new AbortController().signal,
  } as unknown as CommandContext;
  const watching = run(context, { args: {}, options: { watch: true } });
  await t.rejects(watching, { code: 'BAD_ARGUMENT', message: /draws on a terminal/ });
});
