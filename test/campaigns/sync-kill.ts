/**
 * Two people keep a folder the same as their group, both ways, while files come and change on both sides and `p2p sync`
 * is killed at random moments, sometimes with a kill of the tracker. In the end both folders are the same, every content
 * that somebody wrote last is in both, and nothing is fetched again that is there.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { GROUP, ProgramWorld, type Run } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const SHORT_ROUNDS = 3;
const LONG_ROUNDS = 60;
const SHORT_MS = 25_000;
/** A kill comes so long after the start of `sync`, at most. */
const MOST_MS = 3_500;
const NAMES = 12;
/** Rounds in which both have to come to agree once nobody disturbs them. */
const MOST_CALM_ROUNDS = 8;

await runCampaign('sync-kill', async ({ isShort, folder, random, check, say }) => {
  const world = new ProgramWorld(folder);
  let tracker = await world.startTracker();
  const people = ['ann', 'ben'] as const;
  const kept = (name: string): string => world.path(`${name}-kept`);
  const sync = (name: string, ...more: string[]): Pick<Run, 'home' | 'args'> => {
    const args = ['sync', GROUP, kept(name), '--both', ...more];
    return { home: world.path(name), args };
  };
  /** What was written last on each side, by name. */
  const written = new Map<string, string>();
  const below = (count: number): number => Math.floor(random() * count);
  const change = async (name: string): Promise<void> => {
    // Each has names of their own, and some that both change.
    const number = below(NAMES);
    const file = number % 3 === 0 ? `both-${number}` : `${name}-${number}`;
    const seed = `${name} ${file} ${random()}`;
    await writeFile(join(kept(name), file), sampleBytes(1 + below(700 * KiB), seed));
    written.set(`${name}/${file}`, (await readFile(join(kept(name), file))).toString('latin1'));
  };
  try {
    await world.pair('first', sampleBytes(100 * KiB));
    const untilMs = performance.now() + allowedMs(isShort, SHORT_MS);
    for (const name of people) await mkdir(kept(name));
    let rounds = 0;
    for (
      ;
      rounds < (isShort ? SHORT_ROUNDS : LONG_ROUNDS) && performance.now() < untilMs;
      rounds++
    ) {
      await Promise.all(
        people.map(async (name) => {
          for (let count = below(4); count > 0; count--) await change(name);
          const running = world.run({ ...sync(name), limitMs: 300 + below(MOST_MS) });
          await sleep(below(1_500));
          await change(name);
          await running;
        }),
      );
      if (random() < 0.2) {
        tracker.child.kill('SIGKILL');
        await tracker.ended;
        tracker = await world.startTracker();
      }
    }
    let calm = 0;
    const look = async (): Promise<Map<string, string>[]> =>
      Promise.all(people.map((name) => contentsOf(kept(name))));
    for (; calm < MOST_CALM_ROUNDS; calm++) {
      // What is new is shared once it has been at rest; both have to run for that.
      await Promise.all(people.map((name) => world.run({ ...sync(name), limitMs: 10_000 })));
      const [one, other] = await look();
      if (one && other && isSame(shared(one), shared(other))) break;
    }
    const [one = new Map<string, string>(), other = new Map<string, string>()] = await look();
    check(isSame(shared(one), shared(other)), `after ${rounds} rounds both folders are the same`);
    const all = new Set([...one.values(), ...other.values()]);
    const lost = [...written].filter(([, content]) => !all.has(content)).map(([name]) => name);
    check(lost.length === 0, `nothing that was written last is lost: ${lost.join(' ')}`);
    for (const name of people) {
      const ended = await world.run({ ...sync(name, '--once', '--json'), limitMs: 60_000 });
      const report = JSON.parse(ended.stdout || '{}') as { fetched?: number; files?: number };
      check(report.fetched === 0, `nothing comes twice to ${name}: ${ended.stdout.trim()}`);
    }
    say(`# ${rounds} rounds, ${written.size} names, ${calm + 1} calm rounds`);
  } finally {
    await world.close();
  }
});

/** Names that are kept the same: not what stays beside a newer version. */
function shared(contents: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...contents].filter(([name]) => !/~\d+$/.test(name)));
}

function isSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, bytes]) => other.get(name) === bytes);
}

async function contentsOf(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => !/^\.|\.part$/.test(name));
  const read = names.map(
    async (name) => [name, (await readFile(join(folder, name))).toString('latin1')] as const,
  );
  return new Map(await Promise.all(read));
}
