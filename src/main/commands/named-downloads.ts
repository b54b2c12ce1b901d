/** What a command does with downloads that are named: by names and patterns of a group's files, or by something else. */
import { display } from '../../net/display.js';
import { TrackerError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { agreeTo, forNames, meantNames } from './named-files.js';
import type { TransferFailure } from './transfer-answer.js';
import type { P2pError } from '../../net/errors.js';

export interface DownloadsRun<One> {
  /** `paused`, for what is said of those that are not. */
  readonly verb: string;
  /** Asked where a pattern means more than one. @default nothing is */
  readonly question?: string;
  /** Where no file is named. */
  readonly unnamed: () => Promise<readonly One[]>;
  readonly named: (groupId: string, fileName: string) => Promise<readonly One[]>;
}

export interface DownloadsOutcome<One> {
  readonly downloads: readonly One[];
  readonly failures: readonly TransferFailure[];
  /** What the command ends with after its answer. */
  readonly error: P2pError | undefined;
}

/** @throws P2pError where there was one thing to do */
export async function forDownloads<One>(
  context: CommandContext,
  given: Given,
  { verb, question, unnamed, named }: DownloadsRun<One>,
): Promise<DownloadsOutcome<One>> {
  if (given.args['file'] === undefined)
    return { downloads: await unnamed(), failures: [], error: undefined };
  const groupId = checkName('group', argument(given, 'group'));
  const meant = await meantNames(given, () => downloadNames(context, groupId));
  if (question !== undefined) await agreeTo(context, given, meant, question);
  const { results, ...rest } = await forNames(context, meant, {
    verb,
    none: (pattern) => noDownload(pattern, groupId),
    work: (fileName) => named(groupId, fileName),
  });
  return { downloads: results.flat(), ...rest };
}

/** The names of all that is or was downloaded of a group. */
export async function downloadNames(
  { engine }: Pick<CommandContext, 'engine'>,
  groupId: string,
): Promise<string[]> {
  const own = (await engine.downloads()).filter((one) => one.groupId === groupId);
  return own.map(({ fileName }) => fileName);
}

export function noDownload(pattern: string, groupId: string): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    `no download of ${display(groupId)} matches "${display(pattern)}"`,
  );
}
