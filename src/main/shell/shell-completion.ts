/**
 * Tab completion of the interactive client: commands first, then groups, files of a group or
 * local paths, by what the command's next argument is. It asks the engine for names and stays
 * silent when that fails.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { display } from '../../net/display.js';
import type { ArgumentDefinition } from '../cli/command.js';
import {
  commandsOf,
  findCommand,
  shellNameOf,
  type CommandDefinition,
} from '../cli/command-table.js';
import { usersFor } from '../cli/completion.js';
import type { EngineApi } from '../api/engine-api.js';
import { quoteShellWord, splitShellWords } from '../terminal/shell-words.js';

/** Where completion finds names. */
export type NameSource = Pick<
  EngineApi,
  'listGroups' | 'listFiles' | 'listRequests' | 'listMembers'
>;

/** Candidates for the end of `line`, and the part of the line that they replace. */
export async function completeLine(
  line: string,
  names: NameSource,
  cwd: string,
): Promise<[candidates: string[], replaced: string]> {
  const { before, last, replaced } = cutLine(line);
  const candidates =
    before.length === 0 ? shellNames() : await candidatesFor(before, last, names, cwd);
  // A name that cannot be shown as it is must not reach the terminal through here either.
  const fitting = candidates
    .filter((candidate) => candidate.startsWith(last) && display(candidate) === candidate)
    .sort();
  return [fitting.map(typed), replaced];
}

/** A finished word gets a blank after it; a folder is not finished. */
function typed(candidate: string): string {
  return candidate.endsWith('/') ? quoteShellWord(candidate) : `${quoteShellWord(candidate)} `;
}

/** The whole words of a line and the unfinished last one, as text and as typed. */
function cutLine(line: string): { before: string[]; last: string; replaced: string } {
  const replaced = /(?:^|\s)(\S*)$/.exec(line)?.[1] ?? '';
  try {
    const before = splitShellWords(line.slice(0, line.length - replaced.length));
    return { before, last: splitShellWords(replaced)[0] ?? '', replaced };
  } catch {
    // Inside quotes: the quote stands in for a word that nothing begins with.
    return { before: [], last: line, replaced };
  }
}

function shellNames(): string[] {
  return commandsOf('shell').map(shellNameOf);
}

async function candidatesFor(
  before: readonly string[],
  last: string,
  names: NameSource,
  cwd: string,
): Promise<string[]> {
  const command = findCommand(before[0]!);
  const argument = command?.args[before.length - 1];
  if (command === undefined || argument === undefined) return [];
  try {
    const groupId = groupAmong(command, before);
    if (argument.name === 'user' && groupId !== undefined) {
      return await usersOf(command, groupId, names);
    }
    return await namesFor(argument, groupId, last, names, cwd);
  } catch {
    // Not logged in, not the owner, no such folder: then there is nothing to suggest.
    return [];
  }
}

/** The group that was named already, if the command takes one. */
function groupAmong(command: CommandDefinition, before: readonly string[]): string | undefined {
  const index = command.args.findIndex(({ name }) => name === 'group');
  return index === -1 ? undefined : before[index + 1];
}

async function namesFor(
  argument: ArgumentDefinition,
  groupId: string | undefined,
  last: string,
  names: NameSource,
  cwd: string,
): Promise<string[]> {
  if (argument.kind === 'path') return pathsLike(last, cwd);
  if (argument.choices !== undefined) return [...argument.choices];
  if (argument.name === 'group') return [...(await names.listGroups())];
  if (groupId === undefined) return [];
  if (argument.name === 'file') return (await names.listFiles(groupId)).map(({ name }) => name);
  return [];
}

async function usersOf(
  command: CommandDefinition,
  groupId: string,
  names: NameSource,
): Promise<string[]> {
  const isAsking = usersFor(command) === 'asking-user';
  if (isAsking) return [...(await names.listRequests(groupId))];
  return (await names.listMembers(groupId)).map(({ userId }) => userId);
}

async function pathsLike(last: string, cwd: string): Promise<string[]> {
  const folder = last.endsWith('/') ? last : dirname(last);
  const prefix = last.endsWith('/') ? '' : basename(last);
  const entries = await readdir(join(last.startsWith('/') ? '' : cwd, folder), {
    withFileTypes: true,
  });
  const stem = last.slice(0, last.length - prefix.length);
  return entries
    .filter(({ name }) => prefix !== '' || !name.startsWith('.'))
    .map((entry) => `${stem}${entry.name}${entry.isDirectory() ? '/' : ''}`);
}
