/**
 * Compares two commits in the same case, interleaved: the only honest answer to "did this make
 * it faster". The other commit is checked out, installed and built in a temporary folder; this
 * one is measured as it lies here. Run: npm run bench:compare -- BASE [--rounds N]
 * [--transport tls|tcp|both] [--size MiB] [--seeders N] [--dir DIR]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { PeerTransport } from '../src/net/tracker-api.js';
import type { BenchCase } from './contestant.js';
import { product } from './contestants/product.js';
import { makeFile } from './files.js';
import { projectFolder } from './paths.js';
import { Processes } from './processes.js';
import { caseLines } from './report.js';
import { runCase } from './rounds.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    transport: { type: 'string', default: 'both' },
    size: { type: 'string', default: '256' },
    seeders: { type: 'string', default: '1' },
    dir: { type: 'string', default: projectFolder },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function git(args: readonly string[]): Promise<string> {
  const command = { program: 'git', args: ['-C', projectFolder, ...args] };
  return (await new Processes().run(command)).stdout.trim();
}

/** Checks the commit out and builds it, beside everything that is going on here. */
async function build(commit: string, folder: string): Promise<void> {
  say(`building ${commit} in ${folder}`);
  await git(['worktree', 'add', '--detach', folder, commit]);
  const npm = (...args: string[]): Promise<unknown> =>
    new Processes().run({ program: 'npm', args, cwd: folder });
  await npm('ci', '--no-audit', '--no-fund');
  await npm('run', 'build');
}

function versusCase(
  commit: string,
  program: string,
  transports: readonly PeerTransport[],
): BenchCase {
  const size = Number(options.size) * 2 ** 20;
  const seederCount = Number(options.seeders);
  const [first] = transports;
  return {
    name: 'compare',
    title: `${commit} and this working copy, ${options.size} MiB from ${seederCount} seeder(s)`,
    reference: product(noSource, { transport: first!, label: commit, seederCount }).name,
    contestants: async (folder) => {
      const source = await makeFile(join(folder, 'source'), size);
      return transports.flatMap((transport) => [
        product(source, { transport, label: commit, seederCount, program }),
        product(source, { transport, label: 'here', seederCount }),
      ]);
    },
  };
}

/** For a name alone. */
const noSource = { folder: '', names: [], size: 0, pieceLength: 1 };

async function compare(base: string): Promise<void> {
  const commit = await git(['rev-parse', '--short', `${base}^{commit}`]);
  const scratch = await mkdtemp(join(resolve(options.dir), '.bench-'));
  const tree = join(scratch, 'base');
  const controller = new AbortController();
  const { signal } = controller;
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  process.once('SIGTERM', () => controller.abort(new Error('terminated')));
  try {
    await build(commit, tree);
    const program = join(tree, 'bin/p2p.js');
    const transports = options.transport === 'both' ? ['tcp', 'tls'] : [options.transport];
    // One table for each transport: a ratio between the two would say nothing.
    for (const transport of transports as PeerTransport[]) {
      const rounds = {
        roundCount: Number(options.rounds),
        folder: join(scratch, 'case'),
        say,
        signal,
      };
      const result = await runCase(versusCase(commit, program, [transport]), rounds);
      say(caseLines(result).join('\n'));
      if (result.hasProductFailed) process.exitCode = 1;
    }
  } finally {
    await git(['worktree', 'remove', '--force', tree]).catch(() => '');
    await rm(scratch, { recursive: true, force: true });
  }
}

const [base] = positionals;
if (base === undefined) {
  say('usage: npm run bench:compare -- BASE; BASE is a commit, branch or tag');
  process.exitCode = 2;
} else await compare(base);
