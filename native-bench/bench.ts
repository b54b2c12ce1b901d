/**
 * Measures the product side by side with the limit of the machine and with its rivals.
 * Run: npm run bench -- [--case NAME]... [--rounds N] [--transport tls|tcp|both] [--size MiB]
 * [--dir DIR] [--quick]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { PeerTransport } from '../src/net/tracker-api.js';
import { distance } from './cases/distance.js';
import { flashCrowd } from './cases/flash-crowd.js';
import { largeFolder, smallFiles } from './cases/folders.js';
import { hashing } from './cases/hashing.js';
import { manyFiles } from './cases/many-files.js';
import { throughPipes } from './cases/piped.js';
import { startUp } from './cases/start-up.js';
import { fourSeeders, largeFile, oneSeeder } from './cases/transfer.js';
import type { BenchCase } from './contestant.js';
import { describeMachine } from './machine.js';
import { projectFolder, resultsFolder } from './paths.js';
import { markdown } from './report.js';
import type { CaseResult } from './rounds.js';
import { requireCases, runCases, say } from './run-cases.js';

const DEFAULT_ROUNDS = 5;
/** Cases of minutes per round: fewer rounds unless asked for. */
const LONG_CASES = ['flash-crowd', 'large-file', 'folder-1k', 'folder-large', 'pipes'];
/** Round trips in ms; each by the usual rule of congestion and by BBR. */
const DISTANCES = [80, 200];
const LONG_CASE_ROUNDS = 3;

const usage = `npm run bench -- [options]
  --case NAME        one-seeder, four-seeders, flash-crowd, hashing, many-files, folder-64k,
                     folder-4k, folder-1k, folder-large, large-file, pipes, start-up,
                     distance-80, distance-200, distance-80-bbr, distance-200-bbr; may be
                     repeated (default: all)
  --rounds N         rounds of each case (default: ${DEFAULT_ROUNDS}; ${LONG_CASE_ROUNDS} of ${LONG_CASES.join(' and ')})
  --transport T      tls, tcp or both (default: both)
  --size MIB         size of the file (default: 256)
  --only TEXT        only contestants with this in their name; commas separate several
  --dir DIR          scratch folder, on the disk to be measured (default: the project's)
  --quick            one round, and not the long cases; for a look, not for figures
  --no-save          leaves native-bench/results as it is
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      case: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      transport: { type: 'string', default: 'both' },
      size: { type: 'string', default: '256' },
      only: { type: 'string', default: '' },
      dir: { type: 'string', default: projectFolder },
      quick: { type: 'boolean', default: false },
      'no-save': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

type Options = ReturnType<typeof readOptions>;

function casesOf(options: Options): BenchCase[] {
  const transports = transportsOf(options.transport);
  const size = Number(options.size) * 2 ** 20;
  const all = [
    oneSeeder({ transports, size }),
    fourSeeders({ transports, size }),
    flashCrowd(transports),
    hashing(size),
    manyFiles(transports),
    smallFiles({ name: 'folder-64k', fileCount: 2_000, bytes: 64 * 1024, transports }),
    smallFiles({ name: 'folder-4k', fileCount: 10_000, bytes: 4 * 1024, transports }),
    smallFiles({ name: 'folder-1k', fileCount: 100_000, bytes: 1024, transports }),
    largeFolder(transports),
    largeFile({ transports, size }),
    throughPipes(transports),
    startUp(),
    ...DISTANCES.flatMap((roundTripMs) =>
      (['cubic', 'bbr'] as const).map((congestionControl) =>
        distance({ size, roundTripMs, congestionControl }),
      ),
    ),
  ];
  requireCases(options.case, all, usage);
  return all.filter(({ name }) => {
    return options.case?.includes(name) ?? !(options.quick && LONG_CASES.includes(name));
  });
}

function transportsOf(word: string): PeerTransport[] {
  if (word === 'both') return ['tcp', 'tls'];
  if (word === 'tcp' || word === 'tls') return [word];
  throw new Error(`--transport is tls, tcp or both, not "${word}"`);
}

function roundsOf(name: string, { rounds, quick }: Options): number {
  if (rounds !== undefined) return Math.max(1, Number(rounds));
  if (quick) return 1;
  return LONG_CASES.includes(name) ? LONG_CASE_ROUNDS : DEFAULT_ROUNDS;
}

/** A case alone is kept beside the others; the whole run is what the README quotes. */
async function save(options: Options, cases: readonly CaseResult[]): Promise<void> {
  const words = process.argv.slice(2).join(' ');
  const command = `npm run bench${words === '' ? '' : ` -- ${words}`}`;
  const results = { machine: await describeMachine(), command, cases };
  const name = options.case === undefined ? 'latest' : [...new Set(options.case)].join('+');
  await mkdir(resultsFolder, { recursive: true });
  await writeFile(join(resultsFolder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(join(resultsFolder, `${name}.md`), markdown(results));
  say(`\nkept in native-bench/results/${name}.md and ${name}.json`);
}

const options = readOptions();
if (options.help) say(usage);
else {
  const controller = new AbortController();
  // Ctrl-C ends every process and removes every file, then this one.
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  process.once('SIGTERM', () => controller.abort(new Error('terminated')));
  const cases = await runCases(casesOf(options), {
    dir: options.dir,
    only: options.only,
    signal: controller.signal,
    roundsOf: (name) => roundsOf(name, options),
  });
  if (!options['no-save']) await save(options, cases);
  if (cases.some(({ hasProductFailed }) => hasProductFailed)) process.exitCode = 1;
}
