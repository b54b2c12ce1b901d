/**
 * What a tracker bears, with real accounts, TLS and tickets, and where it compares beside npm's
 * bittorrent-tracker. Rates depend on what else the machine does; processor time of each request does less.
 * Run: npm run bench:tracker -- [--case NAME]... [--connections N] [--rounds N] [--seconds S] [--quick]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchCase } from './contestant.js';
import { describeMachine, machineLine } from './machine.js';
import { productProgram, projectFolder, resultsFolder } from './paths.js';
import { caseLines } from './report.js';
import type { CaseResult } from './rounds.js';
import { requireCases, runCases, say } from './run-cases.js';
import type { LoadOptions } from './tracker-load/contestants.js';
import {
  connectCase,
  crowdCase,
  endsCase,
  restartCase,
  stormCase,
} from './tracker-load/event-cases.js';
import { loopCase } from './tracker-load/loop-cases.js';
import { memoryCase } from './tracker-load/memory-case.js';
import { slowDiskCase } from './tracker-load/slow-disk-case.js';

/** Files of the group that ends. */
const ENDING_FILES = 20_000;
const CROWD = 2_000;
const SHARERS = 16;
/** In a short run. */
const FEW = { connections: 200, seconds: 2, rounds: 1, endingFiles: 2_000, crowd: 200 };

const usage = `npm run bench:tracker -- [options]
  --case NAME        announce, repeat, mix, watch, ticket, describe, list, share, slow-disk, connect,
                     storm, restart, crowd, ends, memory; may be repeated (default: all)
  --connections N    clients (default: 1000; ${FEW.connections} with --quick)
  --makers N         processes that make the load (default: 1)
  --rounds N         rounds of each case (default: 5)
  --seconds S        how long a round of a closed loop takes (default: 5)
  --only TEXT        only contestants with this in their name; commas separate several
  --program PATH     bin/p2p.js of another version
  --tracker-node=W   an option of the tracker's Node, as --cpu-prof; may be repeated
  --dir DIR          scratch folder, on the disk to be measured (default: the project's)
  --quick            one round, fewer clients, under a minute; for a look, not for figures
  --save             keeps the tables in native-bench/results/tracker.md and .json
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      case: { type: 'string', multiple: true },
      connections: { type: 'string' },
      makers: { type: 'string', default: '1' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string', default: '' },
      program: { type: 'string', default: productProgram },
      'tracker-node': { type: 'string', multiple: true, default: [] },
      dir: { type: 'string', default: projectFolder },
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

type Options = ReturnType<typeof readOptions>;

function casesOf(options: Options): BenchCase[] {
  const { quick } = options;
  const load: LoadOptions = {
    program: resolve(options.program),
    connections: Number(options.connections ?? (quick ? FEW.connections : 1_000)),
    makers: Number(options.makers),
    forMs: 1_000 * Number(options.seconds ?? (quick ? FEW.seconds : 5)),
    nodeArgs: options['tracker-node'],
  };
  const crowd = Number(options.connections ?? (quick ? FEW.crowd : CROWD));
  const extraFiles = quick ? FEW.endingFiles : ENDING_FILES;
  const all = [
    loopCase('announce', load),
    loopCase('repeat', load),
    loopCase('mix', load),
    loopCase('watch', load),
    loopCase('ticket', load),
    loopCase('describe', load),
    loopCase('list', load),
    loopCase('share', { ...load, connections: SHARERS }),
    slowDiskCase({ ...load, connections: 2 * SHARERS }, SHARERS),
    connectCase(load),
    stormCase(load),
    restartCase(load),
    crowdCase({ ...load, connections: crowd }),
    memoryCase(load),
    // The last device is alone in its group.
    endsCase({ ...load, connections: 51, makers: 1, extraFiles }),
  ];
  requireCases(options.case, all, usage);
  return all.filter(({ name }) => options.case?.includes(name) ?? true);
}

function roundsOf(name: string, { rounds, quick }: Options): number {
  // A group ends once; memory that was freed once is not given back.
  if (name === 'ends' || name === 'memory') return 1;
  return Math.max(1, Number(rounds ?? (quick ? FEW.rounds : 5)));
}

async function save(cases: readonly CaseResult[], load: readonly number[]): Promise<void> {
  const machine = await describeMachine();
  const command = ['npm run bench:tracker --', ...process.argv.slice(2)].join(' ');
  const shown = load.map((value) => value.toFixed(1)).join(' and ');
  const text = [
    '# What the tracker bears',
    '',
    `\`${command}\` on ${machineLine(machine)}. Load of the machine before and after: ${shown}.`,
    'Medians of interleaved rounds; [lowest..highest] of all rounds in brackets.',
    ...cases.flatMap((result) => ['', ...caseLines(result)]),
    '',
  ];
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(join(resultsFolder, 'tracker.md'), text.join('\n'));
  const record = `${JSON.stringify({ machine, command, load, cases }, null, 2)}\n`;
  await writeFile(join(resultsFolder, 'tracker.json'), record);
}

const options = readOptions();
if (options.help) say(usage);
else {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  process.once('SIGTERM', () => controller.abort(new Error('terminated')));
  const before = loadavg()[0]!;
  const cases = await runCases(casesOf(options), {
    dir: options.dir,
    only: options.only,
    signal: controller.signal,
    roundsOf: (name) => roundsOf(name, options),
    isWarmed: false,
  });
  const load = [before, loadavg()[0]!];
  say(`\nload of the machine: ${load.map((value) => value.toFixed(1)).join(' before, ')} after`);
  if (options.save) await save(cases, load);
  if (cases.some(({ hasProductFailed }) => hasProductFailed)) process.exitCode = 1;
}
