/** Programs in C++ that are built when they are wanted. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canRun, Processes } from './processes.js';

/** Builds a program when it is not there or older than its source; answers why that cannot be. */
export async function programMissing(
  program: string,
  source: string,
  libraries: readonly string[],
): Promise<string | undefined> {
  const [built, written] = await Promise.all([modifiedMs(program), modifiedMs(source)]);
  if (built > written) return undefined;
  if (!(await canRun('g++', ['--version']))) return 'no g++; npm run bench:setup installs it';
  await mkdir(dirname(program), { recursive: true });
  const flags = ['-std=c++17', '-O2', '-pthread'];
  const args = [...flags, source, ...libraries, '-o', program];
  try {
    await new Processes().run({ program: 'g++', args });
    return undefined;
  } catch (error) {
    const words = (error as Error).message.slice(0, 300);
    return `g++ could not build it (npm run bench:setup installs libssl-dev): ${words}`;
  }
}

async function modifiedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}
