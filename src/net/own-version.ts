/**
 * Which version of p2p this process runs. Read once, as it begins: a process may run for long after another version
 * was installed over its own.
 */
import { readFileSync } from 'node:fs';
import { inPackage } from './package-root.js';

const { version } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as {
  version: string;
};

/** As `p2p --version` prints it. */
export function ownVersion(): string {
  return version;
}
