/** What a process that was killed had fetched for guests goes with the next start, and nothing else does. */
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { ownMark } from '../../src/main/home/process-mark.js';
import { MiB } from '../../src/net/limits.js';
import { makeTree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

/** The mark of a process that had our pid before us. */
async function markOfOneThatEnded(): Promise<string> {
  return (await ownMark()).replace(/-\d+-/, '-1-');
}

t.test('it goes, and what is not for guests stays', async (t) => {
  const swarm = await startSwarm(t);
  const bob = await swarm.client('bob', { up: 2 * MiB });
  const ann = await swarm.client('ann', { remembers: true });
  const album = { 'film.mkv': sampleBytes(MiB, 'film'), 'sub/note': Buffer.from('n') };
  await makeTree(bob.path('album'), album);
  await bob.upload(bob.path('album'));
  await bob.share('short', sampleBytes(1_000, 'short'));
  await bob.share('long', sampleBytes(16 * MiB, 'long'));
  for (const name of ['album', 'short', 'long']) await bob.listed(name, { sources: 1 });
  const spool = ann.path('home/spool');
  await mkdir(spool, { mode: 0o700 });
  const mark = await markOfOneThatEnded();
  const fetchTo = (fileName: string, end: string) =>
    ann.engine.startDownload({
      ...{ groupId: GROUP, fileName, overwrite: false, isInOrder: true, timeoutMs: 0 },
      destination: join(spool, `${randomUUID()}.${mark}${end}`),
    });
  for (const name of ['album', 'short']) await ann.finish(await fetchTo(name, '.guest'));
  await ann.finish(await fetchTo('short', ''));
  const unfinished = await fetchTo('long', '.guest');
  await ann.whenProgress(unfinished, ({ verified }) => verified > 0);
  const names = await readdir(spool);
  t.equal(names.filter((name) => name.endsWith('.guest')).length, 2);
  const folder = join(spool, names.find((name) => name.endsWith('.guest')) ?? '');
  await writeFile(join(spool, 'mine.guest'), 'not of a gateway');
  const lost = join(spool, `${randomUUID()}.${mark}.guest`);
  await makeTree(lost, { 'a/b': Buffer.from('no row names it') });
  const own = join(spool, `${randomUUID()}.${await ownMark()}.guest`);
  await writeFile(own, 'of this process, and no gateway holds it');
  await ann.engine.close();

  const again = await swarm.openClient('ann', { remembers: true });
  await again.serve();
  const isOver = async (): Promise<boolean> => (await readdir(spool)).length === 2;
  while (!(await isOver())) await new Promise((resolve) => setImmediate(resolve));
  await again.engine.close();
  const left = await readdir(spool);
  t.equal(left.length, 2, folder);
  t.ok(left.includes('mine.guest'));
  t.ok(
    left.some((name) => name.endsWith(mark)),
    'what standard output had stays',
  );
});

t.test('where a link leads that lies in a folder that was fetched, everything stays', async (t) => {
  const swarm = await startSwarm(t);
  const bob = await swarm.client('bob');
  const ann = await swarm.client('ann', { remembers: true });
  await makeTree(bob.path('album'), { 'a/b/c': Buffer.from('c'), 'd/': Buffer.alloc(0) });
  await bob.upload(bob.path('album'));
  await bob.listed('album', { sources: 1 });
  const spool = ann.path('home/spool');
  await mkdir(spool, { mode: 0o700 });
  const name = `${randomUUID()}.${await ownMark()}.guest`;
  const request = { groupId: GROUP, fileName: 'album', destination: join(spool, name) };
  const terms = { overwrite: false, isInOrder: true, timeoutMs: 0 };
  const id = await ann.engine.startDownload({ ...request, ...terms });
  await ann.finish(id);
  // The same names lie elsewhere.
  await makeTree(ann.path('mine'), { 'b/c': Buffer.from('mine') });
  await rm(join(spool, name, 'a'), { recursive: true });
  await symlink(ann.path('mine'), join(spool, name, 'a'));
  await ann.engine.discardDownload(id);
  t.same(await readdir(spool), []);
  t.equal((await ann.read('mine/b/c')).toString(), 'mine');
});
