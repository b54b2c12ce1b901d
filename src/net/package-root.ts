/** Where this installation lies, from the source, built or bundled: the folder that has PROGRAM. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bug } from './errors.js';

const PROGRAM = 'bin/p2p.js';

/** The absolute path of something in the package, e.g. `bin/p2p.js`. */
export function inPackage(relativePath: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, PROGRAM))) {
    if (folder === dirname(folder)) bug('the program lies in no package');
    folder = dirname(folder);
  }
  return join(folder, relativePath);
}
