/**
 * Keeps what is downloaded away from what the client keeps in its own home: what others have named must not come to
 * lie where keys, settings and the hooks in them are looked for. Folders are compared by what they are, not by how
 * they are called, so that a link, a mount or another case of a name leads nowhere else. Owns no state.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { StorageError } from '../../net/errors.js';
import { isHomeName } from './home-names.js';

/** What a folder is, whatever names lead to it; undefined of nothing. */
type Identity = string | undefined;

/**
 * Makes sure that neither a path is one of the client's own in its home, nor the home lies below it, where it is that of
 * a folder.
 * @throws StorageError NO_DESTINATION
 */
export async function requireOutsideHome(
  homePath: string,
  { path, isFolder }: { readonly path: string; readonly isFolder: boolean },
): Promise<void> {
  const home = await identityOf(homePath);
  if (home === undefined) return;
  const ways = [await wayTo(path)];
  // A link to a file is replaced itself; one to a folder leads to what is completed.
  const end = isFolder ? await realPathOf(path) : undefined;
  if (end !== undefined) ways.push(await wayTo(end));
  for (const way of ways) if (await isOwn(home, way)) throw inHome(path);
  const own = isFolder ? await identityOf(path) : undefined;
  if (own !== undefined && (await isAmong(own, await wayTo(homePath)))) throw inHome(path);
}

/** The path and the real folders in which it lies, up to the topmost. */
async function wayTo(path: string): Promise<string[]> {
  const way = [path];
  let folder = (await realPathOf(dirname(path))) ?? dirname(path);
  for (; folder !== dirname(folder); folder = dirname(folder)) way.push(folder);
  return [...way, folder];
}

/** Whether the way leads through the home to something that is not the user's own there. */
async function isOwn(home: string, way: readonly string[]): Promise<boolean> {
  const identities = await Promise.all(way.map(identityOf));
  const at = identities.indexOf(home);
  return at === 0 || (at > 0 && isHomeName(basename(way[at - 1]!)));
}

async function isAmong(identity: string, folders: readonly string[]): Promise<boolean> {
  return (await Promise.all(folders.map(identityOf))).includes(identity);
}

/** What cannot be looked at is nothing that could be written to. */
async function identityOf(path: string): Promise<Identity> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}

async function realPathOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

function inHome(path: string): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `${path} is where this client has its keys, settings or other things of its own; choose another destination`,
  );
}
