/**
 * What commands print with `--json` in each failure of the table, held against their schemas: one failure, one
 * command that meets it. Those that a shell or another user runs, or that a signal ends, are real processes;
 * `campaigns/every-failure` runs all as such.
 */
import t, { type Test } from 'tap';
import { flawsOfAnswer } from '../../src/main/answers/answer-shape.js';
import { answers } from '../../src/main/answers/answers.js';
import { carryOut, type Run } from '../fixtures/failure-run.js';
import { failures, verbsOf, wordsOf, type Failure } from '../fixtures/failure-table.js';
import { FailureWorld, type Lane } from '../fixtures/failure-world.js';
import { testFolder } from '../fixtures/test-folder.js';
import { LineRunner } from './line-runner.js';
import type { Ended } from './p2p-process.js';

const LANES = 2;
/** Failures that every run of this test has to meet at least; there are more in the table. */
const LEAST_FAILURES = 60;
/** Long waits, and what takes away the streams on which an answer would be seen. */
const LEFT_OUT =
  /never answers|falls silent|standard (output|error)|files may not grow|open files|^SIG|reader of/;

const idle = Array.from({ length: LANES }, () => new LineRunner(t));

/** A lane has one command at a time. */
async function run(one: Run): Promise<Ended> {
  const { home, args, cwd, env, input = '' } = one;
  if (one.shell !== undefined || one.uid !== undefined || one.signal !== undefined)
    return carryOut(one);
  const given = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const lines = idle.pop()!;
  try {
    return await lines.run({ home, args, cwd, env: Object.fromEntries(given), input });
  } finally {
    idle.push(lines);
  }
}

t.test('every failure is an answer', { timeout: 600_000 }, async (t) => {
  const world = await FailureWorld.open(testFolder(t, {}), LANES, run);
  t.teardown(() => world.close());
  const chosen = failures.filter(({ name, needs }) => !LEFT_OUT.test(name) && needs !== 'root');
  const queue = chosen.map((failure, index) => ({ failure, index }));
  let failed = 0;
  const work = async (lane: Lane): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { failure, index } = next;
      if (await isToldWell(t, lane, failure, index)) failed++;
    }
  };
  await Promise.all(world.lanes.map(work));
  t.ok(failed >= LEAST_FAILURES, `${failed} failures`);
});

/** True if the command failed. */
async function isToldWell(t: Test, lane: Lane, failure: Failure, index: number): Promise<boolean> {
  // In turns, so that commands of all kinds meet something.
  const verbs = verbsOf(failure).filter((verb) => !['client', 'tracker'].includes(verb));
  const verb = verbs[index % verbs.length];
  if (verb === undefined) return false;
  const one = await lane.fresh([]);
  one.args = wordsOf(verb, lane, one.cwd);
  try {
    await failure.arrange(one, lane, verb);
    one.args.splice(1, 0, '--json');
    const { status, stdout, stderr } = await run(one);
    await lane.repair(verb, status);
    const what = `${verb}: ${failure.name}: ${stdout}${stderr}`;
    const lines = stdout.trimEnd().split('\n');
    t.equal(lines.length, 1, what);
    const value = JSON.parse(lines[0]!) as { error?: { status: number } };
    t.same(flawsOfAnswer(answers[verb]!, value, status !== 0), [], what);
    t.equal(value.error?.status, status === 0 ? undefined : status, what);
    return status !== 0;
  } finally {
    for (const undo of one.after.reverse()) await undo();
  }
}
