/**
 * Measures the rate limits over ten seconds: 10 MB/s and 200 kB/s, up and down, each within
 * 5 %. The short form measures one of them for a shorter time.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MiB } from '../../src/net/limits.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import { runCampaign, type Campaign } from '../fixtures/campaign.js';

const TOLERANCE = 0.05;
/** A fresh process compiles its code first. */
const WARM_UP_MS = 2_000;

interface Run {
  readonly direction: 'up' | 'down';
  readonly bytesPerSecond: number;
  readonly seconds: number;
}

const runs: readonly Run[] = [
  { direction: 'up', bytesPerSecond: 10_000_000, seconds: 10 },
  { direction: 'down', bytesPerSecond: 10_000_000, seconds: 10 },
  { direction: 'up', bytesPerSecond: 200_000, seconds: 10 },
  { direction: 'down', bytesPerSecond: 200_000, seconds: 10 },
];
const shortRuns: readonly Run[] = [{ direction: 'down', bytesPerSecond: 10_000_000, seconds: 5 }];

await runCampaign('rate-limit', async (campaign) => {
  for (const [index, run] of (campaign.isShort ? shortRuns : runs).entries()) {
    await measure(campaign, run, join(campaign.folder, String(index)));
  }
});

async function measure(campaign: Campaign, run: Run, folder: string): Promise<void> {
  const { direction, bytesPerSecond, seconds } = run;
  const swarm = await TestSwarm.start(folder);
  const limit = { [direction]: bytesPerSecond };
  const ann = await swarm.client('ann', direction === 'up' ? limit : {});
  const bob = await swarm.client('bob', direction === 'down' ? limit : {});
  // More than passes while it warms up and is measured.
  await ann.share('file', sampleBytes(Math.max(MiB, bytesPerSecond * (seconds + 5))));
  const id = await bob.start('file');
  const counted = async (): Promise<number> =>
    direction === 'up'
      ? (await ann.engine.status()).sentBytes
      : (await bob.engine.status()).receivedBytes;
  const startedMs = performance.now();
  await bob.whenProgress(id, () => performance.now() - startedMs >= WARM_UP_MS);
  const [firstBytes, firstMs] = await nextReport(counted);
  await bob.whenProgress(id, () => performance.now() - firstMs >= seconds * 1000);
  const [lastBytes, lastMs] = await nextReport(counted);
  await bob.engine.cancelDownload(id);
  await swarm.close();
  const measured = ((lastBytes - firstBytes) * 1000) / (lastMs - firstMs);
  const off = measured / bytesPerSecond - 1;
  campaign.measured(
    Math.abs(off) <= TOLERANCE,
    `${direction} at ${bytesPerSecond} B/s: measured ${Math.round(measured)} (${(off * 100).toFixed(1)} %)`,
  );
}

/** Bytes are reported a few times a second: the count at the moment at which it changes. */
async function nextReport(counted: () => Promise<number>): Promise<[number, number]> {
  const before = await counted();
  for (;;) {
    const bytes = await counted();
    if (bytes !== before) return [bytes, performance.now()];
    await delay(2);
  }
}
