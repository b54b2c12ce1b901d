/** Writes man/p2p.1, the manual of the package, as the program that was just built prints it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

const page = execFileSync(process.execPath, [path('bin/p2p.js'), 'help', '--man']);
mkdirSync(path('man'), { recursive: true });
writeFileSync(path('man/p2p.1'), page);
