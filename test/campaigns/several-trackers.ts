/**
 * Three trackers on one database and one presence server; every few seconds one of them is killed, and started again a
 * moment later. Meanwhile pairs of people make groups, let each other in, share and kick, at whichever tracker answers, and
 * ask again when an answer is lost. Checked: whatever was answered is there at the end, at each of the trackers; whoever was
 * kicked gets no ticket at any; and nearly no call fails.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TrackerError } from '../../src/net/errors.js';
import { OUTBOX_STALE_MS } from '../../src/net/limits.js';
import type { PeerAddress, TrackerMethod, TrackerMethods } from '../../src/net/tracker-api.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { noPostgres, PostgresServer } from '../fixtures/postgres-server.js';
import { noRedis, RedisServer } from '../fixtures/redis-server.js';
import { startTrackerProcess, type TrackerProcess } from '../fixtures/tracker-process.js';
import {
  connect,
  createDevice,
  sampleFile,
  type TrackerClient,
} from '../tracker/tracker-client.js';

const SHORT_MS = 30_000;
const KILL_EVERY_MS = 5_000;
const DOWN_MS = 1_000;
/** A call is given up after this. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 50;
const PAIRS = 4;
/** Rounds of the same two people: nobody may be in more than so many groups. */
const ROUNDS_OF_A_PAIR = 25;

/** What says that somebody should ask again, or elsewhere. */
const AGAIN = ['BUSY', 'CONNECTION_LOST', 'TRACKER_STORAGE', 'TIMED_OUT', 'NOT_LOGGED_IN'];

interface Tally {
  calls: number;
  failed: number;
  longestMs: number;
}

/** Somebody who asks at whichever tracker answers. */
class Somebody {
  readonly userId: string;
  readonly #device = createDevice();
  readonly #addresses: readonly PeerAddress[];
  readonly #tally: Tally;
  #at: number;
  #client: TrackerClient | undefined;
  /** The account is there: whoever names those that are taken again and again is made to wait. */
  readonly #isRegistered: boolean;
  #token: string | undefined;

  constructor(
    userId: string,
    addresses: readonly PeerAddress[],
    tally: Tally,
    { at = 0, isRegistered = false } = {},
  ) {
    this.userId = userId;
    this.#addresses = addresses;
    this.#tally = tally;
    this.#at = at;
    this.#isRegistered = isRegistered;
  }

  /**
   * Answers what the tracker said, or undefined when it says by one of the codes that this was done before.
   * @throws what it refuses
   */
  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
    doneBy: readonly string[] = [],
  ): Promise<TrackerMethods[M]['result'] | undefined> {
    const startMs = performance.now();
    this.#tally.calls++;
    for (;;) {
      try {
        const client = (this.#client ??= await this.#connect());
        const result = await client.call(method, params);
        this.#tally.longestMs = Math.max(this.#tally.longestMs, performance.now() - startMs);
        return result;
      } catch (error) {
        const code = error instanceof TrackerError ? error.code : 'CONNECTION_LOST';
        if (doneBy.includes(code)) return undefined;
        if (!AGAIN.includes(code)) throw error;
        if (performance.now() - startMs > PATIENCE_MS) {
          this.#tally.failed++;
          throw error;
        }
        if (code !== 'BUSY') this.#leave();
        await sleep(PAUSE_MS);
      }
    }
  }

  /** Goes to another tracker. */
  move(): void {
    this.#leave();
  }

  close(): void {
    this.#client?.socket.terminate();
  }

  #leave(): void {
    this.#client?.socket.terminate();
    this.#client = undefined;
    this.#at = (this.#at + 1) % this.#addresses.length;
  }

  async #connect(): Promise<TrackerClient> {
    const client = await connect(this.#addresses[this.#at]!, this.#device.credentials);
    const account = { userId: this.userId, password: `password of ${this.userId}` };
    if (this.#token !== undefined) await client.call('resume', { token: this.#token });
    else {
      if (!this.#isRegistered) await createUser(client, account);
      this.#token = (await client.call('login', account)).token;
    }
    return client;
  }
}

/** The answer to an earlier try may have been lost. */
async function createUser(
  client: TrackerClient,
  account: TrackerMethods['createUser']['params'],
): Promise<void> {
  await client.call('createUser', account).catch((error: unknown) => {
    if (!(error instanceof TrackerError) || error.code !== 'USER_EXISTS') throw error;
  });
}

/** What a pair was told, group by group. */
interface Told {
  readonly groupId: string;
  readonly owner: string;
  readonly member: string;
  isMember: boolean;
  hasFile: boolean;
}

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
  const tally: Tally = { calls: 0, failed: 0, longestMs: 0 };
  const untilMs = performance.now() + (isShort ? SHORT_MS : allowedMs(isShort));
  let latestKickMs = 0;
  const told: Told[] = [];

  const pair = async (number: number): Promise<void> => {
    for (let round = 0; performance.now() < untilMs; round += ROUNDS_OF_A_PAIR) {
      await rounds(number, round);
    }
  };
  const rounds = async (number: number, first: number): Promise<void> => {
    const owner = new Somebody(`owner-${number}-${first}`, addresses, tally, { at: number % 3 });
    const member = new Somebody(`member-${number}-${first}`, addresses, tally, {
      at: (number + 1) % 3,
    });
    await member.call('listGroups', {});
    // The same person at each of them, who asks nowhere else.
    const everywhere = addresses.map(
      (at) => new Somebody(member.userId, [at], tally, { isRegistered: true }),
    );
    const people = { owner: owner.userId, member: member.userId };
    for (let round = first; round < first + ROUNDS_OF_A_PAIR; round++) {
      if (performance.now() >= untilMs) break;
      const groupId = `g-${number}-${round}`;
      const one: Told = { groupId, ...people, isMember: false, hasFile: false };
      await owner.call('createGroup', { groupId }, ['GROUP_EXISTS']);
      told.push(one);
      await member.call('joinGroup', { groupId }, ['ALREADY_MEMBER', 'ALREADY_REQUESTED']);
      await owner.call('acceptRequest', { groupId, userId: member.userId }, ['NO_SUCH_REQUEST']);
      one.isMember = true;
      const { fileId, description } = sampleFile(round % 200);
      await member.call('shareFile', { groupId, name: 'film', fileId, description });
      one.hasFile = true;
      if (random() < 0.3) member.move();
      await member.call('ticket', { groupId });
      if (random() < 0.5) continue;
      await owner.call('kick', { groupId, userId: member.userId }, [
        'NO_SUCH_MEMBER',
        'NOT_A_MEMBER',
      ]);
      one.isMember = one.hasFile = false;
      const kickedAtMs = performance.now();
      // It may be given at another tracker until that has heard of it, and not later.
      const untilRefused = async (one: Somebody): Promise<void> => {
        while ((await one.call('ticket', { groupId }, ['NOT_A_MEMBER'])) !== undefined) {
          latestKickMs = Math.max(latestKickMs, performance.now() - kickedAtMs);
          await sleep(5);
        }
      };
      await Promise.all([member, ...everywhere].map(untilRefused));
    }
    for (const one of everywhere) one.close();
    owner.close();
    member.close();
  };
  const killer = async (): Promise<number> => {
    let kills = 0;
    for (let index = 0; performance.now() < untilMs; index = (index + 1) % 3) {
      await sleep(KILL_EVERY_MS);
      await trackers[index]!.kill();
      await sleep(DOWN_MS);
      trackers[index] = await start(index, addresses[index]!.port);
      kills++;
    }
    return kills;
  };
  const pairs = Array.from({ length: PAIRS }, (_, number) => pair(number));
  const [kills] = await Promise.all([killer(), ...pairs]);
  say(
    `# ${kills} killed, ${tally.calls} calls, the longest took ${Math.round(tally.longestMs)} ms; ${told.length} groups; the last ticket was given ${Math.round(latestKickMs)} ms after a kick`,
  );
  check(kills > 0 && tally.calls > 0, 'trackers were killed while people asked');
  check(
    tally.failed <= tally.calls / 1_000,
    `${tally.failed} of ${tally.calls} calls failed for good`,
  );
  check(latestKickMs <= OUTBOX_STALE_MS, 'no ticket was given long after a kick');

  for (const [index, address] of addresses.entries()) {
    const wrong: string[] = [];
    for (const userId of new Set(told.map(({ owner }) => owner))) {
      const owner = new Somebody(userId, [address], tally, { isRegistered: true });
      for (const one of told.filter((each) => each.owner === userId)) {
        const { groupId } = one;
        const members = (await owner.call('listMembers', { groupId }))?.items ?? [];
        const isMember = members.some((each) => each.userId === one.member);
        const files = (await owner.call('listFiles', { groupId }))?.items ?? [];
        if (isMember !== one.isMember || files.length !== Number(one.hasFile)) wrong.push(groupId);
      }
      owner.close();
    }
    check(wrong.length === 0, `tracker ${index} has all that was answered; wrong: ${wrong.join()}`);
  }
  for (const tracker of trackers) await tracker.kill();
  await presence.remove();
  await database.remove();
});
