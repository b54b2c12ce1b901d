/**
 * Makes the paths among a command's arguments absolute, on the side on which they were typed:
 * the engine that carries out the command may have another working folder.
 */
import { join, resolve, sep } from 'node:path';
import { UsageError } from '../../net/errors.js';
import { userHome } from '../../net/user-home.js';
import type { CommandDefinition } from './command-table.js';
import { STANDARD, type Given } from './command.js';

/** The same words with absolute paths. */
export function withAbsolutePaths(command: CommandDefinition, given: Given, cwd: string): Given {
  const args = { ...given.args };
  const isAlone = given.further === undefined;
  for (const { name, kind, mayPass } of command.args) {
    const path = args[name];
    if (kind !== 'path' || path === undefined) continue;
    const isStandard = path === STANDARD && mayPass !== undefined && isAlone;
    if (!isStandard) args[name] = absolutePath(path, cwd);
  }
  const isPath = command.args.some(({ kind, isRepeated }) => isRepeated && kind === 'path');
  if (!isPath || given.further === undefined) return { ...given, args };
  return { ...given, args, further: given.further.map((path) => absolutePath(path, cwd)) };
}

/**
 * A separator at the end stays: it says that a folder is meant. An empty word is no path (it would
 * be the present folder), and for standard input and output there is no place here.
 */
function absolutePath(path: string, cwd: string): string {
  if (path === '') throw new UsageError('a path is empty; for the present folder say "."');
  if (path === STANDARD) {
    throw new UsageError(
      '"-" is no path here: only one file alone can come from standard input or go to standard output; for a file of that name say "./-"',
    );
  }
  const absolute = resolve(cwd, path);
  return path.endsWith(sep) && !absolute.endsWith(sep) ? absolute + sep : absolute;
}

/** `~` and `~/...` as the home folder; no system shell does this for the interactive client. */
export function withHomeFolders(
  command: CommandDefinition,
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
): Given {
  const user = userHome(env);
  if (user === undefined) return given;
  const args = { ...given.args };
  for (const { name, kind } of command.args) {
    const path = args[name];
    if (kind !== 'path' || path === undefined) continue;
    if (path === '~') args[name] = user;
    if (path.startsWith('~/')) args[name] = join(user, path.slice(2));
  }
  return { ...given, args };
}
