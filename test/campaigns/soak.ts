/**
 * One `serve` that downloads again and again, the one it downloads from, and their tracker: memory,
 * descriptors and threads of all three must not grow. The short form looks for a minute, which finds
 * what is lost with each download; `--minutes N` goes on, and says how fast memory grows.
 */
import { readdir, readFile } from 'node:fs/promises';
import { MiB } from '../../src/net/limits.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { GROUP, ProgramWorld, type Staying } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const SHORT_MINUTES = 1;
const LONG_MINUTES = 60;
/** Downloads before the first look: threads have started, caches are filled. */
const WARM_UP = 15;
/** What an hour may add to what collections leave. */
const MAX_GROWTH_PER_HOUR = 1 * MiB;
const COLLECTION_NOISE = 24 * MiB;
/** Connections that idle come and go. */
const DESCRIPTOR_NOISE = 8;

interface Sample {
  readonly atMs: number;
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
}

await runCampaign('soak', async ({ isShort, folder, check, measured, say }) => {
  const minutes = Number(valueOf('--minutes') ?? (isShort ? SHORT_MINUTES : LONG_MINUTES));
  const world = new ProgramWorld(folder);
  try {
    const tracker = await world.startTracker();
    await world.pair('film', sampleBytes(2 * MiB));
    const processes = { tracker, ann: await world.serve('ann'), ben: await world.serve('ben') };
    const samples = new Map<string, Sample[]>(Object.keys(processes).map((name) => [name, []]));
    const endMs = performance.now() + minutes * 60_000;
    let downloads = 0;
    for (; performance.now() < endMs || downloads < 2 * WARM_UP; downloads++) {
      await world.must({
        home: world.path('ben'),
        args: ['download', GROUP, 'film', world.path('out'), '--overwrite', '--quiet'],
      });
      if (downloads < WARM_UP) continue;
      for (const [name, { child }] of Object.entries<Staying>(processes)) {
        samples.get(name)!.push(await sampleOf(child.pid!));
      }
    }
    say(`${downloads} downloads in ${minutes} min`);
    for (const [name, taken] of samples) judge(name, taken, { check, measured, say });
  } finally {
    await world.close();
  }
});

function judge(
  name: string,
  samples: readonly Sample[],
  { check, measured, say }: Pick<Campaign, 'check' | 'measured' | 'say'>,
): void {
  const hours = (samples.at(-1)!.atMs - samples[0]!.atMs) / 3_600_000;
  const third = Math.ceil(samples.length / 3);
  const early = whatIsLeft(samples.slice(0, third));
  const late = whatIsLeft(samples.slice(-third));
  // Between the middles of the first and the last third.
  const perHour = (late - early) / ((hours * 2) / 3);
  say(
    `${name}: memory ${mega(early)} to ${mega(late)} MiB (${mega(perHour)} MiB/h), ` +
      `${samples[0]!.descriptors} to ${samples.at(-1)!.descriptors} descriptors, ` +
      `${samples[0]!.threads} to ${samples.at(-1)!.threads} threads`,
  );
  const allowed = COLLECTION_NOISE + MAX_GROWTH_PER_HOUR * hours;
  measured(late - early <= allowed, `${name}: memory does not grow`);
  check(
    isFlat(samples, ({ descriptors }) => descriptors),
    `${name}: descriptors are flat`,
  );
  check(
    isFlat(samples, ({ threads }) => threads),
    `${name}: threads are flat`,
  );
}

/** The last third holds no more than the first, but for what comes and goes. */
function isFlat(samples: readonly Sample[], of: (sample: Sample) => number): boolean {
  const third = Math.ceil(samples.length / 3);
  const late = medianOf(samples.slice(-third), of);
  return late - medianOf(samples.slice(0, third), of) <= DESCRIPTOR_NOISE;
}

async function sampleOf(pid: number): Promise<Sample> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const number = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    atMs: performance.now(),
    memory: number('VmRSS') * 1024,
    threads: number('Threads'),
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
  };
}

/** Garbage waits for its collection, so memory goes up and down by tens of MiB: what it comes down to counts. */
function whatIsLeft(samples: readonly Sample[]): number {
  const values = samples.map(({ memory }) => memory).sort((one, other) => one - other);
  return values[Math.floor(values.length / 10)]!;
}

function medianOf(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const values = samples.map(of).sort((one, other) => one - other);
  return values[Math.floor(values.length / 2)]!;
}

function mega(bytes: number): string {
  return (bytes / MiB).toFixed(1);
}
