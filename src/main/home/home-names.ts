/** The names that a client gives to what is its own in its home; whatever else lies there is the user's. Pure. */

/** Files, each of which may have others beside it that begin as it does (`library.db-wal`). */
export const HOME_FILES = {
  deviceKeyPath: 'device.pem',
  knownTrackersPath: 'known_trackers',
  sessionPath: 'session.json',
  metPeersPath: 'peers.json',
  limitsPath: 'limits.json',
  guestLinksPath: 'guest-links.json',
  gatewayKeyPath: 'gateway.pem',
  libraryPath: 'library.db',
  lockPath: 'engine.lock',
  lockPidPath: 'engine.pid',
  logPath: 'background.log',
} as const;

export const HOME_FOLDERS = {
  piecesPath: 'pieces',
  spoolPath: 'spool',
  headsPath: 'histories',
} as const;

/** Named by those who read and write them, above or below this room. */
const FURTHER_FILES = ['config.toml', 'history', 'control.sock'];
const FURTHER_FOLDERS = ['cache', 'tracker'];

const files: readonly string[] = [...Object.values(HOME_FILES), ...FURTHER_FILES];
const folders: ReadonlySet<string> = new Set([...Object.values(HOME_FOLDERS), ...FURTHER_FOLDERS]);

/** Whether something of the client's own has this name, or might have it on a disk that knows no case. */
export function isHomeName(name: string): boolean {
  const plain = name.normalize('NFKC').toLowerCase();
  return folders.has(plain) || files.some((file) => plain.startsWith(file));
}
