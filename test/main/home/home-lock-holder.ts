/** A process that locks the home in P2P_HOME, says so, and stays until it is killed. */
import { lockHome } from '../../../src/main/home/home-lock.js';
import { openHome } from '../../../src/main/home/home.js';

await lockHome(await openHome(), 0);
process.stdout.write('locked\n');
setInterval(() => {}, 60_000);
