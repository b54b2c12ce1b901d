/** Closes a descriptor when nobody could do anything about a failure. */
import { closeSync } from 'node:fs';

/** What was written has been synced by then, is not said to be, or is given up. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // The system has let go of it all the same.
  }
}
