/**
 * Names and patterns where a command takes those of files: a name stands for itself, a pattern for what it matches in a
 * list that is looked at only then. What is done with each is the command's; one that fails keeps none of the
 * others from it.
 */
import { CancelledError, P2pError, UsageError, toWireError } from '../../net/errors.js';
import { display } from '../../net/display.js';
import { MAX_FAILURES_LISTED } from '../../net/limits.js';
import { isSwitchedOn, repeatedArgument, type CommandContext, type Given } from '../cli/command.js';
import { namesMeant } from './file-choice.js';
import { fileWord } from './file-word.js';
import { isPattern, onlyName, plainWord } from './name-pattern.js';
import { endsAll, someFailed } from './some-failed.js';
import type { TransferFailure } from './transfer-answer.js';

/** Names that a question shows. */
const MAX_NAMES_ASKED = 3;

/** What the words mean. */
export interface MeantNames {
  /** Each once, in the order in which they were said; of a pattern, in that of the list. */
  readonly names: readonly string[];
  /** Patterns that match nothing. */
  readonly missing: readonly string[];
  /** The patterns that mean something else than the very word, with what they mean. */
  readonly wide: readonly { readonly pattern: string; readonly names: readonly string[] }[];
  /** One name was said, so that there is one answer and no summary. */
  readonly isOneName: boolean;
}

/**
 * Reads the words of the argument `file`. `list` has the names that a pattern may mean, `listNamed` those that a word may
 * be as it stands.
 * @throws UsageError
 */
export async function meantNames(
  given: Given,
  list: () => Promise<Iterable<string>>,
  listNamed = list,
): Promise<MeantNames> {
  const words = [...new Set(repeatedArgument(given, 'file').map(fileWord))];
  if (!words.some(isPattern)) return meantAmong(new Set(), words);
  const known = new Set(await list());
  return meantAmong(known, words, listNamed === list ? known : new Set(await listNamed()));
}

/** The same of names that are known; `named` are those that a word may be as it stands. Pure. */
export function meantAmong(
  known: ReadonlySet<string>,
  words: readonly string[],
  named = known,
): MeantNames {
  const names = new Set<string>();
  const missing: string[] = [];
  const wide: { pattern: string; names: readonly string[] }[] = [];
  for (const word of words) {
    const found = meantBy(word, known, named);
    if (found.length === 0) missing.push(word);
    if (found.some((name) => name !== plainWord(word))) wide.push({ pattern: word, names: found });
    for (const name of found) names.add(name);
  }
  const isOneName = words.length === 1 && !isPattern(words[0]!);
  return { names: [...names], missing, wide, isOneName };
}

function meantBy(word: string, known: ReadonlySet<string>, named: ReadonlySet<string>): string[] {
  if (!isPattern(word) || named.has(word)) return [word];
  const only = onlyName(word);
  if (only !== undefined && named.has(only)) return [only];
  return namesMeant(known, word);
}

/**
 * Has somebody who sees what a pattern means agree to it, unless they have said --yes: names are others' choice, and
 * `*` may be one. @throws CancelledError, and UsageError where nobody can be asked
 */
export async function agreeTo(
  { confirm }: Pick<CommandContext, 'confirm'>,
  given: Given,
  { wide }: MeantNames,
  question: string,
): Promise<void> {
  if (wide.length === 0 || isSwitchedOn(given, 'yes')) return;
  const means = wide.map(({ pattern, names }) => {
    const shown = names.slice(0, MAX_NAMES_ASKED).map((name) => display(name));
    const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
    const files = names.length === 1 ? '1 file' : `${names.length} files`;
    return `"${display(pattern)}" means ${files} (${shown.join(', ')}${more})`;
  });
  if (confirm === undefined)
    throw new UsageError(
      `${means.join('; ')}, and nobody can be asked here; say --yes if these are meant, or put a backslash before each of * ? [ that belongs to a name`,
    );
  if (await confirm(`${means.join('; ')}. ${question}`)) return;
  throw new CancelledError('nothing was done');
}

export interface NamedRun<Result> {
  /** `paused`, for what is said of those that are not. */
  readonly verb: string;
  /** The error for a pattern that matches nothing. */
  readonly none: (pattern: string) => P2pError;
  /** So many are worked on at a time. @default 1 */
  readonly atATime?: number;
  readonly work: (fileName: string) => Promise<Result>;
}

export interface NamedOutcome<Result> {
  /** In the order of the names. */
  readonly results: readonly Result[];
  /** For programs; what has no room is in `error` all the same. */
  readonly failures: readonly TransferFailure[];
  /** What the command ends with after its answer. */
  readonly error: P2pError | undefined;
}

/** Works on each. @throws P2pError where there was one thing to do, and the signal's reason */
export async function forNames<Result>(
  { out, signal }: Pick<CommandContext, 'out' | 'signal'>,
  { names, missing }: MeantNames,
  { verb, none, work, atATime = 1 }: NamedRun<Result>,
): Promise<NamedOutcome<Result>> {
  const isOne = names.length + missing.length === 1;
  const results = new Map<string, Result>();
  const failures: TransferFailure[] = [];
  let first: P2pError | undefined;
  let isEnding = false;
  const fail = (fileName: string, error: unknown): void => {
    if (isOne || signal.aborted || !(error instanceof P2pError)) throw error;
    // Once all is ending, those under way fail for the same reason.
    if (!isEnding) out.failure(`error: ${display(fileName)}: ${error.message}`);
    isEnding ||= endsAll(error);
    first ??= error;
    if (failures.length < MAX_FAILURES_LISTED) failures.push({ fileName, ...toWireError(error) });
  };
  for (const pattern of missing) fail(pattern, none(pattern));
  const queue = names.values();
  const worker = async (): Promise<void> => {
    for (const name of queue) {
      if (isEnding || signal.aborted) return;
      await work(name).then(
        (result) => results.set(name, result),
        (error: unknown) => fail(name, error),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(names.length, atATime) }, worker));
  signal.throwIfAborted();
  const done = names.flatMap((name) => (results.has(name) ? [results.get(name)!] : []));
  const left = names.length + missing.length - done.length;
  return { results: done, failures, error: first && someFailed(first, left, verb) };
}
