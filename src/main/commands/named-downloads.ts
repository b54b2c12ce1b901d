/** What a command does with downloads that are named: by names and patterns of a group's files, or by something else. */
import { display } from '../../net/display.js';
import { fromWireError, P2pError, TrackerError, type WireError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { argument, type CommandContext, type Given } from '../cli/command.js';
import { inRequests } from './in-requests.js';
import { agreeTo, forNames, meantNames } from './named-files.js';
import type { TransferFailure } from './transfer-answer.js';
import type { DownloadProgress } from '../api/progress.js';

type State = DownloadProgress['state'];

/** Of which downloads a pattern is a pattern; of others a verb can make nothing. */
export type TakenStates = ReadonlySet<State>;

/** Of those that are not complete and that nothing has ended. */
export const GOING: TakenStates = new Set<State>([
  ...(['queued', 'checking', 'copying', 'downloading', 'finishing', 'interrupted'] as const),
]);
export const RESUMABLE: TakenStates = new Set<State>(['paused', 'interrupted', 'failed']);
export const UNFINISHED: TakenStates = new Set<State>([...GOING, 'paused', 'failed']);
/** What was stopped goes on, or is cancelled, only where its very name is said. */
export const UNFINISHED_OR_STOPPED: TakenStates = new Set<State>([...UNFINISHED, 'cancelled']);
export const ENDED: TakenStates = new Set<State>(['complete', 'failed', 'cancelled']);
export const WAITING: TakenStates = new Set<State>(['queued']);
export const COMPLETE: TakenStates = new Set<State>(['complete']);

/** The downloads of one file of a group, or of several. */
export type NamedFiles =
  | { readonly groupId: string; readonly fileName: string }
  | { readonly groupId: string; readonly fileNames: readonly string[] };

/** What is answered of a download. */
interface Answered {
  readonly fileName: string;
  /** Of one of several: it could not be done. */
  readonly error?: WireError;
}

export interface DownloadsRun<One> {
  /** `paused`, for what is said of those that are not. */
  readonly verb: string;
  /** Of what a pattern is one; a name is tried as it is. */
  readonly takes: TakenStates;
  /** Whose very name a word may be that is a pattern otherwise. @default takes */
  readonly takesNamed?: TakenStates;
  /** Asked where a pattern means another name. @default nothing is */
  readonly question?: string;
  /** Where no file is named. */
  readonly unnamed: () => Promise<readonly One[]>;
  /** Of one file, or of several in one request. */
  readonly named: (which: NamedFiles) => Promise<readonly One[]>;
}

export interface DownloadsOutcome<One> {
  readonly downloads: readonly One[];
  readonly failures: readonly TransferFailure[];
  /** What the command ends with after its answer. */
  readonly error: P2pError | undefined;
}

/** @throws P2pError where there was one thing to do */
export async function forDownloads<One extends Answered>(
  context: CommandContext,
  given: Given,
  { verb, takes, takesNamed = takes, question, unnamed, named }: DownloadsRun<One>,
): Promise<DownloadsOutcome<One>> {
  if (given.args['file'] === undefined)
    return { downloads: await unnamed(), failures: [], error: undefined };
  const groupId = checkName('group', argument(given, 'group'));
  const meant = await meantNames(
    given,
    () => downloadNames(context, groupId, takes),
    () => downloadNames(context, groupId, takesNamed),
  );
  if (question !== undefined) await agreeTo(context, given, meant, question);
  const { results, ...rest } = await forNames(context, meant, {
    verb,
    none: (pattern) => noDownload(pattern, groupId, verb),
    work: inRequests(meant.names, {
      several: async (fileNames) => byName(await named({ groupId, fileNames })),
      one: (fileName) => named({ groupId, fileName }),
      leftOut: (fileName) => noDownload(fileName, groupId, verb),
    }),
  });
  return { downloads: results.flat(), ...rest };
}

/** A name may stand for several downloads. */
function byName<One extends Answered>(
  downloads: readonly One[],
): Map<string, readonly One[] | P2pError> {
  const found = new Map<string, readonly One[] | P2pError>();
  for (const one of downloads) {
    const before = found.get(one.fileName) ?? [];
    if (one.error) found.set(one.fileName, fromWireError(one.error));
    else if (!(before instanceof P2pError)) found.set(one.fileName, [...before, one]);
  }
  return found;
}

/** The names of what is or was downloaded of a group, in any of these states. @default all */
export async function downloadNames(
  { engine }: Pick<CommandContext, 'engine'>,
  groupId: string,
  states?: TakenStates,
): Promise<string[]> {
  const own = (await engine.downloads()).filter(
    (one) => one.groupId === groupId && (states === undefined || states.has(one.state)),
  );
  return own.map(({ fileName }) => fileName);
}

/** `verb` says what it could be. */
export function noDownload(pattern: string, groupId: string, verb?: string): TrackerError {
  const which = verb === undefined ? '' : ` that can be ${verb}`;
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    `no download of ${display(groupId)}${which} matches "${display(pattern)}"`,
  );
}
