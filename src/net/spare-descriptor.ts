/** Whether this process may still open files: SQLite does not tell for want of what it could not. */
import { closeSync, openSync } from 'node:fs';

/** A database, its journal, the index of that, and their folder: what SQLite opens for one call. */
const WANTED = 4;

/** False when a next call that opens a few things would be refused for that alone. */
export function hasSpareDescriptors(): boolean {
  const open: number[] = [];
  try {
    while (open.length < WANTED) open.push(openSync('/', 'r'));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'EMFILE' && code !== 'ENFILE';
  } finally {
    for (const fd of open) closeSync(fd);
  }
}
