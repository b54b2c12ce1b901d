import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  decodeDescription,
  judgeDescription,
  layoutOf,
  describe,
  describeFolder,
  encodeDescription,
  fileIdOf,
  isSha256Hex,
  type Description,
} from '../../src/net/description.js';
import { TrackerError } from '../../src/net/errors.js';
import { folderLayout } from '../../src/net/folder-layout.js';
import { KiB, MAX_DESCRIPTION_BYTES } from '../../src/net/limits.js';
import { pieceLayout } from '../../src/net/piece-layout.js';
import { bytes } from './arbitrary-frames.js';
import { anyTable, emptyFolder, fileEntry, tableOf } from './sample-folder.js';
import { codeThrownBy } from './thrown-by.js';

const anyDescription: fc.Arbitrary<Description> = fc
  .tuple(fc.nat(20 * 256 * KiB), fc.constantFrom(256 * KiB, 1024 * KiB), fc.option(bytes(32, 32)))
  .chain(([size, pieceLength, sha256]) => {
    const layout = pieceLayout(size, pieceLength)!;
    const hashBytes = layout.pieceCount * 20;
    return bytes(hashBytes, hashBytes).map((hashes) =>
      describe(layout, hashes, sha256 ?? undefined),
    );
  });

const twoPieces = describe(pieceLayout(300 * KiB, 256 * KiB)!, Buffer.alloc(40, 7));

t.test('what is encoded decodes to the same description', (t) => {
  fc.assert(
    fc.property(anyDescription, (description) => {
      t.same(decodeDescription(encodeDescription(description)), description);
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('whatever decodes encodes to the same bytes; all else is a typed error', (t) => {
  const damage = fc.record({
    at: fc.nat(200),
    to: fc.nat(255),
    cut: fc.nat(3),
    extra: bytes(0, 2),
  });
  fc.assert(
    fc.property(anyDescription, damage, (description, { at, to, cut, extra }) => {
      const whole = encodeDescription(description);
      const damaged = Buffer.concat([whole.subarray(0, whole.length - cut), extra]);
      if (at < damaged.length) damaged[at] = to;
      try {
        return encodeDescription(decodeDescription(damaged)).equals(damaged);
      } catch (error) {
        return error instanceof TrackerError && error.code === 'BAD_REQUEST';
      }
    }),
  );
  t.end();
});

const table = tableOf(
  fileEntry('a/one', 7),
  fileEntry('a/two', 300 * KiB, { isExecutable: true }),
  emptyFolder('b'),
);
const album = describeFolder(table, folderLayout(table, 256 * KiB)!.pieces, Buffer.alloc(60, 7));

t.test('the description of a folder decodes to the same, with its table and layout', (t) => {
  t.same(decodeDescription(encodeDescription(album)), album);
  t.same(album.layout.lengths, Uint32Array.of(7, 256 * KiB, 44 * KiB));
  fc.assert(
    fc.property(anyTable, (folder) => {
      const layout = folderLayout(folder, 512 * KiB)!.pieces;
      const hashes = Buffer.alloc(20 * layout.pieceCount, 1);
      const encoded = encodeDescription(describeFolder(folder, layout, hashes));
      t.ok(encodeDescription(decodeDescription(encoded)).equals(encoded));
      const files = folder.filter(({ kind }) => kind === 'file').length;
      t.same(judgeDescription(encoded), { size: layout.size, files });
      t.same(layoutOf(encoded), decodeDescription(encoded).layout);
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('a damaged description of a folder is a typed error, or canonical', (t) => {
  const whole = encodeDescription(album);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, to) => {
      const damaged = Buffer.from(whole);
      damaged[at] = to;
      try {
        const decoded = decodeDescription(damaged);
        const isCanonical = encodeDescription(decoded).equals(damaged);
        return isCanonical && judgeDescription(damaged).size === decoded.layout.size;
      } catch (error) {
        return error instanceof TrackerError && error.code === 'BAD_REQUEST';
      }
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('whoever only keeps a description does not mind the names in it', (t) => {
  const encoded = encodeDescription(album);
  encoded.write('o/e', encoded.indexOf('one'));
  t.throws(() => decodeDescription(encoded), { code: 'BAD_REQUEST' });
  t.same(judgeDescription(encoded), { size: album.layout.size, files: 2 });
  t.end();
});

/** The bytes of a description after a change to them. */
function changed(change: (encoded: Buffer) => Buffer | void): Buffer {
  const encoded = Buffer.from(encodeDescription(twoPieces));
  return change(encoded) ?? encoded;
}

const refused: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['a truncated head', changed((encoded) => encoded.subarray(0, 37))],
  ['a missing byte', changed((encoded) => encoded.subarray(0, -1))],
  ['a byte too many', changed((encoded) => Buffer.concat([encoded, Buffer.of(0)]))],
  ['another magic', changed((encoded) => void encoded.write('p2px'))],
  ['a later version', changed((encoded) => void encoded.writeUInt8(3, 4))],
  ['a file that claims to be a folder', changed((encoded) => void encoded.writeUInt8(2, 4))],
  ['an unknown flag', changed((encoded) => void encoded.writeUInt8(2, 5))],
  ['a SHA-256 flag without one', changed((encoded) => void encoded.writeUInt8(1, 5))],
  ['a size beyond 2^53', changed((encoded) => void encoded.writeBigUInt64BE(1n << 60n, 6))],
  ['a size of other pieces', changed((encoded) => void encoded.writeBigUInt64BE(1n << 20n, 6))],
  ['a piece length out of bounds', changed((encoded) => void encoded.writeUInt32BE(12345, 14))],
  ['a wrong hash of the whole', changed((encoded) => void encoded.writeUInt8(0xff, 18))],
  ['a changed piece hash', changed((encoded) => void encoded.writeUInt8(0xff, 38))],
  ['more than the bound', Buffer.alloc(MAX_DESCRIPTION_BYTES + 1)],
];

/** The bytes of a folder's description after a change to them. */
function changedFolder(change: (encoded: Buffer) => Buffer | void): Buffer {
  const encoded = encodeDescription(album);
  return change(encoded) ?? encoded;
}

const refusedFolders: readonly (readonly [string, Buffer])[] = [
  ['a folder with a flag', changedFolder((encoded) => void encoded.writeUInt8(1, 5))],
  ['a folder of another size', changedFolder((encoded) => void encoded.writeUInt8(9, 13))],
  ['a folder cut into other pieces', changedFolder((encoded) => void encoded.writeUInt8(8, 15))],
  ['a folder with no piece length', changedFolder((encoded) => void encoded.writeUInt32BE(3, 14))],
  ['a folder without a table', changedFolder((encoded) => encoded.subarray(0, 40))],
  ['a table cut off', changedFolder((encoded) => void encoded.writeUInt32BE(5_000, 38))],
  ['a table that is shorter', changedFolder((encoded) => void encoded.writeUInt32BE(20, 38))],
  ['a piece hash less', changedFolder((encoded) => encoded.subarray(0, -20))],
  ['a folder as a file', changedFolder((encoded) => void encoded.writeUInt8(1, 4))],
];

for (const [what, encoded] of [...refused, ...refusedFolders]) {
  t.test(`${what} is refused`, (t) => {
    for (const read of [decodeDescription, judgeDescription]) {
      t.equal(
        codeThrownBy(() => read(encoded)),
        'BAD_REQUEST',
      );
    }
    t.end();
  });
}

t.test('an empty file has a description', (t) => {
  const empty = describe(pieceLayout(0, 256 * KiB)!, Buffer.alloc(0));
  t.same(decodeDescription(encodeDescription(empty)), empty);
  t.end();
});

t.test('a description inside a larger buffer is read where it lies', (t) => {
  const encoded = encodeDescription(twoPieces);
  const around = Buffer.concat([Buffer.alloc(13), encoded]);
  t.same(decodeDescription(around.subarray(13)), twoPieces);
  t.end();
});

t.test('the file id is the SHA-256 of the canonical bytes', (t) => {
  const encoded = encodeDescription(twoPieces);
  const id = fileIdOf(encoded);
  t.equal(id, createHash('sha256').update(encoded).digest('hex'));
  t.ok(isSha256Hex(id));
  t.end();
});

t.test('the file id tells apart what differs only in the cut or in the SHA-256', (t) => {
  const hash = Buffer.alloc(20, 1);
  const ids = [
    describe(pieceLayout(9, 256 * KiB)!, hash),
    describe(pieceLayout(9, 512 * KiB)!, hash),
    describe(pieceLayout(9, 256 * KiB)!, hash, Buffer.alloc(32)),
  ].map((description) => fileIdOf(encodeDescription(description)));
  t.equal(new Set(ids).size, 3);
  t.end();
});

t.test('only 64 lower-case hex digits are an id', (t) => {
  const id = 'a'.repeat(64);
  for (const other of [
    '',
    id.slice(1),
    `${id}a`,
    id.toUpperCase(),
    `${id}\n`,
    'g'.repeat(64),
    7,
    null,
  ]) {
    t.equal(isSha256Hex(other), false);
  }
  t.equal(isSha256Hex(id), true);
  t.end();
});
