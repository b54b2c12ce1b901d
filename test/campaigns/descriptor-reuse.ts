/**
 * Downloads are stopped at random moments while threads write, and engines are closed, while the same
 * process opens and closes other files all the time: a descriptor's number that is given back too early
 * means one of those. Checked: not one byte of them changes, and what is fetched in the end is right.
 */
import { open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { P2pError } from '../../src/net/errors.js';
import { KiB, MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import type { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';

const FILE = 'film.mkv';
const CONTENT_BYTES = 24 * MiB;
/** Files of somebody else, of whom so many are open at a time. */
const STRANGERS = 24;
const STRANGER_BYTES = 64 * KiB;
/** A stop comes at most this long after the start. */
const MAX_RUN_MS = 120;
/** Every so many stops, the whole engine is closed and opened again. */
const STOPS_PER_ENGINE = 10;

/** Files that are open for writing and that nobody writes. */
class Strangers {
  readonly #folder: string;
  readonly #random: () => number;
  readonly #content = sampleBytes(STRANGER_BYTES, 'stranger');
  readonly #open = new Map<number, FileHandle>();
  #isOver = false;
  #turnover: Promise<void> = Promise.resolve();
  opened = 0;

  constructor(folder: string, random: () => number) {
    this.#folder = folder;
    this.#random = random;
  }

  async start(): Promise<void> {
    for (let number = 0; number < STRANGERS; number++)
      await writeFile(this.#path(number), this.#content);
    this.#turnover = this.#turnOver();
  }

  /** Numbers of files that are not what they were. */
  async changed(): Promise<number[]> {
    const changed: number[] = [];
    for (let number = 0; number < STRANGERS; number++) {
      if (!(await readFile(this.#path(number))).equals(this.#content)) changed.push(number);
    }
    return changed;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#turnover;
    for (const handle of this.#open.values()) await handle.close();
  }

  async #turnOver(): Promise<void> {
    while (!this.#isOver) {
      const number = Math.floor(this.#random() * STRANGERS);
      const handle = this.#open.get(number);
      if (handle) {
        this.#open.delete(number);
        await handle.close();
      } else {
        this.#open.set(number, await open(this.#path(number), 'r+'));
        this.opened++;
      }
      await sleep(1);
    }
  }

  #path(number: number): string {
    return join(this.#folder, `stranger-${number}`);
  }
}

await runCampaign('descriptor-reuse', async ({ isShort, folder, random, check, say }) => {
  const wanted = isShort ? 100 : 1_000;
  const deadlineMs = performance.now() + allowedMs(isShort);
  const content = sampleBytes(CONTENT_BYTES);
  const swarm = await TestSwarm.start(folder);
  const ann = await swarm.client('ann');
  await ann.share(FILE, content);
  let bob = await swarm.client('bob', { threads: 2 });
  const strangers = new Strangers(folder, random);
  await strangers.start();
  let completed = 0;
  let right = 0;
  let stops = 0;
  while (stops < wanted && performance.now() < deadlineMs) {
    const stop = ++stops;
    const copy = bob.path(`copy-${stop}`);
    const isStopped = await stopAtRandom(bob, copy, random() * MAX_RUN_MS, stop);
    if (!isStopped) {
      completed++;
      if ((await readFile(copy)).equals(content)) right++;
      await bob.engine.stopShare(GROUP, FILE).catch(ignoreRefusal);
    }
    await rm(copy, { force: true });
    if (stop % STOPS_PER_ENGINE !== 0) continue;
    await bob.close();
    bob = await swarm.openClient('bob', { threads: 2 });
    await bob.logIn();
    await bob.serve();
  }
  const last = bob.path('last-copy');
  await bob.download(FILE, { destination: last });
  check((await readFile(last)).equals(content), 'what is fetched in the end is right');
  check(
    right === completed,
    `${right} of ${completed} downloads that were not stopped in time are right`,
  );
  await strangers.close();
  const changed = await strangers.changed();
  check(changed.length === 0, `no byte of ${STRANGERS} files of somebody else has changed`);
  say(`# ${stops} stops, while other files were opened ${strangers.opened} times`);
  await swarm.close();
});

/** A download that is cancelled, or whose engine is closed, after a while; true when that stopped it. */
async function stopAtRandom(
  bob: SwarmClient,
  destination: string,
  afterMs: number,
  stop: number,
): Promise<boolean> {
  const id = await bob.start(FILE, { destination });
  const ended = bob.finish(id).then(
    () => false,
    (error: unknown) => ignoreRefusal(error) ?? true,
  );
  await sleep(afterMs);
  if (stop % STOPS_PER_ENGINE === 0) await bob.close();
  else await bob.engine.cancelDownload(id).catch(ignoreRefusal);
  return ended;
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof P2pError)) throw error;
  return undefined;
}
