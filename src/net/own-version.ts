/**
 * Which version of p2p this process runs. Read once, as it begins: a process may run for long after another version
 * was installed over its own.
 */
import { readFileSync } from 'node:fs';
import { inPackage } from './package-root.js';
import { isSystemError } from './system-errors.js';

let version = read();

/** As `p2p --version` prints it; `unknown` while the system lets nobody read it. */
export function ownVersion(): string {
  version ??= read();
  return version ?? 'unknown';
}

/** Whoever has no descriptor left is told so by what needs more than this. */
function read(): string | undefined {
  try {
    const manifest = readFileSync(inPackage('package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
