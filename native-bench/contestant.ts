/**
 * What is compared, as plain types: a case has contestants, each contestant is opened once and
 * then run once per round, and each run answers metrics. Knows no product and no rival.
 */
import type { MetricName } from './metrics.js';
import type { Processes } from './processes.js';

/** What one run came to; a contestant answers the metrics that it has. */
export type Metrics = Readonly<Partial<Record<MetricName, number>>>;

/** What a contestant works with while its case lasts. */
export interface Stage {
  /** An empty folder of its own on the disk that is measured. */
  readonly folder: string;
  /** Everything it starts ends with the case. */
  readonly processes: Processes;
}

export interface Contestant {
  readonly name: string;
  /** What it verifies and whether it encrypts, for the table. */
  readonly about: string;
  /** True for the product: its failure is a failure of the benchmark. */
  readonly isProduct?: boolean;
  /** Why it cannot take part on this machine, and what to do; undefined when it can. */
  missing(): Promise<string | undefined>;
  /** Starts what stays for all rounds; answers how to run one round. */
  open(stage: Stage): Promise<() => Promise<Metrics>>;
}

export interface BenchCase {
  readonly name: string;
  readonly title: string;
  /** The contestant to which the others are ratios. */
  readonly reference: string;
  /** What everybody needs (the files to transfer), made once in `folder`. */
  contestants(folder: string): Promise<readonly Contestant[]>;
}

/** `missing` of a contestant that can always take part. */
export async function alwaysThere(): Promise<undefined> {
  return undefined;
}
