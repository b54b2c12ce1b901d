import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ContentFile } from '../../../src/workers/disk/content-file.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const content = sampleBytes(10_000);

/** The content in a file that was opened with these flags. */
async function fileWith(t: Test, flags: string) {
  const path = join(testFolder(t, { file: content }), 'file');
  const file = await open(path, flags);
  t.teardown(() => file.close());
  return { path, fd: file.fd, disk: new ContentFile(file.fd) };
}

t.test('reads any range to its place in a buffer, and touches nothing else', async (t) => {
  const { disk } = await fileWith(t, 'r');
  const into = Buffer.alloc(3_000, 0xee);
  disk.read(7_001, into, 500, 2_000);
  t.ok(into.subarray(500, 2_500).equals(content.subarray(7_001, 9_001)));
  t.ok(into.subarray(0, 500).every((byte) => byte === 0xee));
  t.ok(into.subarray(2_500).every((byte) => byte === 0xee));
});

t.test('reads up to the last byte, and nothing for no bytes', async (t) => {
  const { disk } = await fileWith(t, 'r');
  const into = Buffer.alloc(100);
  disk.read(9_900, into, 0, 100);
  t.ok(into.equals(content.subarray(9_900)));
  disk.read(10_000, into, 0, 0);
});

t.test('a file that ends before is FILE_CHANGED, whether some bytes came or none', async (t) => {
  const { disk } = await fileWith(t, 'r');
  const into = Buffer.alloc(200);
  for (const at of [9_801, 10_000, 50_000]) {
    t.throws(() => disk.read(at, into, 0, 200), { name: 'StorageError', code: 'FILE_CHANGED' });
  }
});

t.test('writes in any order, over what is there and behind the end', async (t) => {
  const { path, disk } = await fileWith(t, 'r+');
  const bytes = sampleBytes(4_000, 'other');
  disk.write(12_000, bytes, 2_000, 2_000);
  disk.write(9_000, bytes, 0, 2_000);
  const written = await readFile(path);
  t.ok(written.subarray(0, 9_000).equals(content.subarray(0, 9_000)));
  t.ok(written.subarray(9_000, 11_000).equals(bytes.subarray(0, 2_000)));
  t.ok(written.subarray(11_000, 12_000).every((byte) => byte === 0));
  t.ok(written.subarray(12_000).equals(bytes.subarray(2_000)));
});

t.test('what the disk says has one text for reading and one for writing', async (t) => {
  const { fd, disk: readOnly } = await fileWith(t, 'r');
  const name = 'StorageError';
  const code = 'IO_ERROR';
  t.throws(() => readOnly.write(0, content, 0, 1), {
    name,
    code,
    message: /^cannot write the file: EBADF/,
  });
  const closed = new ContentFile(fd + 1_000);
  const message = /^cannot read the file: EBADF/;
  t.throws(() => closed.read(0, Buffer.alloc(1), 0, 1), { name, code, message });
});

t.test('a full disk says what to do', { skip: process.platform !== 'linux' }, async (t) => {
  const full = await open('/dev/full', 'w');
  t.teardown(() => full.close());
  const disk = new ContentFile(full.fd);
  t.throws(() => disk.write(0, content, 0, 100), { code: 'DISK_FULL', message: /free some space/ });
});
