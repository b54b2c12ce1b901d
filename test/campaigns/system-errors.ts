/**
 * Every system call on the way of a byte fails once, or from then on: on the part file of a download, or
 * the part folder and what grows in it, on what is finished and its folder, on a folder that is shared,
 * on the library and on the other files of the home. A first
 * run, watched by strace, says which calls there are; then each of them fails with each error that
 * it can have. Checked: the command succeeds, or ends at once with one line and the status of storage; what the
 * list of downloads says is true; and the same command without the fault gets the same bytes and
 * leaves nothing beside them. The short form takes a sample, `--points N` a larger one, and
 * `--point "left link EIO"` those whose names begin so. What is done by way of a descriptor of a folder
 * is met only where no path is told: its calls on files that are open. Linux only; needs strace.
 */
import type { ChildProcess } from 'node:child_process';
import { cp, readdir, readFile, rm, mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { KiB, MiB } from '../../src/net/limits.js';
import { allowedMs, runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { makeTree, type Tree } from '../fixtures/folder-tree.js';
import { flawsOfContent } from '../fixtures/lost-folders.js';
import { snapshotOf } from '../fixtures/file-recording.js';
import { haveTool } from '../fixtures/debian-tool.js';
import { GROUP, ProgramWorld, type Ended } from '../fixtures/program-world.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';

const FILE = 'film';
const ALBUM = 'album';
const MINE = 'mine';
const film = sampleBytes(4 * MiB + 100 * KiB);
/** Files that lie in the pack, and one that grows under its name. */
const album: Tree = {
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `notes/${index % 3}/${index}`,
      sampleBytes(90 * KiB + 97 * index, `note ${index}`),
    ]),
  ),
  'film.bin': sampleBytes(3 * MiB + 17, 'album film'),
  'inner/void/': Buffer.alloc(0),
};
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

/**
 * What a command finds: nothing of a download, what an earlier run left of it, the same of a folder, or
 * a folder that is to be shared.
 */
type Start = 'fresh' | 'left' | 'left folder' | 'upload';

/** One fault. */
interface Point {
  readonly start: Start;
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
  readonly home: string;
  readonly folder: string;

  constructor(world: ProgramWorld) {
    this.world = world;
    this.home = world.path('ben');
    this.folder = world.path('downloads');
  }

  argsOf(start: Start): string[] {
    if (start === 'upload') return ['upload', this.world.path(MINE), GROUP, '--quiet'];
    const name = start === 'left folder' ? ALBUM : FILE;
    return ['download', GROUP, name, this.folder, '--timeout', '8s', '--quiet'];
  }

  async keepAs(start: Start): Promise<void> {
    const options = { recursive: true, preserveTimestamps: true };
    await cp(this.home, this.world.path(`${start}-home`), options);
    await cp(this.folder, this.world.path(`${start}-downloads`), options);
  }

  async goBackTo(start: Start): Promise<void> {
    const options = { recursive: true, preserveTimestamps: true };
    for (const [kept, path] of [
      [`${keptOf(start)}-home`, this.home],
      [`${keptOf(start)}-downloads`, this.folder],
    ] as const) {
      await rm(path, { recursive: true, force: true });
      await cp(this.world.path(kept), path, options);
    }
  }

  async partFiles(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.endsWith('.part'));
  }

  /** Every path on which calls may fail. */
  async paths(start: Start): Promise<string[]> {
    const files = ['library.db', 'library.db-wal', 'engine.lock', 'engine.pid', 'session.json'];
    const ofHome = [...files, 'known_trackers', 'device.pem'].map((name) => `${this.home}/${name}`);
    const parts = (await this.partFiles()).map((name) => `${this.folder}/${name}`);
    const name = start === 'left folder' ? ALBUM : FILE;
    const client = [...ofHome, this.home];
    if (start === 'upload') return [...client, ...pathsIn(this.world.path(MINE))];
    const ofFolder = start === 'left folder' ? parts.flatMap(growingIn) : [];
    return [...client, this.folder, `${this.folder}/${name}`, ...parts, ...ofFolder];
  }

  /** What the command is for is there. */
  async isThere(start: Start): Promise<boolean> {
    if (start === 'upload') return this.#isShared();
    const there = await snapshotOf(this.folder);
    const [name, content] = start === 'left folder' ? [ALBUM, album] : [FILE, film];
    return flawsOfContent((at) => there.get(at), `${this.folder}/${name}`, content).length === 0;
  }

  async #isShared(): Promise<boolean> {
    const { home, world } = this;
    const { stdout } = await world.must({ home, args: ['shares', '--json'] });
    const { stdout: known } = await world.must({ home, args: ['files', GROUP, '--json'] });
    return stdout.includes(world.path(MINE)) && known.includes(`"${MINE}"`);
  }
}

/** Nothing is left of what is shared. */
function keptOf(start: Start): Start {
  return start === 'upload' ? 'fresh' : start;
}

/** Some of a tree: itself, a folder, a small file, and one of several pieces. */
function pathsIn(root: string): string[] {
  return ['', '/notes', '/notes/1', '/notes/1/1', '/film.bin'].map((name) => root + name);
}

function growingIn(part: string): string[] {
  return [`${part}/pack`, ...pathsIn(`${part}/tree`)];
}

await runCampaign('system-errors', async (campaign) => {
  const { isShort, folder, random, check, say } = campaign;
  const refusal = await haveTool('strace', 'strace');
  if (refusal !== undefined) return say(`skipped: ${refusal}`);
  const world = new ProgramWorld(folder);
  try {
    const scene = await setUp(world);
    const points: Point[] = [];
    for (const start of ['left', 'fresh', 'left folder', 'upload'] as const) {
      points.push(...(await pointsOf(scene, start)));
    }
    say(`${points.length} points`);
    const wanted = valueOf('--point');
    const chosen = wanted
      ? points.filter((point) => nameOf(scene, point).startsWith(wanted))
      : sampleOf(points, isShort ? SHORT_POINTS : Number(valueOf('--points') ?? Infinity), random);
    const deadlineMs = performance.now() + allowedMs(isShort);
    let tried = 0;
    for (const point of chosen) {
      if (performance.now() > deadlineMs) break;
      tried++;
      await fail(scene, point, check, say);
    }
    say(`${tried} of ${chosen.length} points`);
  } finally {
    await world.close();
  }
});

/** Downloads that nobody has begun, and those of which an earlier run left a part. */
async function setUp(world: ProgramWorld): Promise<Scene> {
  const scene = new Scene(world);
  await world.startTracker();
  await world.pair(FILE, film);
  await makeTree(world.path(ALBUM), album);
  await world.must({ home: world.path('ann'), args: ['upload', world.path(ALBUM), GROUP] });
  await makeTree(world.path(MINE), { ...album, own: sampleBytes(100, MINE) });
  await mkdir(scene.folder);
  await scene.keepAs('fresh');
  await world.serve('ann');
  await leave(scene, 'left');
  await scene.goBackTo('fresh');
  await leave(scene, 'left folder');
  return scene;
}

/** Interrupts a download, and keeps what is left of it. */
async function leave(scene: Scene, start: 'left' | 'left folder'): Promise<void> {
  const { world } = scene;
  const args = [...scene.argsOf(start).slice(0, 4), '--timeout', '30s', '--down', '512KiB'];
  // Once: a second one, with the error that the first brought, meets a process whose handlers are gone.
  const interrupt = (text: string, child: ChildProcess): void => {
    if (/ [1-9][0-9]? %/.test(text) && !child.killed) child.kill('SIGINT');
  };
  let ended: Ended | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    ended = await world.run({ home: scene.home, args, onStderr: interrupt });
    if (ended.status === 130 && (await scene.partFiles()).length === 1) {
      await scene.keepAs(start);
      return;
    }
    await scene.goBackTo('fresh');
  }
  throw new Error(`no download could be interrupted: ${JSON.stringify(ended)}`);
}

/** What a run without a fault does on each path, times the errors of each call. */
async function pointsOf(scene: Scene, start: Start): Promise<Point[]> {
  await scene.goBackTo(start);
  const paths = await scene.paths(start);
  const trace = scene.world.path('trace');
  const wrap = straceOf(paths, trace, '-y');
  const { status } = await scene.world.run({ home: scene.home, args: scene.argsOf(start), wrap });
  if (status !== 0) throw new Error(`a run without a fault ended with ${status}`);
  await undo(scene, start);
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
  const inPart = /\.part(\/.+)?$/.exec(path);
  const file = inPart ? `the part${inPart[1] ?? ''}` : basename(path);
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
  const { home, world } = scene;
  const { start } = point;
  const args = scene.argsOf(start);
  const failed = await world.run({ home, args, wrap });
  const flaws = [
    ...flawsOfEnd(failed, isTakenForBusy(point) ? [7, 1] : [7]),
    ...(failed.status === 0 && !keepsAName(point) ? await flawsOfPlace(scene, start) : []),
    ...(start === 'upload' ? [] : await flawsOfState(scene, start, failed)),
    ...(await flawsOfRepeat(scene, start, keepsAName(point))),
  ];
  await undo(scene, start);
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

/** What is shared is so no more; a tracker does not go back with the home. */
async function undo({ world, home }: Scene, start: Start): Promise<void> {
  if (start === 'upload') await world.run({ home, args: ['stop-share', GROUP, MINE] });
}

/** What is finished is whole, and alone. */
async function flawsOfPlace(scene: Scene, start: Start): Promise<string[]> {
  const flaws: string[] = [];
  if (!(await scene.isThere(start))) flaws.push('it is not what was shared');
  const parts = await scene.partFiles();
  if (parts.length > 0) flaws.push('a part file beside the finished one');
  return flaws;
}

interface Listed {
  readonly downloads: readonly { readonly state: string }[];
}

/** What the list says after the fault is what is so. */
async function flawsOfState(scene: Scene, start: Start, { status }: Ended): Promise<string[]> {
  const { home, world } = scene;
  const listed = await world.run({ home, args: ['downloads', '--json'] });
  if (listed.status !== 0) return [`downloads ended with ${listed.status}: ${listed.stderr}`];
  const rows = (JSON.parse(listed.stdout) as Listed).downloads;
  const isComplete = rows.some(({ state }) => state === 'complete');
  if (isComplete && !(await scene.isThere(start))) return ['listed as complete, and is not there'];
  if (status === 0 && !isComplete) return [`downloaded, and listed as ${JSON.stringify(rows)}`];
  return [];
}

/** The same command gets the file, or says that it is there. */
async function flawsOfRepeat(scene: Scene, start: Start, keepsName: boolean): Promise<string[]> {
  const { home, world } = scene;
  const wasThere = start === 'upload' || (await scene.isThere(start));
  const again = await world.run({ home, args: scene.argsOf(start) });
  const isSaid = wasThere && again.status === 1 && again.stderr.includes('exists already');
  if (again.status !== 0 && !isSaid) return [`repeated: ${again.status}, ${again.stderr}`];
  if (keepsName && (await scene.isThere(start))) return [];
  return (await flawsOfPlace(scene, start)).map((flaw) => `repeated: ${flaw}`);
}
