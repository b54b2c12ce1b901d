/** What lies at a destination, as far as the library, the tracker and the bytes tell. */
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { FileAt } from '../../../src/main/api/engine-api.js';
import { fileAt, type FileAtOwners } from '../../../src/main/downloads/file-at.js';
import type { LibraryDownload, LibraryShare } from '../../../src/main/home/library-records.js';
import { TrackerError } from '../../../src/net/errors.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const { content, description, encoded, fileId } = describedBytes(2);
const account = { trackerId: 'tracker', userId: 'bob' };

/** The group has `film`; `hash` is what hashing says, `known` what the library has of the path. */
async function scene(t: Test) {
  const path = join(testFolder(t), 'film');
  const asked: string[] = [];
  const world: {
    isShared: boolean;
    isContent: boolean;
    share: Partial<LibraryShare> | undefined;
    download: Partial<LibraryDownload> | undefined;
    unfinished: Partial<LibraryDownload> | undefined;
  } = {
    ...{ isShared: false, isContent: false, share: undefined, download: undefined },
    unfinished: undefined,
  };
  const library = {
    share: () => world.share as LibraryShare | undefined,
    completeDownload: () => world.download as LibraryDownload | undefined,
    description: () => undefined,
    unfinishedDownload: () => world.unfinished as LibraryDownload | undefined,
  };
  const owners: FileAtOwners = {
    library: async () => library,
    shares: { hasUnchanged: async (_, id, at) => world.isShared && id === fileId && at === path },
    batches: {
      lookUp: async ({ name }) => {
        asked.push(`look up ${name}`);
        if (name !== 'film') throw new TrackerError('NO_SUCH_FILE', 'no such file');
        return { fileId, description, encoded, peers: [] };
      },
    },
    hashing: {
      checkPieces: async ({ layout }) => {
        asked.push('hash');
        return world.isContent ? Bitfield.full(layout.pieceCount) : new Bitfield(layout.pieceCount);
      },
    },
  };
  const lookAt = (request: { fileId?: string; fileName?: string } = {}): Promise<FileAt> =>
    fileAt(owners, account, { groupId: 'group', fileName: 'film', path, ...request });
  const look = (request: { fileId?: string; fileName?: string } = {}): Promise<FileAt['state']> =>
    lookAt(request).then(({ state }) => state);
  return { world, path, asked, look, lookAt };
}

t.test('how large it is is told of what had to be looked up', async (t) => {
  const { world, path, lookAt } = await scene(t);
  t.same(await lookAt(), { state: 'nothing' });
  await writeFile(path, content.subarray(1));
  t.same(await lookAt(), { state: 'other', size: content.length });
  world.isShared = true;
  t.same(await lookAt({ fileId }), { state: 'same' });
  t.same(await lookAt(), { state: 'same', size: content.length });
});

t.test('where nothing is nobody is asked', async (t) => {
  const { look, asked } = await scene(t);
  t.equal(await look(), 'nothing');
  t.same(asked, []);
});

t.test('what is shared from there is known without a look into it', async (t) => {
  const { world, path, look, asked } = await scene(t);
  await writeFile(path, content);
  world.isShared = true;
  t.equal(await look({ fileId }), 'same');
  t.same(asked, []);
  t.equal(await look(), 'same');
  t.equal(await look({ fileId: 'that of a moment ago' }), 'same');
  t.same(asked, ['look up film', 'look up film']);
});

t.test('else its bytes tell, when there are as many', async (t) => {
  const { world, path, look, asked } = await scene(t);
  await writeFile(path, content);
  world.isContent = true;
  t.equal(await look({ fileId }), 'same');
  t.same(asked, ['look up film', 'hash']);
  world.isContent = false;
  t.equal(await look({ fileId }), 'other');
  await writeFile(path, content.subarray(1));
  asked.length = 0;
  t.equal(await look({ fileId }), 'other');
  t.same(asked, ['look up film']);
});

t.test('the very file may be one that its download has not noted yet', async (t) => {
  const { world, path, look } = await scene(t);
  const partPath = `${path}.0badcafe.part`;
  await writeFile(path, content);
  world.isContent = true;
  world.unfinished = { fileId, partPath };
  t.equal(await look(), 'unfinished');
  await link(path, partPath);
  t.equal(await look(), 'unfinished', 'and has a second name');
  world.unfinished = { fileId: 'another', partPath };
  t.equal(await look(), 'same');
  world.unfinished = { fileId, partPath };
  await rm(partPath);
  await writeFile(partPath, content);
  t.equal(await look(), 'same', 'the part file is another one');
  world.isContent = false;
  t.equal(await look(), 'other');
});

t.test('an older version is what came from the group, and is not what it has now', async (t) => {
  const cases: [Partial<LibraryShare> | undefined, string | undefined, FileAt['state']][] = [
    [undefined, undefined, 'other'],
    [undefined, 'old', 'older'],
    [undefined, fileId, 'other'],
    [{ fileId: 'old', path: 'here' }, undefined, 'older'],
    [{ fileId: 'old', path: 'elsewhere' }, undefined, 'other'],
    [{ fileId, path: 'elsewhere' }, 'old', 'older'],
    [{ fileId, path: 'here' }, 'old', 'other'],
  ];
  for (const [share, downloaded, expected] of cases) {
    const { world, path, look } = await scene(t);
    await writeFile(path, 'another one');
    const at = share?.path === 'here' ? { path } : {};
    world.share = share && { ...share, ...at };
    world.download = downloaded === undefined ? undefined : { fileId: downloaded };
    t.equal(await look(), expected, `${JSON.stringify(share)} ${downloaded ?? 'none'}`);
  }
});

t.test('a folder is no file, and a file that the group lacks is refused', async (t) => {
  const { path, look } = await scene(t);
  await mkdir(path);
  t.equal(await look(), 'other');
  const { path: file, look: lookThere } = await scene(t);
  await writeFile(file, content);
  await t.rejects(lookThere({ fileName: 'song' }), { code: 'NO_SUCH_FILE' });
});
