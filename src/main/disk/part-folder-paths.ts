/** What is where in the folder in which the download of a folder grows; see part-folder.ts. */
import { join } from 'node:path';

/** All files that are shorter than a piece, as they lie in the sequence of pieces. */
export function packIn(partPath: string): string {
  return join(partPath, 'pack');
}

/** The other files, each under its own path. */
export function treeIn(partPath: string): string {
  return join(partPath, 'tree');
}
