/** A list that is watched, with an engine and keys in hand: what is drawn, and what keys do to downloads. */
import t from 'tap';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import type { CommandContext } from '../../../src/main/cli/command.js';
import { run } from '../../../src/main/commands/downloads.js';
import { keysLine } from '../../../src/main/commands/watch-keys.js';
import type { Choosing } from '../../../src/main/terminal/chosen-lines.js';
import type { Overview } from '../../../src/main/terminal/output.js';
import { MAX_KEYS_AT_WORK } from '../../../src/net/limits.js';
import { TrackerError } from '../../../src/net/errors.js';

function row(id: string, place: number): DownloadProgress {
  return {
    ...{ id, groupId: 'g', fileName: id, path: `/tmp/${id}`, state: 'queued', fileId: 'x', place },
    ...{ size: 4_096, verified: 0, kept: 0, fetched: 0, bytesPerSecond: 0, peers: [] },
  };
}

const KEYS_LINE = keysLine({ state: 'queued', kept: 0 });

interface Drawn {
  readonly names: readonly string[];
  readonly choosing: Choosing | undefined;
}

/** `b` stands second in line; the library lists it first. `meanwhile` is what they become before a resume is refused. */
function watching(
  options: Pick<CommandContext, 'isYes'> = {},
  meanwhile = (rows: DownloadProgress[]): DownloadProgress[] => rows,
) {
  const calls: unknown[] = [];
  const drawings: Drawn[] = [];
  let press: (key: string) => void = () => undefined;
  let isHeard = false;
  let look: (drawn: Drawn) => boolean = () => true;
  let onLooked: (drawn: Drawn) => void = () => undefined;
  let rows = [row('b', 2), row('a', 1)];
  const call =
    (name: string) =>
    (which: object): Promise<readonly []> => {
      calls.push([name, which]);
      return Promise.resolve([]);
    };
  const context = {
    engine: {
      downloads: async () => rows,
      pauseDownloads: call('pause'),
      resumeDownloads: () => {
        rows = meanwhile(rows);
        return Promise.reject(new TrackerError('NO_SUCH_DOWNLOAD', 'nothing to go on with'));
      },
      cancelDownloads: call('cancel'),
      moveDownloads: call('move'),
    },
    out: {
      live: ({ rows }: Overview, choosing?: Choosing) => {
        const drawn = { names: rows.map((cells) => String(cells[2])), choosing };
        drawings.push(drawn);
        if (look(drawn)) onLooked(drawn);
        return true;
      },
    },
    ...{ signal: new AbortController().signal, isEngineHere: false, isEngineStaying: true },
    ...options,
    hearKeys: (onKey: (key: string) => void) => {
      press = onKey;
      isHeard = true;
      return { close: () => (isHeard = false) };
    },
  };
  return {
    ...{ calls, drawings },
    ended: run(context as unknown as CommandContext, { args: {}, options: { watch: true } }),
    press: (...keys: string[]) => keys.forEach((key) => press(key)),
    isHeard: () => isHeard,
    drawn: (wanted: (drawn: Drawn) => boolean): Promise<Drawn> => {
      const last = drawings.at(-1);
      if (last && wanted(last)) return Promise.resolve(last);
      look = wanted;
      return new Promise((resolve) => (onLooked = resolve));
    },
  };
}

t.test('keys choose a download and change it, in the order in which they were typed', async (t) => {
  const { calls, drawings, ended, press, isHeard, drawn } = watching();
  const first = await drawn(() => true);
  t.same(first, { names: ['a', 'b'], choosing: { chosen: 0, foot: KEYS_LINE } });
  press('j');
  t.equal(drawings.at(-1)?.choosing?.chosen, 1, 'drawn at once');
  press('p', '+', 'c');
  t.match(drawings.at(-1)?.choosing?.foot, /^cancel it, and remove what is here\? \[y\/N\] b$/);
  press('y', 'k', 'c', 'n', '-', 'q', 'p');
  await ended;
  t.same(calls, [
    ['pause', { id: 'b' }],
    ['move', { id: 'b', to: 'up' }],
    ['cancel', { id: 'b', keepsPart: false }],
    ['move', { id: 'a', to: 'down' }],
  ]);
  t.equal(drawings.at(-1)?.choosing, undefined, 'what stays has no keys');
  t.notOk(isHeard());
});

t.test('who has said yes to every question is not asked', async (t) => {
  const { calls, drawings, ended, press, drawn } = watching({ isYes: true });
  await drawn(() => true);
  press('c');
  t.equal(drawings.at(-1)?.choosing?.foot, KEYS_LINE);
  press('q');
  await ended;
  t.same(calls, [['cancel', { id: 'a', keepsPart: false }]]);
});

t.test('a key that could do nothing says why until the next one', async (t) => {
  const { ended, press, drawn, drawings } = watching();
  await drawn(() => true);
  press('r');
  await drawn(({ choosing }) => choosing?.foot === 'nothing to resume: it is queued');
  press('j');
  t.equal(drawings.at(-1)?.choosing?.foot, KEYS_LINE);
  press('ctrl-c');
  await ended;
});

t.test('why a key could do nothing is said by how its row stands now', async (t) => {
  const footAfter = async (
    meanwhile: (rows: DownloadProgress[]) => DownloadProgress[],
  ): Promise<string | undefined> => {
    const { ended, press, drawn } = watching({}, meanwhile);
    await drawn(() => true);
    press('r');
    const { choosing } = await drawn(
      ({ choosing }) => choosing?.foot?.startsWith('nothing') === true,
    );
    press('q');
    await ended;
    return choosing?.foot;
  };
  const isNow =
    (state: DownloadProgress['state']) =>
    (rows: DownloadProgress[]): DownloadProgress[] =>
      rows.map((one) => (one.id === 'a' ? { ...one, state, kept: 1 } : one));
  t.equal(await footAfter(isNow('complete')), 'nothing to resume: it is complete');
  t.equal(await footAfter(isNow('cancelled')), 'nothing to resume');
  t.equal(await footAfter((rows) => rows.slice(0, 1)), 'nothing to go on with');
});

t.test('more keys than are worked on are not heard', async (t) => {
  const { calls, ended, press, drawn, drawings } = watching();
  await drawn(() => true);
  for (let index = 0; index <= MAX_KEYS_AT_WORK; index++) press('+');
  t.match(drawings.at(-1)?.choosing?.foot, /^busy/);
  press('q');
  await ended;
  t.equal(calls.length, MAX_KEYS_AT_WORK);
});

t.test(
  'what a key resumed where no client stays is the work of who looks, as that of resume',
  async (t) => {
    const held = { id: 'a', groupId: 'g', fileName: 'a', path: '/tmp/a', kept: 1, size: 2 };
    const resuming = (isEngineStaying: boolean, ends: boolean) => {
      let finish = (): void => undefined;
      const finished = new Promise<object>((resolve) => {
        finish = () => resolve({ path: '/tmp/a', size: 2, fetched: 1, reused: 1, peers: [] });
      });
      const awaited: string[] = [];
      const requests: unknown[] = [];
      const notes: string[] = [];
      let onNoted = (): void => undefined;
      const noted = new Promise<void>((resolve) => (onNoted = resolve));
      let lines: readonly string[] | undefined;
      let press: (key: string) => void = () => undefined;
      const context = {
        engine: {
          downloads: async () => [{ ...row('a', 1), state: 'paused' }],
          resumeDownloads: async (request: unknown) => {
            requests.push(request);
            return [held];
          },
          waitForDownload: (id: string) => {
            awaited.push(id);
            if (ends) finish();
            return finished.then((end) => ({ ...end, elapsedMs: 1, phasesMs: {} }));
          },
        },
        out: {
          live: () => true,
          note: (line: string) => {
            notes.push(line);
            onNoted();
          },
          progress: () => undefined,
          result: (_: unknown, said: readonly string[]) => (lines = said),
        },
        ...{ signal: new AbortController().signal, isEngineHere: false, isEngineStaying },
        hearKeys: (onKey: (key: string) => void) => {
          press = onKey;
          return { close: () => undefined };
        },
      };
      const ended = run(context as unknown as CommandContext, {
        args: {},
        options: { watch: true },
      });
      return {
        ended,
        finish,
        awaited,
        requests,
        notes,
        noted,
        press: (key: string) => press(key),
        lines: () => lines,
      };
    };
    const looking = async (isStaying: boolean, ends: boolean) => {
      const watch = resuming(isStaying, ends);
      await new Promise(setImmediate);
      watch.press('r');
      await new Promise(setImmediate);
      watch.press('q');
      await new Promise(setImmediate);
      return watch;
    };

    const here = await looking(false, false);
    await here.noted;
    t.same(here.notes, ['a goes on here, where it was resumed; Ctrl-C stops it']);
    t.ok(here.awaited.length > 0 && here.lines() === undefined, 'it is waited for');
    here.finish();
    await here.ended;
    t.match(here.lines(), [/^downloaded a/]);

    const over = await looking(false, true);
    await over.ended;
    t.same([over.awaited, over.notes], [['a'], []], 'of what is over by then nothing is said');

    const staying = await looking(true, false);
    await staying.ended;
    t.same([staying.awaited, staying.notes], [[], []], 'a client that stays does it by itself');
    t.match(staying.requests, [{ id: 'a', timeoutMs: 0 }]);
  },
);
