import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { folderLayout } from '../../../src/net/folder-layout.js';
import type { FolderTable } from '../../../src/net/folder-table.js';
import { KiB, MAX_ENTRY_FILES_PER_THREAD } from '../../../src/net/limits.js';
import type { Content } from '../../../src/workers/disk/content.js';
import { entryDescriptors } from '../../../src/workers/disk/entry-descriptors.js';
import { folderPathsOf } from '../../../src/net/folder-paths.js';
import { newFolderStamps, setStamp } from '../../../src/net/folder-stamps.js';
import { openContent } from '../../../src/workers/disk/open-content.js';
import { PLACES, type PlacedFiles } from '../../../src/workers/messages/content.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { emptyFolder, fileEntry, tableOf } from '../../net/sample-folder.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;

const table = tableOf(
  fileEntry('a/large', PIECE + 1_000),
  fileEntry('a/small', 5_000),
  fileEntry('empty'),
  emptyFolder('nothing'),
  fileEntry('z', 3_000),
);
const layout = folderLayout(table, PIECE)!;
const paths = folderPathsOf(table);
const bytesOf = new Map(table.map(({ path, size }) => [path, sampleBytes(size, path)]));
const pack = Buffer.concat([bytesOf.get('a/small')!, bytesOf.get('z')!]);
const large = bytesOf.get('a/large')!;

function filesUnder(root: string, files: FolderTable): string {
  for (const { path, kind } of files) {
    const at = join(root, path);
    mkdirSync(kind === 'file' ? dirname(at) : at, { recursive: true });
    if (kind === 'file') writeFileSync(at, bytesOf.get(path)!);
  }
  return root;
}

function stampsOf(root: string) {
  const stamps = newFolderStamps(table.length);
  for (const [entry, { path }] of table.entries()) {
    setStamp(stamps, entry, statSync(join(root, path), { bigint: true }));
  }
  return stamps;
}

function shared(t: Test, root = filesUnder(testFolder(t), table)) {
  const source = { type: 'folder', layout, paths, root, stamps: stampsOf(root) } as const;
  const content = openContent(source);
  t.teardown(() => content.close());
  return { root, content };
}

function growing(t: Test, root = testFolder(t), placed?: PlacedFiles) {
  const packFd = openSync(join(root, 'pack'), 'w+');
  const tree = join(root, 'tree');
  const destination = join(root, 'there');
  const where = { packFd, tree, treeName: tree, destination, placed };
  const content = openContent({ type: 'growing-folder', layout, paths, ...where });
  t.teardown(() => {
    content.close();
    closeSync(packFd);
  });
  return { root, tree, content };
}

function read(content: Content, at: number, length: number): Buffer {
  const into = Buffer.alloc(length + 2, 0xee);
  content.read(at, into, 1, length);
  t.equal(into[0], 0xee);
  t.equal(into.at(-1), 0xee);
  return into.subarray(1, length + 1);
}

t.test('bytes of the sequence are read from the files that hold them', (t) => {
  const { content } = shared(t);
  t.ok(read(content, 0, 8_000).equals(pack), 'two files in one range');
  t.ok(read(content, 4_990, 20).equals(pack.subarray(4_990, 5_010)));
  t.ok(read(content, PIECE, PIECE).equals(large.subarray(0, PIECE)), 'on a border of its own');
  t.ok(read(content, 2 * PIECE + 10, 990).equals(large.subarray(PIECE + 10)));
  t.end();
});

t.test('what is not as it was when it was looked at is not read, and named', (t) => {
  const changes: [string, (path: string) => void][] = [
    ['longer', (path) => writeFileSync(path, 'x', { flag: 'a' })],
    ['another time', (path) => utimesSync(path, 1, 1)],
    ['gone', (path) => rmSync(path)],
    ['a link', (path) => (rmSync(path), symlinkSync('small', path))],
    ['a folder', (path) => (rmSync(path), mkdirSync(path))],
  ];
  for (const [what, change] of changes) {
    const { root, content } = shared(t, filesUnder(join(testFolder(t), what), table));
    change(join(root, 'a/large'));
    t.throws(() => read(content, PIECE, 10), { name: 'StorageError', message: /a\/large/ }, what);
    t.ok(read(content, 0, 8_000).equals(pack), 'the others are');
  }
  t.end();
});

t.test('a file that shrinks while it is open is named too', (t) => {
  const { root, content } = shared(t);
  read(content, PIECE, 10);
  writeFileSync(join(root, 'a/large'), '');
  t.throws(() => read(content, PIECE, 10), { code: 'FILE_CHANGED', message: /a\/large/ });
  t.end();
});

t.test('a growing folder: small files in the pack, a large one under its path', (t) => {
  const { root, tree, content } = growing(t);
  content.write(0, pack, 0, pack.length);
  t.throws(() => statSync(tree), { code: 'ENOENT' }, 'made when the first byte comes');
  content.write(2 * PIECE, large, PIECE, 1_000);
  t.equal(statSync(join(tree, 'a/large')).size, large.length, 'as long as it will be');
  content.write(PIECE, large, 0, PIECE);
  t.ok(readFileSync(join(root, 'pack')).equals(pack));
  t.ok(readFileSync(join(tree, 'a/large')).equals(large));
  t.ok(read(content, 10, 7_000).equals(pack.subarray(10, 7_010)));
  t.ok(read(content, 2 * PIECE, 1_000).equals(large.subarray(PIECE)));
  t.end();
});

t.test(
  'what was not written is not made by reading it; in the end it is at the destination',
  (t) => {
    const root = testFolder(t);
    const { tree, content } = growing(t, root);
    t.throws(() => read(content, PIECE, 10), { code: 'FILE_NOT_FOUND' });
    t.throws(() => statSync(tree), { code: 'ENOENT' });
    filesUnder(join(root, 'there'), table);
    t.ok(read(content, PIECE, PIECE).equals(large.subarray(0, PIECE)));
    t.end();
  },
);

t.test('what is placed already is read there, as long as nobody changes it', (t) => {
  const folder = testFolder(t);
  const root = filesUnder(join(folder, 'there'), table);
  const places = new Uint8Array(table.length);
  places[0] = PLACES.whole;
  const placed = { stamps: stampsOf(root), places, pack: Uint8Array.of(0) };
  const { tree, content } = growing(t, folder, placed);
  t.ok(read(content, PIECE, PIECE).equals(large.subarray(0, PIECE)));
  t.throws(() => statSync(tree), { code: 'ENOENT' });
  content.close();
  utimesSync(join(root, 'a/large'), 1, 1);
  t.throws(() => read(content, PIECE, 10), { code: 'FILE_CHANGED', message: /there\/a\/large/ });
  t.end();
});

t.test('so are pieces of the pack; a file that lies in others too comes from both', (t) => {
  const pieces = [0, 1, 2].map((index) => sampleBytes(PIECE - 10, `small ${index}`));
  const three = tableOf(...pieces.map(({ length }, index) => fileEntry(`s${index}`, length)));
  const root = join(testFolder(t), 'there');
  mkdirSync(root);
  const stamps = newFolderStamps(three.length);
  for (const [entry, { path }] of three.entries()) {
    writeFileSync(join(root, path), pieces[entry]!);
    setStamp(stamps, entry, statSync(join(root, path), { bigint: true }));
  }
  const whole = Buffer.concat(pieces);
  const packPath = join(root, '../pack');
  // Nothing of the first piece, which is at the destination.
  writeFileSync(packPath, Buffer.concat([Buffer.alloc(PIECE), whole.subarray(PIECE)]));
  writeFileSync(join(root, 's2'), 'changed');
  const packFd = openSync(packPath, 'r+');
  t.teardown(() => closeSync(packFd));
  const places = Uint8Array.of(PLACES.whole, PLACES.partly, PLACES.nothing);
  const content = openContent({
    type: 'growing-folder',
    ...{ layout: folderLayout(three, PIECE)!, paths: folderPathsOf(three), packFd },
    ...{ tree: join(root, 'tree'), treeName: join(root, 'tree'), destination: root },
    placed: { stamps, places, pack: Uint8Array.of(1, 0, 0) },
  });
  t.teardown(() => content.close());
  t.ok(read(content, 0, whole.length).equals(whole));
  t.ok(read(content, PIECE - 10, 20).equals(whole.subarray(PIECE - 10, PIECE + 10)));
  t.end();
});

t.test('few files are open at a time, and none after the close', (t) => {
  const count = MAX_ENTRY_FILES_PER_THREAD + 10;
  const many = tableOf(...Array.from({ length: count }, (_, index) => fileEntry(`f${index}`, 10)));
  const root = testFolder(t);
  const stamps = newFolderStamps(count);
  for (const [entry, { path }] of many.entries()) {
    writeFileSync(join(root, path), path.padEnd(10));
    setStamp(stamps, entry, statSync(join(root, path), { bigint: true }));
  }
  const source = { layout: folderLayout(many, PIECE)!, paths: folderPathsOf(many), root, stamps };
  const contents = [1, 2].map(() => openContent({ type: 'folder', ...source }));
  const whole = many.map(({ path }) => path.padEnd(10)).join('');
  for (const content of contents) t.equal(read(content, 0, 10 * count).toString(), whole);
  t.equal(entryDescriptors.count, MAX_ENTRY_FILES_PER_THREAD);
  contents[0]!.close();
  t.equal(entryDescriptors.count, MAX_ENTRY_FILES_PER_THREAD, 'all of them of the second');
  t.equal(read(contents[0]!, 5, 10).toString(), whole.slice(5, 15), 'opened again');
  for (const content of contents) content.close();
  t.equal(entryDescriptors.count, 0);
  t.end();
});
