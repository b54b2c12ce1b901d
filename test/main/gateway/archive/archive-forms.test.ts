/** What other programs read out of archives of ours. */
import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { archiveLength, type Archive } from '../../../../src/main/gateway/archive/archive-bytes.js';
import type { ArchiveForm } from '../../../../src/main/gateway/archive/archive-form.js';
import { tarForm } from '../../../../src/main/gateway/archive/tar-form.js';
import { zipForm } from '../../../../src/main/gateway/archive/zip-form.js';
import { GiB, KiB } from '../../../../src/net/limits.js';
import type { FolderEntry } from '../../../../src/net/folder-table.js';
import { archiveOf, bytesOfTree, collected } from '../../../fixtures/archived-folder.js';
import type { Tree } from '../../../fixtures/folder-tree.js';
import { readArchive, whyNoReader, type ArchivedEntry } from '../../../fixtures/read-archive.js';
import { sampleBytes } from '../../../fixtures/sample-bytes.js';
import { testFolder } from '../../../fixtures/test-folder.js';

const FORMS: readonly ArchiveForm[] = [zipForm, tarForm];
const skip = await whyNoReader();
/** An even second of 2001. */
const OLD_MS = 1_000_000_000_000;
/** What Python shows of zip files is the time of DOS. */
const NO_TIME_MS = { zip: Date.UTC(1980, 0, 1), tar: 0 };

async function written(t: Test, archive: Archive, tree: Tree): Promise<string> {
  const path = join(testFolder(t), `album.${archive.form.name}`);
  const bytes = await collected(archive, bytesOfTree(archive, tree), { first: 0, end: Infinity });
  t.equal(bytes.length, await archiveLength(archive), 'its length is known before');
  await writeFile(path, bytes);
  return path;
}

function expected(tree: Tree, archive: Archive): ArchivedEntry[] {
  return [...archive.folder.table].map(({ path, kind, size, isExecutable, mtimeMs }) => {
    const isFolder = kind === 'empty-folder';
    const { name } = archive.form;
    return {
      path: `album/${path}${isFolder && name === 'zip' ? '/' : ''}`,
      ...{ isFolder, size, mode: isFolder || isExecutable ? 0o755 : 0o644 },
      seconds: Math.max(mtimeMs, NO_TIME_MS[name]) / 1_000,
      ...(!isFolder && { sha256: createHash('sha256').update(tree[path]!).digest('hex') }),
    };
  });
}

const byPath = (a: ArchivedEntry, b: ArchivedEntry): number => (a.path < b.path ? -1 : 1);
const sorted = (entries: readonly ArchivedEntry[]): ArchivedEntry[] => entries.toSorted(byPath);

const long = 'a folder with a name of some length';
const tree: Tree = {
  'a.mkv': sampleBytes(300 * KiB + 7, 'a'),
  'b.txt': Buffer.from('b'),
  empty: Buffer.alloc(0),
  'nothing here/': Buffer.alloc(0),
  'sub/nothing in ä/': Buffer.alloc(0),
  'sub/run.sh': Buffer.from('#!/bin/sh\n'),
  'sub/ärger 😀.txt': Buffer.from('ä'),
  [`${`${long}/`.repeat(3)}in it`]: Buffer.from('deep'),
  [`${`${long}/`.repeat(9)}in it`]: Buffer.from('deeper'),
  ['n'.repeat(101)]: Buffer.from('101'),
  ['n'.repeat(255)]: Buffer.from('255'),
  'block of 512': sampleBytes(512, '512'),
  'z large': sampleBytes(64 * KiB, 'z'),
};

const facts = (path: string): Partial<FolderEntry> =>
  path.endsWith('/') || path.includes('nothing')
    ? {}
    : { mtimeMs: OLD_MS, isExecutable: path.endsWith('.sh') };

for (const form of FORMS) {
  t.test(`a ${form.name} file holds the whole folder`, { skip }, async (t) => {
    const archive = archiveOf(form, tree, facts);
    const path = await written(t, archive, tree);
    t.same(sorted(await readArchive(path, form.name)), sorted(expected(tree, archive)));
  });

  t.test(`a ${form.name} file of more entries than 16 bits can count`, { skip }, async (t) => {
    const many: Tree = Object.fromEntries(
      Array.from({ length: 66_000 }, (_, index) => [`${index}`, Buffer.alloc(0)]),
    );
    const archive = archiveOf(form, many);
    const found = await readArchive(await written(t, archive, many), form.name);
    t.equal(found.length, 66_000);
  });

  t.test(`a ${form.name} file of more than 32 and 33 bits`, { skip }, async (t) => {
    const last = Buffer.from('behind all of it');
    const sizes: Readonly<Record<string, number>> = {
      'a large': 5 * GiB,
      'b larger': 9 * GiB,
      'c longest': 2 ** 32 - 1,
      'd last': 100 * KiB,
    };
    const names = Object.fromEntries(Object.keys(sizes).map((name) => [name, Buffer.alloc(0)]));
    const archive = archiveOf(form, names, (path) => ({ size: sizes[path]! }));
    const path = join(testFolder(t), 'sparse');
    const file = await open(path, 'w');
    t.teardown(() => file.close());
    // The bytes of the files are holes; the headers are where they belong.
    let at = 0;
    const parts = form.parts(archive.folder);
    for (let next = parts.next(0); next.done !== true; next = parts.next(crcOf(last))) {
      const part = next.value;
      if (part.kind === 'bytes') await file.write(part.bytes, 0, part.bytes.length, at);
      at += part.kind === 'bytes' ? part.bytes.length : part.size;
    }
    const found = await readArchive(path, form.name, 0);
    t.same(
      found.map(({ path, size }) => [path, size]),
      Object.entries(sizes).map(([name, size]) => [`album/${name}`, size]),
    );
    t.equal(await archiveLength(archive), at);
  });
}

/** Nobody reads what it is of. */
function crcOf(bytes: Buffer): number {
  return bytes.length;
}

t.test('what is longer than a header holds is said in one of pax alone', (t) => {
  const lengthsOf = (path: string): number[] => {
    const parts = tarForm.parts(archiveOf(tarForm, { [path]: Buffer.alloc(0) }).folder);
    const lengths: number[] = [];
    for (let next = parts.next(0); next.done !== true; next = parts.next(0)) {
      if (next.value.kind === 'bytes') lengths.push(next.value.bytes.length);
    }
    return lengths;
  };
  const end = 1_024;
  t.same(lengthsOf('short'), [512, end]);
  t.same(lengthsOf(`${'n'.repeat(90)}/${'m'.repeat(90)}`), [512, end], 'it is cut at a slash');
  t.same(lengthsOf('n'.repeat(101)), [1_536, end]);
  t.same(lengthsOf('ä'), [1_536, end]);
  t.end();
});
