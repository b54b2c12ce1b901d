/** `verify`: reads what is shared or was downloaded, says what is not whole, and has it repaired. */
import { basename } from 'node:path';
import { StorageError, UsageError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import type { FlawedFile, VerifyProgress, VerifyReport } from '../api/progress.js';
import { isSwitchedOn, type CommandContext, type Given } from '../cli/command.js';
import { ProgressRate } from '../terminal/progress-rate.js';
import { formatBytes, formatDuration } from '../terminal/quantities.js';
import { COMPLETE, downloadNames } from './named-downloads.js';
import { forNames, meantNames } from './named-files.js';
import { nothingShared } from './stop-share.js';
import { ToldWork } from './told-work.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { out } = context;
  const { group, file } = given.args;
  if (group === undefined && file !== undefined) throw new UsageError('name the group of the file');
  const groupId = group === undefined ? undefined : checkName('group', group);
  const { report, failures, error } =
    groupId === undefined || file === undefined
      ? { report: await verify(context, given, { ...(groupId !== undefined && { groupId }) }) }
      : await verifyNamed(context, given, groupId);
  out.progress(undefined);
  out.result({ ...report, failures: failures ?? [] }, [
    ...report.flawed.map(flawLine),
    summaryOf(report),
  ]);
  const left = report.flawed.filter(({ repair }) => repair?.state !== 'repaired');
  if (left.length > 0) throw flawsLeft(left, isSwitchedOn(given, 'repair'));
  if (error) throw error;
}

/** One after the other, because one check runs at a time. */
async function verifyNamed(context: CommandContext, given: Given, groupId: string) {
  const { engine } = context;
  const meant = await meantNames(given, async () => {
    const shares = await engine.shares(groupId);
    return [
      ...shares.map(({ fileName }) => fileName),
      ...(await downloadNames(context, groupId, COMPLETE)),
    ];
  });
  const { results, ...rest } = await forNames(context, meant, {
    verb: 'checked',
    none: (pattern) => nothingShared(pattern, groupId),
    work: (fileName) => verify(context, given, { groupId, fileName }),
  });
  return { report: sumOf(results), ...rest };
}

async function verify(
  context: CommandContext,
  given: Given,
  which: { readonly groupId?: string; readonly fileName?: string },
): Promise<VerifyReport> {
  const { engine, out, signal } = context;
  const { groupId, fileName } = which;
  const told = new ToldWork(out, { work: 'verify', ...(groupId !== undefined && { groupId }) });
  const request = { ...which, isRepairing: isSwitchedOn(given, 'repair'), signal };
  const checking = engine.verify(request, progressTo(context, told));
  return told.until(checking, fileName ?? groupId ?? 'all', ({ bytes }) => bytes);
}

function sumOf(reports: readonly VerifyReport[]): VerifyReport {
  const sum = (of: (report: VerifyReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    elapsedMs: sum(({ elapsedMs }) => elapsedMs),
    flawed: reports.flatMap(({ flawed }) => flawed),
  };
}

function progressTo(
  { out, signal }: CommandContext,
  told: ToldWork,
): (progress: VerifyProgress) => void {
  let meter = new ProgressRate(() => performance.now());
  let phase: VerifyProgress['phase'] = 'reading';
  return (progress) => {
    if (signal.aborted) return;
    const { fileName, size, done, files, filesDone } = progress;
    if (progress.phase !== phase) meter = new ProgressRate(() => performance.now());
    ({ phase } = progress);
    const bytesPerSecond = meter.onTotal(done);
    const figures = { size, done, bytesPerSecond };
    told.onProgress({ fileName, state: phase, ...figures }, performance.now());
    const detail = `${filesDone} of ${files} files`;
    out.progress({ title: fileName, phase, size, done, bytesPerSecond, detail });
  };
}

/** One line for a file that is not whole. */
export function flawLine(file: FlawedFile): string {
  const { state, groupId, fileName, path, repair, olderPath } = file;
  const about = `[${groupId}] ${fileName}: ${path}`;
  if (repair?.state === 'repaired') {
    const fetched = `repaired: ${about}: ${formatBytes(repair.fetched)} fetched`;
    if (olderPath === undefined) return fetched;
    return `${fetched}; what had been changed stays beside it as ${basename(olderPath)}`;
  }
  const failure = repair ? `; not repaired: ${repair.error.message}` : '';
  return `${state}: ${about}${state === 'damaged' ? `: ${whereOf(file)}` : ''}${failure}`;
}

function whereOf({ badPieces, badBytes, ranges }: FlawedFile): string {
  const pieces = badPieces === 1 ? '1 piece' : `${badPieces} pieces`;
  const told = ranges.map(({ from, to }) => `${from}-${to - 1}`).join(', ');
  const named = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return `${pieces}, bytes ${told}${named < badBytes ? ' and others' : ''}`;
}

function summaryOf({ files, bytes, elapsedMs, flawed }: VerifyReport): string {
  const counts = new Map<string, number>();
  for (const { state, repair } of flawed) {
    const word = repair?.state === 'repaired' ? 'repaired' : state;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const found = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  const what = files === 1 ? '1 file' : `${files} files`;
  const read = `${formatBytes(bytes)} in ${formatDuration(elapsedMs)}`;
  return `checked ${what}, ${read}: ${found === '' ? 'all whole' : found}`;
}

function flawsLeft(left: readonly FlawedFile[], isRepairing: boolean): StorageError {
  const which = left.length === 1 ? '1 file is' : `${left.length} files are`;
  const isDamaged = left.every(({ state }) => state === 'damaged');
  const others =
    'share what has changed with `upload --replace`, or end the share with `stop-share`';
  const isRepairable = left.some(({ state }) => state !== 'unsteady');
  const repairing = isDamaged
    ? '`verify --repair` fetches what is damaged from others'
    : `\`verify --repair\` brings back what was shared, and keeps what was changed beside it; or ${others}`;
  const advice = isRepairable && !isRepairing ? repairing : `put them back, ${others}`;
  return new StorageError('FILE_DAMAGED', `${which} not as shared, see above; ${advice}`);
}
