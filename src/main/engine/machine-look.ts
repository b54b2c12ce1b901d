/** Looks at the machine that this client runs on: its folders, what its process may do, its versions. Owns no state. */
import { dirname } from 'node:path';
import { P2pError, toWireError } from '../../net/errors.js';
import { descriptorLimit } from '../../net/descriptor-share.js';
import { requireEmbeddedDatabase } from '../../net/embedded-database.js';
import { ownVersion } from '../../net/own-version.js';
import { stateFileAt } from '../../net/state-file.js';
import type { FolderLook, MachineLook } from '../api/machine-look.js';
import { freeBytesOf } from '../disk/destination.js';
import { tryToWrite } from '../disk/trial-file.js';
import type { Home } from '../home/home.js';
import { libraryError as asLibraryError } from '../home/library-file.js';
import type { ClientOwners } from './client-owners.js';

/** `destination` is an absolute folder. */
export async function lookAtMachine(
  { library }: Pick<ClientOwners, 'library'>,
  home: Home,
  destination: string,
): Promise<MachineLook> {
  const limit = descriptorLimit();
  const libraryError = await faultIn(async () => {
    // Without it the first share would fail that makes the library.
    await requireEmbeddedDatabase().catch((error: unknown) => {
      throw asLibraryError(error, home.libraryPath);
    });
    if (await stateFileAt(home.libraryPath, 'the library', 'read')) await library();
  });
  return {
    version: ownVersion(),
    nodeVersion: process.version,
    home: { ...(await lookAtHome(home.path)), path: home.path },
    destination: await lookAtFolder(destination),
    openFilesLimit: Number.isFinite(limit) ? limit : undefined,
    ...(libraryError && { libraryError }),
  };
}

/** One that was never used is made later; until then the folder counts in which that happens. */
async function lookAtHome(path: string): Promise<FolderLook> {
  const look = await lookAtFolder(path);
  const isThere = look.error?.code !== 'NO_DESTINATION' || dirname(path) === path;
  return isThere ? look : lookAtHome(dirname(path));
}

async function lookAtFolder(path: string): Promise<FolderLook> {
  const error = await faultIn(() => tryToWrite(path));
  return { path, freeBytes: await freeBytesOf(path), ...(error && { error }) };
}

async function faultIn(
  look: () => Promise<void>,
): Promise<ReturnType<typeof toWireError> | undefined> {
  try {
    await look();
    return undefined;
  } catch (error) {
    // Whoever waits for the home tries again.
    if (error instanceof P2pError && error.code !== 'HOME_IN_USE') return toWireError(error);
    throw error;
  }
}
