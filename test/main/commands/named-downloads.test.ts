/** Of which downloads a pattern is one: of those with which the command can do something. */
import t from 'tap';
import type { EngineApi } from '../../../src/main/api/engine-api.js';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import type { CommandContext } from '../../../src/main/cli/command.js';
import { run as cancel } from '../../../src/main/commands/cancel.js';
import {
  downloadNames,
  ENDED,
  forDownloads,
  GOING,
  RESUMABLE,
  UNFINISHED,
  UNFINISHED_OR_STOPPED,
  WAITING,
  type TakenStates,
} from '../../../src/main/commands/named-downloads.js';
import { run as resume } from '../../../src/main/commands/resume.js';
import type { NamedDownloads } from '../../../src/main/downloads/which-downloads.js';
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
    [
      UNFINISHED_OR_STOPPED,
      'queued checking copying downloading finishing failed cancelled paused interrupted',
    ],
    [ENDED, 'complete failed cancelled'],
    [WAITING, 'queued'],
  ];
  for (const [taken, names] of rows)
    t.same(await downloadNames({ engine }, 'g', taken), names.split(' '));
  t.same(await downloadNames({ engine }, 'g'), states, 'all for what only looks');
});

t.test('what was stopped is resumed and cancelled by its very name, by no pattern', async (t) => {
  const named: string[] = [];
  const take = ({ fileName, fileNames = [fileName!] }: Partial<NamedDownloads>) => {
    named.push(...fileNames);
    return Promise.resolve([]);
  };
  const one = (fileName: string, state: DownloadProgress['state']) => ({
    ...{ ...download(state), fileName },
  });
  const context = {
    engine: {
      downloads: () =>
        Promise.resolve([
          ...[one('Show [1080p].mkv', 'cancelled'), one('Show 2', 'cancelled')],
          ...[one('Show 3', 'paused'), one('Show [4]', 'complete')],
        ]),
      ...{ resumeDownloads: take, cancelDownloads: take },
    },
    out: { failure: () => undefined, result: () => undefined },
    ...{ signal: new AbortController().signal, isEngineStaying: true },
  } as unknown as CommandContext;
  for (const run of [resume, cancel]) {
    const meant = async (file: string): Promise<string[]> => {
      named.length = 0;
      await run(context, { args: { group: 'g', file }, options: { yes: true } });
      return [...named];
    };
    t.same(await meant('Show [1080p].mkv'), ['Show [1080p].mkv']);
    t.same(await meant('Show \\[1080p].mkv'), ['Show [1080p].mkv']);
    t.same(await meant('Show*'), ['Show 3']);
    await t.rejects(meant('Show [4]'), { code: 'NO_SUCH_DOWNLOAD' });
  }
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
