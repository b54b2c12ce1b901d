/** A long line of downloads, over a restart of the client that has it. */
import { writeFile } from 'node:fs/promises';
import t from 'tap';
import { KiB, MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';

const COUNT = 150;
/** So many at the end do not begin while this lasts. */
const AT_REST = 100;

t.test('what waits in line keeps its order over a restart', async (t) => {
  const swarm = await startSwarm(t);
  const ann = await swarm.client('ann', { up: 512 * KiB });
  const bob = await swarm.client('bob');
  const names = Array.from({ length: COUNT }, (_, index) => `file ${index}`);
  await writeFile(ann.path('film'), sampleBytes(4 * MiB));
  for (const as of names) await ann.upload(ann.path('film'), { as });
  const ids: string[] = [];
  for (const name of names) ids.push(await bob.start(name));
  const ended = Promise.allSettled(ids.map((id) => bob.finish(id)));
  const [before, after] = [ids[AT_REST + 20]!, ids[COUNT - 1]!];
  const at = (await lineOf(bob)).indexOf(before);
  await bob.engine.moveDownloads({ id: after, to: at + 2 });
  const line = (await lineOf(bob)).slice(-AT_REST);
  t.equal(line.indexOf(after), line.indexOf(before) + 1);
  await bob.close();
  await ended;
  const again = await swarm.openClient('bob');
  await again.logIn();
  await again.serve();
  t.same((await lineOf(again)).slice(-AT_REST), line);
});

/** Those that wait, the first in line first. */
async function lineOf({ engine }: SwarmClient): Promise<readonly string[]> {
  const downloads = await engine.downloads();
  const placed = downloads.flatMap(({ id, place }) => (place === undefined ? [] : [{ id, place }]));
  return placed.sort((a, b) => a.place - b.place).map(({ id }) => id);
}
