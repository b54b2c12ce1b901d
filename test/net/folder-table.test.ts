import fc from 'fast-check';
import t from 'tap';
import { decodeFolderTable, type FolderEntry } from '../../src/net/folder-table.js';
import { encodeFolderTable } from '../../src/net/folder-table-encoding.js';
import { entrySizes } from '../../src/net/folder-form.js';
import { TrackerError } from '../../src/net/errors.js';
import { MAX_FOLDER_ENTRIES } from '../../src/net/limits.js';
import { anyTable, emptyFolder, fileEntry, tableOf, plainEntries } from './sample-folder.js';
import { codeThrownBy } from './thrown-by.js';

t.test('what is encoded decodes to the same table', (t) => {
  fc.assert(
    fc.property(anyTable, (table) => {
      t.same(plainEntries(decodeFolderTable(encodeFolderTable(table))), table);
    }),
  );
  t.end();
});

t.test('whatever decodes encodes to the same bytes; all else is a typed error', (t) => {
  const damage = fc.record({ at: fc.nat(120), to: fc.nat(255), cut: fc.nat(3), extra: fc.nat(2) });
  fc.assert(
    fc.property(anyTable, damage, (table, { at, to, cut, extra }) => {
      const whole = encodeFolderTable(table);
      const damaged = Buffer.concat([
        whole.subarray(0, whole.length - cut),
        Buffer.alloc(extra, to),
      ]);
      if (at < damaged.length) damaged[at] = to;
      try {
        return encodeFolderTable(decodeFolderTable(damaged)).equals(damaged);
      } catch (error) {
        return error instanceof TrackerError && error.code === 'BAD_REQUEST';
      }
    }),
    { numRuns: 1_000 },
  );
  t.end();
});

t.test('a path takes only the bytes that the one before has not', (t) => {
  const folder = 'a'.repeat(200);
  const one = encodeFolderTable([fileEntry(`${folder}/one`)]);
  const two = encodeFolderTable([fileEntry(`${folder}/one`), fileEntry(`${folder}/two`)]);
  t.equal(two.length - one.length, 3 + 1 + 'two'.length + 12);
  t.end();
});

t.test('the bytes are those of docs/protocol.md', (t) => {
  const table = tableOf(
    fileEntry('d/run', 258, { isExecutable: true, mtimeMs: 2 }),
    emptyFolder('d/void'),
  );
  t.equal(
    encodeFolderTable(table).toString('hex'),
    `00000002 01 00 02 0164 0372756e 000000000102 000000000002 02 01 01 04766f6964`.replace(
      / /g,
      '',
    ),
  );
  t.end();
});

/** One character that comes apart into three. */
const NOTE = '\u{1d160}';

/** Tables that an encoder without checks makes of entries that are not allowed. */
const refused: readonly (readonly [string, readonly FolderEntry[]])[] = [
  ['nothing', []],
  ['an absolute path', [fileEntry('/etc/passwd')]],
  ['a way out', [fileEntry('../a')]],
  ['a way out inside', [fileEntry('a/../../b')]],
  ['a folder itself', [fileEntry('a/.')]],
  ['an empty component', [fileEntry('a//b')]],
  ['a path that ends with a slash', [fileEntry('a/')]],
  ['a backslash', [fileEntry('a\\b')]],
  ['a zero byte', [fileEntry('a\0b')]],
  ['a line break', [fileEntry('a\nb')]],
  ['an override of the direction', [fileEntry('a\u202eb')]],
  ['white space at an end', [fileEntry('a ')]],
  ['a path twice', [fileEntry('a'), fileEntry('a')]],
  ['entries out of order', [fileEntry('b'), fileEntry('a')]],
  ['folders out of order', [fileEntry('b/a'), fileEntry('a/b')]],
  ['a folder that comes again', [fileEntry('a/a'), fileEntry('b/a'), fileEntry('a/b')]],
  ['a file that is a folder', [fileEntry('a'), fileEntry('a/b')]],
  ['an empty folder that is not', [emptyFolder('a'), fileEntry('a/b')]],
  ['a folder that is a file', [fileEntry('a/b'), fileEntry('a')]],
  ['names that differ in case only', [fileEntry('A'), fileEntry('a')]],
  ['names far apart that do', [fileEntry('B/x'), fileEntry('a'), fileEntry('b/y')]],
  ['names that differ in case only, in a folder', [fileEntry('x/R'), fileEntry('x/r')]],
  ['letters whose capitals are the same', [fileEntry('strasse'), fileEntry('straße')]],
  ['names that differ in composition only', [fileEntry('a\u0308'), fileEntry('ä')]],
  [
    'long names that differ in composition only',
    tableOf(...[NOTE, NOTE.normalize('NFC')].map((note) => fileEntry(note + NOTE.repeat(49)))),
  ],
  ['a folder and a file that differ in case only', [fileEntry('A/b'), fileEntry('a')]],
  ['more levels than allowed', [fileEntry(Array(33).fill('a').join('/'))]],
  ['a path that is too long', [fileEntry(Array(17).fill('a'.repeat(250)).join('/'))]],
];

for (const [what, entries] of refused) {
  t.test(`${what}: refused`, (t) => {
    t.equal(
      codeThrownBy(() => decodeFolderTable(encodeFolderTable(entries))),
      'BAD_REQUEST',
    );
    t.end();
  });
}

/** The bytes of a table after a change to them. */
function changed(change: (encoded: Buffer) => Buffer | void): Buffer {
  const encoded = encodeFolderTable([fileEntry('a/b', 7), fileEntry('a/c', 7)]);
  return change(encoded) ?? encoded;
}
const second = 4 + 3 + 4 + 12;

const damaged: readonly (readonly [string, Buffer])[] = [
  ['no bytes', Buffer.alloc(0)],
  ['only a count', Buffer.of(0, 0, 0, 1)],
  ['more entries than bytes', changed((bytes) => void bytes.writeUInt32BE(99_999))],
  ['more entries than allowed', changed((bytes) => void bytes.writeUInt32BE(0xffff_ffff))],
  ['an entry less', changed((bytes) => void bytes.writeUInt32BE(1))],
  ['a byte too many', changed((bytes) => Buffer.concat([bytes, Buffer.of(0)]))],
  ['a byte less', changed((bytes) => bytes.subarray(0, -1))],
  ['an unknown flag', changed((bytes) => void bytes.writeUInt8(4, 4))],
  ['an empty folder that is executable', changed((bytes) => void bytes.writeUInt8(3, 4))],
  ['a first entry that shares', changed((bytes) => void bytes.writeUInt8(1, 5))],
  ['an entry without a name', changed((bytes) => void bytes.writeUInt8(0, second + 2))],
  ['an entry that shares all', changed((bytes) => void bytes.writeUInt8(2, second + 1))],
  ['less shared than there is', spelledOut()],
  ['a name that is not UTF-8', changed((bytes) => void bytes.writeUInt8(0xc3, second + 4))],
  ['half of a surrogate pair', loneSurrogate()],
  ['an empty name', changed((bytes) => void bytes.writeUInt8(0, second + 3))],
];

/** The second path written whole although it shares a folder. */
function spelledOut(): Buffer {
  const [one, two] = [fileEntry('a/b', 7), fileEntry('a/c', 7)].map((entry) =>
    encodeFolderTable([entry]).subarray(4),
  );
  return Buffer.concat([Buffer.of(0, 0, 0, 2), one!, two!]);
}

function loneSurrogate(): Buffer {
  const bytes = encodeFolderTable([fileEntry('abc')]);
  bytes.set([0xed, 0xa0, 0x80], 8);
  return bytes;
}

for (const [what, bytes] of damaged) {
  t.test(`${what}: refused`, (t) => {
    t.equal(
      codeThrownBy(() => decodeFolderTable(bytes)),
      'BAD_REQUEST',
    );
    t.end();
  });
}

t.test('a table of the most entries is taken, with one more it is not', (t) => {
  const entries = Array.from({ length: MAX_FOLDER_ENTRIES }, (_, index) =>
    fileEntry(`d/${String(index).padStart(6, '0')}`),
  );
  t.equal(decodeFolderTable(encodeFolderTable(entries)).length, MAX_FOLDER_ENTRIES);
  const more = encodeFolderTable([...entries, fileEntry('e')]);
  t.equal(
    codeThrownBy(() => decodeFolderTable(more)),
    'BAD_REQUEST',
  );
  t.end();
});

t.test('few bytes do not stand for paths without end', (t) => {
  const folder = Array(15).fill('f'.repeat(254)).join('/');
  const entries = Array.from({ length: 5_000 }, (_, index) =>
    emptyFolder(`${folder}/${index + 10_000}`),
  );
  const encoded = encodeFolderTable(entries);
  t.ok(encoded.length < 100_000);
  for (const read of [decodeFolderTable, entrySizes])
    t.equal(
      codeThrownBy(() => read(encoded)),
      'BAD_REQUEST',
    );
  t.equal(decodeFolderTable(encodeFolderTable(entries.slice(0, 4_000))).length, 4_000);
  t.end();
});

t.test('paths of the most levels and bytes are taken', (t) => {
  const deep = Array(32).fill('a').join('/');
  const long = [...Array<string>(16).fill('b'.repeat(254)), 'c'.repeat(16)].join('/');
  const table = [fileEntry(deep), fileEntry(long)];
  t.same(plainEntries(decodeFolderTable(encodeFolderTable(table))), table);
  t.end();
});
