/** The files of a single executable lie in a folder that nobody else could have filled, whole or not at all. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ownScript, unpackedFolder, type PackedProgram } from '../../src/launch/unpacked-folder.js';
import { testFolder } from '../fixtures/test-folder.js';

const STRANGER = 60_002;
const texts: Readonly<Record<string, string>> = { 'bin/p2p.js': 'run', 'dist/a/b.js': 'more' };

function programOf(id = 'abc123'): PackedProgram & { reads: number } {
  const files = Object.entries(texts).map(([path, text]) => ({ path, size: text.length }));
  const program = {
    ...{ id, files, reads: 0 },
    read: (path: string) => {
      program.reads++;
      return Buffer.from(texts[path]!);
    },
  };
  return program;
}

function scene(t: Test) {
  const home = testFolder(t, {});
  chmodSync(home, 0o700);
  return { home, env: { HOME: home }, place: join(home, '.cache/p2p') };
}

t.test('it is made once, and used from then on', (t) => {
  const { env, place } = scene(t);
  const program = programOf();
  const folder = unpackedFolder(program, env);
  t.equal(folder, join(place, 'exe-abc123'));
  for (const [path, text] of Object.entries(texts)) {
    t.equal(readFileSync(join(folder, path), 'utf8'), text);
    t.equal(lstatSync(join(folder, path)).mode & 0o777, 0o600);
  }
  t.equal(lstatSync(folder).mode & 0o777, 0o700);
  t.equal(unpackedFolder(program, env), folder);
  t.equal(program.reads, 2);
  t.same(readdirSync(place), ['exe-abc123'], 'nothing is left beside it');
  t.not(unpackedFolder(programOf('def456'), env), folder, 'another version has its own');
  t.end();
});

t.test('XDG_CACHE_HOME goes before the home, if it is absolute', (t) => {
  const { env, home, place } = scene(t);
  const cache = join(home, 'cache');
  mkdirSync(cache);
  t.equal(
    unpackedFolder(programOf(), { ...env, XDG_CACHE_HOME: cache }),
    `${cache}/p2p/exe-abc123`,
  );
  t.equal(unpackedFolder(programOf(), { ...env, XDG_CACHE_HOME: 'cache' }), `${place}/exe-abc123`);
  t.end();
});

t.test('what is not whole is made anew', (t) => {
  const { env } = scene(t);
  const folder = unpackedFolder(programOf(), env);
  const path = join(folder, 'bin/p2p.js');
  const breaks: readonly (() => void)[] = [
    () => rmSync(path),
    () => writeFileSync(path, 'ru'),
    () => {
      rmSync(path);
      symlinkSync('/etc/hostname', path);
    },
    () => chmodSync(folder, 0o777),
    () => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, '');
    },
  ];
  for (const breakIt of breaks) {
    breakIt();
    t.equal(unpackedFolder(programOf(), env), folder);
    t.equal(readFileSync(path, 'utf8'), 'run');
    t.ok(lstatSync(path).isFile());
    t.equal(lstatSync(folder).mode & 0o777, 0o700);
  }
  t.end();
});

t.test('a place to which others may write is left alone, and a link too', (t) => {
  const { env, home, place } = scene(t);
  const cache = join(home, 'cache');
  mkdirSync(join(cache, 'p2p'), { recursive: true });
  chmodSync(join(cache, 'p2p'), 0o777);
  const around = { ...env, XDG_CACHE_HOME: cache };
  t.equal(unpackedFolder(programOf(), around), join(place, 'exe-abc123'));
  t.same(readdirSync(join(cache, 'p2p')), []);
  rmSync(join(cache, 'p2p'), { recursive: true });
  symlinkSync(home, join(cache, 'p2p'));
  t.equal(unpackedFolder(programOf(), around), join(place, 'exe-abc123'));
  t.end();
});

for (const [what, mode, isTaken] of [
  ['others may write to', 0o777, false],
  ['a group may write to', 0o770, false],
  ['everybody may write to, each their own', 0o1777, true],
] as const) {
  t.test(`a place below a folder that ${what} is ${isTaken ? 'taken' : 'left alone'}`, (t) => {
    const { env, home, place } = scene(t);
    const cache = join(home, 'open/cache');
    mkdirSync(join(cache, 'p2p'), { recursive: true, mode: 0o700 });
    chmodSync(join(home, 'open'), mode);
    symlinkSync(cache, join(home, 'link'));
    for (const named of [cache, join(home, 'link')]) {
      const taken = unpackedFolder(programOf(), { ...env, XDG_CACHE_HOME: named });
      t.equal(taken, join(isTaken ? join(cache, 'p2p') : place, 'exe-abc123'));
    }
    t.equal(readdirSync(join(cache, 'p2p')).length, isTaken ? 1 : 0);
    t.end();
  });
}

t.test(
  'root takes no place in the home of somebody else, and makes nothing there',
  { skip: process.getuid?.() !== 0 && 'only root' },
  (t) => {
    const { env, home, place } = scene(t);
    const cache = join(home, 'theirs/cache');
    mkdirSync(cache, { recursive: true });
    chownSync(join(home, 'theirs'), STRANGER, STRANGER);
    t.equal(unpackedFolder(programOf(), { ...env, XDG_CACHE_HOME: cache }), `${place}/exe-abc123`);
    t.same(readdirSync(cache), []);
    chownSync(join(home, 'theirs'), 0, 0);
    t.equal(
      unpackedFolder(programOf(), { ...env, XDG_CACHE_HOME: cache }),
      `${cache}/p2p/exe-abc123`,
    );
    t.end();
  },
);

t.test('what another process has made meanwhile stays, because that runs from it', (t) => {
  const { env, place } = scene(t);
  const folder = unpackedFolder(programOf(), env);
  writeFileSync(join(folder, 'dist/a/b.js'), 'm');
  let looks = 0;
  let theirs = 0;
  const onLook = (): void => {
    // The second look is when all is written: the other one ends just then.
    if (++looks !== 2) return;
    unpackedFolder(programOf(), env);
    theirs = lstatSync(folder).ino;
  };
  const files = programOf().files.map(({ path, size }) => ({
    path,
    get size() {
      if (path === 'dist/a/b.js') onLook();
      return size;
    },
  }));
  t.equal(unpackedFolder({ ...programOf(), files }, env), folder);
  t.not(theirs, 0);
  t.equal(lstatSync(folder).ino, theirs);
  t.equal(readFileSync(join(folder, 'dist/a/b.js'), 'utf8'), 'more');
  t.same(readdirSync(place), ['exe-abc123'], 'nothing is left beside it');
  t.end();
});

t.test('a fault of one place is told only when there is no other', (t) => {
  const { env, place } = scene(t);
  const broken = { ...programOf(), read: () => bad() };
  t.throws(() => unpackedFolder(broken, env), { message: 'no room' });
  t.same(readdirSync(place), [], 'nothing is left of it');
  t.end();
});

function bad(): never {
  throw new Error('no room');
}

t.test('only its own files are scripts', (t) => {
  const program = programOf();
  t.equal(ownScript('/x/exe-0123ab/bin/p2p.js', program), 'bin/p2p.js');
  t.equal(ownScript('/gone/exe-abc123/dist/a/b.js', program), 'dist/a/b.js');
  for (const word of [
    undefined,
    '',
    'serve',
    '/x/bin/p2p.js',
    '/x/exe-0123ab/etc/passwd',
    '/x/exe-zz/bin/p2p.js',
    '/x/exe-01/../bin/p2p.js',
  ]) {
    t.equal(ownScript(word, program), undefined, String(word));
  }
  t.end();
});
