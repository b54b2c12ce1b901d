/**
 * `sync`: keeps a folder the same as what members of a group share, until Ctrl-C, or with `--once` until all is here.
 * The engine does it; here it is asked for and shown.
 */
import { P2pError, fromWireError } from '../../net/errors.js';
import { DOWNLOAD_TIMEOUT_MS } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import type { ClientEvent } from '../api/client-events.js';
import { isOfWork } from '../api/detail-events.js';
import type { SyncProgress, SyncReport } from '../api/sync.js';
import { argument, isSwitchedOn, listOption, textOption } from '../cli/command.js';
import type { CommandContext, Given } from '../cli/command.js';
import { ProgressRate } from '../terminal/progress-rate.js';
import { formatBytes, formatDuration, parseDurationMs } from '../terminal/quantities.js';
import { asKept } from './as-kept.js';
import { someFailed } from './some-failed.js';

const KEPT = 'what is here is kept, run the same command to go on';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out, signal } = context;
  const request = requestOf(given);
  const { groupId, isOnce } = request;
  const folder = withoutSlash(request.folder);
  const stop = followed(context, groupId);
  const show = progressTo(context, groupId, () => {
    out.ready({ groupId, folder, state: 'waiting' }, [
      'up to date; waiting for changes (Ctrl-C stops)',
    ]);
  });
  try {
    const report = await engine.sync({ ...request, folder, signal }, (progress) => {
      if (!signal.aborted) show(progress);
    });
    out.progress(undefined);
    out.result({ groupId, folder, ...report }, [summaryOf(report)]);
    const [first] = report.failures;
    if (first) throw someFailed(fromWireError(first), report.failed, 'brought up to date');
  } catch (error) {
    // Who waits for changes ends that so, and it is no failure.
    if (!isOnce && isInterrupt(error)) return;
    throw signal.aborted ? asKept(error, KEPT) : error;
  } finally {
    stop();
  }
}

function requestOf(given: Given) {
  const timeout = textOption(given, 'timeout');
  return {
    groupId: checkName('group', argument(given, 'group')),
    folder: argument(given, 'folder'),
    isOnce: isSwitchedOn(given, 'once'),
    isBoth: isSwitchedOn(given, 'both'),
    isDeleting: isSwitchedOn(given, 'delete'),
    only: [...listOption(given, 'only')],
    exclude: [...listOption(given, 'exclude')],
    timeoutMs: timeout === undefined ? DOWNLOAD_TIMEOUT_MS : parseDurationMs(timeout),
  };
}

function withoutSlash(folder: string): string {
  return folder.length > 1 && folder.endsWith('/') ? folder.slice(0, -1) : folder;
}

function isInterrupt(error: unknown): boolean {
  return error instanceof P2pError && error.code === 'INTERRUPTED';
}

/** Tells what the engine tells of it; of an engine of this process that is told already, but for each step of a download. */
function followed({ engine, out, isEngineHere }: CommandContext, groupId: string): () => void {
  const isOurs = (event: ClientEvent): boolean => {
    if (!('groupId' in event) || event.groupId !== groupId) return false;
    if (isOfWork(event)) return true;
    return !isEngineHere && event.type.startsWith('sync-');
  };
  if (isEngineHere && out.hears !== 'all') return () => undefined;
  return engine.events((event) => {
    if (isOurs(event)) out.event(event);
  }, out.hears ?? 'news');
}

/** Shows how far it is; `onWaiting` is called the first time that nothing is left to be done. */
function progressTo(
  { out }: CommandContext,
  groupId: string,
  onWaiting: () => void,
): (progress: SyncProgress) => void {
  const meter = new ProgressRate(() => performance.now());
  const meters = new Map<string, ProgressRate>();
  let isTold = false;
  return ({ state, here, files, size, done, parts }) => {
    for (const name of meters.keys())
      if (!parts.some(({ fileName }) => fileName === name)) meters.delete(name);
    if (state === 'waiting' || parts.length === 0) {
      out.progress(undefined);
      if (state === 'waiting' && !isTold) onWaiting();
      isTold ||= state === 'waiting';
      return;
    }
    const rows = parts.map(({ fileName: title, ...figures }) => {
      const own = meters.get(title) ?? new ProgressRate(() => performance.now());
      meters.set(title, own);
      return { title, ...figures, bytesPerSecond: own.onTotal(figures.done), detail: '' };
    });
    const detail = `${here} of ${files} files here`;
    const bytesPerSecond = meter.onTotal(done);
    out.progress({ title: groupId, size, done, bytesPerSecond, detail, parts: rows });
  };
}

function summaryOf({ files, here, fetched, shared, removed, ...rest }: SyncReport): string {
  const { bytes, elapsedMs, failed } = rest;
  const more = [
    fetched > 0 ? `, ${fetched} fetched (${formatBytes(bytes)})` : '',
    shared > 0 ? `, ${shared} shared` : '',
    removed > 0 ? `, ${removed} removed` : '',
    failed > 0 ? `, ${failed} failed` : '',
  ].join('');
  const state = failed === 0 ? 'up to date' : 'not up to date';
  return `${state}: ${here} of ${files} files here${more}, in ${formatDuration(elapsedMs)}`;
}
