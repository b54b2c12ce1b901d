import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { appendFile, chmod, mkdir, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import t from 'tap';
import type { UploadProgress } from '../../src/main/api/progress.js';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const content = sampleBytes(600 * KiB);
const other = sampleBytes(600 * KiB, 'other');

t.test('one name, one content', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  t.match(await ann.share('a.bin', content), { name: 'a.bin', outcome: 'created' });
  t.match(await ann.share('a.bin', content), { outcome: 'already-shared' });
  t.match(await bob.share('a.bin', content), { outcome: 'source-added' });
  t.equal(await ann.sources('a.bin'), 2);
  for (const bytes of [other, content.subarray(1)]) {
    await t.rejects(bob.share('a.bin', bytes), {
      code: 'NAME_TAKEN',
      message: /--replace .* --as NAME/,
    });
  }
  t.match(await bob.share('b.bin', other, { as: 'other.bin' }), { name: 'other.bin' });
  const rows = (await ann.engine.listFiles(GROUP)).map(({ name, sharer }) => `${name} ${sharer}`);
  t.same(rows, ['a.bin ann', 'other.bin bob']);
});

t.test('what is shared no more is neither listed nor served', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await ann.share('a.bin', content);
  await ann.engine.stopShare(GROUP, 'a.bin');
  await t.rejects(bob.download('a.bin'), { code: 'NO_SUCH_FILE' });
  await t.rejects(ann.engine.stopShare(GROUP, 'a.bin'), { code: 'NOT_SHARED' });
  t.match(await ann.engine.status(), { sharedFiles: 0 });
});

t.test('one content in two groups stops in one and goes on in the other', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await swarm.join(ann, 'family');
  await swarm.join(bob, 'family');
  await ann.share('a.bin', content);
  await ann.share('a.bin', content, { group: 'family' });
  await ann.engine.stopShare(GROUP, 'a.bin');
  await t.rejects(bob.download('a.bin'), { code: 'NO_SUCH_FILE' });
  await bob.download('a.bin', { group: 'family' });
  t.ok((await bob.read('a.bin')).equals(content));
});

t.test('a login restores what is unchanged on disk and says what is not', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  for (const name of ['same', 'changed', 'removed']) await ann.share(name, sampleBytes(1000, name));
  await ann.engine.logout();
  t.equal(await bob.sources('same'), 0);
  await appendFile(ann.path('changed'), 'x');
  await rm(ann.path('removed'));
  const { restored, skipped } = await ann.logIn();
  t.equal(restored, 1);
  t.match(
    [...skipped].sort((a, b) => a.name.localeCompare(b.name)),
    [
      { name: 'changed', groupId: GROUP, reason: /has changed since it was shared/ },
      { name: 'removed', groupId: GROUP, reason: /no such file/ },
    ],
  );
  t.equal(await bob.sources('same'), 1);
  t.equal(await bob.sources('changed'), 0);
  t.equal(await bob.sources('removed'), 0);
  await bob.download('same');
});

t.test('a file that changes while it is offered is withdrawn at the first request', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await ann.share('a.bin', content);
  await writeFile(ann.path('a.bin'), other);
  const withdrawn = ann.whenLogged(/no longer served/);
  const id = await bob.start('a.bin');
  const cancelled = t.rejects(bob.finish(id), { code: 'CANCELLED' });
  t.match(await withdrawn, /has changed since it was shared/);
  await bob.engine.cancelDownload(id);
  await cancelled;
  t.match(await bob.progress(id), { state: 'cancelled', verified: 0 });
  t.match(await ann.engine.status(), { sharedFiles: 0 });
});

/** Changes bytes and puts the old time back. */
async function editSecretly(path: string): Promise<void> {
  const kept = `${path}.kept`;
  execFileSync('cp', ['-p', path, kept]);
  const file = await open(path, 'r+');
  await file.write('EDITED', 0);
  await file.close();
  execFileSync('touch', ['-r', kept, path]);
}

for (const [what, edit] of [
  ['edited', (path: string) => appendFile(path, 'more')],
  ['edited, with the old time put back,', editSecretly],
] as const) {
  t.test(`a file that is ${what} while a peer reads it is withdrawn`, async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann', { up: 256 * KiB });
    const bob = await swarm.client('bob');
    await ann.share('a.bin', sampleBytes(8 * MiB));
    const id = await bob.start('a.bin');
    const cancelled = t.rejects(bob.finish(id), { code: 'CANCELLED' });
    await bob.whenProgress(id, ({ verified }) => verified > 0);
    const withdrawn = ann.whenLogged(/no longer served/);
    await edit(ann.path('a.bin'));
    t.match(await withdrawn, /since it was shared/);
    await bob.engine.cancelDownload(id);
    await cancelled;
  });
}

t.test('a file that was only touched is hashed and served again', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await ann.share('a.bin', content);
  await chmod(ann.path('a.bin'), 0o600);
  const told = ann.whenLogged(/was touched since it was shared/);
  await bob.download('a.bin');
  await told;
  t.ok((await bob.read('a.bin')).equals(content));
  await ann.engine.logout();
  await chmod(ann.path('a.bin'), 0o640);
  const { restored, skipped } = await ann.logIn();
  t.equal(restored, 0);
  t.match(skipped, [{ name: 'a.bin', reason: /was touched/ }]);
  const cid = await swarm.client('cid');
  await cid.download('a.bin');
});

t.test('a pipe in the place of a shared file holds up nothing', async (t) => {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await ann.share('a.bin', content);
  await ann.share('b.bin', other);
  await rm(ann.path('a.bin'));
  execFileSync('mkfifo', [ann.path('a.bin')]);
  const withdrawn = ann.whenLogged(/no longer served/);
  const id = await bob.start('a.bin');
  const cancelled = t.rejects(bob.finish(id), { code: 'CANCELLED' });
  await withdrawn;
  await bob.download('b.bin');
  await bob.engine.cancelDownload(id);
  await cancelled;
});

t.test('when the owner leaves, the longest-standing member decides', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const cid = await swarm.client('cid');
  await ann.share('a.bin', content);
  await bob.share('b.bin', other);
  const told = bob.whenLogged(/you are now the owner of friends/);
  t.same(await ann.engine.leaveGroup(GROUP), { newOwner: 'bob', groupEnded: false });
  await told;
  t.same(
    (await cid.engine.listFiles(GROUP)).map(({ name }) => name),
    ['b.bin'],
    'the shares of the one who left have ended',
  );
  await t.rejects(ann.engine.listFiles(GROUP), { code: 'NOT_A_MEMBER' });
  await ann.engine.joinGroup(GROUP);
  await bob.engine.acceptRequest(GROUP, 'ann');
  await ann.download('b.bin');
  t.ok((await ann.read('b.bin')).equals(other));
});

t.test(
  'before anything of a file or a folder is read it is told that it is being read',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    await mkdir(ann.path('folder'));
    for (const name of ['film', 'folder/photo']) await writeFile(ann.path(name), content);
    for (const name of ['film', 'folder']) {
      const told: UploadProgress[] = [];
      const request = { path: ann.path(name), groupId: GROUP, sha256: false };
      await ann.engine.upload(request, (progress) => told.push(progress));
      t.same(told[0], { fileName: name, size: content.length, hashed: 0 });
      t.same(told.at(-1), { fileName: name, size: content.length, hashed: content.length });
    }
  },
);

t.test('a file that changes while it is hashed is not shared', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const path = ann.path('growing.log');
  // Of many pieces, whose first are told while others are read; a whole-file hash is a second pass.
  await writeFile(path, content);
  await truncate(path, 32 * MiB);
  const request = { path, groupId: GROUP, sha256: true };
  const upload = ann.engine.upload(request, () => appendFileSync(path, 'one line more\n'));
  await t.rejects(upload, { code: 'FILE_CHANGED' });
  t.same(await ann.engine.listFiles(GROUP), []);
});

t.test(
  'a share with a whole-file hash takes a second sharer who did not ask for one',
  async (t) => {
    const swarm = await startSwarm(t);
    const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
    await ann.share('a.bin', content, { sha256: true });
    t.match(await bob.share('a.bin', content), { outcome: 'source-added' });
    const cid = await swarm.client('cid');
    await cid.download('a.bin');
    t.ok((await cid.read('a.bin')).equals(content));
  },
);

t.test('what cannot be shared', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob', { group: '' });
  await t.rejects(ann.upload('/dev/null'), { code: 'NOT_A_FILE' });
  const [link, film] = [ann.path('link'), ann.path('film')];
  await writeFile(film, 'a film');
  await symlink(film, link);
  const message = new RegExp(`is a symbolic link, and no link is followed; name what .* ${film}$`);
  await t.rejects(ann.upload(link), { code: 'NOT_A_FILE', message });
  await rm(film);
  await t.rejects(ann.upload(link), { code: 'NOT_A_FILE', message: /it leads nowhere$/ });
  await t.rejects(ann.upload(ann.path('nothing')), { code: 'FILE_NOT_FOUND' });
  await t.rejects(bob.share('a.bin', content), { code: 'NOT_A_MEMBER' });
  await t.rejects(bob.download('a.bin'), { code: 'NOT_A_MEMBER' });
});
