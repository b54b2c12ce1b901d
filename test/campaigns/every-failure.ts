/**
 * Every command of the command line in every failure of a table (failure-table.ts), each as a real
 * process. Whatever fails: one line, the right status, an end within two seconds of the last word, no
 * process, socket or unfinished file left, and `downloads` afterwards true. The short form takes one command for
 * each failure and some more by chance; `--only TEXT` those whose name holds it, `--all` every one. Some need root.
 */
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { carryOut, flawsOf, isOnlyLate, strayFiles, type Run } from '../fixtures/failure-run.js';
import { FailureWorld, type Lane } from '../fixtures/failure-world.js';
import {
  failures,
  isRoot,
  partFiles,
  statusesOf,
  takesJson,
  verbsOf,
  wordsOf,
  type Failure,
} from '../fixtures/failure-table.js';

/** Commands side by side: more would measure the machine. */
const LANES = 3;
const SHORT_RUNS = 150;
/** These have no room in a short run: each waits for a tracker that does not answer. */
const SLOW = /never answers|falls silent within/;

interface Case {
  readonly failure: Failure;
  readonly verb: ReturnType<typeof verbsOf>[number];
  readonly isJson: boolean;
}

await runCampaign('every-failure', async (campaign) => {
  const { folder, say, check } = campaign;
  const world = await FailureWorld.open(folder, LANES);
  try {
    const cases = chosenCases(campaign);
    say(`${failures.length} failures, ${cases.length} runs`);
    const late: Case[] = [];
    const queue = [...cases];
    const work = async (lane: Lane): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const flaws = await tryOut(lane, next, say);
        if (flaws.length > 0 && isOnlyLate(flaws)) late.push(next);
        else report(next, flaws, check);
      }
    };
    await Promise.all(world.lanes.map(work));
    // Once more, with the machine to themselves.
    for (const one of late) report(one, await tryOut(world.lanes[0]!, one, say), check);
  } finally {
    await world.close();
  }
});

function chosenCases({ isShort, random, say }: Campaign): Case[] {
  const possible = failures.filter(({ needs }) => needs !== 'root' || isRoot);
  const skipped = failures.length - possible.length;
  if (skipped > 0) say(`skipped: ${skipped} failures that only root can make`);
  const all = possible.flatMap((failure) =>
    verbsOf(failure).map((verb) => ({ failure, verb, isJson: takesJson(verb) && random() < 0.5 })),
  );
  const only = valueOf('--only');
  if (only !== undefined) return all.filter((one) => nameOf(one).includes(only));
  if (!isShort) return all;
  const quick = shuffled(all, random).filter(({ failure }) => !SLOW.test(failure.name));
  const firsts = new Map(quick.map((one) => [one.failure, one]));
  const rest = quick.filter((one) => firsts.get(one.failure) !== one);
  return [...firsts.values(), ...rest].slice(0, SHORT_RUNS);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function nameOf({ failure, verb }: Case): string {
  return `${verb}: ${failure.name}`;
}

function report(one: Case, flaws: readonly string[], check: Campaign['check']): void {
  check(flaws.length === 0, [nameOf(one), ...flaws].join('; '));
}

/** Runs one command in one failure; what is wrong with how it went. */
async function tryOut(lane: Lane, one: Case, say: Campaign['say']): Promise<string[]> {
  const { failure, verb, isJson } = one;
  const run = await lane.fresh([]);
  run.args = wordsOf(verb, lane, run.cwd);
  try {
    await failure.arrange(run, lane, verb);
    if (isJson) run.args.splice(1, 0, '--json');
    const outcome = await carryOut(run);
    const flaws = flawsOf(run, outcome, statusesOf(failure, verb));
    flaws.push(...(await traces(run, failure, outcome.status)));
    await lane.repair(verb, outcome.status);
    if (flaws.length > 0)
      say(`# ${nameOf(one)}: ${JSON.stringify([outcome.stdout, outcome.stderr])}`);
    return flaws;
  } finally {
    for (const undo of run.after.reverse()) await undo();
  }
}

/** What is left behind, and what the list of downloads says of it. */
async function traces(run: Run, failure: Failure, status: number | null): Promise<string[]> {
  const flaws: string[] = [];
  const stray = await strayFiles(run);
  if (stray.length > 0 && !failure.isHomeLost) flaws.push(`left in the home: ${stray.join(' ')}`);
  const isStopped = status === 130 || status === 143 || status === null;
  const parts = await partFiles(run.cwd);
  if (status === 0 && parts.length > 0) flaws.push(`left: ${parts.join(' ')}`);
  if (failure.isHomeLost || run.uid !== undefined) return flaws;
  const list = { args: ['downloads', '--json'], shell: undefined, signal: undefined, input: '' };
  const { status: listed, stdout, stderr } = await carryOut({ ...run, ...list });
  if (listed === 3) return flaws;
  if (listed !== 0) return [...flaws, `downloads ended with ${listed}: ${stderr.trim()}`];
  const { downloads: rows } = JSON.parse(stdout) as {
    downloads: { state: string; fileName: string }[];
  };
  const running = rows.filter(({ state }) => /waiting|checking|downloading|finishing/.test(state));
  for (const { fileName, state } of running) flaws.push(`${fileName} is said to be ${state}`);
  const hasUnfinished = rows.some(({ state }) => state !== 'complete');
  if (parts.length > 0 && !hasUnfinished && !isStopped)
    flaws.push(`nobody knows ${parts.join(' ')}`);
  return flaws;
}
