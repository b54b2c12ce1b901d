/**
 * A downloading process is killed with SIGKILL at random moments, again and again, until it
 * completes. Checked: never a wrong byte under the final name, the same bytes in the end,
 * nothing left beside them, and what was noted as verified is not fetched again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import { runCampaign } from '../fixtures/campaign.js';

const FILE = 'film.mkv';
const CHILD = fileURLToPath(new URL('../fixtures/download-kill-child.js', import.meta.url));

/** What one life of the child came to. */
interface Life {
  readonly isComplete: boolean;
  /** Bytes that an earlier life had verified. */
  readonly resumed: number;
}

await runCampaign('download-kill', async ({ isShort, folder, random, check, say }) => {
  const content = sampleBytes((isShort ? 12 : 64) * MiB);
  const maxKills = isShort ? 5 : 40;
  const swarm = await TestSwarm.start(folder);
  const ann = await swarm.client('ann', { up: 4 * MiB });
  await ann.share(FILE, content);
  const bob = await swarm.client('bob');
  await bob.close();

  const path = bob.path(FILE);
  let resumed = 0;
  let isComplete = false;
  for (let kill = 1; !isComplete; kill++) {
    const killAfterMs = kill > maxKills ? undefined : Math.floor(random() * 2_500);
    const life = await live(bob.folder, swarm.address.port, killAfterMs);
    ({ isComplete } = life);
    resumed = Math.max(resumed, life.resumed);
    say(`life ${kill}: began with ${life.resumed} bytes, ${isComplete ? 'complete' : 'killed'}`);
    const found = await readFile(path).catch(() => undefined);
    check(found === undefined || found.equals(content), 'no wrong byte under the final name');
  }
  check((await readFile(path)).equals(content), 'the bytes are the same');
  const beside = (await readdir(bob.folder)).filter((name) => name !== 'home');
  check(beside.length === 1, `nothing is left beside the file (${beside.join(', ')})`);
  // Whether a kill found anything kept depends on its moment, so it is told, not judged.
  say(`at most ${resumed} bytes were kept over a kill`);
  await swarm.close();
});

/** One life: from the start to the end of the download, or to the kill. */
async function live(folder: string, port: number, killAfterMs: number | undefined): Promise<Life> {
  const args = [CHILD, 'bob', folder, String(port), FILE];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let resumed = 0;
  let isComplete = false;
  let timer: NodeJS.Timeout | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, bytes] = line.split(' ');
    if (word === 'fetched') isComplete = true;
    if (word !== 'moving') return;
    resumed = Number(bytes);
    if (killAfterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the child ended with ${code}`);
  return { isComplete, resumed };
}
