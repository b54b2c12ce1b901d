/** The simulation finds what is wrong: faults are planted in the owners, one at a time. */
import t from 'tap';
import { plantedFaults } from './planted-faults.js';
import { runScenario, type Outcome } from './run-scenario.js';
import { scenarioOf } from './scenario.js';

/** Each is found within this many seeds; most with the first ones. */
const SEEDS = 300;

/** The first seed whose scenario fails by one of these checks. */
async function findBy(checks: readonly string[]): Promise<number | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations } = await runScenario(scenarioOf(seed));
    if (violations.some(({ check }) => checks.includes(check))) return seed;
  }
  return undefined;
}

for (const fault of plantedFaults) {
  t.test(`found: ${fault.name}`, async (t) => {
    const undo = fault.plant();
    t.teardown(undo);
    const seed = await findBy(fault.foundBy);
    t.ok(seed, `by ${fault.foundBy.join(' or ')}`);
  });
}

t.test('without a fault nothing is found', async (t) => {
  for (let seed = 1; seed <= 30; seed++) {
    const { violations } = await runScenario(scenarioOf(seed));
    t.same(violations, [], `seed ${seed}`);
  }
});

t.test('the same seed is the same scenario, to the last event', async (t) => {
  const runs: { outcome: Outcome; lines: string[] }[] = [];
  for (let run = 0; run < 2; run++) {
    const lines: string[] = [];
    runs.push({ outcome: await runScenario(scenarioOf(11), (line) => lines.push(line)), lines });
  }
  t.same(runs[0], runs[1]);
  t.ok(runs[0]!.lines.length > 20);
});
