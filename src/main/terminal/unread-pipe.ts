/**
 * Whether anybody still reads a pipe to which nothing is written just now: Node hears of it only when it writes. Linux
 * says so to who opens the pipe anew for writing, without waiting for a reader: nobody reads it (ENXIO). Elsewhere,
 * and of what is no pipe, nothing is said before the next line.
 */
import { constants, fstat } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { UNREAD_LOOK_INTERVAL_MS } from '../../net/limits.js';
import { whenAborted } from '../../net/until-aborted.js';
import type { OutputStream } from './environment.js';

/** Resolves when nobody reads the stream any more, as far as that can be known, or the signal is aborted. */
export async function whenUnread(stream: OutputStream, signal: AbortSignal): Promise<void> {
  const fd = 'fd' in stream && typeof stream.fd === 'number' ? stream.fd : undefined;
  if (fd === undefined || !(await isLookedAt(fd))) return whenAborted(signal);
  while (!signal.aborted && !(await isUnread(fd))) {
    await delay(UNREAD_LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function isLookedAt(fd: number): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    return (await promisify(fstat)(fd)).isFIFO();
  } catch {
    return false;
  }
}

async function isUnread(fd: number): Promise<boolean> {
  try {
    const again = await open(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    await again.close();
    return false;
  } catch (error) {
    // Whatever else it says, such as that there are no descriptors left, is no reason to end.
    return (error as NodeJS.ErrnoException).code === 'ENXIO';
  }
}
