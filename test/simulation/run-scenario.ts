/** Plays one scenario on a clock of its own, and answers what it came to. */
import { seededRandom } from '../fixtures/seeded-random.js';
import { Checks, type Violation } from './checks.js';
import type { Mishap, Scenario } from './scenario.js';
import { SimClient, textOf } from './sim-client.js';
import { SimFile } from './sim-disk.js';
import { TcpWindow } from './send-window.js';
import { SimTracker } from './sim-tracker.js';
import { VirtualClock } from './virtual-clock.js';
import { World } from './world.js';

/** After the calm everybody may take so many times as long as one after the other would. */
const SLACK = 4;
/** The longest waits of all: redials, addresses that have not proven themselves, silent peers. */
const WAITS_MS = 180_000;
/** When all have the file: news of it reach the tracker, also one that has just come back. */
const SETTLING_MS = 40_000;

export interface Outcome {
  readonly violations: readonly Violation[];
  /** Virtual time until everybody had the file. */
  readonly tookMs: number;
  readonly wantedBytes: number;
  readonly wastedBytes: number;
  readonly longestWaitMs: number;
  readonly fairnessBytes: number;
}

export async function runScenario(
  scenario: Scenario,
  trace: (line: string) => void = () => {},
): Promise<Outcome> {
  const clock = new VirtualClock();
  const random = seededRandom(scenario.seed ^ 0x9e3779b9);
  const file = new SimFile(scenario.layout, scenario.blockLength);
  const checks = new Checks();
  const tracker = new SimTracker(clock, random, scenario.trackerAnswerMs);
  const { bytesPerLoss } = scenario;
  const windowOf =
    bytesPerLoss === undefined
      ? undefined
      : () => new TcpWindow((bytes) => random() < bytes / bytesPerLoss);
  const world = new World({ clock, random, file, tracker, checks, trace, windowOf });
  for (const plan of scenario.clients) {
    const client = new SimClient(world, plan);
    world.clients.push(client);
    clock.later(plan.startMs, () => client.start());
  }
  checks.watch(world);
  for (const mishap of scenario.mishaps) clock.later(mishap.atMs, () => suffer(world, mishap));
  const honest = world.clients.filter(({ isHonest }) => isHonest);
  const isDone = (): boolean =>
    clock.now > scenario.calmMs && honest.every(({ isUp, pieces }) => isUp && pieces.isFull);
  let tookMs = 0;
  try {
    await clock.run(deadlineMs(scenario), isDone);
    tookMs = clock.now;
    await clock.run(clock.now + SETTLING_MS, () => checks.unknown().length === 0);
    checks.onEnd();
  } catch (error) {
    checks.fail('crash', textOf(error));
  }
  const ahead = world.clients.map(({ serving }) => serving?.fairness.worstBytes ?? 0);
  return {
    violations: checks.violations,
    tookMs,
    wantedBytes: checks.wantedBytes,
    wastedBytes: checks.wastedBytes,
    longestWaitMs: checks.longestWaitMs,
    fairnessBytes: Math.max(0, ...ahead),
  };
}

function deadlineMs({ clients, layout, calmMs }: Scenario): number {
  const [seed] = clients;
  const rate = Math.min(seed!.uploadLimit ?? Infinity, seed!.rates.upBytesPerSecond);
  const oneAfterTheOtherMs = (layout.size * clients.length * 1000) / rate;
  return calmMs + SLACK * oneAfterTheOtherMs + WAITS_MS;
}

function suffer(world: World, mishap: Mishap): void {
  const { clock, tracker, clients } = world;
  switch (mishap.kind) {
    case 'reset':
      clients[mishap.client]?.resetOne();
      return;
    case 'kill':
      clients[mishap.client]?.kill();
      clock.later(mishap.downMs, () => clients[mishap.client]?.start());
      return;
    case 'tracker-restart':
      if (!tracker.isUp) return;
      world.trace('the tracker goes');
      tracker.stop();
      clock.later(mishap.downMs, () => {
        world.trace('the tracker is back');
        tracker.start();
      });
  }
}
