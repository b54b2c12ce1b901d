/** Writes docs/configuration.md of the table of commands, as it was built. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/src/main/configuration-doc.js', import.meta.url);
const { configurationDoc } = await import(built);
const target = new URL('../docs/configuration.md', import.meta.url);
writeFileSync(fileURLToPath(target), configurationDoc());
