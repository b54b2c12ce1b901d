/** Whoever changes their mind about a download: before it has begun, and while it runs. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { startCancellably, waitCancellably } from '../../../src/main/api/cancellable-download.js';
import type { EngineApi } from '../../../src/main/api/engine-api.js';
import { deferred } from '../../../src/net/deferred.js';
import { CancelledError, StorageError } from '../../../src/net/errors.js';

const request = {} as Parameters<EngineApi['startDownload']>[0];
const summary = { path: '/got' } as Awaited<ReturnType<EngineApi['waitForDownload']>>;
const enough = new CancelledError('enough', 'INTERRUPTED');
const ignore = (): void => undefined;

/** An engine whose downloads start and end when the test says so. */
function scene() {
  const starting = deferred<string>();
  const finished = deferred<typeof summary>();
  const cancelled: string[] = [];
  const engine = {
    startDownload: () => starting.promise,
    waitForDownload: () => finished.promise,
    cancelDownload: (id: string) => {
      cancelled.push(id);
      return Promise.resolve();
    },
  };
  return { engine, starting, finished, cancelled, controller: new AbortController() };
}

t.test('a download that starts after all is cancelled as soon as it has an id', async (t) => {
  const { engine, starting, cancelled, controller } = scene();
  const started = startCancellably(engine, request, controller.signal);
  controller.abort(enough);
  await t.rejects(started, enough);
  t.same(cancelled, []);
  starting.resolve('7');
  await nextTurn();
  t.same(cancelled, ['7']);
});

t.test('one that does not start after all leaves nothing to cancel', async (t) => {
  const { engine, starting, cancelled, controller } = scene();
  const started = startCancellably(engine, request, controller.signal);
  controller.abort(enough);
  await t.rejects(started, enough);
  starting.reject(new StorageError('DISK_FULL', 'full'));
  await nextTurn();
  t.same(cancelled, []);
});

t.test('nobody changes their mind', async (t) => {
  const { engine, starting, finished, cancelled, controller } = scene();
  starting.resolve('7');
  t.equal(await startCancellably(engine, request, controller.signal), '7');
  finished.resolve(summary);
  t.equal(await waitCancellably(engine, '7', ignore, controller.signal), summary);
  controller.abort(enough);
  t.same(cancelled, [], 'what is over is left alone');
});

t.test('a wait lasts until the engine has saved and ended the download', async (t) => {
  const { engine, finished, cancelled, controller } = scene();
  const waiting = waitCancellably(engine, '7', ignore, controller.signal);
  controller.abort(enough);
  t.same(cancelled, ['7']);
  finished.reject(new CancelledError('the download was cancelled'));
  await t.rejects(waiting, enough, 'the reason is why it was ended');
});

t.test('a signal that came before the wait ends the download as well', async (t) => {
  const { engine, finished, cancelled } = scene();
  finished.reject(new CancelledError('the download was cancelled'));
  await t.rejects(waitCancellably(engine, '7', ignore, AbortSignal.abort(enough)), enough);
  t.same(cancelled, ['7']);
});

t.test('a download that was quicker than the signal is complete', async (t) => {
  const { engine, finished, controller } = scene();
  const waiting = waitCancellably(engine, '7', ignore, controller.signal);
  controller.abort(enough);
  finished.resolve(summary);
  t.equal(await waiting, summary);
});
