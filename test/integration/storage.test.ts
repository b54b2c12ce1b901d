import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { FakePeer, type FakeConnection } from '../fixtures/fake-peer.js';
import type { BlockRange } from '../../src/net/peer-frames.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';

const content = sampleBytes(600 * KiB);

async function pair(t: Test) {
  const swarm = await startSwarm(t);
  const [ann, bob] = [await swarm.client('ann'), await swarm.client('bob')];
  await ann.share('a.bin', content);
  return { swarm, ann, bob };
}

t.test('an existing file is overwritten only on demand', async (t) => {
  const { bob } = await pair(t);
  await writeFile(bob.path('a.bin'), 'precious');
  await t.rejects(bob.download('a.bin'), { code: 'DESTINATION_EXISTS', message: /--overwrite/ });
  t.equal((await bob.read('a.bin')).toString(), 'precious');
  await bob.download('a.bin', { overwrite: true });
  t.ok((await bob.read('a.bin')).equals(content));
});

t.test('a file that appears meanwhile is kept, and so is what was fetched', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: MiB });
  const bob = await swarm.client('bob');
  await ann.share('a.bin', content);
  const id = await bob.start('a.bin');
  await writeFile(bob.path('a.bin'), 'precious');
  await t.rejects(bob.finish(id), { code: 'DESTINATION_EXISTS' });
  t.equal((await bob.read('a.bin')).toString(), 'precious');
  const { fetched } = await bob.download('a.bin', { overwrite: true });
  t.equal(fetched, 0, 'nothing had to be fetched again');
  t.ok((await bob.read('a.bin')).equals(content));
});

t.test('destinations that cannot be written', async (t) => {
  const { bob } = await pair(t);
  await writeFile(bob.path('file'), '');
  const cases: [string, string][] = [
    ['missing/a.bin', 'NO_DESTINATION'],
    ['missing/', 'NO_DESTINATION'],
    ['file/a.bin', 'NO_DESTINATION'],
  ];
  for (const [where, code] of cases) {
    const destination = join(bob.folder, where) + (where.endsWith('/') ? '/' : '');
    await t.rejects(bob.start('a.bin', { destination }), { code }, where);
  }
  await mkdir(bob.path('folder/a.bin'), { recursive: true });
  await t.rejects(bob.start('a.bin', { destination: bob.path('folder') }), {
    code: 'DESTINATION_EXISTS',
  });
  t.same(await bob.engine.downloads(), [], 'nothing was started');
});

t.test('a folder reached by a link, and a name given by the user', async (t) => {
  const { bob } = await pair(t);
  await mkdir(bob.path('real'));
  await symlink(bob.path('real'), bob.path('linked'));
  await bob.download('a.bin', { destination: bob.path('linked') });
  t.same(await readdir(bob.path('real')), ['a.bin']);
});

/** Lends a file system of 3 MiB, where this user may mount one. */
async function onSmallDisk(
  t: Test,
  folder: string,
  use: (disk: string) => Promise<void>,
): Promise<void> {
  const disk = join(folder, 'small disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    t.comment('skipped: mounting a tmpfs is not allowed here');
    return;
  }
  try {
    await use(disk);
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
}

t.test('a disk that is too small is refused before the first byte', async (t) => {
  const { ann, bob } = await pair(t);
  await ann.share('big.bin', sampleBytes(4 * MiB));
  await onSmallDisk(t, bob.folder, async (disk) => {
    await t.rejects(bob.download('big.bin', { destination: disk }), {
      code: 'DISK_FULL',
      message: /lacks \d+ MiB/,
    });
    await bob.download('a.bin', { destination: disk });
    t.ok((await readdir(disk)).includes('a.bin'));
  });
});

t.test('a disk that fills up keeps what it has; the next try goes on from there', async (t) => {
  const swarm = await startSwarm(t);
  const bob = await swarm.client('bob');
  const ann = await swarm.client('ann');
  const bytes = sampleBytes(8 * 256 * KiB);
  const { fileId } = await ann.share('big.bin', bytes);
  const waiting: [FakeConnection, BlockRange][] = [];
  let isFull = false;
  const onRequest = (connection: FakeConnection, request: BlockRange): void => {
    if (request.pieceIndex < 3 || isFull) connection.sendBlock(request);
    else waiting.push([connection, request]);
  };
  const member = await swarm.member('seed');
  const transport = 'tls';
  const seed = new FakePeer({ member, transport, content: bytes, fileId, manners: { onRequest } });
  swarm.closeLater(seed);
  await seed.start();
  await ann.engine.logout();

  await onSmallDisk(t, bob.folder, async (disk) => {
    const id = await bob.start('big.bin', { destination: disk });
    await bob.whenProgress(id, ({ verified }) => verified === 3 * 256 * KiB);
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(2 * MiB));
    isFull = true;
    const failed = t.rejects(bob.finish(id), { code: 'DISK_FULL', message: /free some space/ });
    for (const [connection, request] of waiting) connection.sendBlock(request);
    await failed;
    const { verified } = await bob.progress(id);
    t.ok(verified >= 3 * 256 * KiB && verified < bytes.length, `${verified} bytes are kept`);
    await rm(ballast);
    const { fetched } = await bob.download('big.bin', { destination: disk });
    t.equal(fetched, bytes.length - verified);
    t.ok((await bob.read('small disk/big.bin')).equals(bytes));
  });
});
