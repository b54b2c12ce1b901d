/** Writes docs/json.md of the schemas of what commands answer, as they were built. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { jsonDoc } = await import(new URL('../dist/src/main/json-doc.js', import.meta.url));
writeFileSync(fileURLToPath(new URL('../docs/json.md', import.meta.url)), jsonDoc());
