/**
 * Campaign: `verify --repair` is killed at every step of its work. A first run, watched by strace, says
 * which calls it makes on the damaged file, its part file and their folder; then it is killed at each of them. After
 * each kill the file in the place is the damaged one or the right one, whole; the next repair brings back what
 * was shared, and leaves nothing beside it. The short form takes a sample of the steps. Linux only; needs strace.
 *
 *   node dist/test/campaigns/repair-kill.js [--short] [--minutes N] [--seed N]
 */
import { copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { KiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign } from '../fixtures/campaign.js';
import { damageFile } from '../fixtures/damage-file.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { GROUP, ProgramWorld, type Ended } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const FILE = 'film';
const PIECE = 256 * KiB;
const film = sampleBytes(4 * PIECE - 100);
const SHORT_STEPS = 8;
const SHORT_MS = 60_000;

/** What changes something; strace passes over the names that a machine lacks. */
const CALLS =
  'openat,ftruncate,pwrite64,write,fdatasync,fsync,fchmod,ioctl,copy_file_range,rename,renameat,link,unlink'
    .split(',')
    .map((call) => `?${call}`)
    .join(',');

/** A thread's nth call of one kind on these paths; strace counts by thread. */
interface Step {
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

  /** The second piece of the file, and the last one, are wrong from now on. */
  async damage(): Promise<void> {
    await damageFile(this.file, PIECE + 5);
    await damageFile(this.file, film.length - 1);
  }

  repair(...strace: string[]): Promise<Ended> {
    const paths = ['-P', this.file, '-P', `${this.file}.repair.part`, '-P', this.folder];
    const base = ['strace', '-f', '-qq', '--seccomp-bpf', ...paths, '-e', `trace=${CALLS}`];
    const wrap = strace.length > 0 ? [...base, ...strace, '-o', this.world.path('trace')] : [];
    const args = ['verify', GROUP, FILE, '--repair', '--quiet'];
    return this.world.run({ home: this.world.path('ben'), args, wrap });
  }

  /** Every step of a repair that comes to its end. */
  async steps(): Promise<Step[]> {
    await this.damage();
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
      Array.from({ length: count }, (_, index) => ({ call, which: index + 1 })),
    );
  }

  /** What is wrong after a kill at a step, and after the next repair. */
  async kill({ call, which }: Step): Promise<string[]> {
    await this.damage();
    const damaged = await readFile(this.file);
    await this.repair('-e', `inject=${call}:signal=KILL:when=${which}`);
    const left = await readFile(this.file).catch(() => Buffer.alloc(0));
    const isWhole = left.equals(damaged) || left.equals(film);
    const lengths = await this.#lengthsBeside();
    const again = await this.repair();
    const names = await readdir(this.folder);
    return [
      ...(isWhole ? [] : ['the file in the place is neither the damaged one nor the right one']),
      ...lengths
        .filter((length) => length !== 0 && length !== film.length)
        .map((length) => `the part file has ${length} bytes`),
      ...(again.status === 0
        ? []
        : [`the next repair ended with ${again.status}: ${again.stderr}`]),
      ...((await readFile(this.file)).equals(film) ? [] : ['the file is not what was shared']),
      ...(names.length === 1 ? [] : [`there is ${names.join(', ')}`]),
    ];
  }

  /** Of what lies beside the file. */
  async #lengthsBeside(): Promise<number[]> {
    const names = (await readdir(this.folder)).filter((name) => name !== FILE);
    const contents = names.map((name) => readFile(`${this.folder}/${name}`));
    return (await Promise.all(contents)).map(({ length }) => length);
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
    const steps = await scene.steps();
    const chosen = [...steps].sort(() => random() - 0.5).slice(0, isShort ? SHORT_STEPS : Infinity);
    const deadlineMs = performance.now() + allowedMs(isShort, SHORT_MS);
    let tried = 0;
    for (const step of chosen) {
      if (performance.now() > deadlineMs) break;
      tried++;
      const flaws = await scene.kill(step);
      check(flaws.length === 0, [`killed at ${step.call} ${step.which}`, ...flaws].join('; '));
      // Else all that follows would begin with what is wrong.
      await rm(`${scene.file}.repair.part`, { force: true });
    }
    say(`${tried} of ${steps.length} steps`);
  } finally {
    await world.close();
  }
});
