/**
 * `download` to standard output: the file grows in the home's spool, and its verified beginning is written while it
 * does. One that was written whole leaves nothing behind, and is shared no more; of one that was not, what is verified
 * is kept there, and the same command goes on with it.
 */
import { P2pError, TrackerError, UsageError } from '../../net/errors.js';
import { untilAborted } from '../../net/until-aborted.js';
import { STANDARD, type CommandContext } from '../cli/command.js';
import { startCancellably } from '../api/cancellable-download.js';
import type { EngineApi } from '../api/engine-api.js';
import type { ContentOutput, ReadableContent } from '../pipes/content-output.js';
import { placeInSpool, type SpoolPlace } from '../pipes/spool-place.js';
import { phaseLine, summaryLine } from '../terminal/download-report.js';
import { asKept } from './as-kept.js';
import { KEPT, waitForEnd } from './awaited-download.js';
import { downloadRecord, type DownloadRecord } from './download-record.js';
import { measureEventLoopDelay } from './event-loop-delay.js';
import { answerOfOne } from './transfer-answer.js';

type StartRequest = Parameters<EngineApi['startDownload']>[0];

/** What to download; where it goes is decided here. */
export type OutputRequest = Omit<StartRequest, 'destination' | 'overwrite' | 'keepsOlder' | 'only'>;

/** @throws P2pError; READER_GONE when whoever reads has had enough */
export async function downloadToOutput(
  context: CommandContext,
  request: OutputRequest,
): Promise<void> {
  const { engine, signal, isEngineHere } = context;
  const pipes = context.pipes ?? noOutputHere();
  const output = pipes.output();
  const either = AbortSignal.any([signal, output.failed]);
  const delay = measureEventLoopDelay();
  try {
    const place = await placeInSpool(engine, pipes.spool, request);
    const { id, file, hasPassed, lines } =
      place.kind === 'whole'
        ? await writeWhole(output, either, request, place)
        : await writeGrowing({ ...context, signal: either }, output, request, place.path);
    const eventLoopDelayUs = isEngineHere ? delay.found() : undefined;
    if (!hasPassed) await discard(context, id, request.fileName);
    const record = { ...file, eventLoopDelayUs };
    const answer = answerOfOne('done', record, file.elapsedMs ?? 0);
    context.out.result({ groupId: request.groupId, ...answer }, lines);
  } catch (error) {
    throw either.aborted ? asKept(either.reason, KEPT) : error;
  } finally {
    delay.stop();
    output.close();
  }
}

interface Written {
  readonly id: string;
  readonly file: DownloadRecord;
  /** Nothing is left of it. */
  readonly hasPassed: boolean;
  readonly lines: readonly string[];
}

async function writeGrowing(
  context: CommandContext,
  output: ContentOutput,
  request: OutputRequest,
  destination: string,
): Promise<Written> {
  const { engine, signal } = context;
  const { groupId, fileName } = request;
  const place = { destination, overwrite: false, isInOrder: true };
  const id = await startCancellably(engine, { ...request, ...place }, signal);
  let passing: Promise<boolean> | undefined;
  const summary = await waitForEnd({ id, groupId, fileName }, context, ({ state, readable }) => {
    if (!readable) return;
    output.onReadable(readable);
    // It need not be kept when it has been written by now.
    if (state === 'finishing') passing ??= pass(engine, output, id, readable);
  });
  const whole = { path: summary.path, bytes: summary.size };
  await untilAborted(signal, output.finish(whole));
  const hasPassed = await untilAborted(signal, passing ?? Promise.resolve(false));
  const file = downloadRecord(fileName, { ...summary, path: STANDARD }, { hasPeers: true });
  const line = summaryLine(fileName, { ...summary, path: 'standard output' });
  return { id, file, hasPassed, lines: [line, phaseLine(summary)] };
}

/** Whether it was written and discarded before the engine kept it; what fails is for whoever waits for it to hear. */
async function pass(
  engine: Pick<EngineApi, 'discardDownload'>,
  output: ContentOutput,
  id: string,
  readable: ReadableContent,
): Promise<boolean> {
  try {
    await output.deliver(readable);
    await engine.discardDownload(id);
    return true;
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    return false;
  }
}

async function writeWhole(
  output: ContentOutput,
  signal: AbortSignal,
  { fileName }: OutputRequest,
  { id, path, size }: SpoolPlace & { kind: 'whole' },
): Promise<Written> {
  await untilAborted(signal, output.finish({ path, bytes: size }));
  const file: DownloadRecord = { fileName, path: STANDARD, size, outcome: 'already-there' };
  return {
    id,
    file,
    hasPassed: false,
    lines: [`${fileName} was there already, from an earlier command`],
  };
}

/** All of it has been written: what cannot be cleared away now is told, and is no failure. */
async function discard(
  { engine, out, signal }: CommandContext,
  id: string,
  fileName: string,
): Promise<void> {
  try {
    await untilAborted(signal, engine.discardDownload(id));
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    const isTracker = error instanceof TrackerError;
    const how = isTracker ? 'stop-share and forget end that' : 'forget clears it away';
    out.note(`${fileName} was written, and is kept in the home: ${error.message}; ${how}`);
  }
}

/** Names of what is downloaded that standard output cannot take. @throws UsageError */
export function refuseMany(): never {
  throw new UsageError('standard output takes one file; name one');
}

function noOutputHere(): never {
  throw new UsageError(
    '"-" is no path here, because there is no standard output to write to; for a file of that name say "./-"',
  );
}
