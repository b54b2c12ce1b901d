/** Newer versions of files: shared under their names, while older ones are downloaded and served. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const first = sampleBytes(600 * KiB, 'first');
const second = sampleBytes(600 * KiB, 'second');
const third = sampleBytes(500 * KiB, 'third');

t.test('who shares a file, or owns the group, shares its newer version', async (t) => {
  const swarm = await startSwarm(t);
  // Ann owns the group.
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const cid = await swarm.client('cid');
  await bob.share('a.bin', first);
  const refusal = { code: 'NAME_TAKEN', message: /only who shares a\.bin, or an owner/ };
  await t.rejects(cid.share('c.bin', second, { as: 'a.bin', replace: true }), refusal);
  t.match(await cid.engine.status(), { sharedFiles: 0 }, 'what was refused is not served');
  t.match(await bob.share('a.bin', second, { replace: true }), { outcome: 'replaced' });
  t.match(await bob.share('a.bin', second, { replace: true }), { outcome: 'already-shared' });
  t.match(await bob.engine.status(), { sharedFiles: 1 }, 'of the old one nothing is left');
  await cid.download('a.bin');
  t.ok((await cid.read('a.bin')).equals(second));
  t.match(await ann.share('a.bin', third, { replace: true }), { outcome: 'replaced' });
  t.match(await bob.whenLogged(/newer version/), /^a\.bin in .* shared by ann; .* FOLDER takes/);
  const [row, ...others] = await cid.engine.listFiles(GROUP);
  t.match(row, { name: 'a.bin', size: third.length, sharer: 'ann', sources: 1 });
  t.ok(row!.sharedAtMs! > 0);
  t.same(others, []);
});

t.test('a running download of the older version goes on to its end', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 256 * KiB });
  const bob = await swarm.client('bob');
  const old = sampleBytes(3 * MiB, 'old');
  await ann.share('a.bin', old);
  const id = await bob.start('a.bin');
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  await writeFile(ann.path('newer'), second);
  const replaced = ann.upload(ann.path('newer'), { as: 'a.bin', replace: true });
  t.match(await replaced, { outcome: 'replaced' });
  await bob.finish(id);
  t.ok((await bob.read('a.bin')).equals(old));
  t.match(await bob.whenLogged(/newer version/), /p2p download .* a\.bin FOLDER takes the newer/);
  t.match(await bob.engine.listFiles(GROUP), [{ size: second.length, sharer: 'ann', sources: 1 }]);
});

t.test('an older version that comes to its end later takes nothing from a newer one', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 256 * KiB });
  const bob = await swarm.client('bob', { remembers: true });
  const old = sampleBytes(2 * MiB, 'old');
  await ann.share('a.bin', old);
  await ann.engine.setRole(GROUP, 'bob', 'admin');
  const id = await bob.start('a.bin', { destination: bob.path('older') });
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  await bob.share('a.bin', second, { replace: true });
  await bob.finish(id);
  t.ok((await readFile(bob.path('older'))).equals(old));
  const shared = [{ path: bob.path('a.bin'), size: second.length, state: 'served' }];
  t.match(await bob.engine.shares(undefined), shared);
  t.match(await bob.engine.status(), { shares: 1, sharedFiles: 1 });
  t.match(await bob.logIn(), { restored: 1, skipped: [] });
  t.match(await bob.engine.shares(undefined), shared);
  t.match(await ann.engine.listFiles(GROUP), [{ size: second.length, sharer: 'bob', sources: 1 }]);
});

t.test(
  'of two versions that are downloaded at once the newer one is shared in the end',
  async (t) => {
    for (const endsFirst of ['older', 'newer'] as const) {
      await t.test(`the ${endsFirst} one ends first`, async (t) => {
        const swarm = await startSwarm(t);
        const sizes = { older: 1 * MiB, newer: 1 * MiB, [endsFirst]: 512 * KiB };
        const versions = {
          older: sampleBytes(sizes.older, 'old'),
          newer: sampleBytes(sizes.newer, 'new'),
        };
        const ann = await swarm.client('ann', { up: 256 * KiB });
        const bob = await swarm.client('bob', { remembers: true });
        await ann.share('a.bin', versions.older);
        const older = await bob.start('a.bin', { destination: bob.path('older') });
        await bob.whenProgress(older, ({ verified }) => verified > 0);
        await writeFile(ann.path('second'), versions.newer);
        await ann.upload(ann.path('second'), { as: 'a.bin', replace: true });
        const newer = await bob.start('a.bin', { destination: bob.path('newer') });
        const ids = { older, newer };
        if (endsFirst === 'newer') await bob.engine.pauseDownloads({ id: older });
        else await bob.engine.pauseDownloads({ id: newer });
        await bob.finish(ids[endsFirst]);
        const last = endsFirst === 'newer' ? 'older' : 'newer';
        await bob.engine.resumeDownloads({ id: ids[last], timeoutMs: 0 });
        await bob.finish(ids[last]);
        for (const name of ['older', 'newer'] as const) {
          t.ok((await readFile(bob.path(name))).equals(versions[name]));
        }
        const { length: size } = versions.newer;
        const shared = [{ path: bob.path('newer'), size, state: 'served' }];
        t.match(await bob.engine.shares(undefined), shared);
        t.match(await bob.logIn(), { restored: 1, skipped: [] });
        t.match(await bob.engine.shares(undefined), shared);
        t.match(await ann.engine.listFiles(GROUP), [{ size, sharer: 'ann', sources: 2 }]);
      });
    }
  },
);

t.test('a download of an older version that nobody has ends, and says why', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 256 * KiB });
  const bob = await swarm.client('bob');
  await ann.share('a.bin', sampleBytes(4 * MiB, 'old'));
  const id = await bob.start('a.bin', { timeoutMs: 1_000 });
  const ended = t.rejects(bob.finish(id), {
    code: 'REPLACED',
    message: /newer version, shared by ann, .* download a\.bin again/,
  });
  await bob.whenProgress(id, ({ verified }) => verified > 0);
  // At the same path: nothing of the old one is left.
  await ann.share('a.bin', second, { replace: true });
  await ended;
  await bob.download('a.bin');
  t.ok((await bob.read('a.bin')).equals(second));
});

t.test('who was away when its file was replaced is told, and serves it to its end', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const cid = await swarm.client('cid', { down: 256 * KiB });
  await ann.share('a.bin', sampleBytes(3 * MiB, 'old'));
  await bob.download('a.bin');
  const id = await cid.start('a.bin');
  await cid.whenProgress(id, ({ verified }) => verified > 0);
  await bob.engine.logout();
  await ann.share('a.bin', second, { replace: true });
  const { restored, skipped } = await bob.logIn();
  t.equal(restored, 0);
  t.match(skipped, [{ name: 'a.bin', reason: /^a\.bin has a newer version, shared by ann/ }]);
  await cid.finish(id);
  t.ok((await cid.read('a.bin')).equals(sampleBytes(3 * MiB, 'old')));
  await bob.download('a.bin', { overwrite: true });
  await bob.engine.logout();
  t.match(await bob.logIn(), { restored: 1, skipped: [] });
});

t.test('an older version comes back when it is asked to, and only then', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  await ann.share('a.bin', first);
  await ann.share('a.bin', second, { replace: true });
  await t.rejects(ann.share('a.bin', first), { code: 'REPLACED', message: /newer version/ });
  t.match(await ann.share('a.bin', first, { replace: true }), { outcome: 'replaced' });
  await rm(ann.path('a.bin'));
  t.match(await ann.engine.listFiles(GROUP), [{ size: first.length }]);
});

t.test('who stops sharing is no source of any version, whichever comes back', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const cid = await swarm.client('cid');
  await bob.share('a.bin', first);
  await ann.download('a.bin');
  await cid.download('a.bin');
  // From another path: the first one is served on, so that downloads of it can end.
  await bob.share('newer', second, { as: 'a.bin', replace: true });
  t.match(await bob.engine.status(), { shares: 1, sharedFiles: 1 });
  t.match(await cid.whenLogged(/newer version/), /a\.bin/);
  await bob.engine.stopShare(GROUP, 'a.bin');
  // Of cid's the tracker knows nothing by that name any more.
  await cid.engine.stopShare(GROUP, 'a.bin');
  await ann.upload(ann.path('a.bin'), { replace: true });
  const listed = { size: first.length, sharer: 'ann', sources: 1 };
  t.match(await ann.engine.listFiles(GROUP), [listed]);
  t.match(await bob.engine.shares(undefined), []);
  await bob.download('a.bin', { overwrite: true });
  await bob.engine.stopShare(GROUP, 'a.bin');
  t.match(await ann.engine.listFiles(GROUP), [listed]);
});

t.test(
  'what was replaced from elsewhere is served on, whatever becomes of the newer file',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    const bob = await swarm.client('bob');
    await bob.share('a.bin', first);
    await bob.share('newer', second, { as: 'a.bin', replace: true });
    await rm(bob.path('newer'));
    await writeFile(ann.path('a.bin'), first);
    t.match(await ann.upload(ann.path('a.bin'), { as: 'a.bin', replace: true }), {
      outcome: 'replaced',
    });
    t.match(await bob.engine.shares(undefined), [{ fileName: 'a.bin', state: 'missing' }]);
    t.match(await ann.engine.listFiles(GROUP), [{ size: first.length, sharer: 'ann', sources: 2 }]);
    await bob.engine.stopShare(GROUP, 'a.bin');
    t.match(await ann.engine.listFiles(GROUP), [{ size: first.length, sharer: 'ann', sources: 1 }]);
  },
);
