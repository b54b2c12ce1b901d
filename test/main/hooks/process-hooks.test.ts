/** Which hook runs for what happens in a process: the one that was typed, or those of the files of settings. */
import t, { type Test } from 'tap';
import type { DownloadProgress } from '../../../src/main/api/progress.js';
import { ProcessHooks, processHooks } from '../../../src/main/hooks/process-hooks.js';
import type { HookSettings, HookWords } from '../../../src/main/settings/hook-settings.js';
import { StorageError } from '../../../src/net/errors.js';
import { MAX_HOOKS_WAITING, MAX_WAITING_DOWNLOADS } from '../../../src/net/limits.js';

/** Says which hook it is and what it was told. */
function hook(name: string): HookWords {
  const facts = `process.env.P2P_EVENT, process.env.P2P_FILE ?? process.env.P2P_USER`;
  return [process.execPath, '-e', `console.log(${JSON.stringify(name)}, ${facts})`, '--'];
}

const all: HookSettings = {
  ...{ 'on-complete': hook('set'), 'on-failed': hook('set'), 'on-request': hook('set') },
};

type Typed = { readonly words: HookWords | undefined; readonly isForAll: boolean };

function scene(t: Test, typed?: Typed, readSettings = () => Promise.resolve(all)) {
  const notes: string[] = [];
  const failures: string[] = [];
  const out = {
    note: (line: string) => void notes.push(line.replace(/^.*?: /, '')),
    failure: (line: string) => void failures.push(line),
  };
  const where = { homePath: '/', cwd: '/', env: { PATH: process.env['PATH'] } };
  const hooks = new ProcessHooks({ out, ...where, ...(typed && { typed }), readSettings });
  t.teardown(() => hooks.close());
  return { hooks, notes, failures };
}

function ended(fileName: string, state: DownloadProgress['state']): DownloadProgress {
  const amounts = { size: 1, verified: 1, kept: 1, fetched: 1, bytesPerSecond: 0, peers: [] };
  const error = { code: 'NO_PEERS', message: 'nobody is there' };
  const place = { groupId: 'g', fileName, fileId: 'x', path: `/${fileName}` };
  return { id: fileName, ...place, state, ...amounts, ...(state === 'failed' && { error }) };
}

t.test('what happens has its hook, and nothing else has one', async (t) => {
  const { hooks, notes } = scene(t);
  t.equal(hooks.ownHook, undefined);
  for (const state of ['complete', 'failed', 'cancelled', 'paused', 'interrupted'] as const)
    hooks.onDownloadEnded(ended(state, state));
  hooks.onEvent({ type: 'join-request', groupId: 'g', userId: 'ben' });
  hooks.onEvent({ type: 'joined-by-link', groupId: 'g', userId: 'eve' });
  await hooks.whenIdle();
  t.same(notes.sort(), ['set complete complete', 'set failed failed', 'set request ben']);
});

t.test('a command that ends has no hooks of what others ask meanwhile', async (t) => {
  const notes: string[] = [];
  const out = { note: (line: string) => notes.push(line), failure: () => undefined };
  const readSettings = () => Promise.resolve(all);
  const where = { homePath: '/', cwd: '/', env: { PATH: process.env['PATH'] } };
  const hooks = new ProcessHooks({ out, ...where, hearsRequests: false, readSettings });
  t.teardown(() => hooks.close());
  hooks.onEvent({ type: 'join-request', groupId: 'g', userId: 'ben' });
  hooks.onDownloadEnded(ended('a', 'complete'));
  await hooks.whenIdle();
  t.same(notes, ['on-complete of a: set complete a']);
});

t.test('many that end at once have their hooks, and what is left out is counted', async (t) => {
  const empty: HookSettings = {};
  t.equal(MAX_HOOKS_WAITING, MAX_WAITING_DOWNLOADS);
  let looks = 0;
  const { hooks, failures } = scene(t, undefined, () => {
    looks++;
    return Promise.resolve(empty);
  });
  for (let index = 0; index < MAX_HOOKS_WAITING + 3; index++)
    hooks.onDownloadEnded(ended(`${index}`, 'complete'));
  await hooks.whenIdle();
  t.equal(looks, 1, 'one look at the settings serves all that was before it');
  hooks.onDownloadEnded(ended('later', 'complete'));
  await hooks.whenIdle();
  t.equal(looks, 2, 'and none that comes later');
  t.same(failures, ['warning: 3 hooks were left out: too many were looked up already']);
});

t.test('what was typed with a command is for its own downloads, once', async (t) => {
  const { hooks, notes } = scene(t, { words: hook('typed'), isForAll: false });
  const own = hooks.ownHook!;
  own.onStarted('mine');
  hooks.onDownloadEnded(ended('mine', 'complete'));
  const { id, groupId, fileName, path, size } = ended('mine', 'complete');
  await own.onComplete({ id, groupId, fileName, path, size });
  hooks.onDownloadEnded(ended('another', 'complete'));
  own.onStarted('bad');
  hooks.onDownloadEnded(ended('bad', 'failed'));
  await hooks.whenIdle();
  t.same(notes.sort(), ['set complete another', 'set failed bad', 'typed complete mine']);
});

t.test('what was typed with a client that stays is for all; an empty text is none', async (t) => {
  const one = scene(t, { words: hook('typed'), isForAll: true });
  t.equal(one.hooks.ownHook, undefined);
  one.hooks.onDownloadEnded(ended('a', 'complete'));
  one.hooks.onDownloadEnded(ended('b', 'failed'));
  await one.hooks.whenIdle();
  t.same(one.notes.sort(), ['set failed b', 'typed complete a']);
  const none = scene(t, { words: undefined, isForAll: true });
  none.hooks.onDownloadEnded(ended('a', 'complete'));
  await none.hooks.whenIdle();
  t.same(none.notes, []);
});

t.test('settings that are refused are told once, and nothing runs', async (t) => {
  const refusal = new StorageError('PERMISSION_DENIED', 'the hooks are not run');
  const { hooks, notes, failures } = scene(t, undefined, () => Promise.reject(refusal));
  await hooks.check();
  for (const name of ['a', 'b']) hooks.onDownloadEnded(ended(name, 'complete'));
  await hooks.whenIdle();
  t.same(failures, ['warning: the hooks are not run']);
  t.same(notes, []);
});

t.test('once it is closed nothing is begun', async (t) => {
  const { hooks, notes } = scene(t);
  await hooks.close();
  hooks.onDownloadEnded(ended('a', 'complete'));
  await hooks.close();
  await hooks.whenIdle();
  t.same(notes, []);
});

t.test('a command that cannot be cut into words is refused at once', async (t) => {
  const out = { note: () => undefined, failure: () => undefined };
  const around = { out, environment: { env: {}, cwd: '/' } };
  const given = { args: {}, options: { 'on-complete': "it's" } };
  t.throws(() => processHooks(around, { path: '/' }, { given, isForAll: false }), {
    code: 'BAD_ARGUMENT',
  });
});
