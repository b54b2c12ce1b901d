/** What reading a real file tells; it is hashed in this thread. */
import { appendFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { MIN_PIECE_LENGTH } from '../../../src/net/limits.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { checkFile, type CheckOptions } from '../../../src/main/sharing/share-check.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { LocalHashing } from '../../fixtures/local-hashing.js';
import { testFolder } from '../../fixtures/test-folder.js';

const { content, description } = describedBytes(4);

async function scene(t: Test) {
  const path = join(testFolder(t), 'film');
  await writeFile(path, content);
  const stamp = stampOf(await stat(path, { bigint: true }));
  const hashing = new LocalHashing();
  const windows: [bytes: number, next: number][] = [];
  const check = (more: Partial<CheckOptions> = {}) =>
    checkFile(
      hashing,
      { path, stamp, description },
      {
        windowBytes: 2 * MIN_PIECE_LENGTH,
        onWindow: async (bytes, _tookMs, next) => void windows.push([bytes, next]),
        signal: new AbortController().signal,
        ...more,
      },
    );
  /** Other bytes, and the old time. */
  const damage = async (...pieces: number[]): Promise<void> => {
    const bytes = Buffer.from(content);
    for (const piece of pieces) bytes[piece * MIN_PIECE_LENGTH]! ^= 1;
    await writeFile(path, bytes);
    execFileSync('touch', ['-d', `@${stamp.mtimeNs / 10n ** 9n}.${nanoseconds()}`, path]);
  };
  const nanoseconds = (): string => String(stamp.mtimeNs % 10n ** 9n).padStart(9, '0');
  return { path, hashing, windows, check, damage };
}

t.test('a file that is what it was is read once, in windows', async (t) => {
  const { check, hashing, windows } = await scene(t);
  t.match(await check(), { state: 'whole', stamp: { size: content.length } });
  t.same(hashing.read, [0, 1, 2, 3]);
  t.same(windows, [
    [2 * MIN_PIECE_LENGTH, 2],
    [2 * MIN_PIECE_LENGTH - 100, 4],
  ]);
});

t.test('wrong pieces of a file that nobody wrote to are damage, each of them', async (t) => {
  const { check, damage } = await scene(t);
  await damage(0, 3);
  const found = await check();
  if (found.state !== 'damaged') return t.fail(found.state);
  t.same([...found.bad.indexes()], [0, 3]);
});

t.test('so are pieces that cannot be read; those beside them are read one by one', async (t) => {
  const { check, hashing } = await scene(t);
  hashing.unreadable.add(2);
  const found = await check();
  if (found.state !== 'damaged') return t.fail(found.state);
  t.same([...found.bad.indexes()], [2]);
});

t.test('the first wrong piece is enough for whoever asks no more', async (t) => {
  const { check, damage, hashing } = await scene(t);
  await damage(1);
  t.match(await check({ stopsAtFirst: true }), { state: 'damaged' });
  t.same(hashing.read, [0, 1]);
});

t.test('it may begin in the middle', async (t) => {
  const { check, damage, hashing } = await scene(t);
  await damage(1);
  t.match(await check({ firstPiece: 2 }), { state: 'whole' });
  t.same(hashing.read, [2, 3]);
});

t.test('a file that somebody wrote to is whole or changed, by its content', async (t) => {
  const { check, path, damage, hashing } = await scene(t);
  await utimes(path, 1, 1);
  t.match(await check(), { state: 'whole' });
  await damage(0);
  await utimes(path, 1, 1);
  t.match(await check(), { state: 'changed' });
  hashing.read.length = 0;
  await appendFile(path, 'x');
  t.match(await check(), { state: 'changed' });
  t.same(hashing.read, [], 'one of another length needs no reading');
});

t.test('of one that is written to while it is read nothing is known', async (t) => {
  const { check, path, hashing } = await scene(t);
  for (const edit of [
    () => appendFile(path, 'x'),
    () => writeFile(path, Buffer.alloc(content.length)),
    () => writeFile(path, 'short'),
  ]) {
    await writeFile(path, content);
    hashing.before = edit;
    t.match(await check(), { state: 'unsteady' });
  }
});

t.test('what is not there, or is no file', async (t) => {
  const { check, path } = await scene(t);
  await rm(path);
  t.match(await check(), { state: 'missing', error: { code: 'FILE_NOT_FOUND' } });
  execFileSync('mkfifo', [path]);
  t.match(await check(), { state: 'missing' });
});

t.test('it ends with the reason of the signal', async (t) => {
  const { check, hashing } = await scene(t);
  const ending = new AbortController();
  hashing.before = async () => ending.abort(new Error('enough'));
  await t.rejects(check({ signal: ending.signal }), /enough/);
});
