/**
 * The client's home folder: where it is and what lies where in it. Everything that makes one
 * client this client (device key, pins, login, library) is below it; two homes are two clients.
 * Only names are decided here; each file belongs to the module that reads and writes it.
 */
import { access, constants, lstat, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { makeFolder } from '../../net/make-folder.js';
import { folderFlaw, isLinkToTrust, ownUserId } from '../../net/own-folder.js';
import { isPresentFolderDeleted } from '../../net/present-folder.js';
import { userHome } from '../../net/user-home.js';
import { socketPathFor } from '../../net/socket-path.js';
import { HOME_FILES, HOME_FOLDERS } from './home-names.js';

/** The control socket, and what is said of a home for which there can be none. */
const HOME_SOCKET = {
  name: 'control.sock',
  what: 'the home folder',
  remedy: 'name a shorter one with P2P_HOME',
} as const;

/** May use the home of anybody: who can act as them anyway. */
const ROOT = 0;

/** The paths of one home; all absolute. */
export interface Home {
  /** The folder itself, with symbolic links resolved, so that one folder is one home. */
  readonly path: string;
  readonly deviceKeyPath: string;
  readonly knownTrackersPath: string;
  readonly sessionPath: string;
  /** Where peers were met; see met-peers-file.ts. */
  readonly metPeersPath: string;
  /** Rules about rates; see limits-file.ts. */
  readonly limitsPath: string;
  /** Links for guests; see guest-links-file.ts. */
  readonly guestLinksPath: string;
  /** What a gateway for guests shows; see gateway-key-file.ts. */
  readonly gatewayKeyPath: string;
  readonly libraryPath: string;
  /** The folder of what running downloads have verified, see piece-hints.ts. */
  readonly piecesPath: string;
  /** The folder of what passes through a pipe, see spool.ts. */
  readonly spoolPath: string;
  /** The folder of the histories' heads that were verified, see kept-heads.ts. */
  readonly headsPath: string;
  readonly lockPath: string;
  /** The pid of the lock's holder, for messages only. */
  readonly lockPidPath: string;
  /** What the engine in the background says, see background-log.ts. */
  readonly logPath: string;
  /** The control socket; not always inside the folder, see socket-path.ts. */
  readonly socketPath: string;
}

/** The environment variables that decide where the home is. */
export type HomeEnvironment = Readonly<Record<string, string | undefined>>;

/** How a home is opened. */
export interface OpenHomeOptions {
  /** A folder that is not there is made; else nothing is, and nothing is found in it. @default true */
  readonly isMade?: boolean;
}

/**
 * Finds the home folder (`P2P_HOME`, else the XDG data folder) and creates it, 0700.
 * @throws StorageError when it cannot be created or somebody else could change what is in it
 */
export async function openHome(
  env: HomeEnvironment = process.env,
  { isMade = true }: OpenHomeOptions = {},
): Promise<Home> {
  const wanted = homePath(env);
  if (!isMade && (await isAbsent(wanted))) return homeAt(wanted, env);
  let path: string;
  try {
    await makeFolder(wanted, 0o700);
    await refuseForeignLink(wanted);
    path = await realpath(wanted);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw toStorageError(error, `cannot use the home folder ${wanted}`, 'create');
  }
  await refuseForeignFolder(path);
  return homeAt(path, env);
}

async function isAbsent(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
}

async function homeAt(path: string, env: HomeEnvironment): Promise<Home> {
  const socketPath = await socketPathFor({ folder: path, ...HOME_SOCKET }, env);
  return {
    path,
    ...pathsIn(path, HOME_FILES),
    ...pathsIn(path, HOME_FOLDERS),
    socketPath,
  };
}

function pathsIn<Key extends string>(
  folder: string,
  names: Readonly<Record<Key, string>>,
): Record<Key, string> {
  const paths = Object.entries<string>(names).map(([key, name]) => [key, join(folder, name)]);
  return Object.fromEntries(paths) as Record<Key, string>;
}

/** Where the home is wanted, whether there is one or not. @throws StorageError when that cannot be known */
export function homePath(env: HomeEnvironment): string {
  if (env.P2P_HOME) {
    if (isAbsolute(env.P2P_HOME) || !isPresentFolderDeleted()) return resolve(env.P2P_HOME);
    throw noHome('P2P_HOME is relative, and the present folder has been deleted; make it absolute');
  }
  const data = env.XDG_DATA_HOME;
  // The XDG specification says that relative paths must be ignored.
  if (data && isAbsolute(data)) return join(data, 'p2p');
  const user = userHome(env);
  if (user !== undefined) return join(user, '.local', 'share', 'p2p');
  throw noHome(
    'HOME is not set, and the system knows no home of this user; name one with P2P_HOME',
  );
}

function noHome(why: string): StorageError {
  return new StorageError('NO_DESTINATION', `there is no home folder for p2p: ${why}`);
}

/** Whoever made a link decides where the home is, now and later. */
async function refuseForeignLink(wanted: string): Promise<void> {
  const stats = await lstat(wanted);
  if (!stats.isSymbolicLink() || isLinkToTrust(stats)) return;
  throw refused(
    `the home folder ${wanted} is a link that another user made; name a folder of your own with P2P_HOME`,
  );
}

/**
 * Whoever may write to the folder may swap its files; a group as well, as for ssh: who is in it may
 * change, and where each user has a group of their own nobody needs its right to write.
 */
async function refuseForeignFolder(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    throw toStorageError(error, `cannot look at the home folder ${path}`, 'read');
  });
  const userId = ownUserId();
  switch (folderFlaw(stats, userId === ROOT ? stats.uid : userId)) {
    case undefined:
      return;
    case 'no-folder':
      throw new StorageError('NO_DESTINATION', `the home folder ${path} is not a folder`);
    case 'of-another-user':
      throw refused(
        `the home folder ${path} belongs to another user; name one of your own with P2P_HOME`,
      );
    case 'open-to-everybody':
      throw refused(openTo('everybody', path));
    case 'open-to-a-group':
      throw refused(openTo('a group', path));
  }
}

function openTo(whom: string, path: string): string {
  return `${whom} may write to the home folder ${path}; run \`chmod 700\` on it if it is the client's alone, or name another with P2P_HOME`;
}

function refused(why: string): StorageError {
  return new StorageError('PERMISSION_DENIED', why);
}
