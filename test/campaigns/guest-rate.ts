/**
 * How fast a guest with nothing but `curl` takes a file from the disk of a member, beside a peer who downloads it over
 * TLS: in turns, and only the ratio of the medians counts, because both share this machine with whatever else runs. How
 * much memory ten guests at once cost the member, and how soon a guest has a first byte of what is still being
 * fetched, once a piece of it is there. The short form looks at the bytes alone.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MiB } from '../../src/net/limits.js';
import { runCampaign } from '../fixtures/campaign.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { GROUP, ProgramWorld } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const exec = promisify(execFile);

const FILM_BYTES = 1_024 * MiB;
const SHORT_FILM_BYTES = 32 * MiB;
const ROUNDS = 5;
const GUESTS = 10;
const LEAST_RATIO = 0.7;
const MOST_MEMORY = 60 * MiB;
const MOST_FIRST_BYTE_S = 1;
const LOOK_INTERVAL_MS = 50;
const LIMIT_MS = 600_000;

interface Taken {
  readonly bytes: number;
  readonly seconds: number;
  readonly firstByteSeconds: number;
}

/** From an address of its own of this machine: of one so many may take something at a time. */
async function take(link: string, address: string, ...more: string[]): Promise<Taken> {
  const told = '%{size_download} %{time_total} %{time_starttransfer}';
  const words = ['-k', '-s', '-o', '/dev/null', '-w', told, '--interface', address, ...more, link];
  const { stdout } = await exec('curl', words).catch((error: { stdout?: string }) => {
    // It was to end before the end.
    if (more.length > 0 && error.stdout !== undefined) return { stdout: error.stdout };
    throw error;
  });
  const [bytes = 0, seconds = 0, firstByteSeconds = 0] = stdout.split(' ').map(Number);
  return { bytes, seconds, firstByteSeconds };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

/** The most that a process has in memory while something goes on. */
async function mostWhile(pid: number, work: Promise<unknown>): Promise<number> {
  let most = 0;
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  while (!isOver) {
    most = Math.max(most, await residentBytes(pid));
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
  await over;
  return most;
}

async function writeFilm(path: string, bytes: number): Promise<void> {
  const part = sampleBytes(16 * MiB, 'film');
  const stream = createWriteStream(path);
  for (let at = 0; at < bytes; at += part.length) {
    // No two pieces are the same.
    part.writeUInt32LE(at / MiB, 0);
    await new Promise<void>((resolve, reject) =>
      stream.write(Buffer.from(part), (error) => (error ? reject(error) : resolve())),
    );
  }
  await new Promise<void>((resolve) => stream.end(resolve));
}

await runCampaign('guest-rate', async ({ isShort, folder, check, say }) => {
  const obstacle = await haveTool('curl', 'curl');
  if (obstacle !== undefined) return say(`# skipped: ${obstacle}`);
  const bytes = isShort ? SHORT_FILM_BYTES : FILM_BYTES;
  const world = new ProgramWorld(folder);
  try {
    await world.startTracker();
    await world.pair('small', sampleBytes(1_000, 'small'));
    const [ann, ben] = [world.path('ann'), world.path('ben')];
    const ask = (home: string, ...args: string[]) => world.must({ home, args, limitMs: LIMIT_MS });
    await writeFilm(world.path('film'), bytes);
    await ask(ann, 'upload', world.path('film'), GROUP, '--quiet');
    const serving = await world.serve('ann', '--gateway', '127.0.0.1:0');
    const linkTo = async (name: string): Promise<string> =>
      (await ask(ann, 'link', GROUP, name)).stdout.trim();
    const film = await linkTo('film');
    const pid = serving.child.pid!;
    const rates = { guest: [] as number[], peer: [] as number[] };
    for (let round = 1; round <= (isShort ? 1 : ROUNDS); round++) {
      const taken = await take(film, '127.0.0.2');
      check(taken.bytes === bytes, `a guest has all ${bytes} bytes`);
      rates.guest.push(taken.bytes / taken.seconds);
      const options = ['--durability', 'cache', '--json'];
      const { stdout } = await ask(ben, 'download', GROUP, 'film', world.path('got'), ...options);
      const [, ms = '0'] = /"transfer":([\d.]+)/.exec(stdout) ?? [];
      rates.peer.push((bytes / Number(ms)) * 1_000);
      await ask(ben, 'stop-share', GROUP, 'film');
      await rm(world.path('got'));
      const [guest, peer] = [rates.guest.at(-1)!, rates.peer.at(-1)!].map((rate) =>
        Math.round(rate / 1e6),
      );
      say(`# round ${round}: guest ${guest} MB/s, peer ${peer} MB/s, load ${loadavg()[0]}`);
    }
    const ratio = median(rates.guest) / median(rates.peer);
    say(`# guest / peer: ${ratio.toFixed(2)}`);

    const before = await residentBytes(pid);
    const all = Promise.all(
      Array.from({ length: GUESTS }, (_, index) => take(film, `127.0.1.${index + 1}`)),
    );
    const more = (await mostWhile(pid, all)) - before;
    check(
      (await all).every((one) => one.bytes === bytes),
      `${GUESTS} guests at once have all`,
    );
    say(`# ${GUESTS} guests at once: ${Math.round(more / MiB)} MiB more`);

    await writeFilm(join(folder, 'late'), 16 * MiB);
    await ask(ben, 'upload', world.path('late'), GROUP, '--quiet');
    await world.serve('ben', '--up', '1MiB/s');
    const late = await linkTo('late');
    // The first one has it fetched.
    const begun = await take(late, '127.0.0.3', '--max-time', '5');
    const { bytes: had, firstByteSeconds } = await take(late, '127.0.0.4', '--max-time', '3');
    check(begun.bytes > 0 && had > 0, 'a guest has the beginning of what is being fetched');
    say(`# first byte of it: ${Math.round(firstByteSeconds * 1_000)} ms`);
    // One round of each says little on a machine with other work.
    if (isShort) return;
    check(ratio >= LEAST_RATIO, `a guest has ${ratio.toFixed(2)} of the rate of a peer`);
    check(more <= MOST_MEMORY, `${GUESTS} guests take at most ${MOST_MEMORY / MiB} MiB`);
    check(firstByteSeconds <= MOST_FIRST_BYTE_S, 'the first byte is there in a second');
  } finally {
    await world.close();
  }
});
