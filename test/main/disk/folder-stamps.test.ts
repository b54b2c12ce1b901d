/** The stamp that stands for a folder, by a look at it and by what was noted as its files were made. */
import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { FolderStamping, lookAtFolder, stampOfMade } from '../../../src/main/disk/folder-stamps.js';
import { newFolderStamps, setStamp } from '../../../src/net/folder-stamps.js';
import { emptyFolder, fileEntry, tableOf } from '../../net/sample-folder.js';
import { testFolder } from '../../fixtures/test-folder.js';

const table = tableOf(fileEntry('a/b', 7), fileEntry('none'), emptyFolder('void'));

t.test('what was noted of its files gives the stamp that a look gives', async (t) => {
  const root = testFolder(t);
  const stamps = newFolderStamps(table.length);
  for (const [index, { path, kind, size }] of table.entries()) {
    const at = join(root, path);
    mkdirSync(kind === 'file' ? dirname(at) : at, { recursive: true });
    if (kind !== 'file') continue;
    writeFileSync(at, Buffer.alloc(size));
    utimesSync(at, 1_700_000_000, 1_700_000_000);
    setStamp(stamps, index, statSync(at, { bigint: true }));
  }
  const { dev } = statSync(root, { bigint: true });
  const look = await lookAtFolder(root, table);
  t.same(look, { stamp: stampOfMade(table, stamps, dev), stamps });
  t.equal(look.stamp.size, 7);
  utimesSync(join(root, 'a/b'), 1_700_000_001, 1_700_000_001);
  const later = await lookAtFolder(root, table);
  t.equal(later.firstRetimed, 'a/b');
  t.not(later.stamp.mtimeNs, look.stamp.mtimeNs);
});

t.test('the same files have the stamp that earlier versions have kept', async (t) => {
  const stamping = new FolderStamping(4_097);
  for (let entry = 0; entry < 4_097; entry += (entry % 3) + 1) {
    const n = BigInt(entry);
    const times = { mtimeNs: 17n * n ** 3n, ctimeNs: 2n ** 64n - n - 1n };
    stamping.put(entry, { size: n, ...times, ino: 2n ** 63n + n, dev: n % 2n });
  }
  t.same(stamping.stamp(), {
    size: 5595136,
    mtimeNs: 7255522615376843435n,
    inode: 2579233950018500464n,
    ctimeNs: 4180537872351458311n,
    device: 5968325987943013294n,
  });
});
