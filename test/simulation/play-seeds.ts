/** Plays many seeds, one after the other, and adds up what they came to. */
import type { CheckName } from './checks.js';
import { runScenario } from './run-scenario.js';
import { scenarioOf } from './scenario.js';

/** Failures that are told of; a mistake of ours fails most seeds. */
export const MAX_FAILURES_TOLD = 20;

export interface Failure {
  readonly seed: number;
  readonly check: CheckName;
  readonly what: string;
}

export interface Played {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly wantedBytes: number;
  readonly wastedBytes: number;
  /** The longest that a piece waited while somebody idle had it. */
  readonly longestWaitMs: number;
  /** The most that a user was sent ahead of another who waited. */
  readonly fairnessBytes: number;
}

export interface SeedRange {
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** When to stop, of this process's clock. */
  readonly untilMs: number;
}

export async function playSeeds({ first, step, count, untilMs }: SeedRange): Promise<Played> {
  const failures: Failure[] = [];
  let [seeds, wantedBytes, wastedBytes, longestWaitMs, fairnessBytes] = [0, 0, 0, 0, 0];
  while (seeds < count && Date.now() < untilMs) {
    const seed = first + seeds * step;
    const outcome = await runScenario(scenarioOf(seed));
    seeds++;
    for (const { check, what } of outcome.violations) {
      if (failures.length < MAX_FAILURES_TOLD) failures.push({ seed, check, what });
    }
    wantedBytes += outcome.wantedBytes;
    wastedBytes += outcome.wastedBytes;
    longestWaitMs = Math.max(longestWaitMs, outcome.longestWaitMs);
    fairnessBytes = Math.max(fairnessBytes, outcome.fairnessBytes);
  }
  return { seeds, failures, wantedBytes, wastedBytes, longestWaitMs, fairnessBytes };
}

/** What two parts of a run came to together. */
export function addUp(one: Played, other: Played): Played {
  return {
    seeds: one.seeds + other.seeds,
    failures: [...one.failures, ...other.failures],
    wantedBytes: one.wantedBytes + other.wantedBytes,
    wastedBytes: one.wastedBytes + other.wastedBytes,
    longestWaitMs: Math.max(one.longestWaitMs, other.longestWaitMs),
    fairnessBytes: Math.max(one.fairnessBytes, other.fairnessBytes),
  };
}
