/**
 * A tracker process is killed and started again while a crowd downloads a file from one slow seeder and
 * from each other. Checked: everybody finishes with the right bytes, and after each restart the tracker
 * soon knows again who has what. What follows from the order of such events is the simulation's part.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { P2pError } from '../../src/net/errors.js';
import { MiB, RECONNECT_MAX_MS } from '../../src/net/limits.js';
import { runCampaign } from '../fixtures/campaign.js';
import { MemberLink } from '../fixtures/member-link.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { startTrackerProcess } from '../fixtures/tracker-process.js';

const FILE = 'film.mkv';
const UP_BYTES_PER_SECOND = 0.5 * MiB;
/** How long the tracker is gone, and how long it is there. */
const MAX_DOWN_MS = 1_000;
const UP_MS = 2_000;
/** It looks whether a client is where it says before it tells of it. */
const REACH_MS = 5_000;

await runCampaign('tracker-restarts', async ({ isShort, folder, random, check, say }) => {
  const { peers, restarts } = isShort ? { peers: 12, restarts: 4 } : { peers: 50, restarts: 20 };
  const content = sampleBytes((isShort ? 6 : 24) * MiB);
  const dataDir = join(folder, 'tracker');
  let tracker = await startTrackerProcess(dataDir);
  const { address } = tracker;
  const open = async (name: string, up?: number): Promise<SwarmClient> => {
    const own = join(folder, name);
    await mkdir(own);
    const limits = up === undefined ? {} : { up };
    const client = await SwarmClient.open({ name, folder: own, tracker: address, ...limits });
    await client.signUp();
    await client.serve();
    return client;
  };
  const ann = await open('ann', UP_BYTES_PER_SECOND);
  await ann.engine.createGroup(GROUP);
  const { fileId } = await ann.share(FILE, content);
  const watcher = await MemberLink.open(join(folder, 'watcher'), address, 'watcher');
  await watcher.link.call('joinGroup', { groupId: GROUP });
  await ann.engine.acceptRequest(GROUP, 'watcher');
  const crowd: SwarmClient[] = [];
  for (let number = 1; number < peers; number++) {
    // Whoever fetches much sends on at a pace, so that the download lasts.
    const client = await open(`peer-${number}`, UP_BYTES_PER_SECOND);
    await client.engine.joinGroup(GROUP);
    await ann.engine.acceptRequest(GROUP, client.name);
    crowd.push(client);
  }
  const known = async (): Promise<number> => {
    const watched = await watcher.link.call('watch', { groupId: GROUP, fileId });
    return watched.peers.length;
  };
  let finished = 0;
  const downloads = crowd.map(async (client) => {
    await client.download(FILE);
    finished++;
    return (await client.read(FILE)).equals(content);
  });
  const backMs: number[] = [];
  for (let restart = 1; restart <= restarts; restart++) {
    await sleep(UP_MS);
    const before = await known();
    await tracker.kill();
    await sleep(random() * MAX_DOWN_MS);
    tracker = await startTrackerProcess(dataDir, address.port);
    const ms = await untilKnown(known, before);
    backMs.push(ms);
    say(
      `# restart ${restart}: ${before} peers known again after ${Math.round(ms)} ms, ${finished} done`,
    );
  }
  const right = (await Promise.all(downloads)).filter((isRight) => isRight).length;
  check(right === crowd.length, `${right} of ${crowd.length} peers have the file, and it is right`);
  const worstMs = Math.round(Math.max(...backMs));
  check(
    worstMs <= RECONNECT_MAX_MS + REACH_MS,
    `presence was back within one interval, at worst after ${worstMs} ms`,
  );
  for (const member of [watcher, ...crowd, ann]) await member.close();
  await tracker.kill();
});

/** How long it takes until the tracker tells of so many peers again. */
async function untilKnown(known: () => Promise<number>, count: number): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    const now = await known().catch((error: unknown) => {
      if (!(error instanceof P2pError)) throw error;
      return -1;
    });
    if (now >= count) return performance.now() - startMs;
    await sleep(50);
  }
}
