/**
 * Three trackers on one database and one presence server; every few seconds one of them is killed, and started again a
 * moment later. Meanwhile pairs of people make groups, let each other in, share and kick, at whichever tracker answers, and
 * ask again when an answer is lost. Checked: whatever was answered is there at the end, at each of the trackers; whoever was
 * kicked gets no ticket at any; and nearly no call fails.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTBOX_STALE_MS } from '../../src/net/limits.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { PairsOfPeople } from '../fixtures/pairs-of-people.js';
import { noPostgres, PostgresServer } from '../fixtures/postgres-server.js';
import { noRedis, RedisServer } from '../fixtures/redis-server.js';
import { newTally } from '../fixtures/somebody.js';
import { startTrackerProcess, type TrackerProcess } from '../fixtures/tracker-process.js';

const SHORT_MS = 30_000;
const KILL_EVERY_MS = 5_000;
const DOWN_MS = 1_000;
const PAIRS = 4;

await runCampaign('several-trackers', async ({ isShort, folder, random, check, say }) => {
  const missing = noPostgres() ?? noRedis();
  if (missing !== undefined) return say(`# skipped: ${missing}`);
  const database = await PostgresServer.open({ isDurable: true });
  const presence = await RedisServer.open();
  const variables = {
    P2P_DATABASE: await database.createDatabase(),
    P2P_PRESENCE: presence.url,
  };
  const start = async (index: number, port = 0): Promise<TrackerProcess> => {
    const dataDir = join(folder, `tracker-${index}`);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return startTrackerProcess(dataDir, port, variables);
  };
  const trackers = [await start(0), await start(1), await start(2)];
  const addresses = trackers.map(({ address }) => address);
  const tally = newTally();
  const untilMs = performance.now() + (isShort ? SHORT_MS : allowedMs(isShort));
  const isOver = (): boolean => performance.now() >= untilMs;
  const pairs = new PairsOfPeople({ addresses, tally, random, isOver });

  const killer = async (): Promise<number> => {
    let kills = 0;
    for (let index = 0; !isOver(); index = (index + 1) % 3) {
      await sleep(KILL_EVERY_MS);
      await trackers[index]!.kill();
      await sleep(DOWN_MS);
      trackers[index] = await start(index, addresses[index]!.port);
      kills++;
    }
    return kills;
  };
  const [kills] = await Promise.all([killer(), pairs.run(PAIRS)]);
  const { latestKickMs } = pairs;
  say(
    `# ${kills} killed, ${tally.calls} calls, the longest took ${Math.round(tally.longestMs)} ms; ${pairs.groupCount} groups; the last ticket was asked for ${Math.round(latestKickMs)} ms after a kick`,
  );
  check(kills > 0 && tally.calls > 0, 'trackers were killed while people asked');
  check(
    tally.failed <= tally.calls / 1_000,
    `${tally.failed} of ${tally.calls} calls failed for good`,
  );
  check(latestKickMs <= OUTBOX_STALE_MS, 'no ticket was given long after a kick');
  for (const [index, address] of addresses.entries()) {
    const wrong = await pairs.wrongAt(address);
    check(wrong.length === 0, `tracker ${index} has all that was answered; wrong: ${wrong.join()}`);
  }
  for (const tracker of trackers) await tracker.kill();
  await presence.remove();
  await database.remove();
});
