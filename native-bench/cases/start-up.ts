/** How long a user waits before anything happens: `p2p --version` against less and less. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { alwaysThere, type BenchCase, type Contestant } from '../contestant.js';
import { productProgram } from '../paths.js';

const REFERENCE = 'bare yargs program';

export function startUp(): BenchCase {
  return {
    name: 'start-up',
    title: 'Start-up time of the command line',
    reference: REFERENCE,
    contestants: async (folder) => {
      await mkdir(folder, { recursive: true });
      const bare = join(folder, 'bare.mjs');
      await writeFile(bare, bareYargsProgram());
      return [
        commandTime(REFERENCE, 'yargs imported, --version parsed', [bare, '--version']),
        { ...commandTime('p2p --version', '', [productProgram, '--version']), isProduct: true },
        { ...commandTime('p2p --help', '', [productProgram, '--help']), isProduct: true },
        commandTime('node -e 0', 'nothing at all', ['-e', '0']),
      ];
    },
  };
}

/** Imports yargs from the project's own packages, wherever the program lies. */
function bareYargsProgram(): string {
  const yargs = pathToFileURL(createRequire(productProgram).resolve('yargs')).href;
  return [
    `import yargs from ${JSON.stringify(yargs)};`,
    "await yargs(process.argv.slice(2)).version('1.0.0').help().parseAsync();",
    '',
  ].join('\n');
}

function commandTime(name: string, about: string, args: readonly string[]): Contestant {
  return {
    name,
    about,
    missing: alwaysThere,
    open:
      async ({ processes }) =>
      async () => {
        const finished = await processes.run({ program: process.execPath, args });
        return { elapsedMs: finished.elapsedMs, peakMB: finished.peakBytes / 1e6 };
      },
  };
}
