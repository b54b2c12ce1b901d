/**
 * Measures what a newer version of a folder costs a downloader that has the old one: bytes that the
 * sharer's `serve` has sent, against the bytes of the pieces that changed. Real processes on the
 * loopback; the trees are compared in the end.
 *
 *   node dist/native-bench/replaced-folder.js [--mib 2048] [--dir FOLDER]
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KiB, MiB } from '../src/net/limits.js';
import { choosePieceLength } from '../src/net/piece-layout.js';
import { inPackage } from '../src/net/package-root.js';
import { Processes } from './processes.js';
import { downloadReport, GROUP, ProductSwarm } from './product-swarm.js';

/** The size is that of the large files, a sixteenth each; small ones lie beside them. */
const LARGE_FILES = 16;
const SMALL_FILES = 400;
const SMALL_BYTES = 8 * KiB;

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '2048' }, dir: { type: 'string', default: tmpdir() } },
});
const largeBytes = (Number(values.mib) * MiB) / LARGE_FILES;
const folder = await mkdtemp(join(values.dir, 'replaced-folder-'));
const processes = new Processes();
try {
  await measure();
} finally {
  await processes.closeAll();
  await rm(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const album = join(folder, 'album');
  await makeAlbum(album);
  const swarm = await ProductSwarm.open({
    ...{ program: inPackage('bin/p2p.js'), folder, processes },
    ...{ transport: 'tls', members: ['ann', 'bob'] },
  });
  await swarm.shareAndServe('ann', [album]);
  const home = join(folder, 'bob');
  await mkdir(home);
  const download = ['download', GROUP, 'album', home, '--json'];
  const first = downloadReport((await swarm.run('bob', download)).stdout);
  const changed = await changeOnePercent(album, first.size);
  await swarm.run('ann', ['upload', '--replace', album, GROUP]);
  const before = await swarm.sentBytes('ann');
  const second = downloadReport((await swarm.run('bob', [...download, '--overwrite'])).stdout);
  const sent = (await swarm.sentBytes('ann')) - before;
  await compare(album, join(home, 'album'));
  const inMiB = (bytes: number): string => `${(bytes / MiB).toFixed(1)} MiB`;
  console.log(
    `first download: ${inMiB(first.fetched)} in ${(first.elapsedMs / 1000).toFixed(1)} s`,
  );
  console.log(`changed pieces: ${inMiB(changed)} of ${inMiB(second.size)}`);
  console.log(
    `newer version:  ${inMiB(sent)} sent, ${inMiB(second.fetched)} fetched, ${inMiB(second.reused)} copied, ` +
      `in ${(second.elapsedMs / 1000).toFixed(1)} s: ${(sent / changed).toFixed(3)} x the changed pieces`,
  );
}

async function makeAlbum(album: string): Promise<void> {
  await mkdir(join(album, 'small'), { recursive: true });
  for (let index = 0; index < LARGE_FILES; index++) {
    await fill(join(album, `large-${index}`), largeBytes, `large ${index}`);
  }
  for (let index = 0; index < SMALL_FILES; index++) {
    await fill(join(album, `small/${index}`), SMALL_BYTES, `small ${index}`);
  }
}

/** Bytes that do not repeat: each block of 32 is the hash of its place. */
async function fill(path: string, bytes: number, seed: string): Promise<void> {
  const file = await open(path, 'w');
  const block = Buffer.alloc(64 * KiB);
  for (let at = 0; at < bytes; at += block.length) {
    let last = createHash('sha256').update(`${seed} ${at}`).digest();
    for (let to = 0; to < block.length; to += last.length) {
      last.copy(block, to);
      if (to % KiB === 0) last = createHash('sha256').update(last).digest();
      else last[0]! ^= to & 0xff;
    }
    await file.write(block, 0, Math.min(block.length, bytes - at));
  }
  await file.close();
}

/** Writes into as many pieces as hold one percent, spread over the large files; answers their bytes. */
async function changeOnePercent(album: string, size: number): Promise<number> {
  const pieceLength = choosePieceLength(size);
  const pieces = Math.round(size / 100 / pieceLength);
  const ofEach = Math.floor(largeBytes / pieceLength);
  for (let index = 0; index < pieces; index++) {
    const file = await open(join(album, `large-${index % LARGE_FILES}`), 'r+');
    const piece = Math.floor(index / LARGE_FILES) * Math.max(1, Math.floor(ofEach / 4)) + 1;
    await file.write(Buffer.from('changed'), 0, 7, (piece % ofEach) * pieceLength + 100);
    await file.close();
  }
  return pieces * pieceLength;
}

async function compare(one: string, other: string): Promise<void> {
  const names = [
    ...Array.from({ length: LARGE_FILES }, (_, index) => `large-${index}`),
    ...Array.from({ length: SMALL_FILES }, (_, index) => `small/${index}`),
  ];
  for (const name of names) {
    const [left, right] = [await readFile(join(one, name)), await readFile(join(other, name))];
    if (!left.equals(right)) throw new Error(`${name} differs`);
  }
}
