/**
 * One process at a time changes a file of settings: whoever makes the lock file beside it is that one. It says who that
 * is, so that one which a killed process has left keeps nobody out. Owns the lock file while it is held.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { StorageError, toStorageError } from '../../net/errors.js';
import {
  SETTINGS_LOCK_AGE_MS,
  SETTINGS_LOCK_POLL_MS,
  SETTINGS_LOCK_WAIT_MS,
} from '../../net/limits.js';
import { makerState, ownMark, PROCESS_MARK } from '../home/process-mark.js';

/** The outcome of work that nobody else does meanwhile to the file at `path`. @throws StorageError */
export async function whileAlone<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await takeLock(lock, path);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true }).catch(() => undefined);
  }
}

async function takeLock(lock: string, path: string): Promise<void> {
  const text = `${await ownMark()} ${randomBytes(8).toString('hex')}`;
  const startedMs = performance.now();
  let seen: { readonly text: string | undefined; readonly sinceMs: number } | undefined;
  while (!(await isMade(lock, text, path))) {
    const there = await textOf(lock);
    const nowMs = performance.now();
    if (seen?.text !== there) seen = { text: there, sinceMs: nowMs };
    if (there !== undefined && (await isLeft(there, nowMs - seen!.sinceMs)))
      await takeAway(lock, there);
    else if (nowMs - startedMs > SETTINGS_LOCK_WAIT_MS) throw held(lock, path);
    else await delay(SETTINGS_LOCK_POLL_MS);
  }
}

async function isMade(lock: string, text: string, path: string): Promise<boolean> {
  try {
    await writeFile(lock, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw toStorageError(cause, `cannot write ${path}`, 'create');
  }
}

/** Takes away the one that says this, and none that somebody has made since it was looked at. */
async function takeAway(lock: string, text: string): Promise<void> {
  const aside = `${lock}.${randomBytes(6).toString('hex')}.tmp`;
  // Somebody else may have taken it away.
  const isAside = await rename(lock, aside).then(
    () => true,
    () => false,
  );
  if (!isAside) return;
  if ((await textOf(aside)) !== text) await link(aside, lock).catch(() => undefined);
  await rm(aside, { force: true }).catch(() => undefined);
}

/** Its maker has ended; or cannot be seen from here, and it has been the same one for so long. */
async function isLeft(text: string, ageMs: number): Promise<boolean> {
  const mark = PROCESS_MARK.exec(text)?.[0];
  const state = mark === undefined ? 'unknown' : await makerState(mark);
  return state === 'unknown' ? ageMs > SETTINGS_LOCK_AGE_MS : state === 'ended';
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'latin1').catch(() => undefined);
}

function held(lock: string, path: string): StorageError {
  return new StorageError(
    'IO_ERROR',
    `${path} is being changed by another command; try again, and remove ${lock} if none runs`,
  );
}
