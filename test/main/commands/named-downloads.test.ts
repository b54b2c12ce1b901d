/** Of which downloads a pattern is one: of those with which the command can do something. */
import t from 'tap';
import type { EngineApi } from '../../../src/main/api/engine-api.js';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import {
  downloadNames,
  ENDED,
  forDownloads,
  GOING,
  RESUMABLE,
  UNFINISHED,
  WAITING,
  type TakenStates,
} from '../../../src/main/commands/named-downloads.js';
import type { Output } from '../../../src/main/terminal/output.js';

const states = [
  ...(['queued', 'checking', 'copying', 'downloading', 'finishing'] as const),
  ...(['complete', 'failed', 'cancelled', 'paused', 'interrupted'] as const),
];

function download(state: DownloadProgress['state'], groupId = 'g'): DownloadProgress {
  const amounts = { size: 1, verified: 0, kept: 0, fetched: 0, bytesPerSecond: 0, peers: [] };
  const named = { id: state, groupId, fileName: state, fileId: 'x', path: `/${state}` };
  return { ...named, state, ...amounts };
}

const list = [...states.map((state) => download(state)), download('queued', 'another')];
const engine = { downloads: () => Promise.resolve(list) } as unknown as EngineApi;

t.test('each verb has its own', async (t) => {
  const rows: readonly (readonly [TakenStates, string])[] = [
    [GOING, 'queued checking copying downloading finishing interrupted'],
    [RESUMABLE, 'failed paused interrupted'],
    [UNFINISHED, 'queued checking copying downloading finishing failed paused interrupted'],
    [ENDED, 'complete failed cancelled'],
    [WAITING, 'queued'],
  ];
  for (const [taken, names] of rows)
    t.same(await downloadNames({ engine }, 'g', taken), names.split(' '));
  t.same(await downloadNames({ engine }, 'g'), states, 'all for what only looks');
});

t.test('a pattern leaves the others alone, and a name is tried as it is', async (t) => {
  const out = { failure: () => undefined } as unknown as Output;
  const context = { engine, out, signal: new AbortController().signal } as unknown;
  const run = (file: string) =>
    forDownloads(
      context as Parameters<typeof forDownloads>[0],
      { args: { group: 'g', file }, options: {} },
      {
        ...{ verb: 'paused', takes: GOING },
        unnamed: () => Promise.resolve([]),
        named: (which) => {
          const names = 'fileName' in which ? [which.fileName] : which.fileNames;
          return Promise.resolve(names.map((fileName) => ({ fileName })));
        },
      },
    );
  t.match(await run('c*'), {
    downloads: [{ fileName: 'checking' }, { fileName: 'copying' }],
    error: undefined,
  });
  t.match(await run('complete'), { downloads: [{ fileName: 'complete' }] });
  await t.rejects(run('compl*'), {
    message: 'no download of g that can be paused matches "compl*"',
  });
});
