/** `move_download`: changes the turn of downloads that wait in line. */
import { toWireError, TrackerError, UsageError } from '../../net/errors.js';
import { display } from '../../net/display.js';
import { MAX_FAILURES_LISTED, MAX_WAITING_DOWNLOADS } from '../../net/limits.js';
import { checkName } from '../../net/names.js';
import type { EngineApi, WhichDownloads } from '../api/engine-api.js';
import type { MovedDownload } from '../api/progress.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { parseCount } from '../terminal/quantities.js';
import { downloadNames, noDownload, WAITING } from './named-downloads.js';
import { meantNames } from './named-files.js';
import { someFailed } from './some-failed.js';
import { whichDownloads } from './which-downloads.js';

type MoveTo = Parameters<EngineApi['moveDownloads']>[0]['to'];

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const { word, named } = wordsOf(given);
  const to = parseTo(word);
  const { which, missing } = await meantDownloads(context, named);
  const downloads = which === undefined ? [] : await engine.moveDownloads({ ...which, to });
  const failed = missing(downloads);
  const [first] = failed;
  if (first !== undefined && downloads.length === 0 && failed.length === 1) throw first.error;
  for (const { fileName, error } of failed)
    out.failure(`error: ${display(fileName)}: ${error.message}`);
  const failures = failed
    .slice(0, MAX_FAILURES_LISTED)
    .map(({ fileName, error }) => ({ fileName, ...toWireError(error) }));
  out.result(
    { downloads, failures },
    downloads.map(({ groupId, fileName, place, of }) => {
      return `[${groupId}] ${fileName} is ${place} of ${of} in line`;
    }),
  );
  if (first !== undefined) throw someFailed(first.error, failed.length, 'moved');
}

interface Failed {
  readonly fileName: string;
  readonly error: TrackerError;
}

/** All in one request, so that they stay together; `missing` finds those that it has not moved. */
async function meantDownloads(
  context: CommandContext,
  given: Given,
): Promise<{
  which: WhichDownloads | undefined;
  missing: (moved: readonly MovedDownload[]) => Failed[];
}> {
  const { engine } = context;
  if (given.args['file'] === undefined)
    return { which: await whichDownloads(engine, given), missing: () => [] };
  const groupId = checkName('group', argument(given, 'group'));
  const meant = await meantNames(given, () => downloadNames(context, groupId, WAITING));
  const { names, isOneName } = meant;
  const [only] = names;
  if (isOneName) return { which: { groupId, fileName: only! }, missing: () => [] };
  const unmatched = meant.missing.map((pattern) => {
    return { fileName: pattern, error: noDownload(pattern, groupId, 'moved') };
  });
  const missing = (moved: readonly MovedDownload[]): Failed[] => {
    const found = new Set(moved.map(({ fileName }) => fileName));
    const still = names.filter((name) => !found.has(name));
    return [
      ...unmatched,
      ...still.map((fileName) => ({ fileName, error: notInLine(fileName, groupId) })),
    ];
  };
  return { which: names.length === 0 ? undefined : { groupId, fileNames: names }, missing };
}

function notInLine(fileName: string, groupId: string): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    `no download of "${display(fileName)}" in ${display(groupId)} waits in line`,
  );
}

/** The last word says where to; without a file it is the second one. */
function wordsOf(given: Given): { word: string; named: Given } {
  const { file, to, ...rest } = given.args;
  const word = to ?? file;
  if (word === undefined) throw new UsageError('say where to: first, last, up, down, or a place');
  const named = to === undefined ? rest : { ...rest, ...(file !== undefined && { file }) };
  return { word, named: { ...given, args: named } };
}

function parseTo(word: string): MoveTo {
  switch (word) {
    case 'first':
    case 'last':
    case 'up':
    case 'down':
      return word;
    default:
      if (/^\d+$/.test(word)) return parseCount(word, 'a place', 1, MAX_WAITING_DOWNLOADS);
      throw new UsageError(
        `"${display(word, 64)}" is no place in line; say first, last, up, down, or a number`,
      );
  }
}
