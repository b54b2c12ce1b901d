/**
 * One engine per home: a lock on an SQLite file, held by the kernel for this process, so that
 * it ends with the process, `kill -9` included. The pid goes to a file of its own, because a
 * process that opens and closes a locked file by other means loses its lock on it (POSIX).
 * Never prepare a statement on this database: close() would then leave the lock behind.
 */
import { lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../net/embedded-database.js';
import { databaseFlaw } from '../../net/database-flaw.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { HOME_LOCK_POLL_MS } from '../../net/limits.js';
import { damaged, stateFileAt } from '../../net/state-file.js';
import { neverClose } from '../../net/lost-database.js';
import type { Home } from './home.js';

/** The lock, and what SQLite may put beside it. */
const BESIDE = ['', '-journal', '-wal', '-shm'];

/** The right to run an engine in a home; given back, or kept until the process ends. */
export class HomeLock {
  #database: EmbeddedDatabase | undefined;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  /** Lets the next engine in; idempotent. */
  release(): void {
    const database = this.#database;
    this.#database = undefined;
    try {
      database?.close();
    } catch {
      // The kernel lets go of it with this process; what is to be told is what came before.
    }
  }

  /** Nobody is let in before this process has ended, and `release` does nothing any more. */
  keep(): void {
    if (this.#database) neverClose(this.#database);
    this.#database = undefined;
  }
}

/**
 * Takes the lock of a home, waiting up to `waitMs` for its present holder (0: one try).
 * @throws StorageError HOME_IN_USE
 */
export async function lockHome(home: Home, waitMs: number): Promise<HomeLock> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = await tryLock(home);
    if (lock !== undefined) return lock;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw await homeInUse(home);
    await delay(Math.min(HOME_LOCK_POLL_MS, leftMs));
  }
}

/** Nobody has an engine in this home, not even one that is closing; nothing is made there to find out. */
export async function isHomeFree(home: Home): Promise<boolean> {
  const isThere = await lstat(home.lockPath).then(
    () => true,
    () => false,
  );
  const lock = isThere ? await tryLock(home, false) : undefined;
  lock?.release();
  return !isThere || lock !== undefined;
}

async function tryLock(home: Home, isToStay = true): Promise<HomeLock | undefined> {
  const doing = `cannot lock the home folder ${home.path}`;
  for (const end of BESIDE) await stateFileAt(`${home.lockPath}${end}`, 'the lock file', 'write');
  const database = await openEmbeddedDatabase(home.lockPath).catch((error: unknown) => {
    throw toStorageError(error, doing, 'create');
  });
  const lock = new HomeLock(database);
  try {
    // SQLite's own waiting would block the thread, so it is off and we poll. Nothing is kept in it that the
    // disk would have to be waited for.
    database.exec(
      'PRAGMA synchronous=OFF; PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE',
    );
  } catch (error) {
    lock.release();
    const flaw = databaseFlaw(error);
    if (flaw === 'busy') return undefined;
    if (flaw === 'damaged') {
      throw damaged(
        `the lock file ${home.lockPath} is damaged; remove it, nothing is kept in it`,
        error,
      );
    }
    throw toStorageError(error, doing, 'create');
  }
  if (isToStay) await writePid(home);
  return lock;
}

/**
 * Only for messages, and read as such: it need be neither whole nor durable, nor be there at all. It
 * is made anew, because a link that lies there would lead elsewhere.
 */
async function writePid({ lockPidPath }: Home): Promise<void> {
  try {
    await rm(lockPidPath, { force: true });
    await writeFile(lockPidPath, `${process.pid}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    // The message to others names no pid.
  }
}

async function homeInUse(home: Home): Promise<StorageError> {
  const pid = await holderPid(home);
  const holder = pid === undefined ? 'another p2p command' : `another p2p command (pid ${pid})`;
  return new StorageError(
    'HOME_IN_USE',
    `${holder} uses the home folder ${home.path}; wait for it, or give this one a home of its own with P2P_HOME`,
  );
}

/** The pid the holder wrote, when it can be read and somebody has it; only for the message. */
async function holderPid(home: Home): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(home.lockPidPath, 'utf8'), 10);
    return Number.isNaN(pid) || !isAlive(pid) ? undefined : pid;
  } catch {
    // The holder may be just starting; the message works without.
    return undefined;
  }
}

/** A lock that a disk without locks refuses looks as if somebody had it. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
