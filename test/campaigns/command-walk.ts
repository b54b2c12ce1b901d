/**
 * A random walk of commands through two clients of one tracker, all real processes: sharing, downloading, pausing,
 * moving, forgetting, logins, groups, with files that are deleted and changed, kills and restarts in between. Checked
 * after every few steps (`--between N`): `status` and `downloads` say what the library, the disk and the tracker say.
 */
import { P2pError } from '../../src/net/errors.js';
import { runCampaign, valueOf } from '../fixtures/campaign.js';
import { ProgramWorld } from '../fixtures/program-world.js';
import { Walk } from '../fixtures/walk.js';
import { draw } from '../fixtures/walk-commands.js';

const SHORT_STEPS = 300;
/** The short form takes as many of them as fit. */
const SHORT_MS = 90_000;
const LONG_STEPS = 5_000;
/** @default of `--between` */
const STEPS_BETWEEN_LOOKS = 25;
/** Steps that are told when something differs. */
const TOLD_STEPS = 60;

await runCampaign('command-walk', async ({ isShort, folder, random, check, say }) => {
  const steps = Number(valueOf('--steps') ?? (isShort ? SHORT_STEPS : LONG_STEPS));
  const between = Number(valueOf('--between') ?? STEPS_BETWEEN_LOOKS);
  const world = new ProgramWorld(folder);
  const walk = await Walk.begin(world, random);
  const told: string[] = [];
  let refused = 0;
  const untilMs = performance.now() + (isShort ? SHORT_MS : Infinity);
  try {
    for (let step = 1; step <= steps; step++) {
      const home = walk.one(walk.homes);
      const [name, command] = draw(walk, home);
      const line = `${step} ${home.name}: ${name}`;
      try {
        told.push(`${line} ${await command.run(walk, home)}`);
      } catch (error) {
        if (!(error instanceof P2pError) || error.code === 'INTERNAL') {
          check(false, `${line}: ${error instanceof Error ? error.stack : 'failed'}`);
        } else told.push(`${line} refused: ${error.code} ${error.message}`);
        refused++;
      }
      if (told.length > TOLD_STEPS) told.shift();
      if (process.argv.includes('--tell')) say(`# ${told.at(-1)}`);
      const isOver = step === steps || performance.now() > untilMs;
      if (step % between !== 0 && !isOver) continue;
      const differences = await walk.settle();
      check(differences.length === 0, `step ${step}: all say the same`);
      if (differences.length === 0) {
        if (isOver) return say(`${step} commands, ${refused} of them refused`);
        await walk.letIn();
        continue;
      }
      for (const line of told) say(`# ${line}`);
      for (const difference of differences) say(`# ${difference}`);
      for (const home of walk.homes)
        for (const said of home.serviceSaid.split('\n'))
          say(`# the service of ${home.name}: ${said}`);
      return;
    }
  } finally {
    await walk.close();
  }
});
