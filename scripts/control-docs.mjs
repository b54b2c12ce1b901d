/**
 * Writes docs/control.md of the schemas and types of what a client can do, and notes what protocol 1 has by now;
 * with `--check` it only says what is not so (see test/docs/control.test.ts).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { apiTypes } from './api-types.mjs';
import { breaks } from './protocol-breaks.mjs';

const { controlDoc, paramLines } = await import(
  new URL('../dist/src/main/control-doc.js', import.meta.url)
);
const page = new URL('../docs/control.md', import.meta.url);
const kept = new URL('../test/fixtures/control-protocol-1.txt', import.meta.url);

const api = apiTypes();
const text = controlDoc(api);
const surface = [...paramLines(), ...api.surface].sort();
const broken = breaks(readFileSync(kept, 'utf8').trimEnd().split('\n'), surface);

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text)
    broken.push('docs/control.md is not what the source says');
  if (readFileSync(kept, 'utf8') !== `${surface.join('\n')}\n`) {
    broken.push('test/fixtures/control-protocol-1.txt does not have all of the protocol');
  }
}
if (broken.length > 0) {
  process.stderr.write(`${broken.join('\n')}\nnpm run docs:control writes what was added\n`);
  process.exitCode = 1;
} else if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
  writeFileSync(kept, `${surface.join('\n')}\n`);
}
