/**
 * Runs one case: opens every contestant that can take part, then goes round by round, each
 * contestant once per round, starting with another one each time. A machine that changes its
 * speed changes it for all; only the ratios of one case count.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchCase, Contestant, Metrics } from './contestant.js';
import { emptyFolder, warmMemory } from './files.js';
import { Processes } from './processes.js';

/** What became of one contestant: its samples, one per round. */
export interface Row {
  readonly contestant: string;
  readonly about: string;
  readonly samples: readonly Metrics[];
}

export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly reference: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
  /** Those that are not in the table, each with the reason. */
  readonly skipped: readonly { readonly contestant: string; readonly reason: string }[];
  /** True when the product could not do its part. */
  readonly hasProductFailed: boolean;
}

export interface RoundsOptions {
  readonly roundCount: number;
  readonly folder: string;
  /** Only contestants with one of these texts, which commas separate, in their name take part. */
  readonly only?: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether memory is touched before each run, see files.ts. @default true */
  readonly isWarmed?: boolean;
}

/** A contestant that is in the race. */
interface Runner {
  readonly contestant: Contestant;
  readonly processes: Processes;
  readonly run: () => Promise<Metrics>;
  readonly samples: Metrics[];
}

export async function runCase(bench: BenchCase, options: RoundsOptions): Promise<CaseResult> {
  const race = new Race(options);
  const texts = (options.only ?? '').split(',');
  try {
    const contestants = await bench.contestants(join(options.folder, 'common'));
    for (const contestant of contestants) {
      if (texts.some((text) => contestant.name.includes(text))) await race.enter(contestant);
    }
    for (let round = 0; round < options.roundCount; round++) await race.runRound(round);
  } finally {
    await race.close();
  }
  const { name, title, reference } = bench;
  return { name, title, reference, rounds: options.roundCount, ...race.outcome() };
}

class Race {
  readonly #options: RoundsOptions;
  #runners: Runner[] = [];
  readonly #skipped: { contestant: string; reason: string }[] = [];
  readonly #processes: Processes[] = [];
  #hasProductFailed = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    // The run that is going on fails at once, and no other starts.
    options.signal.addEventListener('abort', () => void this.close(), { once: true });
  }

  async enter(contestant: Contestant): Promise<void> {
    this.#options.signal.throwIfAborted();
    const reason = await contestant.missing();
    if (reason !== undefined) return this.#skip(contestant, reason);
    const index = this.#runners.length + this.#skipped.length;
    const folder = await emptyFolder(join(this.#options.folder, `contestant-${index}`));
    await mkdir(folder, { recursive: true });
    const processes = new Processes();
    this.#processes.push(processes);
    try {
      const run = await contestant.open({ folder, processes });
      this.#runners.push({ contestant, processes, run, samples: [] });
    } catch (error) {
      await processes.closeAll();
      this.#fail(contestant, error);
    }
  }

  async runRound(round: number): Promise<void> {
    const shift = round % Math.max(1, this.#runners.length);
    const order = [...this.#runners.slice(shift), ...this.#runners.slice(0, shift)];
    for (const runner of order) {
      this.#options.signal.throwIfAborted();
      try {
        if (this.#options.isWarmed !== false) await warmMemory(this.#options.folder);
        const metrics = await runner.run();
        runner.samples.push(metrics);
        this.#options.say(`  round ${round + 1}  ${runner.contestant.name}: ${shown(metrics)}`);
      } catch (error) {
        this.#runners = this.#runners.filter((other) => other !== runner);
        await runner.processes.closeAll();
        this.#fail(runner.contestant, error);
      }
    }
  }

  outcome(): Pick<CaseResult, 'rows' | 'skipped' | 'hasProductFailed'> {
    const rows = this.#runners.map(({ contestant, samples }) => {
      return { contestant: contestant.name, about: contestant.about, samples };
    });
    return { rows, skipped: this.#skipped, hasProductFailed: this.#hasProductFailed };
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((processes) => processes.closeAll()));
  }

  #fail(contestant: Contestant, error: unknown): void {
    if (contestant.isProduct) this.#hasProductFailed = true;
    this.#skip(contestant, `failed: ${(error as Error).message}`);
  }

  #skip({ name }: Contestant, reason: string): void {
    this.#skipped.push({ contestant: name, reason });
    this.#options.say(`  skipped  ${name}: ${reason}`);
  }
}

function shown(metrics: Metrics): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${value.toFixed(value < 10 ? 2 : 0)}`)
    .join(', ');
}
