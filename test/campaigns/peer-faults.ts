/**
 * Peers that fail while they deliver: connections are reset again and again, half of the seeders go
 * silent at a random byte, the last pieces come from one at 1 KB/s. Checked: every download completes
 * with the right bytes, at little more than what the healthy peers take. That no piece waits for one
 * peer for longer than 20 s is held by the simulation, on a clock of its own.
 */
import { KiB, MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign, type Campaign } from '../fixtures/campaign.js';
import { FakePeer, type Manners } from '../fixtures/fake-peer.js';
import { paced, resetting } from '../fixtures/faulty-manners.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const SHORT_RESET_FILE_BYTES = 2.5 * MiB;
const RESET_FILE_BYTES = 4 * MiB;
/** Sets of seeders, one a file; their downloads run side by side. */
const RESET_FILES = 2;
const RESETTING_PEERS = 5;
/** Blocks of 16 KiB, sixteen a piece: many connections end before a piece is whole. */
const BLOCK_LENGTH = 16 * KiB;
const MAX_BLOCKS_UNTIL_RESET = 30;
const PACED_FILE_BYTES = 8 * MiB;
const PACED_BYTES_PER_SECOND = 512 * KiB;
const MAX_SLOWDOWN = 1.5;
/** A download that gets nothing for this long has failed. */
const TIMEOUT_MS = 60_000;
/** The promise of the simulation, and the time of the healthy part. */
const MAX_LAST_PIECE_MS = 20_000;

await runCampaign('peer-faults', async (campaign) => {
  // A TLS socket of Node cannot be reset.
  const swarm = await TestSwarm.start(campaign.folder, { transport: 'tcp' });
  const scene = { swarm, bob: await swarm.client('bob', { blockLength: BLOCK_LENGTH }) };
  await resets(campaign, scene);
  await stalls(campaign, scene);
  await slowLastPiece(campaign, scene);
  await swarm.close();
});

interface Scene {
  readonly swarm: TestSwarm;
  readonly bob: SwarmClient;
}

/** A file that fake peers serve and nobody else: whoever shared it is gone. */
interface Shared {
  readonly name: string;
  readonly content: Buffer;
  readonly fileId: string;
}

async function share(swarm: TestSwarm, name: string, size: number): Promise<Shared> {
  const content = sampleBytes(size, name);
  const sharer = await swarm.client(`sharer-of-${name}`);
  const { fileId } = await sharer.share(name, content);
  await sharer.close();
  return { name, content, fileId };
}

async function join(
  swarm: TestSwarm,
  { name, content, fileId }: Shared,
  number: number,
  manners: Manners,
): Promise<FakePeer> {
  const member = await swarm.member(`seeder-${number}-of-${name}`);
  const peer = new FakePeer({ member, transport: swarm.transport, content, fileId, manners });
  swarm.closeLater(peer);
  await peer.start();
  return peer;
}

/** One download, from nothing; answers how long it took, undefined when its bytes are wrong. */
async function fetch(
  bob: SwarmClient,
  { name, content }: Shared,
  copy: string,
): Promise<number | undefined> {
  const startMs = performance.now();
  await bob.download(name, { destination: bob.path(copy), timeoutMs: TIMEOUT_MS });
  const tookMs = performance.now() - startMs;
  const isRight = (await bob.read(copy)).equals(content);
  // The next copy would else be made from this one.
  await bob.engine.stopShare(GROUP, name);
  return isRight ? tookMs : undefined;
}

async function resets(campaign: Campaign, { swarm, bob }: Scene): Promise<void> {
  const { isShort, random, check, say } = campaign;
  const wanted = isShort ? { downloads: 8, resets: 300 } : { downloads: 100, resets: 10_000 };
  const size = isShort ? SHORT_RESET_FILE_BYTES : RESET_FILE_BYTES;
  let resetCount = 0;
  let right = 0;
  let downloads = 0;
  const files: Shared[] = [];
  for (let number = 0; number < RESET_FILES; number++) {
    const file = await share(swarm, `reset-${number}`, size);
    files.push(file);
    for (let seeder = 0; seeder < RESETTING_PEERS; seeder++) {
      const blocks = (): number => Math.floor(random() * MAX_BLOCKS_UNTIL_RESET);
      await join(
        swarm,
        file,
        seeder,
        resetting(blocks, () => resetCount++),
      );
    }
  }
  const startMs = performance.now();
  const hasTime = (): boolean => performance.now() - startMs < allowedMs(isShort);
  while ((downloads < wanted.downloads || resetCount < wanted.resets) && hasTime()) {
    const round = downloads;
    const took = await Promise.all(files.map((file) => fetch(bob, file, `${file.name} ${round}`)));
    downloads += took.length;
    right += took.filter((ms) => ms !== undefined).length;
  }
  const seconds = Math.round((performance.now() - startMs) / 1000);
  say(`# ${resetCount} resets over ${downloads} downloads, in ${seconds} s`);
  check(right === downloads, `${right} of ${downloads} downloads are right under resets`);
}

/** Ten seeders of whom five go silent, and five healthy ones, in turn. */
async function stalls(
  { isShort, random, check, say }: Campaign,
  { swarm, bob }: Scene,
): Promise<void> {
  const runs = isShort ? 1 : 5;
  const ratios: number[] = [];
  for (let run = 0; run < runs; run++) {
    const tookMs: number[] = [];
    for (const stalling of [0, 5]) {
      const file = await share(swarm, `stall-${run}-${stalling}`, PACED_FILE_BYTES);
      const peers: FakePeer[] = [];
      for (let number = 0; number < 5 + stalling; number++) {
        const stallsAfterBytes = number < stalling ? Math.floor(random() * MiB) : Infinity;
        const manners = paced({ bytesPerSecond: PACED_BYTES_PER_SECOND, stallsAfterBytes });
        peers.push(await join(swarm, file, number, manners));
      }
      const ms = await fetch(bob, file, file.name);
      check(ms !== undefined, `the download is right with ${stalling} of ${peers.length} silent`);
      tookMs.push(ms ?? Infinity);
      for (const peer of peers) await peer.announce('gone');
    }
    const [healthyMs = 0, stalledMs = 0] = tookMs;
    ratios.push(stalledMs / healthyMs);
    say(`# five healthy: ${seconds(healthyMs)}; ten of whom five stall: ${seconds(stalledMs)}`);
  }
  const median = ratios.sort((a, b) => a - b)[ratios.length >> 1] ?? Infinity;
  say(`# ${median.toFixed(2)} times as long (median of ${runs})`);
  if (!isShort) check(median <= MAX_SLOWDOWN, `at most ${MAX_SLOWDOWN} times as long`);
}

async function slowLastPiece({ check, say }: Campaign, { swarm, bob }: Scene): Promise<void> {
  const file = await share(swarm, 'slow-piece', 2 * MiB);
  await join(swarm, file, 0, paced({ bytesPerSecond: 1_000 }));
  for (let number = 1; number < 4; number++) {
    await join(swarm, file, number, paced({ bytesPerSecond: PACED_BYTES_PER_SECOND }));
  }
  const ms = (await fetch(bob, file, file.name)) ?? Infinity;
  say(`# beside a peer at 1 KB/s, which alone would take half an hour: ${seconds(ms)}`);
  check(ms < MAX_LAST_PIECE_MS, 'nothing waits for a peer at 1 KB/s while others have it');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
