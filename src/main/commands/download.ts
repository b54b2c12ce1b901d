/**
 * `download_file`: downloads a file from all peers that have it. In the interactive client it
 * goes on in the background; elsewhere the command lasts as long as the download, and ending
 * it early keeps what is verified.
 */
import { CancelledError, TrackerError } from '../../net/errors.js';
import { DOWNLOAD_TIMEOUT_MS } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import {
  argument,
  isSwitchedOn,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import { peerTransportOf } from '../cli/engine-options.js';
import { phaseLine, progressView, summaryLine } from '../terminal/download-report.js';
import type { EngineApi } from '../api/engine-api.js';
import type { DownloadSummary } from '../api/progress.js';
import { untilAborted } from '../terminal/signals.js';
import { measureEventLoopDelay } from './event-loop-delay.js';
import { parseDurationMs } from '../terminal/quantities.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out, background } = context;
  const groupId = checkName('group', argument(given, 'group'));
  const timeout = textOption(given, 'timeout');
  const destination = argument(given, 'destination');
  const overwrite = isSwitchedOn(given, 'overwrite');
  // Behind a prompt nobody waits for the end, so that it may wait for peers as long as it takes.
  const defaultTimeoutMs = background === undefined ? DOWNLOAD_TIMEOUT_MS : 0;
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : parseDurationMs(timeout);
  if (peerTransportOf(given).peerTransport) requireEncryption(engine);
  if (isSwitchedOn(given, 'all')) {
    const { downloadAll } = await import('./download-all.js');
    return downloadAll(context, { groupId, folder: destination, overwrite, timeoutMs });
  }
  const fileName = checkName('file', argument(given, 'file'));
  const request = { groupId, fileName, destination, overwrite, timeoutMs };
  const id = await startHere(context, request);
  if (background !== undefined) {
    const finished = engine.waitForDownload(id, () => undefined);
    background(finished.then((summary) => summaryLine(fileName, summary)));
    return out.result({ id, groupId, fileName }, [`downloading [${groupId}] ${fileName}`]);
  }
  const delay = measureEventLoopDelay();
  const summary = await waitHere(id, context).finally(() => delay.stop());
  out.result({ groupId, fileName, ...summary, eventLoopDelayMs: delay.found() }, [
    summaryLine(fileName, summary),
    phaseLine(summary),
  ]);
}

/** Whoever carries this out may be a client that was started without the option. */
function requireEncryption({ requiredPeerTransport }: EngineApi): void {
  if (requiredPeerTransport === 'tls') return;
  throw new TrackerError(
    'PEERS_NOT_ENCRYPTED',
    'the client that runs for this home accepts peers that do not encrypt; start it with --peer-transport tls',
  );
}

/** Starts a download; a signal is not kept waiting for it. */
async function startHere(
  { engine, signal }: CommandContext,
  request: Parameters<EngineApi['startDownload']>[0],
): Promise<string> {
  const starting = engine.startDownload(request);
  try {
    return await untilAborted(signal, starting);
  } catch (error) {
    // An engine that goes on without this command must not go on with its download.
    if (signal.aborted) {
      void starting.then((id) => engine.cancelDownload(id)).catch(() => undefined);
    }
    throw error;
  }
}

/** Waits for the end of a download; a signal makes the engine save and end it first. */
async function waitHere(
  id: string,
  { engine, out, signal }: CommandContext,
): Promise<DownloadSummary> {
  let cancelled: Promise<void> | undefined;
  const cancel = (): void => {
    // If it is over by now there is nothing to cancel, and its outcome says so.
    cancelled = engine.cancelDownload(id).catch(() => undefined);
  };
  const finished = engine.waitForDownload(id, (progress) => out.progress(progressView(progress)));
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  try {
    return await finished;
  } catch (error) {
    throw signal.aborted ? asKept(signal.reason) : error;
  } finally {
    signal.removeEventListener('abort', cancel);
    await cancelled;
  }
}

function asKept(reason: unknown): unknown {
  if (!(reason instanceof CancelledError)) return reason;
  const message = `${reason.message}; what is verified is kept, run the same download to go on`;
  return new CancelledError(message, reason.code);
}
