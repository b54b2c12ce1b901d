/**
 * Campaign: a tracker process is killed without warning at random moments under a stream of
 * changes, and after each restart every change it had acknowledged must be there, and nothing
 * that was never asked for.
 *
 *   node dist/test/campaigns/tracker-kill.js [rounds=10] [seed=1]
 *
 * Prints `N passed, N failed`; a round passes when all of its checks hold.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrackerError } from '../../src/net/errors.js';
import {
  connect,
  createDevice,
  sampleFile,
  type TrackerClient,
} from '../tracker/tracker-client.js';
import { startTrackerProcess } from '../fixtures/tracker-process.js';
import { seededRandom } from '../fixtures/seeded-random.js';

/** Longest time under load before the kill. */
const MAX_LOAD_MS = 150;
/** Changes that wait for their acknowledgement at a time. */
const STREAMS = 4;
const account = { userId: 'anna', password: 'secret' };

/** What a group must look like: `undefined` while a change was sent and not acknowledged. */
type Expected = 'present' | 'absent' | undefined;

class Campaign {
  /** Acknowledged state of each group and of the file shared in it. */
  readonly #groups = new Map<string, Expected>();
  readonly #files = new Map<string, Expected>();
  readonly #random: () => number;
  #lastGroup = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Makes changes until the connection is gone. */
  async load(client: TrackerClient): Promise<void> {
    try {
      for (;;) await this.#change(client, `group-${++this.#lastGroup}`);
    } catch (error) {
      if (!(error instanceof TrackerError) || error.code !== 'CONNECTION_LOST') throw error;
    }
  }

  /** Compares what the tracker remembers with what it acknowledged; returns what is wrong. */
  async check(client: TrackerClient): Promise<string[]> {
    const present = new Set<string>();
    let after: { after?: string } = {};
    for (;;) {
      const page = await client.call('listGroups', after);
      for (const groupId of page.items) present.add(groupId);
      if (page.next === undefined) break;
      after = { after: page.next };
    }
    const wrong: string[] = [];
    for (const [groupId, expected] of this.#groups) {
      const found = present.delete(groupId) ? 'present' : 'absent';
      if (expected !== undefined && expected !== found) wrong.push(`${groupId} is ${found}`);
      if (found === 'present') wrong.push(...(await this.#checkFile(client, groupId)));
      this.#groups.set(groupId, found);
    }
    return [...wrong, ...[...present].map((groupId) => `${groupId} was never asked for`)];
  }

  /** Ends old groups, so that long campaigns do not slow down. */
  async tidy(client: TrackerClient): Promise<void> {
    for (const [groupId, state] of this.#groups) {
      if (state === 'present') await client.call('leaveGroup', { groupId });
    }
    this.#groups.clear();
    this.#files.clear();
  }

  async #change(client: TrackerClient, groupId: string): Promise<void> {
    this.#groups.set(groupId, undefined);
    await client.call('createGroup', { groupId });
    this.#groups.set(groupId, 'present');
    const { fileId, description } = sampleFile(Math.floor(this.#random() * 5));
    this.#files.set(groupId, undefined);
    await client.call('shareFile', { groupId, name: 'file', fileId, description });
    this.#files.set(groupId, 'present');
    if (this.#random() < 0.3) {
      this.#files.set(groupId, undefined);
      await client.call('stopShare', { groupId, name: 'file' });
      this.#files.set(groupId, 'absent');
    }
    if (this.#random() < 0.3) {
      this.#groups.set(groupId, undefined);
      this.#files.set(groupId, undefined);
      await client.call('leaveGroup', { groupId });
      this.#groups.set(groupId, 'absent');
    }
  }

  async #checkFile(client: TrackerClient, groupId: string): Promise<string[]> {
    const { items } = await client.call('listFiles', { groupId });
    const expected = this.#files.get(groupId);
    const found = items.length === 1 ? 'present' : 'absent';
    this.#files.set(groupId, found);
    for (const { fileId } of items) {
      await client.call('getDescription', { groupId, fileId, offset: 0 });
    }
    return expected === undefined || expected === found
      ? []
      : [`the file of ${groupId} is ${found}`];
  }
}

/** The numbers on the command line; `--short` stands for what is done without any. */
function numbersGiven(): number[] {
  return process.argv
    .slice(2)
    .filter((word) => word !== '--short')
    .map(Number);
}

async function main(): Promise<void> {
  const [rounds = 10, seed = 1] = numbersGiven();
  const random = seededRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'p2p-tracker-kill-'));
  const device = createDevice();
  const campaign = new Campaign(random);
  let token: string | undefined;
  let failed = 0;
  // One start more than rounds: the last one only checks what the last kill left.
  for (let round = 0; round <= rounds; round++) {
    const tracker = await startTrackerProcess(dataDir);
    const client = await connect(tracker.address, device.credentials);
    if (token === undefined) {
      await client.call('createUser', account);
      ({ token } = await client.call('login', account));
    } else {
      await client.call('resume', { token });
    }
    const wrong = await campaign.check(client);
    if (wrong.length > 0) failed++;
    for (const what of wrong) console.log(`round ${round}: ${what}`);
    if (round === rounds) {
      await tracker.kill();
      break;
    }
    await campaign.tidy(client);
    const streams = Array.from({ length: STREAMS }, () => campaign.load(client));
    await new Promise((resolve) => setTimeout(resolve, random() * MAX_LOAD_MS));
    await tracker.kill();
    await Promise.all(streams);
  }
  await rm(dataDir, { recursive: true });
  console.log(`${rounds - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
