/**
 * `download_file`: downloads a file from all peers that have it. In the interactive client it
 * goes on in the background; elsewhere the command lasts as long as the download, and ending
 * it early keeps what is verified.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { display } from '../../net/display.js';
import { TrackerError, UsageError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import {
  STANDARD,
  argument,
  isSwitchedOn,
  listOption,
  repeatedArgument,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';
import { peerTransportOf } from '../cli/engine-options.js';
import { phaseLine, summaryLine } from '../terminal/download-report.js';
import { startCancellably } from '../api/cancellable-download.js';
import type { EngineApi } from '../api/engine-api.js';
import { PRIORITIES } from '../home/download-turn.js';
import type { Output } from '../terminal/output.js';
import { afterDownload } from './after-download.js';
import { waitForEnd } from './awaited-download.js';
import { downloadPatienceMs } from './download-patience.js';
import { downloadToOutput, refuseMany } from './download-to-output.js';
import { downloadRecord, type DownloadRecord } from './download-record.js';
import { answerOfOne } from './transfer-answer.js';
import type { DownloadManyRequest } from './download-many.js';
import { chooseFiles, noFile, type FileChoice } from './file-choice.js';
import { isPattern } from './name-pattern.js';
import { isNameTaken } from './name-taken.js';
import { measureEventLoopDelay } from './event-loop-delay.js';
import { fileWord } from './file-word.js';
import { skippedAtDestination, skipsExisting } from './skip-existing.js';

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, background } = context;
  const how = howOf(context, given);
  const { groupId, destination } = how;
  const isSkipping = skipsExisting(given, destination);
  const mustEncrypt = peerTransportOf(given).peerTransport !== undefined;
  if (mustEncrypt && !context.isEngineHere) await requireEncryption(engine);
  const only = [...listOption(given, 'only')];
  const forMany = (): DownloadManyRequest => {
    if (only.length > 0) throw onlyOfOne();
    if (destination === STANDARD) refuseMany();
    const { destination: folder, ...rest } = how;
    return { ...rest, folder, isSkipping };
  };
  if (isSwitchedOn(given, 'all')) {
    const { downloadAll } = await import('./download-many.js');
    return downloadAll(context, forMany());
  }
  const words = repeatedArgument(given, 'file').map(fileWord);
  if (background === undefined && (words.length > 1 || words.some(isPattern))) {
    const files = await engine.listFiles(groupId);
    const choice = chooseFiles(files, words);
    if (words.length === 1 && choice.chosen.length === 0) throw noFile(words[0]!, files, groupId);
    if (!isOneFile(words, choice)) {
      const { downloadNamed } = await import('./download-many.js');
      return downloadNamed(context, forMany(), files, choice);
    }
  }
  const chosen = only.length > 0 ? { only } : {};
  const request = { ...how, fileName: words[0]!, ...chosen };
  if (destination === STANDARD) {
    if (only.length > 0) throw onlyOfOne();
    if (context.downloadHook) throw noPathForHook();
    return downloadToOutput(context, request);
  }
  await downloadOne(context, request, isSkipping);
}

/** What was said of the download, but for the names. */
function howOf(context: CommandContext, given: Given) {
  return {
    groupId: checkName('group', argument(given, 'group')),
    destination: argument(given, 'destination'),
    overwrite: isSwitchedOn(given, 'overwrite'),
    timeoutMs: downloadPatienceMs(context, given),
    ...priorityOf(given),
  };
}

async function downloadOne(
  context: CommandContext,
  request: Parameters<EngineApi['startDownload']>[0],
  isSkipping: boolean,
): Promise<void> {
  const { engine, out, signal, background } = context;
  const { groupId, fileName, overwrite } = request;
  const isLeft = (): Promise<boolean> =>
    isSkipping ? isSkipped(request, out) : isThereAlready(engine, request, out);
  if (!overwrite && (await isLeft())) return;
  let id: string;
  try {
    id = await startCancellably(engine, request, signal);
  } catch (error) {
    if (isNameTaken(error) && (await isLeft())) return;
    throw error;
  }
  context.downloadHook?.onStarted(id);
  if (background !== undefined) {
    const finished = engine.waitForDownload(id, () => undefined);
    background(finished.then((summary) => summaryLine(fileName, summary)));
    return out.result({ downloads: [{ id, groupId, fileName }] }, [
      `downloading [${groupId}] ${fileName}`,
    ]);
  }
  await finishHere(id, request, context);
}

function priorityOf(given: Given): Pick<Parameters<EngineApi['startDownload']>[0], 'priority'> {
  const word = textOption(given, 'priority');
  if (word === undefined) return {};
  const priority = PRIORITIES.find((one) => one === word);
  if (priority) return { priority };
  throw new UsageError(`--priority is ${PRIORITIES.join(', ')}; "${display(word, 64)}" is none`);
}

function noPathForHook(): UsageError {
  return new UsageError('--on-complete is given the path of a file; standard output has none');
}

function onlyOfOne(): UsageError {
  return new UsageError('--only chooses among the files of one folder; name one');
}

/** One word that looks like a pattern, and is the very name of a file. */
function isOneFile(words: readonly string[], { chosen }: FileChoice): boolean {
  return words.length === 1 && chosen[0]!.name === words[0];
}

/** Says so when anything is where the download would put it. */
async function isSkipped(
  { groupId, fileName, destination }: Parameters<EngineApi['startDownload']>[0],
  out: Output,
): Promise<boolean> {
  const file = await skippedAtDestination(destination, fileName);
  if (file === undefined) return false;
  out.result({ groupId, ...answerOfOne('already', file, 0) }, [
    `${fileName} was skipped: ${file.path} is there`,
  ]);
  return true;
}

/** Says so when the very file is where the download would put it. */
async function isThereAlready(
  engine: EngineApi,
  request: Parameters<EngineApi['startDownload']>[0],
  out: Output,
): Promise<boolean> {
  const { groupId, fileName, destination, only } = request;
  const inside = join(destination, fileName);
  // Most downloads go where nothing is, and need no further question. A folder is never put over another.
  const isInside = await isThere(inside);
  if (!isInside && !(await isFile(destination))) return false;
  const path = isInside ? inside : destination;
  const place = { groupId, fileName, path, ...(only && { only }) };
  const { state, size = 0 } = await engine.fileAt(place);
  if (state !== 'same') return false;
  const file: DownloadRecord = { fileName, path, size, outcome: 'already-there' };
  out.result({ groupId, ...answerOfOne('already', file, 0) }, [
    `${fileName} is there already: ${path}`,
  ]);
  return true;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile() || stats.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

/** Waits for the end of a download and tells it. */
async function finishHere(
  id: string,
  { groupId, fileName }: { groupId: string; fileName: string },
  context: CommandContext,
): Promise<void> {
  const { out, isEngineHere } = context;
  const delay = measureEventLoopDelay();
  const summary = await waitForEnd({ id, groupId, fileName }, context).finally(() => delay.stop());
  // The thread that moves the download is another process's, if that has the engine.
  const eventLoopDelayUs = isEngineHere ? delay.found() : undefined;
  const file = { ...downloadRecord(fileName, summary, { hasPeers: true }), eventLoopDelayUs };
  out.result({ groupId, ...answerOfOne('done', file, summary.elapsedMs) }, [
    summaryLine(fileName, summary),
    phaseLine(summary),
  ]);
  const { path, size } = summary;
  await afterDownload(context, { id, groupId, fileName, path, size });
}

/** Whoever carries this out may be a client that was started without the option. */
async function requireEncryption(engine: EngineApi): Promise<void> {
  if ((await engine.status()).requiredPeerTransport === 'tls') return;
  throw new TrackerError(
    'PEERS_NOT_ENCRYPTED',
    'the client that runs for this home accepts peers that do not encrypt; start it with --peer-transport tls',
  );
}
