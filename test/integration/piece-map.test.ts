/** The map of a download's pieces, from its first piece to its last, with real peers. */
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { makeTree } from '../fixtures/folder-tree.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

const content = sampleBytes(4 * MiB);
const pieceLength = 256 * KiB;
const pieceCount = content.length / pieceLength;
const one = Array.from({ length: pieceCount }, () => 1);

function sum(list: readonly number[]): number {
  return list.reduce((total, next) => total + next, 0);
}

t.test(
  'a map tells how the pieces stand: while they come, when it is paused, and when all are here',
  async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann', { up: 512 * KiB });
    const bob = await swarm.client('bob');
    await ann.share('film', content);
    const id = await bob.start('film');
    const ended = t.rejects(bob.finish(id), { code: 'PAUSED' });
    await bob.whenProgress(id, ({ kept, peers }) => kept > 0 && peers.length > 0);
    const moving = await bob.engine.downloadPieces(id);
    t.match(moving, { pieceCount, pieceLength, wanted: one });
    t.ok(sum(moving.verified) > 0, 'some are here');
    t.ok(sum(moving.asked) > 0, 'some are asked for');
    t.ok(sum(moving.verified) + sum(moving.asked) <= pieceCount);
    t.equal(Math.max(...(moving.peers ?? [])), 1, 'one peer has them');
    const [held] = await bob.engine.pauseDownloads({ groupId: GROUP });
    await ended;
    const still = await bob.engine.downloadPieces(id);
    t.equal(sum(still.verified) * pieceLength, held!.kept);
    t.equal(sum(still.asked), 0);
    t.equal(still.peers, undefined, 'nobody is connected');
    await bob.engine.resumeDownloads({ id, timeoutMs: 0 });
    await bob.finish(id);
    t.match(await bob.engine.downloadPieces(id), { wanted: one, verified: one });
    await bob.engine.forgetDownloads({ onlyComplete: true, keepsPart: false });
    await t.rejects(bob.engine.downloadPieces(id), { code: 'NO_SUCH_DOWNLOAD' });
  },
);

t.test('of some files of a folder, only their pieces are wanted', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const files = { 'a.bin': sampleBytes(1 * MiB, 'a'), 'b.bin': sampleBytes(2 * MiB, 'b') };
  await makeTree(ann.path('box'), files);
  await ann.upload(ann.path('box'));
  const id = await bob.start('box', { only: ['b.bin'] });
  await bob.finish(id);
  const { pieceCount: all, wanted, verified } = await bob.engine.downloadPieces(id);
  t.equal(all, 12);
  t.equal(sum(wanted), 8);
  t.strictSame(verified, wanted);
});
