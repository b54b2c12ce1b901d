/**
 * A tracker and two `serve` that nobody asks for anything, and one that scrubs what it shares: how much of
 * a processor each takes. Checked: next to none, and of the scrub a twentieth. Processor time does not depend
 * on what else the machine does. The short form looks for 20 seconds, the long one for 5 minutes. What the start of a
 * scrub costs falls into the short form, which checks only that it takes no more than a tenth.
 */
import { truncate, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GiB } from '../../src/net/limits/units.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { processorUsedMs } from '../fixtures/processor-time.js';
import { GROUP, ProgramWorld, type Staying } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const SHORT_MS = 20_000;
const LONG_MS = 300_000;
/** What begins with a process is over then. */
const WARM_UP_MS = 15_000;
/** Parts of one processor; into a short look may fall what is done once a minute. */
const MAX_IDLE = 0.002;
const MAX_IDLE_SHORT = 0.01;
const MAX_SCRUB = 0.05;
/** Into a short look at a scrub falls what its start costs. */
const MAX_SCRUB_SHORT = 0.1;
/** More than a scrub reads until it has been looked at. */
const SCRUBBED_BYTES = 3 * GiB;
const SCRUBBED_BYTES_SHORT = 1.5 * GiB;
const SCRUB_START_MS = 5_000;
const SCRUB_LOOK_MS = 10_000;

await runCampaign('idle', async ({ isShort, folder, measured, say }) => {
  if (process.platform !== 'linux') return say('skipped: only Linux tells the time of a process');
  const lookMs = Math.min(allowedMs(isShort, SHORT_MS), LONG_MS);
  const world = new ProgramWorld(folder);
  try {
    const tracker = await world.startTracker();
    await world.pair('film', sampleBytes(1_000_000));
    const idle = { tracker, ann: await world.serve('ann'), ben: await world.serve('ben') };
    await sleep(WARM_UP_MS);
    for (const [name, part] of await partsOf(idle, lookMs)) {
      say(`${name}: ${percent(part)} of a processor in ${lookMs / 1_000} s`);
      measured(part <= (isShort ? MAX_IDLE_SHORT : MAX_IDLE), `${name} takes next to nothing`);
    }
    await world.stop(idle.ann);
    // Nothing but zeros, which no disk has to read.
    await writeFile(world.path('zeros'), '');
    await truncate(world.path('zeros'), isShort ? SCRUBBED_BYTES_SHORT : SCRUBBED_BYTES);
    const args = ['upload', world.path('zeros'), GROUP, '--quiet'];
    await world.must({ home: world.path('ann'), args, limitMs: 300_000 });
    const scrub = await world.serve('ann', '--scrub');
    await sleep(isShort ? SCRUB_START_MS : WARM_UP_MS);
    const [[, part] = ['', Infinity]] = await partsOf({ scrub }, SCRUB_LOOK_MS);
    say(`a scrub: ${percent(part)} of a processor in ${SCRUB_LOOK_MS / 1_000} s`);
    if (isShort)
      measured(part <= MAX_SCRUB_SHORT, 'a scrub takes a tenth at most, its start included');
    else measured(part <= MAX_SCRUB + MAX_IDLE, 'a scrub takes a twentieth at most');
    measured(part > MAX_IDLE, 'it was at work');
  } finally {
    await world.close();
  }
});

/** Which part of the time each of them had a processor. */
async function partsOf(
  processes: Readonly<Record<string, Staying>>,
  lookMs: number,
): Promise<[name: string, part: number][]> {
  const usedMs = (): number[] =>
    Object.values(processes).map(({ child }) => processorUsedMs(child.pid!));
  const [before, startedAtMs] = [usedMs(), performance.now()];
  await sleep(lookMs);
  const tookMs = performance.now() - startedAtMs;
  const after = usedMs();
  return Object.keys(processes).map((name, index) => [
    name,
    (after[index]! - before[index]!) / tookMs,
  ]);
}

function percent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}
