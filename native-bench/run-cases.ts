/** What every benchmark does with its cases: takes those that are asked for and runs one after the other. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BenchCase } from './contestant.js';
import { caseLines } from './report.js';
import { runCase, type CaseResult, type RoundsOptions } from './rounds.js';

export interface RunOptions extends Pick<RoundsOptions, 'only' | 'signal' | 'isWarmed'> {
  /** Where each case has a scratch folder of its own. */
  readonly dir: string;
  /** Of the case of this name. */
  readonly roundsOf: (name: string) => number;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @throws Error with the usage when a name is that of no case */
export function requireCases(
  names: readonly string[] | undefined,
  cases: readonly BenchCase[],
  usage: string,
): void {
  const unknown = names?.find((name) => cases.every((bench) => bench.name !== name));
  if (unknown !== undefined) throw new Error(`there is no case "${unknown}"\n${usage}`);
}

/** Runs the cases, and says what came of each. */
export async function runCases(
  cases: readonly BenchCase[],
  { dir, roundsOf, ...options }: RunOptions,
): Promise<CaseResult[]> {
  const scratch = resolve(dir);
  await mkdir(scratch, { recursive: true });
  const results: CaseResult[] = [];
  for (const bench of cases) {
    say(`\n${bench.title}`);
    const folder = await mkdtemp(join(scratch, '.bench-'));
    try {
      const roundCount = roundsOf(bench.name);
      const result = await runCase(bench, { ...options, roundCount, folder, say });
      results.push(result);
      say(`\n${caseLines(result).slice(2).join('\n')}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return results;
}
