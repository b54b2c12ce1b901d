/**
 * Every system call on the way of a downloaded byte fails once, or from then on: on the part file,
 * on the finished file and its folder, on the library and on the other files of the home. A first
 * run, watched by strace, says which calls there are; then each of them fails with each error that
 * it can have. Checked: the command succeeds, or ends at once with one line and the status of storage; what the
 * list of downloads says is true; and the same command without the fault gets the same bytes and
 * leaves nothing beside them. The short form takes a sample, `--points N` a larger one, and
 * `--point "left link EIO"` those whose names begin so. Linux only; needs strace.
 */
import { cp, readdir, readFile, rm, mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { KiB, MiB } from '../../src/net/limits.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { GROUP, ProgramWorld, type Ended } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const FILE = 'film';
/** Under strace, on a busy machine; without it the bound is 2 s. */
const END_AFTER_ERROR_MS = 10_000;
const SHORT_POINTS = 20;
/** A busy machine may see the end of a download before its progress. */
const MAX_ATTEMPTS = 12;

/** The calls of interest, by what they do; strace passes over the names that a machine lacks. */
const errorsByCall: Readonly<Record<string, readonly string[]>> = {
  openat: ['EIO', 'EACCES', 'EMFILE', 'ENOSPC', 'EROFS', 'ELOOP', 'ESTALE'],
  open: ['EIO', 'EACCES'],
  ftruncate: ['EFBIG', 'EIO', 'ENOSPC', 'EPERM', 'EINVAL'],
  pwrite64: ['EIO', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EAGAIN'],
  write: ['EIO', 'ENOSPC', 'EDQUOT'],
  pread64: ['EIO', 'ENOTCONN', 'ESTALE'],
  read: ['EIO', 'ENOTCONN'],
  fdatasync: ['EIO', 'ENOSPC', 'EDQUOT'],
  fsync: ['EIO', 'ENOSPC', 'EDQUOT'],
  link: ['EPERM', 'EIO', 'EOPNOTSUPP', 'EMLINK', 'EXDEV'],
  linkat: ['EPERM', 'EIO', 'EOPNOTSUPP', 'EMLINK', 'EXDEV'],
  rename: ['EIO', 'ENOSPC', 'EACCES', 'EBUSY'],
  renameat: ['EIO', 'ENOSPC', 'EACCES', 'EBUSY'],
  renameat2: ['EIO', 'ENOSPC', 'EACCES', 'EBUSY'],
  unlink: ['EIO', 'EACCES', 'EBUSY', 'EROFS'],
  unlinkat: ['EIO', 'EACCES', 'EBUSY', 'EROFS'],
  close: ['EIO', 'ENOSPC', 'EDQUOT'],
  statfs: ['EIO', 'ENOSYS', 'ESTALE'],
  statx: ['EIO', 'EACCES', 'ESTALE', 'ELOOP'],
  fstat: ['EIO', 'ESTALE'],
  newfstatat: ['EIO', 'ESTALE'],
  access: ['EACCES', 'EROFS', 'EIO'],
  faccessat: ['EACCES', 'EROFS', 'EIO'],
  readlink: ['EIO', 'EACCES'],
  mkdir: ['EACCES', 'ENOSPC', 'EROFS'],
  chmod: ['EPERM', 'EIO', 'EROFS'],
  fchmodat: ['EPERM', 'EIO', 'EROFS'],
  fcntl: ['EIO', 'ENOLCK'],
};

/** One fault. */
interface Point {
  /** What the download finds: nothing of it, or what an earlier run left. */
  readonly start: 'fresh' | 'left';
  readonly path: string;
  readonly call: string;
  readonly error: string;
  /** Which of a thread's calls on that path fails; `from` it on, or it alone. */
  readonly which: number;
  readonly isLasting: boolean;
}

/** The world of the campaign, with what each run begins with. */
class Scene {
  readonly world: ProgramWorld;
  readonly content: Buffer;
  readonly home: string;
  readonly folder: string;

  constructor(world: ProgramWorld, content: Buffer) {
    this.world = world;
    this.content = content;
    this.home = world.path('ben');
    this.folder = world.path('downloads');
  }

  get args(): string[] {
    return ['download', GROUP, FILE, this.folder, '--timeout', '8s', '--quiet'];
  }

  async keepAs(start: Point['start']): Promise<void> {
    const options = { recursive: true, preserveTimestamps: true };
    await cp(this.home, this.world.path(`${start}-home`), options);
    await cp(this.folder, this.world.path(`${start}-downloads`), options);
  }

  async goBackTo(start: Point['start']): Promise<void> {
    const options = { recursive: true, preserveTimestamps: true };
    for (const [kept, path] of [
      [`${start}-home`, this.home],
      [`${start}-downloads`, this.folder],
    ] as const) {
      await rm(path, { recursive: true, force: true });
      await cp(this.world.path(kept), path, options);
    }
  }

  async partFiles(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.endsWith('.part'));
  }

  /** Every path on which calls may fail. */
  async paths(): Promise<string[]> {
    const files = ['library.db', 'library.db-wal', 'engine.lock', 'engine.pid', 'session.json'];
    const ofHome = [...files, 'known_trackers', 'device.pem'].map((name) => `${this.home}/${name}`);
    const parts = (await this.partFiles()).map((name) => `${this.folder}/${name}`);
    return [...ofHome, this.home, this.folder, `${this.folder}/${FILE}`, ...parts];
  }

  async hasFile(): Promise<boolean> {
    const found = await readFile(`${this.folder}/${FILE}`).catch(() => undefined);
    return found?.equals(this.content) ?? false;
  }
}

await runCampaign('system-errors', async (campaign) => {
  const { isShort, folder, random, check, say } = campaign;
  const refusal = await haveTool('strace', 'strace');
  if (refusal !== undefined) return say(`skipped: ${refusal}`);
  const world = new ProgramWorld(folder);
  try {
    const scene = await setUp(world);
    const points = [...(await pointsOf(scene, 'left')), ...(await pointsOf(scene, 'fresh'))];
    say(`${points.length} points`);
    const wanted = valueOf('--point');
    const chosen = wanted
      ? points.filter((point) => nameOf(scene, point).startsWith(wanted))
      : sampleOf(points, isShort ? SHORT_POINTS : Number(valueOf('--points') ?? Infinity), random);
    for (const point of chosen) await fail(scene, point, check, say);
  } finally {
    await world.close();
  }
});

/** A download that nobody has begun, and one of which an earlier run left a part. */
async function setUp(world: ProgramWorld): Promise<Scene> {
  const content = sampleBytes(4 * MiB + 100 * KiB);
  const scene = new Scene(world, content);
  await world.startTracker();
  await world.pair(FILE, content);
  await mkdir(scene.folder);
  await scene.keepAs('fresh');
  await world.serve('ann');
  const args = ['download', GROUP, FILE, scene.folder, '--timeout', '30s', '--down', '512KiB'];
  const interrupt = (text: string, child: { kill(signal: NodeJS.Signals): unknown }): void => {
    if (/ [1-9][0-9]? %/.test(text)) child.kill('SIGINT');
  };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { status } = await world.run({ home: scene.home, args, onStderr: interrupt });
    if (status === 130 && (await scene.partFiles()).length === 1) {
      await scene.keepAs('left');
      return scene;
    }
    await scene.goBackTo('fresh');
  }
  throw new Error('no download could be interrupted');
}

/** What a run without a fault does on each path, times the errors of each call. */
async function pointsOf(scene: Scene, start: Point['start']): Promise<Point[]> {
  await scene.goBackTo(start);
  const paths = await scene.paths();
  const trace = scene.world.path('trace');
  const wrap = straceOf(paths, trace, '-y');
  const { status } = await scene.world.run({ home: scene.home, args: scene.args, wrap });
  if (status !== 0) throw new Error(`a run without a fault ended with ${status}`);
  const points: Point[] = [];
  for (const { path, call, count } of countsOf(await readFile(trace, 'utf8'), paths)) {
    for (const error of errorsByCall[call]!) {
      for (const which of new Set([1, Math.ceil(count / 2), count])) {
        const point = { start, path, call, error, which };
        points.push({ ...point, isLasting: false });
        if (which === 1) points.push({ ...point, isLasting: true });
      }
    }
  }
  return points;
}

function straceOf(paths: readonly string[], trace: string, ...more: string[]): string[] {
  const calls = Object.keys(errorsByCall).map((call) => `?${call}`);
  const filter = [...paths.flatMap((path) => ['-P', path]), '-e', `trace=${calls.join(',')}`];
  return ['strace', '-f', '-qq', '--seccomp-bpf', ...filter, ...more, '-o', trace];
}

/** Calls of one kind on one path. */
interface Calls {
  readonly path: string;
  readonly call: string;
  /** The most that one thread makes, for strace counts by thread. */
  readonly count: number;
}

function countsOf(trace: string, paths: readonly string[]): Iterable<Calls> {
  const byThread = new Map<string, number>();
  const calls = new Map<string, Calls>();
  for (const [line, thread, call = ''] of trace.matchAll(/^(\d+) +(\w+)\(.*/gm)) {
    for (const path of paths) {
      if (!line.includes(`"${path}"`) && !line.includes(`<${path}>`)) continue;
      const count = (byThread.get(`${thread} ${call} ${path}`) ?? 0) + 1;
      byThread.set(`${thread} ${call} ${path}`, count);
      const most = Math.max(count, calls.get(`${call} ${path}`)?.count ?? 0);
      calls.set(`${call} ${path}`, { path, call, count: most });
    }
  }
  return calls.values();
}

function sampleOf(points: readonly Point[], count: number, random: () => number): Point[] {
  // By what is called on what first, so that rare calls have their turn as well as frequent ones.
  const kinds = new Map<string, Point[]>();
  for (const point of points) {
    const kind = `${point.call} ${point.path}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), point]);
  }
  const rest = [...kinds.values()].sort(() => random() - 0.5);
  const chosen: Point[] = [];
  while (chosen.length < count && rest.length > 0) {
    const kind = rest.shift()!;
    chosen.push(...kind.splice(Math.floor(random() * kind.length), 1));
    if (kind.length > 0) rest.push(kind);
  }
  return chosen;
}

function nameOf(scene: Scene, { start, path, call, error, which, isLasting }: Point): string {
  const file = path.endsWith('.part') ? 'the part file' : basename(path);
  const where = path === scene.home ? 'the home' : path === scene.folder ? 'the folder' : file;
  return `${start} ${call} ${error} ${which}${isLasting ? '+' : ''} on ${where}`;
}

/** Lets one point fail, and looks at what comes of it. */
async function fail(
  scene: Scene,
  point: Point,
  check: Campaign['check'],
  say: Campaign['say'],
): Promise<void> {
  await scene.goBackTo(point.start);
  const { call, error, which, isLasting, path } = point;
  const when = `when=${which}${isLasting ? '+' : ''}`;
  const inject = ['-e', `inject=${call}:error=${error}:${when}`];
  const wrap = straceOf([path], scene.world.path('trace'), ...inject);
  const { home, args, world } = scene;
  const failed = await world.run({ home, args, wrap });
  const flaws = [
    ...flawsOfEnd(failed, isTakenForBusy(point) ? [7, 1] : [7]),
    ...(failed.status === 0 && !keepsAName(point) ? await flawsOfPlace(scene) : []),
    ...(await flawsOfState(scene, failed)),
    ...(await flawsOfRepeat(scene, keepsAName(point))),
  ];
  check(flaws.length === 0, [nameOf(scene, point), ...flaws].join('; '));
  if (flaws.length > 0) say(failed.stderr.replaceAll(/^/gm, '    '));
}

/** The finished file has both names, and the system does not let go of the one too many. */
function keepsAName({ call, path }: Point): boolean {
  return call.startsWith('unlink') && path.endsWith('.part');
}

/** SQLite takes a disk that knows no locks for a lock that somebody else has. */
function isTakenForBusy({ error, path }: Point): boolean {
  return error === 'ENOLCK' && path.endsWith('engine.lock');
}

function flawsOfEnd(
  { status, stderr, afterErrorMs }: Ended,
  statuses: readonly number[],
): string[] {
  const flaws: string[] = [];
  const errors = stderr.match(/^error: .*$/gm) ?? [];
  if (/internal error|^\s+at /m.test(stderr)) flaws.push('an internal error');
  if (afterErrorMs > END_AFTER_ERROR_MS) flaws.push(`ended ${Math.round(afterErrorMs)} ms later`);
  if (status === 0 && errors.length > 0) flaws.push('an error and status 0');
  if (status !== 0 && errors.length !== 1) flaws.push(`${errors.length} error lines`);
  if (status !== 0 && !statuses.includes(status ?? -1)) flaws.push(`status ${status}`);
  return flaws;
}

/** A finished file is whole, and alone. */
async function flawsOfPlace(scene: Scene): Promise<string[]> {
  const flaws: string[] = [];
  if (!(await scene.hasFile())) flaws.push('the file is not what was shared');
  const parts = await scene.partFiles();
  if (parts.length > 0) flaws.push('a part file beside the finished one');
  return flaws;
}

/** What the list says after the fault is what is so. */
async function flawsOfState(scene: Scene, { status }: Ended): Promise<string[]> {
  const { home, world } = scene;
  const listed = await world.run({ home, args: ['downloads', '--json'] });
  if (listed.status !== 0) return [`downloads ended with ${listed.status}: ${listed.stderr}`];
  const rows = JSON.parse(listed.stdout) as { readonly state: string }[];
  const isComplete = rows.some(({ state }) => state === 'complete');
  if (isComplete && !(await scene.hasFile())) return ['listed as complete, and is not there'];
  if (status === 0 && !isComplete) return [`downloaded, and listed as ${JSON.stringify(rows)}`];
  return [];
}

/** The same command gets the file, or says that it is there. */
async function flawsOfRepeat(scene: Scene, keepsName: boolean): Promise<string[]> {
  const { home, args, world } = scene;
  const wasThere = await scene.hasFile();
  const again = await world.run({ home, args });
  const isSaid = wasThere && again.status === 1 && again.stderr.includes('exists already');
  if (again.status !== 0 && !isSaid) return [`repeated: ${again.status}, ${again.stderr}`];
  if (keepsName && (await scene.hasFile())) return [];
  return (await flawsOfPlace(scene)).map((flaw) => `repeated: ${flaw}`);
}
