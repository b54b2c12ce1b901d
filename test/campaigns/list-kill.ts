/**
 * A process that downloads a list of 500 small files (100 in the short form) is killed with SIGKILL at random moments, again
 * and again, until all are there; then anew, until there were as many kills as wanted. Checked after
 * each: no wrong byte under a final name, what was said to be complete is, and is not downloaded
 * again, what nobody downloads is listed as interrupted; in the end all files, and nothing beside them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { KiB, MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';

const CHILD = fileURLToPath(new URL('../fixtures/list-kill-child.js', import.meta.url));

await runCampaign('list-kill', async ({ isShort, folder, random, check, say }) => {
  const fileCount = isShort ? 100 : 500;
  // Every tenth has several pieces.
  const sizeOf = (index: number): number => (index % 10 === 0 ? 600 * KiB : 16 * KiB + index);
  const contents = new Map<string, Buffer>();
  for (let index = 0; index < fileCount; index++) {
    contents.set(`file-${index}`, sampleBytes(sizeOf(index)));
  }
  const momentMs = (): number => random() * (isShort ? 4_000 : 6_000);
  const swarm = await TestSwarm.start(folder);
  const ann = await swarm.client('ann', { up: 8 * MiB });
  for (const [name, bytes] of contents) await ann.share(name, bytes);
  const wanted = isShort ? 4 : 1_000;
  const deadlineMs = performance.now() + allowedMs(isShort);
  let [kills, lists] = [0, 0];
  while (kills < wanted && performance.now() < deadlineMs) {
    const bob = await swarm.client(`bob${++lists}`);
    await bob.close();
    const got = new Set<string>();
    let isDone = false;
    while (!isDone) {
      const before = got.size;
      const life = await liveOnce(bob.name, bob.folder, swarm.address.port, got, momentMs());
      ({ isDone } = life);
      say(`kill ${kills}: ${JSON.stringify(life)}, ${got.size} were told`);
      check(life.isListed, 'what nobody downloads is listed as interrupted');
      check(life.left >= before, 'what was told to be complete is in the list');
      check(life.again.length === 0, `nothing complete is downloaded again (${life.again.join()})`);
      let wrong = 0;
      const there = (await readdir(bob.folder)).filter((name) => contents.has(name));
      for (const name of there) {
        if (!contents.get(name)?.equals(await readFile(join(bob.folder, name)))) wrong++;
      }
      check(wrong === 0, 'no wrong byte under a final name');
      check(
        [...got].every((name) => there.includes(name)),
        'what was told to be complete is there',
      );
      if (!isDone) kills++;
    }
    const names = (await readdir(bob.folder)).filter((name) => name !== 'home');
    check(names.length === fileCount, `all files, and nothing beside them (${names.length})`);
    const hints = await readdir(join(bob.folder, 'home', 'pieces')).catch(() => []);
    check(hints.length === 0, `nothing is left in the home (${hints.length})`);
    await rm(bob.folder, { recursive: true, force: true });
  }
  say(`${kills} kills over ${lists} lists`);
  await swarm.close();
});

/** One life of the child; adds to `got` what it tells to be complete. */
async function liveOnce(
  name: string,
  folder: string,
  port: number,
  got: Set<string>,
  killAfterMs: number,
) {
  const child = spawn(process.execPath, [CHILD, name, folder, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const life = { isDone: false, isListed: true, left: 0, again: [] as string[] };
  let timer: NodeJS.Timeout | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, value = ''] = line.split(' ');
    if (word === 'wrong') life.isListed = false;
    if (word === 'done') life.isDone = true;
    if (word === 'got' && got.has(value)) life.again.push(value);
    if (word === 'got') got.add(value);
    if (word !== 'left') return;
    life.left = Number(value);
    timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the child ended with ${code}`);
  return life;
}
