/**
 * Stands in the bundle for the search of yargs: it reads the present folder and all above it for a
 * package.json, to guess a version that it is told a line later. In a folder of many files that takes long.
 */
import { fileURLToPath } from 'node:url';

/** The one that scripts/bundle.mjs has written, from dist/bundle/main/parts. */
export default function packageOfBundle() {
  return fileURLToPath(new URL('../../package.json', import.meta.url));
}
