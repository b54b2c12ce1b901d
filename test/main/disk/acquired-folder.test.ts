/** In a folder that others may write to: what lies at a part folder's name, and what becomes of it. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { acquireFolder } from '../../../src/main/disk/acquired-folder.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PACK_BYTES = 10_000;

function scene(t: Test) {
  const folder = testFolder(t);
  const [path, partPath] = [join(folder, 'album'), join(folder, '.album.1234.part')];
  const moved: string[] = [];
  const onMoved = async (to: string): Promise<void> => void moved.push(basename(to));
  const acquire = async () => {
    const acquired = await acquireFolder({ partPath, path, packBytes: PACK_BYTES, onMoved });
    t.teardown(() => acquired.pack.release());
    return acquired;
  };
  return { folder, partPath, moved, acquire };
}

t.test('a new one is for us alone, and has its pack', async (t) => {
  const { partPath, moved, acquire } = scene(t);
  const { isFresh, inode } = await acquire();
  t.ok(isFresh);
  t.equal(lstatSync(partPath).mode & 0o777, 0o700);
  t.equal(lstatSync(partPath, { bigint: true }).ino, inode);
  t.equal(readFileSync(join(partPath, 'pack')).length, 0);
  t.same(moved, []);
});

t.test('what an earlier run left is gone on with, also when its pack was lost', async (t) => {
  const { partPath, acquire } = scene(t);
  mkdirSync(partPath, { mode: 0o700 });
  t.notOk((await acquire()).isFresh, 'no pack');
  writeFileSync(join(partPath, 'pack'), Buffer.alloc(PACK_BYTES, 7));
  const { isFresh, pack, partPath: taken } = await acquire();
  t.notOk(isFresh);
  t.equal(taken, partPath);
  t.ok((await pack.handle.readFile()).equals(Buffer.alloc(PACK_BYTES, 7)));
});

t.test(
  'a power cut may have left a pack of another length; a longer one is not ours',
  async (t) => {
    const { partPath, moved, acquire } = scene(t);
    mkdirSync(partPath, { mode: 0o700 });
    writeFileSync(join(partPath, 'pack'), Buffer.alloc(PACK_BYTES - 1));
    t.equal((await acquire()).partPath, partPath);
    writeFileSync(join(partPath, 'pack'), Buffer.alloc(PACK_BYTES + 1));
    const { partPath: made } = await acquire();
    t.not(made, partPath);
    t.same(moved, [basename(made)]);
  },
);

const strangers: Record<string, (at: string) => void> = {
  'a file': (at) => writeFileSync(at, 'a thesis'),
  'a folder that others may look into': (at) => {
    mkdirSync(at);
    chmodSync(at, 0o755);
  },
  'a link to a folder of ours': (at) => {
    mkdirSync(`${at}-elsewhere`, { mode: 0o700 });
    symlinkSync(`${at}-elsewhere`, at);
  },
};

for (const [what, put] of Object.entries(strangers)) {
  t.test(`${what} with its name stays as it is, and another name is noted`, async (t) => {
    const { partPath, moved, acquire } = scene(t);
    put(partPath);
    const before = lstatSync(partPath);
    const { isFresh, partPath: made } = await acquire();
    t.ok(isFresh);
    t.same(moved, [basename(made)]);
    t.not(made, partPath);
    t.same(lstatSync(partPath), before);
  });
}
