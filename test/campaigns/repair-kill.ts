/**
 * Campaign: `verify --repair` is killed at every step of its work. A first run, watched by strace, says
 * which calls it makes on the file, its part file and their folder; then it is killed at each of them. So for
 * a file that is damaged, one that somebody has changed, and one that is missing. After
 * each kill the file in the place is the one of before or the right one, whole; the next repair brings back what
 * was shared, and leaves nothing beside it but what somebody has changed. The short form takes a sample of the steps. Linux only; needs strace.
 *
 *   node dist/test/campaigns/repair-kill.js [--short] [--minutes N] [--seed N]
 */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { KiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { damageFile } from '../fixtures/damage-file.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { GROUP, ProgramWorld, type Ended } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const FILE = 'film';
const PIECE = 256 * KiB;
const film = sampleBytes(4 * PIECE - 100);
const SHORT_STEPS = 9;
const SHORT_MS = 60_000;

/** What changes something; strace passes over the names that a machine lacks. */
const CALLS =
  'openat,ftruncate,pwrite64,write,fdatasync,fsync,fchmod,ioctl,copy_file_range,rename,renameat,link,unlink'
    .split(',')
    .map((call) => `?${call}`)
    .join(',');

/** What was wrong before, and how it becomes so. The second piece of the file, and the last one, are wrong from now on. */
const FLAWS = {
  damaged: async (file: string): Promise<void> => {
    await damageFile(file, PIECE + 5);
    await damageFile(file, film.length - 1);
  },
  changed: async (file: string): Promise<void> => {
    const theirs = Buffer.from(film);
    theirs[PIECE + 5]! ^= 1;
    theirs[film.length - 1]! ^= 1;
    await writeFile(file, theirs);
  },
  missing: (file: string): Promise<void> => rm(file),
};
type FlawName = keyof typeof FLAWS;

/** A thread's nth call of one kind on these paths, while something is wrong; strace counts by thread. */
interface Step {
  readonly flaw: FlawName;
  readonly call: string;
  readonly which: number;
}

class Scene {
  readonly world: ProgramWorld;
  readonly folder: string;
  readonly file: string;

  constructor(world: ProgramWorld) {
    this.world = world;
    this.folder = world.path('shared');
    this.file = `${this.folder}/${FILE}`;
  }

  repair(...strace: string[]): Promise<Ended> {
    const paths = ['-P', this.file, '-P', `${this.file}.repair.part`, '-P', this.folder];
    const base = ['strace', '-f', '-qq', '--seccomp-bpf', ...paths, '-e', `trace=${CALLS}`];
    const wrap = strace.length > 0 ? [...base, ...strace, '-o', this.world.path('trace')] : [];
    const args = ['verify', GROUP, FILE, '--repair', '--quiet'];
    return this.world.run({ home: this.world.path('ben'), args, wrap });
  }

  /** Every step of a repair that comes to its end. */
  async steps(flaw: FlawName): Promise<Step[]> {
    await FLAWS[flaw](this.file);
    const { status, stderr } = await this.repair('-y');
    if (status !== 0) throw new Error(`a repair ended with ${status}: ${stderr}`);
    const trace = await readFile(this.world.path('trace'), 'utf8');
    const byThread = new Map<string, number>();
    const most = new Map<string, number>();
    for (const [, thread, call = ''] of trace.matchAll(/^(\d+) +(\w+)\(/gm)) {
      const count = (byThread.get(`${thread} ${call}`) ?? 0) + 1;
      byThread.set(`${thread} ${call}`, count);
      most.set(call, Math.max(count, most.get(call) ?? 0));
    }
    return [...most].flatMap(([call, count]) =>
      Array.from({ length: count }, (_, index) => ({ flaw, call, which: index + 1 })),
    );
  }

  /** Nothing is left beside the file, and nothing of an earlier repair. */
  async clear(): Promise<void> {
    for (const name of await this.#namesBeside()) await rm(`${this.folder}/${name}`);
  }

  /** What is wrong after a kill at a step, and after the next repair. */
  async kill({ flaw, call, which }: Step): Promise<string[]> {
    const nothing = Buffer.alloc(0);
    await FLAWS[flaw](this.file);
    const before = await readFile(this.file).catch(() => nothing);
    await this.repair('-e', `inject=${call}:signal=KILL:when=${which}`);
    const left = await readFile(this.file).catch(() => nothing);
    const isWhole = left.equals(before) || left.equals(film);
    const lengths = await this.#lengthsBeside();
    const again = await this.repair();
    const names = await this.#namesBeside();
    const kept = names.filter((name) => name.startsWith(`${FILE}~`));
    const others = names.filter((name) => !kept.includes(name));
    const isKept = kept.map(async (name) =>
      (await readFile(`${this.folder}/${name}`)).equals(before),
    );
    const areKept = (await Promise.all(isKept)).every(Boolean);
    const isRight = flaw === 'changed' ? kept.length > 0 && areKept : kept.length === 0;
    return [
      ...(isWhole ? [] : ['the file in the place is neither the one of before nor the right one']),
      ...lengths
        .filter((length) => length !== 0 && length !== film.length)
        .map((length) => `the part file has ${length} bytes`),
      ...(again.status === 0
        ? []
        : [`the next repair ended with ${again.status}: ${again.stderr}`]),
      ...((await readFile(this.file)).equals(film) ? [] : ['the file is not what was shared']),
      ...(others.length === 0 ? [] : [`there is ${others.join(', ')}`]),
      ...(isRight ? [] : [`of what was there is kept: ${kept.join(', ')}`]),
    ];
  }

  /** Of what lies beside the file. */
  async #lengthsBeside(): Promise<number[]> {
    const names = await this.#namesBeside();
    const contents = names.map((name) => readFile(`${this.folder}/${name}`));
    return (await Promise.all(contents)).map(({ length }) => length);
  }

  async #namesBeside(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name !== FILE);
  }
}

/** Ann shares a file, and ben the same from a place of his own. */
async function setUp(world: ProgramWorld): Promise<Scene> {
  const scene = new Scene(world);
  await world.startTracker();
  await world.pair(FILE, film);
  await mkdir(scene.folder);
  await copyFile(world.path(FILE), scene.file);
  await world.must({ home: world.path('ben'), args: ['upload', scene.file, GROUP, '--quiet'] });
  await world.serve('ann');
  return scene;
}

await runCampaign('repair-kill', async ({ isShort, folder, random, check, say }) => {
  const refusal = await haveTool('strace', 'strace');
  if (refusal !== undefined) return say(`skipped: ${refusal}`);
  const world = new ProgramWorld(folder);
  try {
    const scene = await setUp(world);
    const steps: Step[] = [];
    for (const flaw of Object.keys(FLAWS) as FlawName[]) {
      steps.push(...(await scene.steps(flaw)));
      await scene.clear();
    }
    const chosen = [...steps].sort(() => random() - 0.5).slice(0, isShort ? SHORT_STEPS : Infinity);
    const deadlineMs = performance.now() + allowedMs(isShort, SHORT_MS);
    let tried = 0;
    for (const step of chosen) {
      if (performance.now() > deadlineMs) break;
      tried++;
      const flaws = await scene.kill(step);
      check(
        flaws.length === 0,
        [`${step.flaw}, killed at ${step.call} ${step.which}`, ...flaws].join('; '),
      );
      // Else all that follows would begin with what is wrong.
      await scene.clear();
    }
    say(`${tried} of ${steps.length} steps`);
  } finally {
    await world.close();
  }
});
