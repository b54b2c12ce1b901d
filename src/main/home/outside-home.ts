/**
 * Keeps what is downloaded away from what the client keeps in its own home: what others have named must not come to
 * lie where keys, settings and the hooks in them are looked for. Folders are compared by what they are, not by how
 * they are called, so that a link, a mount or another case of a name leads nowhere else. Owns the looks that are under way.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { StorageError } from '../../net/errors.js';
import { UnderWay } from '../../net/under-way.js';
import { isHomeName } from './home-names.js';

/** What a folder is, whatever names lead to it; undefined of nothing. */
type Identity = string | undefined;

/** Where a folder is: nowhere in the home, in the home itself, or below this name in it. */
type Place =
  | { readonly kind: 'outside' }
  | { readonly kind: 'home' }
  | { readonly kind: 'below'; readonly name: string };

export class OutsideHome {
  readonly #homePath: string;
  /** Many downloads that begin together mostly go into one folder: one look at it serves them all. */
  readonly #looking = new UnderWay<Place>();

  constructor(homePath: string) {
    this.#homePath = homePath;
  }

  /**
   * Makes sure that a file's path is none of the client's own in its home.
   * @throws StorageError NO_DESTINATION
   */
  async requireFile(path: string): Promise<void> {
    // A file never takes the place of a folder, and a link in its place is replaced itself: so its folder decides.
    const place = await this.#placeOf(dirname(path));
    if (isOwn(place, basename(path))) throw inHome(path);
  }

  /**
   * Makes sure of that for a folder, and that the home does not lie below it.
   * @throws StorageError NO_DESTINATION
   */
  async requireFolder(path: string): Promise<void> {
    await this.requireFile(path);
    const own = await identityOf(path);
    if (own === undefined) return;
    // Through a link in its place what that leads to is completed.
    const place = await this.#placeOf(path);
    if (place.kind === 'home' || isOwn(place, '')) throw inHome(path);
    // Neither may what leads to it, where it is a link.
    const above = [this.#homePath, dirname(this.#homePath)].map(foldersOf);
    if (await isAmong(own, (await Promise.all(above)).flat())) throw inHome(path);
  }

  #placeOf(folder: string): Promise<Place> {
    return this.#looking.share(folder, () => placeIn(this.#homePath, folder));
  }
}

async function placeIn(homePath: string, folder: string): Promise<Place> {
  const home = await identityOf(homePath);
  if (home === undefined) return { kind: 'outside' };
  const way = await foldersOf(folder);
  const at = (await Promise.all(way.map(identityOf))).indexOf(home);
  if (at < 0) return { kind: 'outside' };
  return at === 0 ? { kind: 'home' } : { kind: 'below', name: basename(way[at - 1]!) };
}

/** Whether what has this name in that folder is not the user's own. */
function isOwn(place: Place, name: string): boolean {
  switch (place.kind) {
    case 'outside':
      return false;
    case 'home':
      return isHomeName(name);
    case 'below':
      return isHomeName(place.name);
  }
}

/** A folder and the real ones in which it lies, up to the topmost. */
async function foldersOf(path: string): Promise<string[]> {
  const way: string[] = [];
  let folder = await realpath(path).catch(() => path);
  for (; folder !== dirname(folder); folder = dirname(folder)) way.push(folder);
  return [...way, folder];
}

async function isAmong(identity: string, folders: readonly string[]): Promise<boolean> {
  return (await Promise.all(folders.map(identityOf))).includes(identity);
}

/** What cannot be looked at is nothing that could be written to. */
async function identityOf(path: string): Promise<Identity> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}

function inHome(path: string): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `${path} is where this client has its keys, settings or other things of its own; choose another destination`,
  );
}
