/**
 * Two keep a folder the same as their group, both ways, while they write to it and `p2p sync` is killed with SIGKILL at
 * random moments on either side, and the tracker now and then. Checked after each round: no file has bytes that nobody
 * wrote, and what a user wrote last and did not remove is in their folder. Once nobody disturbs them both folders come
 * to be the same within a bound; what stayed beside a newer version is each side's own. Then nothing comes twice, and no
 * part file is left but of what nobody has any more.
 */
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { KiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { KeptSide, withoutNumber, type Written } from '../fixtures/kept-side.js';
import { ProgramWorld } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { seededRandom } from '../fixtures/seeded-random.js';

const SHORT_MS = 10_000;
const SHORT_LIVES = 1;
const LONG_LIVES = 1_000;
/** Rounds of two kills before both are left alone. */
const ROUNDS_PER_LIFE = 6;
/** A `sync` that tells too little for its moment is killed after so long. */
const LIFE_MS = 12_000;
/** Both are the same so soon after the last disturbance. */
const CALM_MS = 120_000;
const LOOK_MS = 500;

await runCampaign('sync-kill', async ({ isShort, folder, random, check, say }) => {
  const untilMs = performance.now() + allowedMs(isShort, SHORT_MS);
  const world = new ProgramWorld(folder);
  let tracker = await world.startTracker();
  const written: Written = new Map([['first', new Set()]]);
  const sides = ['ann', 'ben'].map((name) => {
    const own = seededRandom(Math.floor(random() * 2 ** 32));
    return new KeptSide({ world, name, random: own, written });
  });
  const first = sampleBytes(100 * KiB);
  written.get('first')!.add(first.toString('latin1'));
  const eachSide = async (check: (side: KeptSide) => Promise<string[]>): Promise<string> => {
    const found = await Promise.all(sides.map(check));
    return found
      .flatMap((names, at) => names.map((name) => `${sides[at]!.name}: ${name}`))
      .join(' ');
  };
  try {
    await world.pair('first', first);
    for (const side of sides) await mkdir(side.folder);
    let [kills, lives] = [0, 0];
    while (
      lives < (isShort ? SHORT_LIVES : LONG_LIVES) &&
      (lives === 0 || performance.now() < untilMs)
    ) {
      for (let round = 0; round < ROUNDS_PER_LIFE; round++) {
        if (round > 0 && performance.now() > untilMs) break;
        await Promise.all(
          sides.map(async (side) => {
            for (let count = side.below(4); count > 0; count--) await side.edit();
            const life = side.liveOnce(LIFE_MS);
            await sleep(side.below(3_000));
            await side.edit();
            await life;
          }),
        );
        kills += sides.length;
        if (random() < 0.2) {
          tracker.child.kill('SIGKILL');
          await tracker.ended;
          tracker = await world.startTracker();
        }
        const mixed = await eachSide((side) => side.mixed());
        check(mixed === '', `kill ${kills}: no bytes that nobody wrote (${mixed})`);
        const lost = await eachSide((side) => side.lost());
        check(lost === '', `kill ${kills}: what was written is there (${lost})`);
      }
      const calm = await comeTogether(sides);
      check(calm.isSame, `after ${kills} kills both folders are the same within ${calm.seconds} s`);
      if (!calm.isSame) await tellWhy(sides, say);
      const lost = await eachSide((side) => side.lost());
      check(lost === '', `and what was written is there (${lost})`);
      const mixed = await eachSide((side) => side.mixed());
      check(mixed === '', `and nothing else (${mixed})`);
      for (const side of sides) {
        const left = await side.needlessParts();
        check(left.length === 0, `no part file is left to ${side.name} (${left.join(' ')})`);
        const args = [...side.args, '--once', '--json', '--exclude', 'gone-*'];
        const { stdout } = await world.run({ home: world.path(side.name), args, limitMs: 60_000 });
        const { fetched } = JSON.parse(stdout || '{}') as { fetched?: number };
        check(fetched === 0, `nothing comes twice to ${side.name}: ${stdout.trim().slice(0, 300)}`);
      }
      lives++;
    }
    say(`${kills} kills, ${lives} times left alone, ${written.size} names`);
  } finally {
    await world.close();
  }
});

interface Calm {
  readonly isSame: boolean;
  readonly seconds: number;
}

/** Both run until they are the same, and nobody disturbs them. */
async function comeTogether(sides: readonly KeptSide[]): Promise<Calm> {
  const startedMs = performance.now();
  const controller = new AbortController();
  const lives = sides.map((side) => side.live(CALM_MS + 60_000, controller.signal));
  let isSame = false;
  while (!isSame && performance.now() - startedMs < CALM_MS) {
    await sleep(LOOK_MS);
    const [one, other] = await Promise.all(sides.map((side) => namesOf(side)));
    isSame = isEqual(one!, other!);
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  controller.abort();
  await Promise.all(lives);
  return { isSame, seconds };
}

/** Without what stays beside a newer version. */
async function namesOf(side: KeptSide): Promise<Map<string, string>> {
  return new Map([...(await side.contents())].filter(([name]) => withoutNumber(name) === name));
}

function isEqual(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, bytes]) => other.get(name) === bytes);
}

async function tellWhy(sides: readonly KeptSide[], say: (line: string) => void): Promise<void> {
  const [one, other] = await Promise.all(sides.map((side) => namesOf(side)));
  const names = new Set([...one!.keys(), ...other!.keys()]);
  for (const name of names) {
    const [a, b] = [one!.get(name), other!.get(name)];
    if (a !== b)
      say(`# ${name}: ${a?.length ?? 'not there'} and ${b?.length ?? 'not there'} bytes`);
  }
  for (const side of sides) for (const line of side.told.slice(-40)) say(`# ${side.name} ${line}`);
}
