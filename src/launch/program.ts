/** What bin/p2p.js runs: the program, with the code that earlier runs have compiled. */
import { fileURLToPath } from 'node:url';
import { leaveDeletedFolder } from '../net/present-folder.js';
import { askForWaitingThreads } from '../net/waiting-threads.js';
import { ASKING_VERBS } from './asking-verbs.js';
import { LayeredProgram } from './layered-program.js';

/** Done, or ended by its user: SIGINT, SIGTERM. The words of a mistake name no use. */
const NORMAL_ENDS = new Set([0, 130, 143]);

leaveDeletedFolder();
if (!ASKING_VERBS.has(process.argv[2] ?? 'help')) askForWaitingThreads(process.env);
const folder = fileURLToPath(new URL('./parts', import.meta.url));
const program = new LayeredProgram(folder, process.env);
process.on('exit', (status) => {
  if (NORMAL_ENDS.has(status)) program.keep(process.argv[2] ?? '');
});
(program.run() as { start(): void }).start();
