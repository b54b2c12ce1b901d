/**
 * What it takes to have changes stored, with the database of the data folder and with a PostgreSQL server of this
 * machine, both synced: files that 16 members of one group share at once, one in each call, and announcements, which are
 * answered from memory with either. The tracker is a process, and so is the server.
 *
 *   node dist/native-bench/store-cost.js [seconds=5] [sharers=16] [rounds=3]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tracker } from '../src/tracker/tracker.js';
import { noPostgres, PostgresServer } from '../test/fixtures/postgres-server.js';
import { startTrackerProcess } from '../test/fixtures/tracker-process.js';
import { admit, enter, sampleFile, type Person } from '../test/tracker/tracker-client.js';

const [seconds = 5, sharers = 16, rounds = 3] = process.argv.slice(2).map(Number);
const GROUP = 'films';
let seed = 0;
/** The file that each has shared last. */
const last = new Map<string, string>();

const missing = noPostgres();
if (missing !== undefined) console.log(missing);
for (let round = 0; round < rounds; round++) {
  await measure('SQLite', {});
  if (missing === undefined) await measureServer();
}

async function measureServer(): Promise<void> {
  const server = await PostgresServer.open({ isDurable: true });
  try {
    await measure('PostgreSQL', { P2P_DATABASE: await server.createDatabase() });
  } finally {
    await server.remove();
  }
}

async function measure(name: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-store-cost-'));
  const tracker = await startTrackerProcess(join(folder, 'data'), 0, variables);
  try {
    const people = await crowd({ address: tracker.address } as Tracker);
    const shared = await rate(people, share);
    const announced = await rate(people, announce);
    const load = loadavg()[0]!.toFixed(1);
    console.log(`${name}: shareFile ${shared}; announce ${announced}; load ${load}`);
    await Promise.all(people.map(({ client }) => client.close()));
  } finally {
    await tracker.kill();
    await rm(folder, { recursive: true });
  }
}

/** The members of one group, online. */
async function crowd(tracker: Tracker): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (let n = 0; n < sharers; n++) people.push(await enter(tracker, `person-${n}`));
  const [owner, ...others] = people as [Person, ...Person[]];
  await owner.client.call('createGroup', { groupId: GROUP });
  for (const one of others) await admit(owner, GROUP, one);
  for (const { client } of people) {
    await client.call('goOnline', { addresses: [{ host: '127.0.0.1', port: 9 }] });
  }
  return people;
}

async function share({ client, userId }: Person): Promise<void> {
  const n = ++seed;
  // One content for 200 names, so that making descriptions is not what is measured.
  const { fileId, description } = sampleFile(n % 200);
  await client.call('shareFile', { groupId: GROUP, name: `file ${n}`, fileId, description });
  last.set(userId, fileId);
}

async function announce({ client, userId }: Person): Promise<void> {
  const file = { groupId: GROUP, fileId: last.get(userId)!, state: 'complete' as const };
  await client.call('announce', { files: [file] });
}

/** All at once, each one call after the other. */
async function rate(
  people: readonly Person[],
  call: (person: Person) => Promise<void>,
): Promise<string> {
  const took: number[] = [];
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + seconds * 1_000;
  await Promise.all(
    people.map(async (person) => {
      for (let nowMs = startedAtMs; nowMs < untilMs;) {
        await call(person);
        const endedAtMs = performance.now();
        took.push(endedAtMs - nowMs);
        nowMs = endedAtMs;
      }
    }),
  );
  took.sort((one, two) => one - two);
  const at = (part: number): string => `${took[Math.floor(took.length * part)]!.toFixed(1)} ms`;
  const perSecond = (took.length / (performance.now() - startedAtMs)) * 1_000;
  return `${perSecond.toFixed(0)}/s (half in ${at(0.5)}, 99 of 100 in ${at(0.99)})`;
}
