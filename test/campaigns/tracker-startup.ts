/**
 * Campaign: fills a tracker's database through its store with 10,000 users, 1,000 groups and
 * 100,000 shared files, then measures how long a tracker process takes until it listens, and
 * how long the first lists take.
 *
 *   node dist/test/campaigns/tracker-startup.js [files=100000]
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import type { Store, StoreTransaction } from '../../src/tracker/store/store.js';
import { connect, createDevice, sampleFile } from '../tracker/tracker-client.js';
import { MISSED_ONLY } from '../fixtures/campaign.js';
import { startTrackerProcess } from '../fixtures/tracker-process.js';
import { INCARNATION } from '../fixtures/incarnations.js';

const USERS = 10_000;
const GROUPS = 1_000;
const MEMBERS_PER_GROUP = 20;
const MAX_STARTUP_MS = 2_000;
const NOBODY = 'no password matches this';

/** Runs steps in transactions of a thousand each. */
async function inBatches(
  store: Store,
  count: number,
  step: (tx: StoreTransaction, n: number) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += 1_000) {
    await store.transaction(async (tx) => {
      for (let n = from; n < Math.min(count, from + 1_000); n++) await step(tx, n);
    });
  }
}

async function fill(path: string, files: number): Promise<void> {
  const store = await openSqliteStore(path);
  const { fileId, size, bytes } = sampleFile(1, 100);
  const memberOf = (group: number, n: number): string => `user-${(group * 7 + n) % USERS}`;
  await inBatches(store, USERS, (tx, n) => tx.addUser(`user-${n}`, NOBODY, n));
  await inBatches(store, GROUPS, async (tx, g) => {
    const group = { groupId: `group-${g}`, creatorId: memberOf(g, 0), incarnation: INCARNATION };
    await tx.addGroup(group, g);
    for (let n = 0; n < MEMBERS_PER_GROUP; n++)
      await tx.addMember(`group-${g}`, memberOf(g, n), n === 0 ? 'owner' : 'member', n);
  });
  await store.transaction((tx) => tx.addDescription(fileId, { size }, bytes, 'user-0'));
  await inBatches(store, files, async (tx, n) => {
    const groupId = `group-${n % GROUPS}`;
    const userId = memberOf(n % GROUPS, n % MEMBERS_PER_GROUP);
    await tx.addFile({ groupId, name: `file-${n}`, fileId, size }, 1);
    await tx.addShare({ groupId, name: `file-${n}`, userId, deviceId: `device of ${userId}` }, n);
  });
  await store.close();
}

async function main(): Promise<void> {
  const [files = 100_000] = process.argv
    .slice(2)
    .filter((word) => word !== '--short')
    .map(Number);
  const dataDir = await mkdtemp(join(tmpdir(), 'p2p-tracker-startup-'));
  await mkdir(dataDir, { recursive: true });
  await fill(join(dataDir, 'tracker.db'), files);
  // The first start makes the keys; the second is the one that counts.
  await (await startTrackerProcess(dataDir)).kill();
  const tracker = await startTrackerProcess(dataDir);
  // Other work of the machine is not its own.
  const ownMs = tracker.readyMs - tracker.waitedMs;
  const waited = `without what it waited for a processor ${Math.round(ownMs)} ms`;
  console.log(`startup: ${Math.round(tracker.readyMs)} ms with ${files} files; ${waited}`);
  const client = await connect(tracker.address, createDevice().credentials);
  await client.call('createUser', { userId: 'anna', password: 'secret' });
  await client.call('login', { userId: 'anna', password: 'secret' });
  const startedAtMs = performance.now();
  await client.call('listGroups', {});
  console.log(`first page of groups: ${Math.round(performance.now() - startedAtMs)} ms`);
  await tracker.kill();
  await rm(dataDir, { recursive: true });
  const isFast = ownMs < MAX_STARTUP_MS;
  console.log(isFast ? '1 passed, 0 failed' : '0 passed, 1 failed');
  process.exitCode = isFast ? 0 : MISSED_ONLY;
}

await main();
