/** Folders that are shared as one item, by real clients over a real tracker. */
import { chmod, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import t from 'tap';
import { GROUP } from '../fixtures/swarm-names.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

/** A folder of small files, a large one, an empty one and an empty folder. */
async function makeAlbum(ann: SwarmClient): Promise<string> {
  await mkdir(ann.path('album/inner/void'), { recursive: true });
  for (const name of ['a', 'b', 'inner/c']) {
    await writeFile(ann.path(`album/${name}`), sampleBytes(10_000, name));
  }
  await writeFile(ann.path('album/large'), sampleBytes(700_000, 'large'));
  await writeFile(ann.path('album/none'), '');
  return ann.path('album');
}

function share(
  ann: SwarmClient,
  path: string,
  more: { replace?: boolean; exclude?: string[] } = {},
) {
  const request = { path, groupId: GROUP, sha256: false, ...more };
  return ann.engine.upload(request, () => undefined);
}

t.test('a folder is shared as one item, and is the same when it is shared again', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const path = await makeAlbum(ann);
  await symlink('/etc/passwd', ann.path('album/link'));
  const first = await share(ann, path);
  t.match(first, {
    name: 'album',
    size: 730_000,
    outcome: 'created',
    folder: { files: 5, leftOut: { count: 1, first: [{ path: 'link', why: 'link' }] } },
  });
  t.match(await ann.engine.listFiles(GROUP), [
    { name: 'album', size: 730_000, sources: 1, files: 5 },
  ]);
  const folder = { groupId: GROUP, fileName: 'album' };
  const inside = async (where: { inside?: string }) =>
    (await ann.engine.listFolder({ ...folder, ...where })).entries.map(({ path }) => path);
  t.same(await inside({}), ['a', 'b', 'inner/c', 'inner/void', 'large', 'none']);
  t.same(await inside({ inside: 'inner' }), ['inner/c', 'inner/void']);
  t.same(await inside({ inside: 'inner/void' }), []);
  await t.rejects(inside({ inside: 'inn' }), { code: 'NO_SUCH_FILE', message: /no folder "inn"/ });
  const other = { groupId: GROUP, fileName: 'other' };
  await t.rejects(ann.engine.listFolder(other), { code: 'NO_SUCH_FILE' });
  // Other times of its files make no other content of it.
  await utimes(ann.path('album/a'), 5, 5);
  t.match(await share(ann, `${path}/`), { outcome: 'already-shared', fileId: first.fileId });
  t.match(await ann.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
});

t.test('other content under its name needs --replace', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const path = await makeAlbum(ann);
  const { fileId } = await share(ann, path);
  await chmod(ann.path('album/a'), 0o755);
  await t.rejects(share(ann, path), { code: 'NAME_TAKEN' });
  const newer = await share(ann, path, { replace: true, exclude: ['none'] });
  t.match(newer, { outcome: 'replaced', folder: { files: 4 } });
  t.not(newer.fileId, fileId);
});

t.test(
  'what changed in a folder is found, told by name, and shared again once put back',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    const path = await makeAlbum(ann);
    await share(ann, path);
    await ann.engine.logout();
    await rename(ann.path('album/large'), ann.path('elsewhere'));
    const { restored, skipped } = await ann.logIn();
    t.equal(restored, 0);
    t.match(skipped, [{ name: 'album', reason: /album \(large in it\) has changed since/ }]);
    await ann.engine.logout();
    await rename(ann.path('elsewhere'), ann.path('album/large'));
    await ann.logIn();
    t.match(await ann.engine.verify({ isRepairing: false }, () => undefined), { flawed: [] });
  },
);

t.test('bytes that a disk has lost are found, and in which file', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const path = await makeAlbum(ann);
  const times = new Date(1_700_000_000_000);
  await utimes(ann.path('album/inner/c'), times, times);
  await share(ann, path);
  await writeFile(ann.path('album/inner/c'), sampleBytes(10_000, 'other'));
  await utimes(ann.path('album/inner/c'), times, times);
  const { flawed } = await ann.engine.verify({ isRepairing: false }, () => undefined);
  t.match(flawed, [
    { fileName: 'album', state: 'damaged', badPieces: 1, files: ['a', 'b', 'inner/c'] },
  ]);
});
