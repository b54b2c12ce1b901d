/** Folders that are kept the same as a group, by real clients of a real tracker. */
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { KiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { KeptFolder } from '../fixtures/sync-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const film = sampleBytes(600 * KiB, 'film');

t.test('what members share comes, what is there stays, and nothing comes twice', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  await ann.share('film', film);
  await ann.share('notes.txt', Buffer.from('one'));
  await ann.share('.hidden', Buffer.from('none of it'));
  const tree = new KeptFolder(ann, 'album');
  await tree.write('day1/p1', 'p1');
  await tree.write('p2', 'p2');
  await ann.upload(tree.path);
  const folder = new KeptFolder(ben, 'club');
  await folder.write('notes.txt', 'one');
  await folder.write('mine.txt', 'mine');
  const first = await folder.once();
  t.match(first, { files: 3, here: 3, fetched: 2, failed: 0 });
  t.same(await folder.names(), ['album', 'film', 'mine.txt', 'notes.txt']);
  t.ok((await readFile(join(folder.path, 'film'))).equals(film));
  t.equal(await folder.read('album/day1/p1'), 'p1');
  t.match(await folder.step({ fileName: 'film' }), { step: 'fetched', from: ['ann'] });
  t.match(await folder.once(), { files: 3, here: 3, fetched: 0, failed: 0 });
  await rm(join(folder.path, 'film'));
  t.match(await folder.once({ exclude: ['film'] }), { files: 2, here: 2, fetched: 0 });
  t.match(await folder.once({ only: ['f*'] }), { files: 1, here: 1, fetched: 1 });
});

t.test('a newer version takes the name; what was changed here stays beside it', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await ann.share(name, Buffer.from('one'));
  const folder = new KeptFolder(ben, 'club');
  await folder.once();
  await folder.write('b.txt', 'edited');
  await folder.write('c.txt', 'edited too');
  t.match(await folder.once(), { files: 3, here: 3, fetched: 0, failed: 0 }, 'edits stay');
  t.equal(await folder.read('c.txt'), 'edited too');
  for (const name of ['a.txt', 'b.txt'])
    await ann.share(name, Buffer.from('two'), { replace: true });
  t.match(await folder.once(), { files: 3, here: 3, fetched: 2, failed: 0 });
  t.same(await folder.names(), ['a.txt', 'b.txt', 'b.txt~1', 'c.txt']);
  t.equal(await folder.read('a.txt'), 'two');
  t.equal(await folder.read('b.txt'), 'two');
  t.equal(await folder.read('b.txt~1'), 'edited');
  t.match(await folder.step({ fileName: 'b.txt', step: 'newer' }), { kept: 'b.txt~1' });
  t.notHas(await folder.step({ fileName: 'a.txt', step: 'newer' }), { kept: 'a.txt~1' });
});

t.test('of folders too: files that were put into one are kept with it', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  const albums = ['plain', 'added', 'edited'].map((name) => new KeptFolder(ann, name));
  for (const album of albums) {
    await album.write('day1/p1', 'one');
    await ann.upload(album.path);
  }
  const folder = new KeptFolder(ben, 'club');
  t.match(await folder.once(), { here: 3, fetched: 3 });
  await folder.write('added/mine', 'mine');
  await folder.write('edited/day1/p1', 'edited');
  t.match(await folder.once(), { here: 3, fetched: 0, failed: 0 });
  for (const album of albums) {
    await album.write('day1/p1', 'two');
    await ann.upload(album.path, { replace: true });
  }
  t.match(await folder.once(), { here: 3, fetched: 3, failed: 0 });
  t.same(await folder.names(), ['added', 'added~1', 'edited', 'edited~1', 'plain']);
  t.equal(await folder.read('added~1/mine'), 'mine');
  t.equal(await folder.read('edited~1/day1/p1'), 'edited');
  t.equal(await folder.read('plain/day1/p1'), 'two');
});

t.test('what is something else here stays, and is told', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  await ann.share('a.txt', Buffer.from('one'));
  await ann.share('b.txt', Buffer.from('one'));
  const folder = new KeptFolder(ben, 'club');
  await folder.write('a.txt', 'mine');
  await symlink('/nowhere', join(folder.path, 'b.txt'));
  const report = await folder.once();
  t.match(report, { files: 2, here: 0, fetched: 0, failed: 2 });
  t.match(report.failures, [{ code: 'DESTINATION_EXISTS' }, { code: 'DESTINATION_EXISTS' }]);
  t.equal(await folder.read('a.txt'), 'mine');
});

t.test('it waits, and what comes to the group comes here', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  await ann.share('a.txt', Buffer.from('one'));
  const folder = new KeptFolder(ben, 'club');
  const stop = folder.keep(t);
  await folder.step({ fileName: 'a.txt', step: 'fetched' });
  await folder.waiting();
  await ann.share('b.txt', Buffer.from('one'));
  await folder.step({ fileName: 'b.txt', step: 'fetched' });
  await ann.share('a.txt', Buffer.from('two'), { replace: true });
  await folder.step({ fileName: 'a.txt', step: 'newer' });
  t.equal(await folder.read('a.txt'), 'two');
  await swarm.restartTracker();
  await ben.whenLogged(/connected again/);
  await ann.whenLogged(/connected again/);
  await ann.share('c.txt', Buffer.from('one'));
  await folder.step({ fileName: 'c.txt', step: 'fetched' });
  await rm(join(folder.path, 'c.txt'));
  await folder.waiting(folder.waits + 1);
  t.equal(await folder.read('c.txt'), 'one', 'what was removed here comes back');
  await stop();
});

t.test('what is new or changed here is shared, once it is at rest', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  await ann.share('theirs', Buffer.from('one'));
  const folder = new KeptFolder(ben, 'club');
  await folder.write('new.txt', 'one');
  await folder.write('album/p1', 'one');
  await folder.write('.secret', 'none');
  await folder.write('left.tmp', 'none');
  await folder.write('old~1', 'none');
  await folder.write('x.01234567.part', 'none');
  await folder.write('.p2pignore', '*.tmp\n');
  await symlink('/nowhere', join(folder.path, 'link'));
  const report = await folder.once({ isBoth: true });
  t.match(report, { fetched: 1, shared: 2, failed: 0 });
  const listed = async () => (await ann.engine.listFiles(GROUP)).map(({ name }) => name);
  t.same(await listed(), ['album', 'new.txt', 'theirs']);
  await folder.write('theirs', 'changed here');
  await folder.write('album/p2', 'two');
  t.match(await folder.once({ isBoth: true }), { fetched: 0, shared: 2, failed: 0 });
  t.match(await ann.engine.listFiles(GROUP), [{ files: 2 }, { size: 3 }, { size: 12 }]);
  t.match(await folder.once({ isBoth: true }), { fetched: 0, shared: 0, failed: 0 });
});

t.test('two who change different files, and the same one, come to agree', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  const [hers, his] = [new KeptFolder(ann, 'hers'), new KeptFolder(ben, 'his')];
  await hers.write('hers.txt', 'one');
  await hers.write('both.txt', 'one');
  await his.write('his.txt', 'one');
  hers.keep(t, { isBoth: true });
  his.keep(t, { isBoth: true });
  await hers.step({ fileName: 'his.txt', step: 'fetched' });
  await his.step({ fileName: 'hers.txt', step: 'fetched' });
  await his.step({ fileName: 'both.txt', step: 'fetched' });
  await hers.write('hers.txt', 'two of hers');
  await his.write('his.txt', 'two of his');
  await hers.write('both.txt', 'two by ann');
  await his.write('both.txt', 'two by ben!');
  await hers.step({ fileName: 'his.txt', step: 'newer' });
  await his.step({ fileName: 'hers.txt', step: 'newer' });
  const newer = await Promise.race([
    hers.step({ fileName: 'both.txt', step: 'newer' }),
    his.step({ fileName: 'both.txt', step: 'newer' }),
  ]);
  t.equal(newer.kept, 'both.txt~1');
  const [won, lost] = newer.folder.endsWith('hers') ? [his, hers] : [hers, his];
  t.equal(await won.read('both.txt'), await lost.read('both.txt'));
  const texts = [await lost.read('both.txt'), await lost.read('both.txt~1')];
  t.same(texts.sort(), ['two by ann', 'two by ben!'], 'nobody’s bytes are lost');
  t.equal(await hers.read('his.txt'), 'two of his');
  t.equal(await his.read('hers.txt'), 'two of hers');
  const steps = hers.steps.length + his.steps.length;
  for (const folder of [hers, his]) await folder.write('.touched', '');
  await Promise.all([hers, his].map((folder) => folder.waiting(1)));
  t.equal(hers.steps.length + his.steps.length, steps, 'nothing goes to and fro');
});

t.test('what nobody shares any more goes, if it came and is as it came', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  const cid = await swarm.client('cid');
  for (const name of ['a', 'b', 'c', 'd', 'e']) await ann.share(name, Buffer.from(name));
  const [his, others] = [new KeptFolder(ben, 'his'), new KeptFolder(cid, 'others')];
  await his.write('mine', 'mine');
  await his.once({ isDeleting: true });
  await others.once({ isDeleting: true });
  await his.write('b', 'changed');
  await ann.engine.stopShare(GROUP, 'a');
  await ann.engine.stopShare(GROUP, 'b');
  await ann.engine.logout();
  t.match(await his.once({ isDeleting: true }), { failed: 0 });
  t.match(await others.once({ isDeleting: true }), { removed: 2, failed: 0 });
  t.match(await his.once({ isDeleting: true }), { removed: 1, failed: 0 });
  t.same(await his.names(), ['b', 'c', 'd', 'e', 'mine'], 'away is not gone');
  t.same(await others.names(), ['c', 'd', 'e']);
});

t.test(
  'what this device has shared from elsewhere is the user’s: it stays, and stays shared',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    const ben = await swarm.client('ben');
    for (const name of ['film', 'more']) await ann.share(name, Buffer.from(name));
    await ben.share('theirs', Buffer.from('theirs'));
    const [hers, his] = [new KeptFolder(ann, 'hers'), new KeptFolder(ben, 'his')];
    t.match(await hers.once({ isDeleting: true }), { here: 3, failed: 0 });
    t.match(await his.once({ isDeleting: true }), { here: 3, failed: 0 });
    for (const folder of [hers, his, hers, his])
      t.match(await folder.once({ isDeleting: true }), {
        files: 3,
        here: 3,
        removed: 0,
        failed: 0,
      });
    const mine = ann.engine.shares(GROUP);
    t.match(await mine, [{ path: ann.path('film') }, { path: ann.path('more') }, {}]);
    // What came is shared from elsewhere later.
    await ann.share('theirs', Buffer.from('theirs'));
    await ben.engine.stopShare(GROUP, 'theirs');
    t.match(await hers.once({ isDeleting: true }), { files: 3, here: 3, removed: 0, failed: 0 });
    await ann.engine.stopShare(GROUP, 'theirs');
    t.match(await hers.once({ isDeleting: true }), { removed: 0, failed: 0 });
    t.same(await hers.names(), ['film', 'more', 'theirs']);
  },
);

t.test('what was shared from here and removed by mistake comes back, and stays', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  const [hers, his] = [new KeptFolder(ann, 'hers'), new KeptFolder(ben, 'his')];
  for (const name of ['a', 'b', 'c']) await hers.write(name, name);
  t.match(await hers.once({ isBoth: true }), { shared: 3 });
  t.match(await his.once(), { fetched: 3 });
  await rm(join(hers.path, 'a'));
  t.match(await hers.once({ isDeleting: true }), { fetched: 1, removed: 0 });
  t.match(await hers.once({ isDeleting: true }), { files: 3, here: 3, removed: 0 });
  t.match(await his.once({ isDeleting: true }), { files: 3, here: 3, removed: 0 });
  t.match(await ann.engine.listFiles(GROUP), [{ sources: 2 }, { sources: 2 }, { sources: 2 }]);
});

t.test('what is removed here is shared no more, and does not come back', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const ben = await swarm.client('ben');
  for (const name of ['a', 'b', 'c']) await ann.share(name, Buffer.from(name));
  const folder = new KeptFolder(ben, 'club');
  await folder.write('mine', 'mine');
  await folder.write('more', 'more');
  const how = { isBoth: true, isDeleting: true };
  t.match(await folder.once(how), { fetched: 3, shared: 2 });
  await rm(join(folder.path, 'a'));
  await rm(join(folder.path, 'mine'));
  t.match(await folder.once(how), { fetched: 0, failed: 0 });
  t.same(await folder.names(), ['b', 'c', 'more']);
  t.match(await folder.once(how), { fetched: 0, failed: 0 });
  const rows = await ann.engine.listFiles(GROUP);
  t.same(
    rows.map(({ name }) => name),
    ['a', 'b', 'c', 'more'],
  );
  await ann.share('a', Buffer.from('newer'), { replace: true });
  t.match(await folder.once(how), { fetched: 1 }, 'a newer version comes');
  for (const name of ['a', 'b', 'c']) await rm(join(folder.path, name));
  await t.rejects(folder.once(how), { code: 'FILE_NOT_FOUND', message: /3 of 4 files/ });
  t.same((await ann.engine.listFiles(GROUP)).length, 4, 'nothing was ended');
});

t.test('a folder that is not as it was, or cannot be one, is refused', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('a', Buffer.from('a'));
  const folder = new KeptFolder(ann, 'club');
  await folder.once();
  await rm(folder.path, { recursive: true });
  await t.rejects(folder.once(), { code: 'NO_DESTINATION' }, 'it is gone');
  await folder.write('x', '');
  await t.rejects(folder.once(), { code: 'NO_DESTINATION', message: /\.p2p-sync is gone/ });
  await folder.write('.p2p-sync', '');
  t.match(await folder.once(), { fetched: 1 }, 'it begins anew');
  const inside = new KeptFolder(ann, 'club/inside');
  await t.rejects(inside.once(), { code: 'BAD_ARGUMENT', message: /lies in .*club/ });
  await t.rejects(new KeptFolder(ann, 'home/x').once(), { message: /home folder of p2p/ });
  await t.rejects(new KeptFolder(ann, '../ann').once(), { message: /home folder of p2p/ });
  const item = new KeptFolder(ann, 'item');
  await item.write('x', 'x');
  await ann.upload(item.path);
  await t.rejects(item.once(), { code: 'BAD_ARGUMENT', message: /shared as a folder/ });
  await writeFile(ann.path('file'), '');
  await t.rejects(new KeptFolder(ann, 'file').once(), { code: 'NOT_A_FILE' });
  const other = new KeptFolder(ann, 'other');
  await other.write('.p2p-sync', 'another-group\n');
  await t.rejects(other.once(), { message: /the same as another-group/ });
  other.keep(t);
  folder.keep(t);
  await folder.waiting();
  await t.rejects(folder.once(), { code: 'BAD_ARGUMENT', message: /the same already/ });
});
