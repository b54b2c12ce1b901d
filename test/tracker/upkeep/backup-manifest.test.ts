import t from 'tap';
import {
  decodeManifest,
  encodeManifest,
  END_BYTES,
  manifestSpan,
  type BackupManifest,
} from '../../../src/tracker/upkeep/backup-manifest.js';

const sha256 = 'ab'.repeat(32);
const database = { name: 'tracker.db', size: 4_096, sha256 };
const identity = { name: 'identity.json', size: 700, sha256 };
const ticketKey = { name: 'ticket-key.pem', size: 119, sha256 };
const invite = { name: `invites/${sha256}.json`, size: 40, sha256 };
const whole: BackupManifest = {
  madeAtMs: 1_795_000_000_000,
  version: '1.2.3',
  schema: 16,
  identity: 'an id',
  files: [database, identity, ticketKey, invite],
};
const contentBytes = 4_096 + 700 + 119 + 40;

/** What is read of a backup with this list behind so many bytes. */
function read(manifest: object, bytes = contentBytes): BackupManifest | undefined {
  const tail = encodeManifest(manifest as BackupManifest);
  const span = manifestSpan(bytes + tail.length, tail.subarray(-END_BYTES));
  if (span === undefined) return undefined;
  t.equal(span.start, bytes);
  return decodeManifest(tail.subarray(0, span.length), span.hash, span.start);
}

void t.test('a list comes back as it was written', (t) => {
  t.same(read(whole), whole);
  t.end();
});

void t.test('no bit of the list or of its end may differ', (t) => {
  const tail = encodeManifest(whole);
  for (let place = 0; place < tail.length; place++) {
    const bytes = Buffer.from(tail);
    bytes[place]! ^= 1;
    const span = manifestSpan(contentBytes + tail.length, bytes.subarray(-END_BYTES));
    const list = span && bytes.subarray(0, span.length);
    const found = span && list && decodeManifest(list, span.hash, span.start);
    t.equal(found, undefined, `byte ${place}`);
  }
  t.end();
});

void t.test('an end that is too short, or speaks of more than is there, is none', (t) => {
  const tail = encodeManifest(whole);
  t.equal(manifestSpan(10, tail.subarray(-10)), undefined);
  t.equal(manifestSpan(tail.length - 1, tail.subarray(-END_BYTES)), undefined);
  const huge = Buffer.from(tail.subarray(-END_BYTES));
  huge.writeBigUInt64BE(2n ** 60n);
  t.equal(manifestSpan(2 ** 62, huge), undefined);
  t.end();
});

void t.test('a list that was written by somebody else is believed only if it can be one', (t) => {
  const withFiles = (...files: object[]): object => ({ ...whole, files });
  for (const [what, manifest] of Object.entries({
    'another format': { ...whole, format: 2 },
    'no time': { ...whole, madeAtMs: -1 },
    'no version': { ...whole, version: 1 },
    'no schema': { ...whole, schema: 1.5 },
    'no files': { ...whole, files: {} },
    'a file that is none': withFiles(database, identity, ticketKey, { name: 'x' }),
    'no key': withFiles(database, identity, { ...invite, size: 159 }),
    'a key that comes twice': withFiles(database, identity, ticketKey, ticketKey),
    'the database behind': withFiles(identity, database, ticketKey, invite),
    'a path that leads out': withFiles(database, identity, ticketKey, { ...invite, name: '../x' }),
    'a path below': withFiles(database, identity, ticketKey, {
      ...invite,
      name: `invites/../${sha256}.json`,
    }),
    'no sum': withFiles(database, identity, ticketKey, { ...invite, sha256: 'x' }),
    'a size below nothing': withFiles(database, identity, ticketKey, { ...invite, size: -40 }),
    'a huge key': withFiles({ ...database, size: 1 }, { ...identity, size: 65_537 }, ticketKey),
    'bytes that nobody has': withFiles(database, identity, ticketKey),
  })) {
    t.equal(read(manifest), undefined, what);
  }
  t.end();
});
