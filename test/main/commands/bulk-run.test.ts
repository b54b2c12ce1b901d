import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { BulkRun, type ItemProgress } from '../../../src/main/commands/bulk-run.js';
import { deferred } from '../../../src/net/deferred.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { CancelledError, UsageError } from '../../../src/net/errors.js';
import { notesOnly } from '../../../src/main/terminal/notes-only.js';
import type { Output } from '../../../src/main/terminal/output.js';
import { MAX_FILES_AT_A_TIME } from '../../../src/net/limits.js';

const items = Array.from({ length: 2 * MAX_FILES_AT_A_TIME }, (_, index) => {
  return { name: `file ${index}`, size: 1 };
});

function silentOutput(results: unknown[]): Output {
  const silent = notesOnly({
    note: () => undefined,
    failure: () => undefined,
    event: () => undefined,
    progress: () => undefined,
  });
  return { ...silent, isJson: true, result: (value) => void results.push(value) };
}

t.test(
  'many files listen to one signal, a bounded number at a time, and nobody is warned',
  async (t) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    t.teardown(() => process.off('warning', onWarning));
    const { signal } = new AbortController();
    const results: unknown[] = [];
    let running = 0;
    let most = 0;
    const run = new BulkRun({
      items,
      groupId: 'g',
      verb: 'downloaded',
      already: 'there already',
      title: 'downloading',
      out: silentOutput(results),
      atATime: MAX_FILES_AT_A_TIME,
      signal,
      work: async () => {
        const onAbort = (): void => undefined;
        signal.addEventListener('abort', onAbort);
        most = Math.max(most, ++running);
        await nextTurn();
        running--;
        signal.removeEventListener('abort', onAbort);
        return { kind: 'done', file: { fileName: 'x', size: 1 } };
      },
    });
    await run.run();
    await nextTurn();
    t.equal(most, MAX_FILES_AT_A_TIME);
    t.match(results, [{ groupId: 'g', counts: { done: items.length, failed: 0 } }]);
    t.same(warnings, []);
  },
);

t.test(
  'files with which nothing is to be done count as over, and not as bytes to come',
  async (t) => {
    const shown: { size: number; done: number; detail?: string }[] = [];
    const three = ['new', 'there', 'refused'].map((name) => ({ name, size: 10 }));
    const run = new BulkRun({
      items: three,
      groupId: 'g',
      verb: 'downloaded',
      already: 'there already',
      title: 'downloading',
      out: {
        ...silentOutput([]),
        progress: (progress) => void (progress && shown.push(progress)),
      },
      signal: new AbortController().signal,
      atATime: 3,
      work: ({ name }) => {
        if (name === 'new')
          return Promise.resolve({ kind: 'done', file: { fileName: name, size: 10 } });
        if (name === 'there')
          return Promise.resolve({ kind: 'already', file: { fileName: name, size: 10 } });
        return Promise.reject(new UsageError('it is no file'));
      },
    });
    await t.rejects(run.run());
    t.match(shown.at(-1), { size: 10, done: 10, detail: '3 of 3 files' });
  },
);

t.test('one that is ended early tells what is done, and then why it ended', async (t) => {
  const ending = new AbortController();
  const results: unknown[] = [];
  const run = new BulkRun({
    items: ['first', 'second', 'third'].map((name) => ({ name, size: 10 })),
    groupId: 'g',
    verb: 'downloaded',
    already: 'there already',
    title: 'downloading',
    out: silentOutput(results),
    signal: ending.signal,
    atATime: 1,
    work: ({ name }) => {
      if (name === 'first')
        return Promise.resolve({ kind: 'done', file: { fileName: name, size: 10 } });
      ending.abort(new CancelledError('interrupted', 'INTERRUPTED'));
      return Promise.reject(ending.signal.reason as Error);
    },
  });
  await t.rejects(run.run(), { code: 'INTERRUPTED' });
  t.match(results, [
    { files: [{ fileName: 'first' }], failures: [], counts: { done: 1, already: 0, failed: 0 } },
  ]);
});

t.test('what all of them wait for is said of the whole, once it has lasted', async (t) => {
  const clock = numberClock(t);
  const phases: (string | undefined)[] = [];
  const over = deferred<void>();
  const reports: ((progress: ItemProgress) => void)[] = [];
  const run = new BulkRun({
    items: ['first', 'second'].map((name) => ({ name, size: 10 })),
    ...{ groupId: 'g', verb: 'downloaded', already: 'there already', title: 'downloading' },
    out: {
      ...silentOutput([]),
      progress: (progress) => void (progress && phases.push(progress.phase)),
    },
    ...{ signal: new AbortController().signal, atATime: 2 },
    work: async ({ name }, report) => {
      reports.push(report);
      await over.promise;
      return { kind: 'done', file: { fileName: name, size: 10 } };
    },
  });
  const ended = run.run();
  const [first, second] = reports;
  const shownAfter = (ms: number, one?: string, other?: string): string | undefined => {
    clock.pass(ms);
    first!({ done: 0, ...(one !== undefined && { phase: one }) });
    clock.pass(100);
    second!({ done: 0, ...(other !== undefined && { phase: other }) });
    return phases.at(-1);
  };
  const disk = 'waiting for the disk';
  t.equal(shownAfter(100, disk, disk), undefined, 'it may be a moment');
  t.equal(shownAfter(1_000, disk, disk), disk);
  t.equal(shownAfter(100, disk), undefined, 'one goes on');
  t.equal(shownAfter(100, disk, 'waiting in line'), undefined);
  t.equal(shownAfter(1_000, disk, 'waiting in line'), disk, 'what holds the line says it');
  t.equal(shownAfter(100, 'checking', 'checking'), undefined);
  t.equal(shownAfter(2_000, 'checking', 'checking'), undefined, 'that is no wait');
  over.resolve();
  await ended;
});
