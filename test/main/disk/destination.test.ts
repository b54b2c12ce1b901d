import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import {
  partPathOf,
  placeFile,
  requireFreeSpace,
  resolveDestination,
} from '../../../src/main/disk/destination.js';

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

t.test('a link that leads nowhere takes a name as a file does', async (t) => {
  const folder = t.testdir({ film: t.fixture('symlink', 'nowhere') });
  for (const destination of [folder, join(folder, 'film')]) {
    await t.rejects(resolveDestination(destination, 'film', false), { code: 'DESTINATION_EXISTS' });
    t.equal(await resolveDestination(destination, 'film', true), join(folder, 'film'));
  }
});

t.test('a part file has a name that nobody can foresee, and that always fits', (t) => {
  const parts = Array.from({ length: 100 }, () => partPathOf('/d/film.mkv'));
  for (const part of parts) t.match(part, /^\/d\/film\.mkv\.[0-9a-f]{8}\.part$/);
  t.equal(new Set(parts).size, parts.length);
  for (const name of ['x'.repeat(255), 'ü'.repeat(127), `x${'ü'.repeat(127)}`, '🎬'.repeat(63)]) {
    const long = basename(partPathOf(`/d/${name}`));
    t.ok(Buffer.byteLength(long) <= 255, name);
    t.notMatch(long, /\uFFFD/);
    t.match(long, /\.[0-9a-f]{8}\.part$/);
  }
  t.end();
});

t.test('a link that waits at the final name is never followed', async (t) => {
  for (const overwrite of [false, true]) {
    const folder = t.testdir({
      part: 'new',
      letter: 'a letter',
      film: t.fixture('symlink', 'letter'),
    });
    const placed = placeFile(join(folder, 'part'), join(folder, 'film'), overwrite);
    if (overwrite) await placed;
    else await t.rejects(placed, { code: 'DESTINATION_EXISTS' });
    t.equal(await readFile(join(folder, 'letter'), 'utf8'), 'a letter');
    t.equal((await lstat(join(folder, 'film'))).isSymbolicLink(), !overwrite);
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
