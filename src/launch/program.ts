/** What bin/p2p.js runs: the program, with the code that earlier runs have compiled. */
import { fileURLToPath } from 'node:url';
import { CachedBundle } from './cached-bundle.js';

const path = fileURLToPath(new URL('./parts/program.js', import.meta.url));
const bundle = new CachedBundle(path, 'program', process.env);
process.on('exit', (status) => {
  if (status === 0) bundle.keep(process.argv[2] ?? '');
});
bundle.run();
