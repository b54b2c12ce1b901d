/**
 * Every file of a client's home and of a tracker's folder, as a `kill -9` leaves them, damaged in every
 * way (damages.ts), and every command that meets it, each as a real process: it works, or one line with
 * the right status names the file and the way out; nothing else is damaged. Whatever is certain to be
 * noticed has to be. The short form takes each file with each damage that fits its time and commands by
 * chance; `--all` every command, `--only TEXT` the cases whose name holds it.
 *
 *   node dist/test/campaigns/damaged-files.js [--short | --all | --only TEXT] [--seed N]
 */
import { createHash } from 'node:crypto';
import { chown, chmod, cp, lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openHome } from '../../src/main/home/home.js';
import { openLibrary } from '../../src/main/home/open-library.js';
import { readSession } from '../../src/main/home/session-file.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { damage, damagesOf, type Damage } from '../fixtures/damages.js';
import { carryOut, flawsOf, isOnlyLate, type Outcome, type Run } from '../fixtures/failure-run.js';
import {
  asNobody,
  engineVerbs,
  isRoot,
  statusesWhenFine,
  takesJson,
  withLibrary,
  withoutKey,
  withoutLogin,
  wordsOf,
  type Verb,
} from '../fixtures/failure-table.js';
import { CLOSED_GROUP, FailureWorld, type Lane } from '../fixtures/failure-world.js';
import { copyFolder, killHome, killTracker, namesIn } from '../fixtures/killed-homes.js';

/** Commands side by side: more would measure the machine. */
const LANES = 3;
const SHORT_RUNS = 110;
/** Without `--all`, each damage of each file meets so many commands. */
const VERBS_OF_EACH = 3;

/** Whose file it is, where it lies, what happens to it, and who meets it. */
interface Case {
  readonly owner: 'client' | 'tracker';
  readonly file: string;
  readonly kind: Damage;
  readonly verb: Verb;
}

/** Those that have no setting look for no file, and \`log\` tells of what runs whatever a file says. */
const withoutSettings: readonly Verb[] = ['log'];
const clientVerbs: readonly Verb[] = [...engineVerbs, 'serve', 'client', 'log'];
const trackerVerbs: readonly Verb[] = ['tracker', 'tracker-invite'];
const SETTINGS = 'config.toml';
const DATABASE_FLAWS: readonly Damage[] = ['empty', 'one byte', 'half', 'zeros', 'garbage'];
const NO_FILE: readonly Damage[] = ['folder', 'dangling link', 'closed'];
/** Names that differ from home to home. */
const ONE_OF = /^(pieces|invites|histories)\/.+$/;
const KEPT_AS_THEY_ARE = [
  ...(['device.pem', 'known_trackers', 'session.json', 'history', 'limits.json'] as const),
  ...(['background.log', 'background.log.1', 'config.toml'] as const),
];
const wayOut =
  /mend|restore|remove|check|move|delete|log in|give it back|bring back|trust|edit|ask|chmod|choose/;

await runCampaign('damaged-files', async (campaign) => {
  const { folder, say, check, random } = campaign;
  const world = await FailureWorld.open(folder, LANES);
  const tracker = join(folder, 'tracker-killed');
  try {
    await Promise.all([
      ...world.lanes.map((lane) => killHome(lane, homeOf(lane))),
      killTracker(tracker),
    ]);
    const cases = await chosenCases(campaign, world.lanes.map(homeOf), tracker);
    say(`${cases.length} runs`);
    const late: Case[] = [];
    const queue = [...cases];
    const tryOne = (lane: Lane, one: Case): Promise<string[]> =>
      one.owner === 'client'
        ? tryClient(lane, one, random)
        : tryTracker(lane, tracker, one, random);
    const work = async (lane: Lane): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const flaws = await tryOne(lane, next);
        if (flaws.length > 0 && isOnlyLate(flaws)) late.push(next);
        else check(flaws.length === 0, [nameOf(next), ...flaws].join('; '));
      }
    };
    await Promise.all(world.lanes.map(work));
    // Once more, with the machine to themselves.
    for (const one of late) {
      const flaws = await tryOne(world.lanes[0]!, one);
      check(flaws.length === 0, [nameOf(one), ...flaws].join('; '));
    }
  } finally {
    await world.close();
  }
});

function homeOf(lane: Lane): string {
  return lane.world.path(`${lane.user}-home-killed`);
}

async function chosenCases(
  { isShort, random }: Campaign,
  homes: readonly string[],
  tracker: string,
): Promise<Case[]> {
  const only = valueOf('--only');
  const isEvery = only !== undefined || process.argv.includes('--all');
  const count = isEvery ? Infinity : isShort ? 1 : VERBS_OF_EACH;
  const cases: Case[] = [];
  for (const [owner, folders, verbs] of [
    ['client', homes, clientVerbs],
    ['tracker', [tracker], trackerVerbs],
  ] as const) {
    for (const [file, path] of await filesOfAll(folders)) {
      for (const kind of await damagesOf(path)) {
        const met = shuffled(verbs, random).slice(0, count);
        cases.push(...met.map((verb) => ({ owner, file, kind, verb })));
      }
    }
  }
  if (only !== undefined) return cases.filter((one) => nameOf(one).includes(only));
  return isShort ? shuffled(cases, random).slice(0, SHORT_RUNS) : cases;
}

/** Those that each of the folders has, and where they lie in the first: a kill may come before one. */
async function filesOfAll(folders: readonly string[]): Promise<Map<string, string>> {
  const [first, ...others] = await Promise.all(
    folders.map(async (folder) => {
      const names = await namesIn(folder);
      return new Map(names.map((name) => [name.replace(ONE_OF, '$1/*'), join(folder, name)]));
    }),
  );
  const isInAll = (name: string): boolean => others.every((files) => files.has(name));
  return new Map([...first!].filter(([name]) => isInAll(name)));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function nameOf({ owner, file, kind, verb }: Case): string {
  return `${verb}: ${file} of the ${owner}, ${kind}`;
}

/** Where the file of a case lies in one folder. */
async function pathOf({ file }: Case, folder: string): Promise<string> {
  if (!file.endsWith('/*')) return join(folder, file);
  const names = await namesIn(folder);
  return join(
    folder,
    names.find((name) => name.replace(ONE_OF, '$1/*') === file)!,
  );
}

// --- A client --------------------------------------------------------------------------------

async function tryClient(lane: Lane, one: Case, random: () => number): Promise<string[]> {
  const { kind, verb } = one;
  const run = await lane.fresh([]);
  await copyFolder(homeOf(lane), run.home);
  run.args = wordsOf(verb, lane, run.cwd);
  // The group that is shared with has to stay; a refusal comes as late as the work would.
  if (verb === 'leave') run.args = [verb, CLOSED_GROUP];
  if (takesJson(verb) && random() < 0.5) run.args.splice(1, 0, '--json');
  if (verb === 'serve') run.signal = { name: 'SIGTERM', at: /^serving/m };
  const path = await pathOf(one, run.home);
  await hurt(run, path, kind, random);
  const before = await sumsIn(run.home);
  const outcome = await carryOut(run);
  const { status } = outcome;
  const flaws = flawsOfCase(run, one, path, outcome);
  const after = await sumsIn(run.home);
  const isLogin = /^(login|logout|create-user|passwd)$/.test(verb) && status === 0;
  for (const name of KEPT_AS_THEY_ARE) {
    const mayChange = name === one.file || (isLogin && name === 'session.json');
    if (!mayChange && before.get(name) !== after.get(name)) flaws.push(`${name} is changed`);
  }
  const hasLess = verb === 'stop-share' && status === 0;
  if (!one.file.startsWith('library.db') && !hasLess)
    flaws.push(...(await flawsOfLibrary(lane, run)));
  await lane.repair(verb, status);
  await cp(join(lane.template, 'session.json'), join(homeOf(lane), 'session.json'));
  return told(one, flaws, outcome);
}

/** The library opens and has what was shared. */
async function flawsOfLibrary(lane: Lane, { home }: Run): Promise<string[]> {
  try {
    const session = await readSession({ sessionPath: join(lane.template, 'session.json') });
    const library = await openLibrary(await openHome({ P2P_HOME: home }));
    try {
      const names = library.sharesOf(session!).map(({ name }) => name);
      const isThere = ['mine.txt', `extra-${lane.user}`].every((name) => names.includes(name));
      return isThere ? [] : [`the library has only ${names.join(' ')}`];
    } finally {
      await library.close();
    }
  } catch (error) {
    return [`the library does not open: ${(error as Error).message}`];
  }
}

// --- A tracker -------------------------------------------------------------------------------

async function tryTracker(
  lane: Lane,
  folder: string,
  one: Case,
  random: () => number,
): Promise<string[]> {
  const { kind, verb } = one;
  const run = await lane.fresh([]);
  const data = join(run.cwd, 'data');
  await copyFolder(folder, data);
  run.args = verb === 'tracker' ? [verb, '127.0.0.1', '0', '--data', data] : [verb, '--data', data];
  if (verb === 'tracker') run.signal = { name: 'SIGTERM', at: /listening/ };
  const path = await pathOf(one, data);
  await hurt(run, path, kind, random);
  const before = await sumsIn(data);
  const outcome = await carryOut(run);
  const flaws = flawsOfCase(run, one, path, outcome);
  const after = await sumsIn(data);
  for (const [name, sum] of before) {
    // An invite that nobody can read is cleared away; the log of a database is taken in.
    if (name === one.file || /^(tracker|lock)\.db/.test(name)) continue;
    if (after.get(name) !== sum) flaws.push(`${name} is changed`);
  }
  // What is lost with the log of a database cannot be told from what never was.
  const isOpened = verb === 'tracker' && outcome.status === 0 && one.file !== 'tracker.db-wal';
  if (isOpened && !(await hasAccount(data))) flaws.push('it works without its account');
  return told(one, flaws, outcome);
}

async function hasAccount(data: string): Promise<boolean> {
  const store = await openSqliteStore(join(data, 'tracker.db'));
  try {
    return (await store.counts()).users === 1;
  } finally {
    await store.close();
  }
}

// --- What has to hold ------------------------------------------------------------------------

async function hurt(run: Run, path: string, kind: Damage, random: () => number): Promise<void> {
  if (kind === 'closed' && isRoot) {
    await asNobody(run);
    await chown(path, 0, 0);
    const isFolder = (await lstat(path)).isDirectory();
    return chmod(path, isFolder ? 0o700 : 0o600);
  }
  await damage(path, kind, random);
}

/** How it ended, and what it said of it. */
function flawsOfCase(run: Run, one: Case, path: string, outcome: Outcome): string[] {
  const { file, kind, verb } = one;
  // Leaving takes back a request, if there is one.
  const fine = one.owner === 'tracker' ? [0] : verb === 'leave' ? [0, 3] : statusesWhenFine(verb);
  // A bit more or less makes another address, user or key of some words.
  const refusals = file === SETTINGS ? [2, 3, 4, 7] : [3, 7];
  const others = kind === 'flipped' ? [1, 2, 3, 4, 5, 7, 8] : refusals;
  const isFatal = isNoticed(one);
  const flaws = flawsOf(run, outcome, isFatal ? refusals : [...fine, ...others]);
  const { status, stderr } = outcome;
  const isFine = fine.includes(status ?? -1) && (status !== 3 || stderr.includes('not a member'));
  if (!isFatal && isFine) return flaws;
  const line = stderr.split('\n').find((text) => text.startsWith('error: ')) ?? '';
  // Another word of a text has another meaning, and that is what is told.
  const isOtherWord = kind === 'flipped' && !file.endsWith('.db');
  if (isOtherWord && status !== 7) return flaws;
  if (!isOtherWord && !line.includes(path)) flaws.push(`it does not name ${path}: ${line}`);
  if (!wayOut.test(line)) flaws.push(`it names no way out: ${line}`);
  return flaws;
}

/** True when the damage cannot be overlooked by that command. */
function isNoticed({ owner, file, kind, verb }: Case): boolean {
  if (owner === 'tracker') {
    // All of the others may be in the log.
    const isDatabase = file === 'tracker.db' && ['empty', 'one byte', ...NO_FILE].includes(kind);
    const isKey = /^(identity|ticket-key)/.test(file) && kind !== 'most' && kind !== 'flipped';
    return verb === 'tracker' && (isDatabase || isKey);
  }
  switch (file) {
    case 'library.db':
      return withLibrary.includes(verb) && [...DATABASE_FLAWS, ...NO_FILE].includes(kind);
    case 'session.json':
      return ![...withoutLogin, 'client', 'log'].includes(verb) && kind !== 'flipped';
    case 'device.pem':
      return (
        ![...withoutKey, 'client', 'logout', 'log'].includes(verb) && !/most|flipped/.test(kind)
      );
    case SETTINGS:
      return ['zeros', 'garbage', ...NO_FILE].includes(kind) && !withoutSettings.includes(verb);
    case 'limits.json':
      return verb === 'limit' && kind !== 'flipped';
    default:
      return false;
  }
}

function told(one: Case, flaws: string[], { stdout, stderr }: Outcome): string[] {
  if (flaws.length > 0)
    process.stdout.write(`# ${nameOf(one)}: ${JSON.stringify([stdout, stderr])}\n`);
  return flaws;
}

/** Every plain file below a folder, by what is in it. */
async function sumsIn(folder: string): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (!(await lstat(path)).isFile()) continue;
    sums.set(
      name,
      createHash('sha1')
        .update(await readFile(path))
        .digest('hex'),
    );
  }
  return sums;
}
