/** In a folder that others may write to: what lies at a part file's name, and what becomes of it. */
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { PartFile, type PartFileOptions } from '../../../src/main/disk/part-file.js';
import { testFolder } from '../../fixtures/test-folder.js';

const SIZE = 100_000;
const STRANGER = 60_002;
const isRoot = process.getuid?.() === 0;

/** Where a scene puts something: the name of the part file, and a file of ours elsewhere. */
interface Place {
  readonly partPath: string;
  readonly letter: string;
}

type Fate = 'resumed' | 'made there' | 'made elsewhere';

interface Scene {
  readonly what: string;
  readonly put: (place: Place) => void;
  /** What happens when an earlier run left pieces, and when it left none. */
  readonly resumed: Fate;
  readonly anew: Fate;
  readonly needsRoot?: boolean;
}

const whole = Buffer.alloc(SIZE, 7);
const scenes: readonly Scene[] = [
  { what: 'nothing', put: () => undefined, resumed: 'made there', anew: 'made there' },
  {
    what: 'what an earlier run left',
    put: ({ partPath }) => writeFileSync(partPath, whole),
    resumed: 'resumed',
    anew: 'resumed',
  },
  {
    what: 'an empty file, as a crash leaves it',
    put: ({ partPath }) => writeFileSync(partPath, ''),
    resumed: 'made elsewhere',
    anew: 'resumed',
  },
  {
    what: 'a file of ours of another size, which somebody moved here',
    put: ({ partPath }) => writeFileSync(partPath, 'a thesis'),
    resumed: 'made elsewhere',
    anew: 'made elsewhere',
  },
  {
    what: 'a link to a file of ours',
    put: ({ partPath, letter }) => symlinkSync(letter, partPath),
    resumed: 'made elsewhere',
    anew: 'made elsewhere',
  },
  {
    what: 'a link that leads nowhere',
    put: ({ partPath }) => symlinkSync('nowhere', partPath),
    resumed: 'made elsewhere',
    anew: 'made elsewhere',
  },
  {
    what: 'a second name of a file of ours',
    put: ({ partPath, letter }) => {
      truncateSync(letter, SIZE);
      linkSync(letter, partPath);
    },
    resumed: 'made elsewhere',
    anew: 'made elsewhere',
  },
  {
    what: 'a file of another user',
    put: ({ partPath }) => {
      writeFileSync(partPath, whole, { mode: 0o666 });
      chownSync(partPath, STRANGER, STRANGER);
    },
    resumed: 'made elsewhere',
    anew: 'made elsewhere',
    needsRoot: true,
  },
  {
    what: 'a folder',
    put: ({ partPath }) => mkdirSync(partPath),
    resumed: 'made elsewhere',
    anew: 'made elsewhere',
  },
  {
    what: 'a pipe',
    put: ({ partPath }) => execFileSync('mkfifo', [partPath]),
    resumed: 'made elsewhere',
    anew: 'made elsewhere',
  },
];

for (const { what, put, resumed, anew, needsRoot } of scenes) {
  const skip = needsRoot === true && !isRoot ? 'acts as two users' : false;
  for (const isResumed of [true, false]) {
    for (const isOneWrite of [true, false]) {
      const fate = isResumed ? resumed : anew;
      const run = isResumed ? 'a later run' : 'a first run';
      const kind = isOneWrite ? 'in one write' : 'growing';
      t.test(`${what}: the part of ${run} (${kind}) is ${fate}`, { skip }, async (t) => {
        const scene = setUp(t, { isResumed, isOneWrite });
        put(scene);
        const letterBefore = readFileSync(scene.letter);
        const part = await PartFile.open(scene.options);
        t.teardown(() => part.release());
        t.equal(part.isFresh, fate !== 'resumed');
        t.equal(scene.moved.length, fate === 'made elsewhere' ? 1 : 0);
        const file = lstatSync(scene.moved[0] ?? scene.partPath);
        t.ok(file.isFile());
        t.equal(file.size, isOneWrite ? 0 : SIZE);
        t.equal(file.uid, process.getuid?.());
        await fill(part);
        const stamp = await part.place();
        t.equal(stamp.size, SIZE);
        t.equal(Number(stamp.inode), lstatSync(scene.options.path).ino);
        t.ok(readFileSync(scene.options.path).equals(Buffer.alloc(SIZE, 1)));
        t.ok(readFileSync(scene.letter).equals(letterBefore), 'the letter is as it was');
        const left = readdirSync(scene.folder).length;
        t.equal(left, fate === 'made elsewhere' ? 3 : 2, 'nothing else is left');
      });
    }
  }
}

t.test('a finished file has the mode that any new file has', async (t) => {
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));
  const { options } = setUp(t, { isOneWrite: true });
  const part = await PartFile.open(options);
  t.teardown(() => part.release());
  await fill(part);
  await part.place();
  t.equal(lstatSync(options.path).mode & 0o777, 0o600);
});

t.test('success is not said of a file that somebody put into the place of ours', async (t) => {
  const swaps: readonly [string, (partPath: string, letter: string) => void, boolean][] = [
    ['a link', (partPath, letter) => symlinkSync(letter, partPath), false],
    ['a file of another size', (partPath) => writeFileSync(partPath, 'short'), false],
    [
      'a file of another user',
      (partPath) => {
        writeFileSync(partPath, whole);
        chownSync(partPath, STRANGER, STRANGER);
      },
      true,
    ],
  ];
  for (const [what, swap, needsRoot] of swaps) {
    if (needsRoot && !isRoot) continue;
    const { options, letter, partPath } = setUp(t, { isOneWrite: false });
    const part = await PartFile.open(options);
    t.teardown(() => part.release());
    await fill(part);
    rmSync(partPath);
    swap(partPath, letter);
    await t.rejects(part.place(), { code: 'IO_ERROR', message: /somebody else has put/ }, what);
    t.equal(readFileSync(letter, 'utf8'), 'a letter');
  }
});

t.test('a folder in which somebody takes every name is given up', async (t) => {
  const { options, partPath } = setUp(t, {});
  symlinkSync('nowhere', partPath);
  const onMoved = async (moved: string): Promise<void> => symlinkSync('nowhere', moved);
  await t.rejects(PartFile.open({ ...options, onMoved }), { code: 'NO_DESTINATION' });
  t.notOk(existsSync(join(options.path, '..', 'nowhere')));
});

t.test(
  'a file for which there is no room leaves nothing, whatever an earlier run kept',
  async (t) => {
    for (const isResumed of [true, false]) {
      const { folder, options } = setUp(t, { isResumed, size: 2 ** 60 });
      await t.rejects(PartFile.open(options), { code: 'DISK_FULL' });
      t.strictSame(readdirSync(folder), ['letter']);
    }
  },
);

function setUp(t: Test, more: Partial<PartFileOptions>) {
  const folder = testFolder(t, { letter: 'a letter' });
  const partPath = join(folder, 'film.12345678.part');
  const moved: string[] = [];
  const options: PartFileOptions = {
    partPath,
    path: join(folder, 'film'),
    size: SIZE,
    overwrite: false,
    isOneWrite: false,
    isResumed: false,
    mayBePlaced: false,
    onMoved: async (elsewhere) => {
      moved.push(elsewhere);
    },
    ...more,
  };
  return { folder, partPath, letter: join(folder, 'letter'), moved, options };
}

async function fill(part: PartFile): Promise<void> {
  const user = part.retain();
  await user.handle.write(Buffer.alloc(SIZE, 1), 0, SIZE, 0);
  await user.release();
}

t.test('what finds no room leaves no part file, and keeps one that was there', async (t) => {
  const folder = testFolder(t);
  const place = { partPath: join(folder, 'film.part'), path: join(folder, 'film'), size: 2 ** 52 };
  const how = { overwrite: false, isOneWrite: false, isResumed: false, mayBePlaced: false };
  const open = () => PartFile.open({ ...place, ...how, onMoved: () => Promise.resolve() });
  await t.rejects(open(), { code: 'DISK_FULL' });
  t.same(readdirSync(folder), []);
  writeFileSync(place.partPath, '');
  await t.rejects(open(), { code: 'DISK_FULL' });
  t.same(readdirSync(folder), ['film.part'], 'a crash may have left more than its length says');
});
