/** Which version of p2p this installation is. */
import { readFileSync } from 'node:fs';
import { inPackage } from './package-root.js';

/** As `p2p --version` prints it. */
export function ownVersion(): string {
  return (JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string })
    .version;
}
