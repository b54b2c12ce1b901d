/** What standard input brings is hashed while it comes, and is what was said of it all the same. */
import { appendFile, open, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { Spool } from '../../src/main/home/spool.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';

const pieceLength = 256 * KiB;
const content = sampleBytes(3 * MiB + 17);

async function scene(t: Test) {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann');
  const bob = await swarm.client('bob');
  const place = await new Spool(join(ann.folder, 'home', 'spool')).newInput();
  return { ann, bob, ...place };
}

async function arrives(t: Test, bob: SwarmClient): Promise<void> {
  await bob.download('dump');
  t.ok((await bob.read('dump')).equals(content), 'others get just that');
}

t.test('pieces that were hashed ahead are not read again', async (t) => {
  const { ann, taking, path } = await scene(t);
  await writeFile(taking, content.subarray(0, 2 * MiB));
  const run = { path: taking, pieceLength };
  await ann.engine.hashAhead({ ...run, firstPiece: 0, pieceCount: 4 });
  await ann.engine.hashAhead({ ...run, firstPiece: 6, pieceCount: 2 });
  await appendFile(taking, content.subarray(2 * MiB));
  await rename(taking, path);
  // Nobody does this but to see that it is not read: the hashes are those of what came.
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(1), 0, 1, 0);
  const { fileId } = await ann.upload(path, { as: 'dump' });
  await file.close();
  const whole = await ann.share('whole', content);
  t.equal(fileId, whole.fileId, 'it is the same content, cut alike');
});

t.test('others get what was hashed ahead', async (t) => {
  const { ann, bob, taking, path } = await scene(t);
  await writeFile(taking, content);
  await ann.engine.hashAhead({ path: taking, pieceLength, firstPiece: 0, pieceCount: 12 });
  await rename(taking, path);
  await ann.upload(path, { as: 'dump' });
  await arrives(t, bob);
});

t.test('a wrong guess of the length of pieces costs nothing but time', async (t) => {
  const { ann, bob, taking, path } = await scene(t);
  await writeFile(taking, content);
  await ann.engine.hashAhead({
    ...{ path: taking, pieceLength: 2 * pieceLength },
    ...{ firstPiece: 0, pieceCount: 4 },
  });
  await rename(taking, path);
  const { fileId } = await ann.upload(path, { as: 'dump' });
  t.equal(fileId, (await ann.share('whole', content)).fileId);
  await arrives(t, bob);
});

t.test('an input that somebody makes shorter is not shared', async (t) => {
  const { ann, taking, path } = await scene(t);
  await writeFile(taking, content);
  await ann.engine.hashAhead({ path: taking, pieceLength, firstPiece: 0, pieceCount: 12 });
  await rename(taking, path);
  await truncate(path, 1);
  await t.rejects(ann.upload(path, { as: 'dump' }), { code: 'FILE_CHANGED' });
});
