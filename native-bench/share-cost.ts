/**
 * What it costs a tracker to take a file in: processor time for one in each call, and for many in each
 * call as `upload --each` sends them. The requests go straight to their handlers, with the real store on
 * a disk; processor time says the same on a machine that has other work.
 *
 *   node dist/native-bench/share-cost.js [files=4000] [rounds=7]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_FILES_PER_CALL } from '../src/net/limits.js';
import { openSqliteStore } from '../src/tracker/store/sqlite/store-sqlite.js';
import { sampleFile } from '../test/tracker/tracker-client.js';
import { TrackerScene, type FakeClient } from '../test/tracker/tracker-scene.js';

const [files = 4_000, rounds = 7] = process.argv.slice(2).map(Number);
/** Contents are few, and stored before: what is measured is the sharing. */
const samples = Array.from({ length: 16 }, (_, seed) => sampleFile(seed + 1));

const folder = await mkdtemp(join(tmpdir(), 'p2p-share-cost-'));
const store = await openSqliteStore(join(folder, 'tracker.db'));
const scene = new TrackerScene(store);
const anna = await scene.enter('anna');

const single: number[] = [];
const many: number[] = [];
for (let round = 0; round < rounds; round++) {
  single.push(await measure(`one-${round}`, shareOneByOne));
  many.push(await measure(`many-${round}`, shareMany));
}
tell('shareFile', single);
tell('shareFiles', many);
await store.close();
await rm(folder, { recursive: true });

type Share = (client: FakeClient, groupId: string) => Promise<void>;

/** Microseconds of processor time for each file. */
async function measure(groupId: string, share: Share): Promise<number> {
  await scene.makeGroup(groupId, anna);
  const stored = samples.map(({ fileId, description }, n) => ({
    name: `s${n}`,
    fileId,
    description,
  }));
  await scene.call(anna, 'shareFiles', { groupId, files: stored, announce: false });
  const before = process.cpuUsage();
  await share(anna, groupId);
  const { user, system } = process.cpuUsage(before);
  scene.forget();
  await scene.call(anna, 'leaveGroup', { groupId });
  return (user + system) / files;
}

async function shareOneByOne(client: FakeClient, groupId: string): Promise<void> {
  for (let n = 0; n < files; n++) await scene.call(client, 'shareFile', { groupId, ...fileAt(n) });
}

async function shareMany(client: FakeClient, groupId: string): Promise<void> {
  for (let from = 0; from < files; from += MAX_FILES_PER_CALL) {
    const length = Math.min(MAX_FILES_PER_CALL, files - from);
    const chosen = Array.from({ length }, (_, n) => fileAt(from + n));
    await scene.call(client, 'shareFiles', { groupId, files: chosen, announce: false });
  }
}

function fileAt(n: number) {
  const { fileId, description } = samples[n % samples.length]!;
  return { name: `photo of the summer ${n}.jpg`, fileId, description };
}

function tell(method: string, costs: readonly number[]): void {
  const sorted = costs.map(Math.round).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  console.log(`${method}: ${median} µs a file (least ${sorted[0]!}; ${sorted.join(', ')})`);
}
