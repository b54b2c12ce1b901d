import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import {
  partPathOf,
  placeFile,
  requireFreeSpace,
  resolveDestination,
} from '../../../src/main/disk/destination.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('a folder, a path, and what is neither', async (t) => {
  const folder = testFolder(t, { here: {}, taken: 'x' });
  const to = (path: string, overwrite = false): Promise<string> =>
    resolveDestination(join(folder, path), 'a.bin', overwrite ? 'file' : 'nothing');
  t.equal(await to('here'), join(folder, 'here', 'a.bin'));
  t.equal(await to('here/other'), join(folder, 'here', 'other'));
  await t.rejects(to('taken'), { code: 'DESTINATION_EXISTS' });
  t.equal(await to('taken', true), join(folder, 'taken'));
  await t.rejects(to('missing/a'), { code: 'NO_DESTINATION' });
  await t.rejects(resolveDestination(`${folder}/missing/`, 'a.bin', 'nothing'), {
    code: 'NO_DESTINATION',
  });
  await t.rejects(to('taken/a'), { code: 'NO_DESTINATION' });
  await mkdir(join(folder, 'here', 'a.bin'));
  await t.rejects(to('here', true), { code: 'DESTINATION_EXISTS' });
});

t.test('bytes that are no UTF-8 name no new file, and an existing one is what it is', async (t) => {
  const folder = testFolder(t, { here: {}, 'was\uFFFDthere': {} });
  const to = (path: string): Promise<string> =>
    resolveDestination(join(folder, path), 'a\uFFFD', 'nothing');
  await t.rejects(to('here/bad\uFFFDname'), {
    code: 'NO_DESTINATION',
    message: /not text in UTF-8/,
  });
  t.equal(await to('here'), join(folder, 'here', 'a\uFFFD'), 'a name that the sharer has chosen');
  t.equal(await to('was\uFFFDthere'), join(folder, 'was\uFFFDthere', 'a\uFFFD'));
});

/** What may lie at a destination that is no file, and how it is made there. */
const noFiles: readonly (readonly [string, (path: string) => unknown])[] = [
  ['folder', (path) => mkdir(path)],
  ['link that leads nowhere', (path) => symlink('nowhere', path)],
  ['pipe', (path) => execFileSync('mkfifo', [path])],
  ['socket', (path) => once(createServer().listen(path).unref(), 'listening')],
  ['device', (path) => symlink('/dev/null', path)],
  ['link to a folder', (path) => symlink('.', path)],
];

for (const [what, make] of noFiles) {
  t.test(`a ${what} is no destination, nor does one become it later`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'p2p-dest-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const [path, part] = [join(folder, 'film'), join(folder, 'part')];
    await writeFile(part, 'new');
    await make(path);
    const before = await lstat(path);
    for (const overwrite of [false, true]) {
      const destinations = what.includes('folder') ? [folder] : [folder, path];
      for (const destination of destinations) {
        await t.rejects(resolveDestination(destination, 'film', overwrite ? 'file' : 'nothing'), {
          code: 'DESTINATION_EXISTS',
          message: /choose another destination/,
        });
      }
      await t.rejects(placeFile(part, path, overwrite), { code: 'DESTINATION_EXISTS' });
    }
    const { ino, mode } = await lstat(path);
    t.same({ ino, mode }, { ino: before.ino, mode: before.mode }, 'it is still there');
    t.equal(await readFile(part, 'utf8'), 'new');
  });
}

t.test('a link to a file is as any other file: in the way, or replaced', async (t) => {
  const folder = testFolder(t, { letter: 'a letter', film: t.fixture('symlink', 'letter') });
  for (const destination of [folder, join(folder, 'film')]) {
    await t.rejects(resolveDestination(destination, 'film', 'nothing'), {
      code: 'DESTINATION_EXISTS',
    });
    t.equal(await resolveDestination(destination, 'film', 'file'), join(folder, 'film'));
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
    const folder = testFolder(t, {
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
  const folder = testFolder(t, { part: 'new', film: 'old' });
  const [part, film] = [join(folder, 'part'), join(folder, 'film')];
  await t.rejects(placeFile(part, film, false), { code: 'DESTINATION_EXISTS' });
  t.equal(await readFile(film, 'utf8'), 'old');
  await placeFile(part, film, true);
  t.equal(await readFile(film, 'utf8'), 'new');
  await writeFile(part, 'third');
  await placeFile(part, join(folder, 'free'), false);
  t.same((await readdir(folder)).sort(), ['film', 'free']);
  await t.rejects(placeFile(part, join(folder, 'gone'), true), { code: 'NO_DESTINATION' });
});

t.test('a disk without room is told by how much', async (t) => {
  await requireFreeSpace(testFolder(t), 1);
  await t.rejects(requireFreeSpace(testFolder(t), 2 ** 60), {
    code: 'DISK_FULL',
    message: /lacks \d+ MiB/,
  });
});

t.test('a disk that cannot be asked, or that tells nothing, is tried', async (t) => {
  await requireFreeSpace(join(testFolder(t), 'missing'), 2 ** 60);
  // It has no blocks at all, as ramfs says of itself.
  if (process.platform === 'linux') await requireFreeSpace('/proc/self', 2 ** 60);
});
