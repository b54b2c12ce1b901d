/**
 * What a command is. A definition is plain data (names, arguments, options, summary) that
 * serves the one-shot form, the interactive client, help and completion alike, and knows no
 * code: `commands/engine-commands.ts` and `processes/process-commands.ts` say what is behind
 * each verb.
 */
import { bug } from '../../net/errors.js';
import type { EngineApi } from '../api/engine-api.js';
import type { DownloadProgress } from '../api/progress.js';
import type { Pipes } from '../pipes/pipes.js';
import type { HeardKeys } from '../terminal/hear-keys.js';
import type { Output } from '../terminal/output.js';

/** The word that stands for standard input or output where a path may stand. */
export const STANDARD = '-';

/** A positional argument; all are required unless it says otherwise. */
export interface ArgumentDefinition {
  readonly name: string;
  readonly summary: string;
  /**
   * `path`: made absolute by the side on which it was typed.
   * `secret`: typed in the interactive client only; a one-shot command asks for it.
   * @default 'text'
   */
  readonly kind?: 'text' | 'path' | 'secret' | 'optional';
  /** Stands in for a word that is left out; only the last argument may have one. */
  readonly fallback?: string;
  /**
   * A one-shot command takes several words here, at least one; at most one argument is so. `everywhere`: a
   * line of the interactive client does too; then it is the last argument.
   */
  readonly isRepeated?: boolean | 'everywhere';
  /** The words that completion offers. */
  readonly choices?: readonly string[];
  /** A secret that only comes with this switch. */
  readonly onlyWith?: string;
  /** A switch of the one-shot form that stands in for this argument. */
  readonly omittedWith?: string;
  /** An option of the one-shot form whose value takes the place of this argument. */
  readonly givenBy?: string;
  /** The content of a file may come from standard input, or go to standard output. */
  readonly mayPass?: 'in' | 'out';
}

/** A named option; one with a `placeholder` takes a value, the others are switches. */
export interface OptionDefinition {
  readonly name: string;
  /** One letter that stands for it in the one-shot form. */
  readonly short?: string;
  readonly summary: string;
  readonly placeholder?: string;
  /** What kind of name its value is, for completion. */
  readonly names?: 'group' | 'member' | 'invite' | 'device';
  /** The values that completion offers. */
  readonly choices?: readonly string[];
  /** It may be given several times; each gives one value more. */
  readonly isRepeated?: boolean;
  /** The interactive client understands it too, or nothing but it: no secret in an argument list. */
  readonly isInShell?: boolean | 'only';
  /**
   * Files of settings may say it where it is not typed: `own` in the table of its command, `common` also in the one
   * of all commands. What destroys something, or means one run, is typed only. @default typed only
   */
  readonly setting?: 'own' | 'common';
  /** The variable of the environment that says it where it is not typed. */
  readonly variable?: string;
}

/** The words the user gave. */
export interface Given {
  readonly args: Readonly<Record<string, string>>;
  /** Words of the repeated argument after its first one. */
  readonly further?: readonly string[];
  readonly options: Readonly<Record<string, string | boolean>>;
  /** The values of options that may be given several times. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  /** Those of its options that nobody typed: files of settings say them. @default none */
  readonly settings?: ReadonlySet<string>;
}

/** A download that is complete. */
export type CompleteDownload = Pick<
  DownloadProgress,
  'id' | 'groupId' | 'fileName' | 'path' | 'size'
>;

/** What the user has run for the downloads of one command. */
export interface DownloadHook {
  /** One of them was begun, under this id. */
  readonly onStarted: (id: string) => void;
  /** Resolves when it is its turn, or has run; what becomes of it fails nothing. */
  readonly onComplete: (done: CompleteDownload) => Promise<void>;
}

/** What a command works with; the same in a one-shot process, a shell and a running peer. */
export interface CommandContext {
  readonly engine: EngineApi;
  readonly out: Output;
  /** Aborted when the user wants the command to end; its reason is the error to end with. */
  readonly signal: AbortSignal;
  /** True when the engine goes on after this command, so that what it shares stays shared. */
  readonly isEngineStaying: boolean;
  /** True when the engine is of this process, so that what it costs can be measured here. */
  readonly isEngineHere: boolean;
  /** True when somebody sits at a terminal and waits for the command, who ends it when they like. @default false */
  readonly isAttended?: boolean;
  /** Given by the interactive client: takes over work that must not block the prompt. */
  readonly background?: (work: Promise<string>) => void;
  /** Of a process that has standard streams for the content of files; absent in the interactive client. */
  readonly pipes?: Pipes;
  /** Present where it was typed with this command. */
  readonly downloadHook?: DownloadHook;
  /** Asks whoever sits at the terminal, who says yes or no; absent where nobody does. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Every question is answered with yes, so that none need be drawn. @default false */
  readonly isYes?: boolean;
  /** Hears single keys of whoever sits at the terminal until it is closed; absent where nobody does. */
  readonly hearKeys?: (onKey: (key: string) => void) => HeardKeys;
}

/** The form in which the user types commands where this one runs. */
export function formOf({ background }: Pick<CommandContext, 'background'>): 'one-shot' | 'shell' {
  return background === undefined ? 'one-shot' : 'shell';
}

interface Definition {
  readonly verb: string;
  /** Other names; the first one is the name in the interactive client. */
  readonly seedNames: readonly string[];
  readonly summary: string;
  readonly args: readonly ArgumentDefinition[];
  readonly options: readonly OptionDefinition[];
  readonly forms: 'both' | 'one-shot' | 'shell';
}

/** A command that any engine of the home can carry out. */
export interface EngineDefinition extends Definition {
  readonly needs: 'engine';
  /** It watches `signal` itself, because it has something to save. */
  readonly endsItself?: true;
}

/** A command that is a process of its own. */
export interface ProcessDefinition extends Definition {
  readonly needs: 'process';
}

/** A word that the interactive client acts on itself. */
export interface ShellDefinition extends Definition {
  readonly needs: 'shell';
}

/** Whether the word may be left out. */
export function mayBeLeftOut({ kind, fallback }: ArgumentDefinition): boolean {
  return kind === 'optional' || fallback !== undefined;
}

/** The values of arguments, with what stands in for those that were left out. */
export function withFallbacks(
  definitions: readonly ArgumentDefinition[],
  args: Readonly<Record<string, string>>,
): Record<string, string> {
  const all = { ...args };
  for (const { name, fallback } of definitions) {
    if (fallback !== undefined) all[name] ??= fallback;
  }
  return all;
}

/** The value of a required argument. */
export function argument(given: Given, name: string): string {
  return given.args[name] ?? bug(`no argument "${name}" reached the command`);
}

/** All words of a repeated argument, in the order in which they were given. */
export function repeatedArgument(given: Given, name: string): readonly string[] {
  return [argument(given, name), ...(given.further ?? [])];
}

/** The value of an option, if it was given. */
export function textOption(given: Given, name: string): string | undefined {
  const value = given.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of an option that may be given several times; none when it was not. */
export function listOption(given: Given, name: string): readonly string[] {
  return given.lists?.[name] ?? [];
}

/** Whether somebody typed it, and no file of settings says it. */
export function isTyped({ settings }: Given, name: string): boolean {
  return settings?.has(name) !== true;
}

/** Whether a switch was given. */
export function isSwitchedOn(given: Given, name: string): boolean {
  return given.options[name] === true;
}

/** Whether the content of a file goes to standard output, so that whatever else is said must not. */
export function passesOut({ args }: Pick<Definition, 'args'>, given: Given): boolean {
  return args.some(({ name, mayPass }) => mayPass === 'out' && given.args[name] === STANDARD);
}
