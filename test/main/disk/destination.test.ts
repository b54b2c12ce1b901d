import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import {
  partPathOf,
  placeFile,
  requireFreeSpace,
  resolveDestination,
} from '../../../src/main/disk/destination.js';

const fileId = 'ab'.repeat(32);

t.test('a folder, a path, and what is neither', async (t) => {
  const folder = t.testdir({ here: {}, taken: 'x' });
  const to = (path: string, overwrite = false): Promise<string> =>
    resolveDestination(join(folder, path), 'a.bin', overwrite);
  t.equal(await to('here'), join(folder, 'here', 'a.bin'));
  t.equal(await to('here/other'), join(folder, 'here', 'other'));
  await t.rejects(to('taken'), { code: 'DESTINATION_EXISTS' });
  t.equal(await to('taken', true), join(folder, 'taken'));
  await t.rejects(to('missing/a'), { code: 'NO_DESTINATION' });
  await t.rejects(resolveDestination(`${folder}/missing/`, 'a.bin', false), {
    code: 'NO_DESTINATION',
  });
  await t.rejects(to('taken/a'), { code: 'NO_DESTINATION' });
  await mkdir(join(folder, 'here', 'a.bin'));
  await t.rejects(to('here', true), { code: 'DESTINATION_EXISTS' });
});

t.test('a part file is one per device and content, and its name always fits', async (t) => {
  const part = partPathOf('/d/film.mkv', fileId, 'cd'.repeat(32));
  t.match(part, /^\/d\/film\.mkv\.[0-9a-f]{8}\.part$/);
  t.equal(partPathOf('/d/film.mkv', fileId, 'cd'.repeat(32)), part);
  t.not(partPathOf('/d/film.mkv', fileId, 'ef'.repeat(32)), part);
  t.not(partPathOf('/d/film.mkv', 'cd'.repeat(32), 'cd'.repeat(32)), part);
  for (const name of ['x'.repeat(255), 'ü'.repeat(127), `x${'ü'.repeat(127)}`, '🎬'.repeat(63)]) {
    const long = basename(partPathOf(`/d/${name}`, fileId, fileId));
    t.ok(Buffer.byteLength(long) <= 255, name);
    t.notMatch(long, /\uFFFD/);
    t.match(long, /\.[0-9a-f]{8}\.part$/);
  }
});

t.test('the final name is taken only when it is free, or on demand', async (t) => {
  const folder = t.testdir({ part: 'new', film: 'old' });
  const [part, film] = [join(folder, 'part'), join(folder, 'film')];
  await t.rejects(placeFile(part, film, false), { code: 'DESTINATION_EXISTS' });
  t.equal(await readFile(film, 'utf8'), 'old');
  await placeFile(part, film, true);
  t.equal(await readFile(film, 'utf8'), 'new');
  await writeFile(part, 'third');
  await placeFile(part, join(folder, 'free'), false);
  t.same((await readdir(folder)).sort(), ['film', 'free']);
  await t.rejects(placeFile(part, join(folder, 'gone'), true), { code: 'FILE_NOT_FOUND' });
});

t.test('a disk without room is told by how much', async (t) => {
  await requireFreeSpace(t.testdir(), 1);
  await t.rejects(requireFreeSpace(t.testdir(), 2 ** 60), {
    code: 'DISK_FULL',
    message: /lacks \d+ MB/,
  });
});
