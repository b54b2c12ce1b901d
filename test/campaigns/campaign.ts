/**
 * The frame of a campaign: a program that checks something too long or too random for the test
 * suite. It counts its checks, says `N passed, N failed` last, and fails when one failed.
 * `--short` runs the form for continuous integration, `--seed N` repeats a run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Campaign {
  readonly isShort: boolean;
  /** A folder that is removed at the end. */
  readonly folder: string;
  /** Reproducible chance, from 0 to below 1. */
  readonly random: () => number;
  /** Counts one check and names it. */
  readonly check: (isGood: boolean, what: string) => void;
  readonly say: (line: string) => void;
}

/** Runs a campaign as this process. */
export async function runCampaign(name: string, work: (campaign: Campaign) => Promise<void>) {
  const seed = Number(valueOf('--seed') ?? Math.floor(Math.random() * 2 ** 32));
  const folder = await mkdtemp(join(tmpdir(), `p2p-${name}-`));
  const isShort = process.argv.includes('--short');
  let passed = 0;
  let failed = 0;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const check = (isGood: boolean, what: string): void => {
    if (isGood) passed++;
    else failed++;
    say(`${isGood ? 'ok' : 'not ok'} - ${what}`);
  };
  say(`${name}, seed ${seed}`);
  try {
    await work({ isShort, folder, random: seededRandom(seed), check, say });
  } catch (error) {
    check(false, `${name}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}`);
  }
  await rm(folder, { recursive: true, force: true });
  say(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** The value after an option on the command line. */
export function valueOf(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
