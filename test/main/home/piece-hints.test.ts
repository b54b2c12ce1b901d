import { mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { PieceHints } from '../../../src/main/home/piece-hints.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECES = 100;

function scene(t: Test) {
  const folder = join(testFolder(t), 'pieces');
  const hints = new PieceHints(folder);
  const read = async (): Promise<number[] | undefined> => {
    const left = await hints.read('id', PIECES);
    return left && [...left.pieces.indexes()];
  };
  return { folder, path: join(folder, 'id'), hints, read };
}

t.test('what is hinted is read by the next run, and only this user may read it', async (t) => {
  const { hints, read, folder, path } = scene(t);
  t.equal(await read(), undefined);
  const file = hints.begin('id', [3]);
  file.add([5, 7]);
  file.add([99]);
  await file.close();
  await file.close();
  file.add([1]);
  t.same(await read(), [3, 5, 7, 99]);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(statSync(folder).mode & 0o777, 0o700);
  await hints.begin('id', [2]).close();
  t.same(await read(), [2], 'a new run begins anew');
  await hints.remove('id');
  t.same(readdirSync(folder), []);
  await hints.remove('id');
});

t.test('those of downloads that nobody goes on with are removed', async (t) => {
  const { hints, folder } = scene(t);
  await hints.sweep(() => false);
  for (const id of ['done', 'left']) await hints.begin(id, [1]).close();
  writeFileSync(join(folder, 'done.new'), '');
  writeFileSync(join(folder, 'left.new'), '');
  await hints.sweep((id) => id === 'left');
  t.same(readdirSync(folder).sort(), ['left', 'left.new']);
});

t.test('the last moment of writing is that of the last note', async (t) => {
  const { hints, path } = scene(t);
  const file = hints.begin('id', []);
  await file.clear();
  utimesSync(path, 1, 1);
  t.equal((await hints.read('id', PIECES))?.lastWriteMs, 1_000);
  const before = Date.now();
  file.touch();
  await file.close();
  t.ok((await hints.read('id', PIECES))!.lastWriteMs >= before - 1);
});

t.test('what is cleared is worth nothing, and the moment stays', async (t) => {
  const { hints, read } = scene(t);
  const file = hints.begin('id', [1, 2]);
  file.add([3]);
  await file.clear();
  t.same(await read(), []);
  file.add([4]);
  await file.close();
  t.same(await read(), [4]);
});

t.test('garbage is never more than pieces to look at', async (t) => {
  const { hints, folder, path } = scene(t);
  mkdirSync(folder);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 1_000 }), async (bytes) => {
      writeFileSync(path, bytes);
      const left = await hints.read('id', PIECES);
      return left?.pieces.length === PIECES;
    }),
    { numRuns: 100 },
  );
});

t.test('a place where nothing can be written costs the hints and nothing else', async (t) => {
  const { hints, folder, read } = scene(t);
  writeFileSync(folder, 'not a folder');
  const file = hints.begin('id', [1]);
  file.add([2]);
  file.touch();
  await file.clear();
  await file.close();
  await hints.remove('id');
  t.equal(await read(), undefined);
});

t.test('no link is followed', async (t) => {
  const { hints, folder, path, read } = scene(t);
  mkdirSync(folder);
  writeFileSync(join(folder, 'letter'), 'dear');
  symlinkSync('letter', path);
  t.equal(await read(), undefined);
  symlinkSync('letter', `${path}.new`);
  await hints.begin('id', [1]).close();
  t.equal(statSync(join(folder, 'letter')).size, 4);
});
