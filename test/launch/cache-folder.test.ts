/** Code is neither read from nor written to a folder in which somebody else could have put it. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCacheFile, sourceId, writeCacheFile } from '../../src/launch/cache-file.js';
import { cacheFolder } from '../../src/launch/cache-folder.js';
import { testFolder } from '../fixtures/test-folder.js';

const head = { source: sourceId(Buffer.from('let a = 1;')), engine: 'v20', uses: [] };
const code = Buffer.from('compiled');
const STRANGER = 60_002;
const isRoot = process.getuid?.() === 0;

/** Where a scene may change something: a folder, and in it a home with its cache file. */
interface Place {
  readonly folder: string;
  readonly home: string;
  readonly cache: string;
  readonly file: string;
}

interface Scene {
  readonly what: string;
  readonly change: (place: Place) => void;
  readonly isRead: boolean;
  readonly isWritten: boolean;
  /** Acts as two users. */
  readonly needsRoot?: boolean;
}

const scenes: readonly Scene[] = [
  { what: 'a home of mode 0700', change: () => undefined, isRead: true, isWritten: true },
  {
    what: 'a home that others may read',
    change: ({ home }) => chmodSync(home, 0o755),
    isRead: true,
    isWritten: true,
  },
  {
    what: 'a home that a group may write to',
    change: ({ home }) => chmodSync(home, 0o770),
    isRead: false,
    isWritten: false,
  },
  {
    what: 'a home that everybody may write to',
    change: ({ home }) => chmodSync(home, 0o1777),
    isRead: false,
    isWritten: false,
  },
  {
    what: 'a home of another user',
    change: ({ home }) => chownSync(home, STRANGER, STRANGER),
    isRead: false,
    isWritten: false,
    needsRoot: true,
  },
  {
    what: 'a home in a folder that a group may write to',
    change: ({ folder }) => chmodSync(folder, 0o770),
    isRead: false,
    isWritten: false,
  },
  {
    what: 'a home in a folder in which everybody may write what is their own',
    change: ({ folder }) => chmodSync(folder, 0o1777),
    isRead: true,
    isWritten: true,
  },
  {
    what: 'a home in a folder of another user',
    change: ({ folder }) => chownSync(folder, STRANGER, STRANGER),
    isRead: false,
    isWritten: false,
    needsRoot: true,
  },
  {
    what: 'a home that is a link of ours',
    change: ({ home, folder }) => moveBehindLink(home, join(folder, 'elsewhere')),
    isRead: true,
    isWritten: true,
  },
  {
    what: 'a home that is a link of another user to a folder of ours',
    change: ({ home, folder }) => {
      moveBehindLink(home, join(folder, 'elsewhere'));
      lchownSync(home, STRANGER, STRANGER);
    },
    isRead: false,
    isWritten: false,
    needsRoot: true,
  },
  {
    what: 'a cache that a group may write to',
    change: ({ cache }) => chmodSync(cache, 0o720),
    isRead: false,
    isWritten: false,
  },
  {
    what: 'a cache of another user',
    change: ({ cache }) => chownSync(cache, STRANGER, STRANGER),
    isRead: false,
    isWritten: false,
    needsRoot: true,
  },
  {
    what: 'a cache that is a link to a folder of ours',
    change: ({ cache, folder }) => moveBehindLink(cache, join(folder, 'elsewhere')),
    isRead: false,
    isWritten: false,
  },
  {
    what: 'a cache file that is a link to a file of ours',
    change: ({ file, folder }) => moveBehindLink(file, join(folder, 'film.mkv')),
    isRead: false,
    isWritten: true,
  },
  {
    what: 'a cache file that has a second name',
    change: ({ file, folder }) => linkSync(file, join(folder, 'film.mkv')),
    isRead: false,
    isWritten: true,
  },
  {
    what: 'a cache file of another user',
    change: ({ file }) => chownSync(file, STRANGER, STRANGER),
    isRead: false,
    isWritten: true,
    needsRoot: true,
  },
  {
    what: 'a cache file that others may write to',
    change: ({ file }) => chmodSync(file, 0o666),
    isRead: false,
    isWritten: true,
  },
  {
    what: 'a pipe in place of the cache file',
    change: ({ file }) => {
      rmSync(file);
      execFileSync('mkfifo', [file]);
    },
    isRead: false,
    isWritten: true,
  },
  {
    what: 'a folder in place of the cache file',
    change: ({ file }) => {
      rmSync(file);
      mkdirSync(file);
    },
    isRead: false,
    isWritten: false,
  },
  {
    what: 'a file in place of the cache',
    change: ({ cache }) => {
      rmSync(cache, { recursive: true });
      writeFileSync(cache, '');
    },
    isRead: false,
    isWritten: false,
  },
];

for (const { what, change, isRead, isWritten, needsRoot } of scenes) {
  const skip = needsRoot === true && !isRoot ? 'acts as two users' : false;
  t.test(`${what}: code is ${isRead ? '' : 'not '}read`, { skip }, (t) => {
    const place = makePlace(testFolder(t));
    change(place);
    const before = listing(place.folder);
    t.same(readCacheFile(place.file), isRead ? { head, code } : undefined);
    t.same(listing(place.folder), before, 'reading changes nothing');
    const fresh = { head: { ...head, uses: ['new'] }, code };
    writeCacheFile(place.file, fresh);
    if (isWritten) {
      t.same(readCacheFile(place.file), fresh, 'what is written is a file of its own');
      t.ok(lstatSync(place.file).isFile());
    } else {
      t.same(listing(place.folder), before, 'nothing is written');
    }
    const film = join(place.folder, 'film.mkv');
    if (existsSync(film)) t.notMatch(readFileSync(film, 'latin1'), 'new', 'nothing is overwritten');
    t.end();
  });
}

t.test('what is left of a write has a name that nobody can know', (t) => {
  const { file, cache, folder } = makePlace(testFolder(t));
  const letter = join(folder, 'letter');
  writeFileSync(letter, 'a letter');
  for (const name of [`program.v8.${process.pid}`, 'program.v8.tmp']) {
    symlinkSync(letter, join(cache, name));
  }
  writeCacheFile(file, { head, code });
  t.equal(readFileSync(letter, 'utf8'), 'a letter');
  t.equal(readdirSync(cache).length, 3);
  t.end();
});

t.test('homes share the code in the folder that is named, which is made for it', (t) => {
  const folder = testFolder(t, { ann: { 'device.pem': '' }, ben: {} });
  const named = join(folder, 'code');
  const fileOf = (home: string): string =>
    join(cacheFolder({ P2P_HOME: join(folder, home), NODE_COMPILE_CACHE: named })!, 'program.v8');
  writeCacheFile(fileOf('ann'), { head, code });
  t.same(readCacheFile(fileOf('ben')), { head, code });
  t.equal(fileOf('ben'), join(named, 'p2p', 'program.v8'));
  t.equal(lstatSync(named).mode & 0o777, 0o700);
  t.same(readdirSync(join(folder, 'ben')), []);
  t.same(readdirSync(join(folder, 'ann')), ['device.pem']);
  t.end();
});

/** What becomes of a named folder in which others might put code, or that cannot be. */
const refused: readonly Pick<Scene, 'what' | 'change' | 'needsRoot'>[] = [
  { what: 'that a group may write to', change: ({ home }) => chmodSync(home, 0o770) },
  {
    what: 'of another user',
    change: ({ home }) => chownSync(home, STRANGER, STRANGER),
    needsRoot: true,
  },
  {
    what: 'in a folder that a group may write to',
    change: ({ folder, home }) => {
      rmSync(home, { recursive: true });
      chmodSync(folder, 0o770);
    },
  },
  {
    what: 'whose `p2p` everybody may write to',
    change: ({ home }) => {
      mkdirSync(join(home, 'p2p'));
      chmodSync(join(home, 'p2p'), 0o777);
    },
  },
  {
    what: 'that is a file',
    change: ({ home }) => {
      rmSync(home, { recursive: true });
      writeFileSync(home, '');
    },
  },
  {
    what: 'in no folder',
    change: ({ folder }) => rmSync(folder, { recursive: true }),
  },
];

for (const { what, change, needsRoot } of refused) {
  const skip = needsRoot === true && !isRoot ? 'acts as two users' : false;
  t.test(`in place of a named folder ${what} the home has the code`, { skip }, (t) => {
    const folder = testFolder(t, { named: {} });
    const place = makePlace(join(folder, 'named'));
    change(place);
    const before = listing(folder);
    const P2P_HOME = join(folder, 'ann');
    t.equal(cacheFolder({ P2P_HOME, NODE_COMPILE_CACHE: place.home }), join(P2P_HOME, 'cache'));
    t.same(listing(folder), before, 'and nothing is made');
    t.end();
  });
}

t.test('a relative name names no folder', (t) => {
  const env = { P2P_HOME: '/h', NODE_COMPILE_CACHE: 'code' };
  t.equal(cacheFolder(env), '/h/cache');
  t.equal(cacheFolder({ ...env, NODE_COMPILE_CACHE: '' }), '/h/cache');
  t.end();
});

function makePlace(folder: string): Place {
  const home = join(folder, 'home');
  const cache = join(home, 'cache');
  const file = join(cache, 'program.v8');
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, 'device.pem'), '');
  writeCacheFile(file, { head, code });
  return { folder, home, cache, file };
}

function moveBehindLink(path: string, to: string): void {
  cpSync(path, to, { recursive: true, preserveTimestamps: true });
  chmodSync(to, lstatSync(path).mode & 0o777);
  rmSync(path, { recursive: true });
  symlinkSync(to, `${path}.link`);
  renameSync(`${path}.link`, path);
}

/** Every name below a folder, with what would show a change. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const stats = lstatSync(join(folder, name));
      const { mode, size, ino } = stats;
      return [name, mode, size, ino, stats.isDirectory() ? 0 : stats.mtimeMs].join(' ');
    })
    .sort();
}
