/** Connections to a peer far away start slowly and lose packets; what waits for one of them may go to another. */
import t from 'tap';
import { farScenario, ways } from './far-ways.js';
import { runScenario } from './run-scenario.js';

/** Of the bytes of the file, over all seeds. */
const MOST_WASTE = 0.01;
const SEEDS = [1, 2, 3, 4, 5, 6];

for (const [name, way] of ways) {
  t.test(`over ${name}, hardly anything comes twice, and nobody idles for that`, async (t) => {
    let [wasted, tookMs] = [0, 0];
    for (const seed of SEEDS) {
      const outcome = await runScenario(farScenario({ seed, ...way }));
      t.same(outcome.violations, [], `seed ${seed}`);
      wasted += outcome.wastedBytes / way.size;
      tookMs += outcome.tookMs;
    }
    const waste = wasted / SEEDS.length;
    t.ok(waste <= MOST_WASTE, `${(waste * 100).toFixed(2)} % in vain`);
    const meanMs = tookMs / SEEDS.length;
    t.ok(meanMs <= way.withinMs, `complete after ${Math.round(meanMs)} ms of the clock there`);
  });
}
