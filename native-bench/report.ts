/** Turns results into the table that people read and the record that is kept. Pure. */
import { machineLine, type Machine } from './machine.js';
import { median, metricDefinitions, metricNames, type MetricName } from './metrics.js';
import type { CaseResult, Row } from './rounds.js';
import { targetLines } from './targets.js';

export interface Results {
  readonly machine: Machine;
  readonly command: string;
  readonly cases: readonly CaseResult[];
}

/** The values of one metric over the rounds. */
export function samplesOf(row: Row, metric: MetricName): number[] {
  return row.samples.flatMap((sample) => sample[metric] ?? []);
}

/** The row of that name, if it took part. */
export function rowNamed(result: CaseResult, name: string): Row | undefined {
  return result.rows.find(({ contestant }) => contestant === name);
}

/** The whole report in Markdown. */
export function markdown({ machine, command, cases }: Results): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Benchmark results',
    '',
    `\`${command}\` on ${machineLine(machine)}. Rivals: ${versions.join(', ')}.`,
    '',
    'Medians of interleaved rounds; [lowest..highest] of all rounds in brackets. Only the ratios',
    'of one table count: absolute figures of a machine drift from hour to hour.',
    ...cases.flatMap((result) => ['', ...caseLines(result)]),
    '',
    ...targetLines(cases, machine.cores),
    '',
  ].join('\n');
}

/** One case: its title, its table, and who is missing. */
export function caseLines(result: CaseResult): string[] {
  const rounds = result.rounds === 1 ? '1 round' : `${result.rounds} rounds`;
  return [
    `## ${result.title}`,
    '',
    `\`--case ${result.name}\`, ${rounds}; ratios to ${result.reference}.`,
    '',
    ...table(result),
    ...(result.skipped.length === 0 ? [] : ['']),
    ...result.skipped.map(
      ({ contestant, reason }) => `- not measured: ${contestant} (${oneLine(reason)})`,
    ),
  ];
}

function table(result: CaseResult): string[] {
  const metrics = metricNames.filter((metric) =>
    result.rows.some((row) => samplesOf(row, metric).length > 0),
  );
  const header = metrics.flatMap((metric) => {
    const { title, hasRatio } = metricDefinitions[metric];
    return hasRatio ? [title, 'ratio'] : [title];
  });
  const rows = result.rows.map((row) => {
    const cells = metrics.flatMap((metric) => cellsOf(result, row, metric));
    return [row.contestant, row.about, ...cells];
  });
  const separators = ['---', '---', ...header.map(() => '---:')];
  return [['', 'verifies, encrypts', ...header], separators, ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
}

function cellsOf(result: CaseResult, row: Row, metric: MetricName): string[] {
  const { digits, hasRatio } = metricDefinitions[metric];
  const samples = samplesOf(row, metric);
  if (samples.length === 0) return hasRatio ? ['', ''] : [''];
  const middle = median(samples);
  const spread =
    samples.length === 1
      ? ''
      : ` [${Math.min(...samples).toFixed(digits)}..${Math.max(...samples).toFixed(digits)}]`;
  const cell = `${middle.toFixed(digits)}${spread}`;
  if (!hasRatio) return [cell];
  const reference = rowNamed(result, result.reference);
  const theirs = reference === undefined ? [] : samplesOf(reference, metric);
  return [cell, theirs.length === 0 ? '' : (middle / median(theirs)).toFixed(2)];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200);
}
