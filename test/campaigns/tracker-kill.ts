/**
 * Campaign: a tracker process is killed without warning at random moments under a stream of
 * changes, and after each restart every change it had acknowledged must be there, and nothing
 * that was never asked for.
 *
 *   node dist/test/campaigns/tracker-kill.js [--short] [--minutes N] [rounds=1000] [seed=1]
 *
 * The history of each group must be whole and tell of what was acknowledged.
 *
 * The changes are groups, files, accounts, requests to join, members let in and removed. After every
 * tenth kill the database is checked as a whole. The short form is of 100 kills, or of as many as fit
 * into 80 s. Prints `N passed, N failed`; a round passes when all of its checks hold.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TrackerError } from '../../src/net/errors.js';
import { checkHistory } from '../../src/main/engine/history-check.js';
import { readHistory } from '../../src/main/engine/group-history.js';
import { ticketPublicKey } from '../../src/net/ticket.js';
import { MAX_GROUPS_PER_USER } from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import {
  connect,
  createDevice,
  sampleFile,
  type TrackerClient,
} from '../tracker/tracker-client.js';
import { allowedMs } from '../fixtures/campaign.js';
import { startTrackerProcess } from '../fixtures/tracker-process.js';
import { seededRandom } from '../fixtures/seeded-random.js';

/** Longest time under load before the kill. */
const MAX_LOAD_MS = 150;
/** Changes that wait for their acknowledgement at a time. */
const STREAMS = 4;
const SHORT_ROUNDS = 100;
const LONG_ROUNDS = 1_000;
const SHORT_MS = 80_000;
/** Half of all starts have to be this fast, but for what they wait for a processor. */
const MEDIAN_READY_MS = 2_000;
const CHECK_EVERY = 10;
/** From here on an old group is ended for each new one: a user may be in so many and no more. */
const MANY_GROUPS = MAX_GROUPS_PER_USER - 2 * STREAMS;
const account = { userId: 'anna', password: 'secret' };
const other = { userId: 'ben', password: 'secret' };

/** What a group must look like: `undefined` while a change was sent and not acknowledged. */
type Expected = 'present' | 'absent' | undefined;

class Campaign {
  /** Acknowledged state of each group and of the file shared in it. */
  readonly #groups = new Map<string, Expected>();
  readonly #files = new Map<string, Expected>();
  /** Whether ben is in a group; and accounts by their ids. */
  readonly #guests = new Map<string, Expected>();
  readonly #users = new Map<string, Expected>();
  /** What the tracker has acknowledged of each group, as its history tells it. */
  readonly #told = new Map<string, string[]>();
  /** The raw key with which the tracker signs, base64. */
  ticketKey = '';
  readonly #random: () => number;
  #lastGroup = 0;
  #lastUser = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Makes changes until the connection is gone. */
  load(client: TrackerClient, guest: TrackerClient): Promise<void> {
    return untilLost(async () => {
      for (;;) await this.#change(client, guest, `group-${++this.#lastGroup}`);
    });
  }

  /** Makes accounts until the connection is gone. */
  loadUsers(client: TrackerClient): Promise<void> {
    return untilLost(async () => {
      for (;;) {
        const userId = `user-${++this.#lastUser}`;
        this.#users.set(userId, undefined);
        await client.call('createUser', { userId, password: 'secret' });
        this.#users.set(userId, 'present');
      }
    });
  }

  /** Accounts that were acknowledged must be there: their ids are taken. */
  async checkUsers(client: TrackerClient): Promise<string[]> {
    const wrong: string[] = [];
    for (const [userId, expected] of this.#users) {
      if (expected !== 'present') continue;
      const taken = await client.call('createUser', { userId, password: 'secret' }).then(
        () => false,
        (error: unknown) => error instanceof TrackerError && error.code === 'USER_EXISTS',
      );
      if (!taken) wrong.push(`${userId} is gone`);
    }
    this.#users.clear();
    return wrong;
  }

  /** Ben is in the groups in which he was let, and in no others. */
  async checkGuest(guest: TrackerClient): Promise<string[]> {
    const memberOf = new Set<string>();
    for (let after: { after?: string } = {}; ;) {
      const page = await guest.call('listMemberships', after);
      for (const { groupId } of page.items) memberOf.add(groupId);
      if (page.next === undefined) break;
      after = { after: page.next };
    }
    const wrong: string[] = [];
    for (const [groupId, expected] of this.#guests) {
      const found = memberOf.has(groupId) ? 'present' : 'absent';
      const isEnded = this.#groups.get(groupId) === 'absent';
      if (expected !== undefined && expected !== found && !isEnded) {
        wrong.push(`ben is ${found} in ${groupId}`);
      }
    }
    for (const groupId of memberOf) await guest.call('leaveGroup', { groupId });
    this.#guests.clear();
    return wrong;
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
      if (found === 'present') {
        wrong.push(...(await this.#checkFile(client, groupId)));
        wrong.push(...(await this.#checkHistory(client, groupId)));
      }
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
    this.#told.clear();
  }

  async #change(client: TrackerClient, guest: TrackerClient, groupId: string): Promise<void> {
    const present = [...this.#groups].filter(([, state]) => state !== 'absent');
    const oldest = present.find(([, state]) => state === 'present');
    if (oldest && present.length >= MANY_GROUPS) await this.#end(client, oldest[0]);
    this.#groups.set(groupId, undefined);
    await client.call('createGroup', { groupId });
    this.#groups.set(groupId, 'present');
    this.#tell(groupId, 'create');
    const { fileId, description } = sampleFile(Math.floor(this.#random() * 5));
    this.#files.set(groupId, undefined);
    await client.call('shareFile', { groupId, name: 'file', fileId, description });
    this.#files.set(groupId, 'present');
    this.#tell(groupId, 'share');
    if (this.#random() < 0.3) {
      this.#files.set(groupId, undefined);
      await client.call('stopShare', { groupId, name: 'file' });
      this.#files.set(groupId, 'absent');
      this.#tell(groupId, 'stop');
    }
    if (this.#random() < 0.3) await this.#invite(client, guest, groupId);
    else if (this.#random() < 0.3) await this.#end(client, groupId);
  }

  async #end(client: TrackerClient, groupId: string): Promise<void> {
    this.#groups.set(groupId, undefined);
    this.#files.set(groupId, undefined);
    await client.call('leaveGroup', { groupId });
    this.#groups.set(groupId, 'absent');
  }

  /** Ben asks, is let in, and perhaps removed again. */
  async #invite(client: TrackerClient, guest: TrackerClient, groupId: string): Promise<void> {
    const { userId } = other;
    this.#guests.set(groupId, 'absent');
    if (!(await asks(guest, groupId))) return;
    this.#guests.set(groupId, undefined);
    await client.call('acceptRequest', { groupId, userId });
    this.#guests.set(groupId, 'present');
    this.#tell(groupId, 'accept');
    if (this.#random() < 0.5) return;
    this.#guests.set(groupId, undefined);
    await client.call('kick', { groupId, userId });
    this.#guests.set(groupId, 'absent');
    this.#tell(groupId, 'kick');
  }

  #tell(groupId: string, action: string): void {
    this.#told.set(groupId, [...(this.#told.get(groupId) ?? []), action]);
  }

  /** It is whole, and what was acknowledged is in it, in that order. */
  async #checkHistory(client: TrackerClient, groupId: string): Promise<string[]> {
    const told = await readHistory(client, groupId);
    const publicKey = ticketPublicKey(Buffer.from(this.ticketKey, 'base64'));
    const verdict = checkHistory(told, [], publicKey);
    if (verdict.state === 'broken') {
      return [`entry ${verdict.seq} of ${groupId} is ${verdict.flaw}`];
    }
    const actions = told.entries.map(({ action }) => action);
    let place = -1;
    const isTold = (this.#told.get(groupId) ?? []).every((action) => {
      place = actions.indexOf(action, place + 1);
      return place !== -1;
    });
    return isTold ? [] : [`the history of ${groupId} is ${actions.join(', ')}`];
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

/** False when ben asks more often than one may, which is no change. */
async function asks(guest: TrackerClient, groupId: string): Promise<boolean> {
  try {
    await guest.call('joinGroup', { groupId });
    return true;
  } catch (error) {
    if (error instanceof TrackerError && error.code === 'LIMIT_REACHED') return false;
    throw error;
  }
}

/** Works until the connection is gone. */
async function untilLost(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof TrackerError) || error.code !== 'CONNECTION_LOST') throw error;
  }
}

/** The numbers on the command line. */
function numbersGiven(): number[] {
  return process.argv
    .slice(2)
    .filter((word, index, words) => !word.startsWith('--') && words[index - 1] !== '--minutes')
    .map(Number);
}

/** What SQLite finds wrong with the whole database, while no tracker has it. */
async function flawsOf(dataDir: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL('../fixtures/database-flaws-child.js', import.meta.url)),
    join(dataDir, 'tracker.db'),
  ]);
  return JSON.parse(stdout) as string[];
}

/** One user's connection after each start: the first time an account, then its login again. */
class Visitor {
  readonly #device = createDevice();
  readonly #account: typeof account;
  #token: string | undefined;
  ticketKey = '';

  constructor(account: { userId: string; password: string }) {
    this.#account = account;
  }

  async enter(address: PeerAddress): Promise<TrackerClient> {
    const client = await connect(address, this.#device.credentials);
    if (this.#token === undefined) {
      await client.call('createUser', this.#account);
      const { token, ticketKey } = await client.call('login', this.#account);
      this.#token = token;
      this.ticketKey = ticketKey;
    } else {
      await client.call('resume', { token: this.#token });
    }
    return client;
  }
}

interface Spread {
  readonly medianMs: number;
  readonly slowestMs: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { medianMs: sorted[Math.floor(sorted.length / 2)]!, slowestMs: sorted.at(-1)! };
}

function told({ medianMs, slowestMs }: Spread): string {
  return `${medianMs.toFixed(0)} ms (median), ${slowestMs.toFixed(0)} ms (slowest)`;
}

async function main(): Promise<void> {
  const isShort = process.argv.includes('--short');
  const [rounds = isShort ? SHORT_ROUNDS : LONG_ROUNDS, seed = 1] = numbersGiven();
  const deadlineMs = performance.now() + allowedMs(isShort, SHORT_MS);
  const random = seededRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'p2p-tracker-kill-'));
  const campaign = new Campaign(random);
  const [anna, ben] = [new Visitor(account), new Visitor(other)];
  const starts: { readonly readyMs: number; readonly ownMs: number }[] = [];
  let kills = 0;
  let failed = 0;
  console.log(`tracker-kill, seed ${seed}`);
  // One start more than kills: the last one only checks what the last kill left.
  for (;;) {
    const tracker = await startTrackerProcess(dataDir);
    starts.push({ readyMs: tracker.readyMs, ownMs: tracker.readyMs - tracker.waitedMs });
    const [client, guest] = [await anna.enter(tracker.address), await ben.enter(tracker.address)];
    campaign.ticketKey = anna.ticketKey;
    const wrong = [
      ...(await campaign.checkUsers(client)),
      ...(await campaign.checkGuest(guest)),
      ...(await campaign.check(client)),
    ];
    const isOver = kills === rounds || performance.now() > deadlineMs;
    if (!isOver) await campaign.tidy(client);
    const streams = isOver
      ? []
      : [...Array.from({ length: STREAMS }, () => campaign.load(client, guest))];
    if (!isOver) streams.push(campaign.loadUsers(guest));
    // Hashing a password takes longer than most loads.
    const loadMs = random() * MAX_LOAD_MS * (random() < 0.2 ? 4 : 1);
    if (!isOver) await new Promise((resolve) => setTimeout(resolve, loadMs));
    await tracker.kill();
    await Promise.all(streams);
    if (isOver || kills % CHECK_EVERY === 0) wrong.push(...(await flawsOf(dataDir)));
    if (wrong.length > 0) failed++;
    for (const what of wrong) console.log(`after kill ${kills}: ${what}`);
    if (isOver) break;
    kills++;
  }
  await rm(dataDir, { recursive: true });
  const [own, whole] = [
    spreadOf(starts.map((one) => one.ownMs)),
    spreadOf(starts.map((one) => one.readyMs)),
  ];
  if (own.medianMs > MEDIAN_READY_MS) failed++;
  console.log(
    `${kills} kills; back in ${told(whole)}; without what it waited for a processor in ${told(own)}`,
  );
  console.log(`${Math.max(0, kills - failed)} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
