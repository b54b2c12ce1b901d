/** What is fetched for guests changes nothing of what its maker shares, and goes whatever the tracker says. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ownMark } from '../../src/main/home/process-mark.js';
import { MiB } from '../../src/net/limits.js';
import { makeTree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

async function scene(t: Test) {
  const swarm = await startSwarm(t);
  const bob = await swarm.client('bob');
  const ann = await swarm.client('ann', { remembers: true });
  const tree = { 'film.mkv': sampleBytes(2 * MiB, 'film'), 'sub/note': Buffer.from('n') };
  await makeTree(bob.path('album'), tree);
  await bob.upload(bob.path('album'));
  await bob.share('short', sampleBytes(1_000, 'short'));
  await bob.share('long', sampleBytes(3 * MiB, 'long'));
  for (const name of ['album', 'short', 'long']) await bob.listed(name, { sources: 1 });
  const spool = ann.path('home/spool');
  await mkdir(spool, { mode: 0o700, recursive: true });
  const fetchForGuests = async (fileName: string): Promise<string> => {
    const destination = join(spool, `${randomUUID()}.${await ownMark()}.guest`);
    const id = await ann.engine.startDownload({
      ...{ groupId: GROUP, fileName, destination, overwrite: false },
      ...{ isInOrder: true, timeoutMs: 0 },
    });
    await ann.finish(id);
    return id;
  };
  const shared = async () =>
    (await ann.engine.shares(undefined)).map(({ fileName, path }) => [fileName, path]);
  return { swarm, bob, ann, spool, fetchForGuests, shared };
}

t.test('some files of a folder that are shared stay shared', async (t) => {
  const { ann, spool, fetchForGuests, shared } = await scene(t);
  await ann.download('album', { only: ['film.mkv'] });
  const before = await shared();
  const id = await fetchForGuests('album');
  t.same(await shared(), before);
  await ann.engine.discardDownload(id);
  t.same(await shared(), before);
  t.same(await readdir(spool), []);
});

t.test('a file that is away for a while stays shared', async (t) => {
  const { ann, fetchForGuests, shared } = await scene(t);
  for (const name of ['long', 'short']) await ann.download(name);
  const before = await shared();
  for (const name of ['long', 'short']) await rename(ann.path(name), ann.path(`${name}.away`));
  const ids = [await fetchForGuests('long'), await fetchForGuests('short')];
  for (const id of ids) await ann.engine.discardDownload(id);
  t.same(await shared(), before);
});

t.test('what its maker downloads herself meanwhile is her share', async (t) => {
  const { ann, fetchForGuests, shared } = await scene(t);
  const ids = [await fetchForGuests('long'), await fetchForGuests('short')];
  t.same(await shared(), []);
  for (const name of ['long', 'short']) await ann.download(name);
  const own = ['long', 'short'].map((name) => [name, ann.path(name)]);
  t.same(await shared(), own);
  for (const id of ids) await ann.engine.discardDownload(id);
  t.same(await shared(), own);
});

t.test('others take it as long as it is there, and the tracker hears of its end', async (t) => {
  const { bob, ann, fetchForGuests } = await scene(t);
  const id = await fetchForGuests('long');
  await bob.listed('long', { sources: 2 });
  await ann.engine.discardDownload(id);
  await bob.listed('long', { sources: 1 });
});

t.test('no command speaks of it, nor ends it', async (t) => {
  const { ann, spool, fetchForGuests } = await scene(t);
  const id = await fetchForGuests('short');
  const { engine } = ann;
  t.same(await engine.downloads(), []);
  t.same(await engine.forgetDownloads({ onlyComplete: false, keepsPart: false }), []);
  const none = { code: 'NO_SUCH_DOWNLOAD' };
  await t.rejects(engine.cancelDownloads({ id, keepsPart: false }), none);
  await t.rejects(engine.pauseDownloads({ id }), none);
  await t.rejects(engine.resumeDownloads({ id, timeoutMs: 0 }), none);
  t.equal((await readdir(spool)).length, 1);
  await engine.discardDownload(id);
  t.same(await readdir(spool), []);
});

t.test('it goes when its maker is removed, logged out, or without a tracker', async (t) => {
  for (const end of ['removed', 'logged out', 'away'] as const) {
    await t.test(end, async (t) => {
      const { swarm, bob, ann, spool, fetchForGuests } = await scene(t);
      const ids = [await fetchForGuests('album'), await fetchForGuests('short')];
      if (end === 'removed') await bob.engine.kick(GROUP, 'ann');
      if (end === 'logged out') await ann.engine.logout();
      if (end === 'away') await swarm.stopTracker();
      for (const id of ids) await ann.engine.discardDownload(id);
      t.same(await readdir(spool), []);
    });
  }
});
