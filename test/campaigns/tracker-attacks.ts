/**
 * What an audit did to a tracker, each for some seconds beside honest clients; the attacks are in
 * tracker-attacks-child.ts. Checked: honest clients are never refused, and what the tracker itself makes them wait
 * is at most twice what it is without the attack, or a little (FLOORS): the time that it works before a question is
 * answered, the median of what a question takes by its own clock, and the syncs of the disk before a change is. Their
 * whole times are printed, because they tell of the machine as well: alone,
 * beside the attack, and beside neighbours that use as much of the processors and leave the tracker alone.
 * Tracker, attackers, neighbours and honest clients are a process each. `--attack NAME` runs one of them.
 */
import { runCampaign, valueOf, type Campaign } from '../fixtures/campaign.js';
import { HonestChanges } from '../fixtures/honest-changes.js';
import { compared, HonestClient, timesOf, type AnswerTimes } from '../fixtures/honest-client.js';
import type { BusyOrder } from '../fixtures/busy-neighbours-child.js';
import { HonestLogins } from '../fixtures/honest-logins.js';
import { processorUsedMs } from '../fixtures/processor-time.js';
import { ProcessApart } from '../fixtures/process-apart.js';
import { TrackerApart } from '../fixtures/tracker-apart.js';
import type { AttackOrder } from '../fixtures/tracker-attacks-child.js';

const ALONE_MS = 2_000;
const ATTACK_MS = 3_000;

/** Within these nobody notices, and a machine with much to do differs by as much from one run to the next. */
const FLOORS = {
  /** Of the 99th of 100: two slices of turns (2 ms each), one collection of garbage (4 ms), a tick of the clock (4 ms). */
  workedMs: 12,
  /** Of the median: one slice. */
  ownMs: 2,
} as const;
/**
 * One round of the event loop takes what has come on all sockets. Where the tracker had no processor for long, that is
 * what one address may have: 1,024 bare connections that end, some 0.1 ms each.
 */
const WORKED_MS_BESIDE_SOCKETS = 120;
const MANY_SOCKETS: ReadonlySet<string> = new Set(['idle connections']);
/** A change comes to the disk with the commit that gathers changes when it comes, or with the next one when that is full. */
const MAX_SYNCS = 2;

await runCampaign('tracker-attacks', async ({ folder, isShort, check, measured, say }) => {
  const tracker = await TrackerApart.start({ dataDir: folder, clockSpeed: 1 });
  const { address } = tracker;
  const honest = await HonestClient.enter(tracker, 'honest');
  await honest.call('createGroup', { groupId: 'honest-group' });
  const changes = await HonestChanges.enter(tracker, 'honest-writer');
  const logins = await HonestLogins.enter(tracker, 'regular');
  // Before an attack uses up the accounts of this address.
  await HonestClient.enter(tracker, 'mallory').then((mallory) => mallory.close());
  const attackers = new ProcessApart('tracker-attacks-child.js');
  const neighbours = new ProcessApart('busy-neighbours-child.js');
  const durationMs = isShort ? ATTACK_MS : 10 * ATTACK_MS;
  const names = await attackers.ask<readonly string[]>('names');
  const only = valueOf('--attack');
  for (const name of names.filter((one) => only === undefined || only === one)) {
    const alone = await honest.measure(ALONE_MS);
    await tracker.busy();
    const beside = honest.begin();
    const changing = changes.begin();
    const loggingIn = logins.begin();
    const usedBeforeMs = processorUsedMs(attackers.pid);
    const servedBeforeMs = processorUsedMs(tracker.pid);
    const startedAtMs = performance.now();
    await attackers.ask({ address, name, durationMs } satisfies AttackOrder);
    const attackMs = performance.now() - startedAtMs;
    const usedMs = processorUsedMs(attackers.pid) - usedBeforeMs;
    const part = ((processorUsedMs(tracker.pid) - servedBeforeMs) / attackMs) * 100;
    const changeCount = await changing.end();
    const loginTimes = await loggingIn.end();
    const times = await beside.end();
    const busy = ((await tracker.busy()) * 100).toFixed(0);
    const cost = `busy ${busy} %, with ${part.toFixed(0)} % of a processor`;
    say(`${name}: ${compared(alone, times)}; the tracker was ${cost}`);
    const asBusy = honest.begin();
    await neighbours.ask({ usedMs, durationMs: attackMs } satisfies BusyOrder);
    const processors = (usedMs / attackMs).toFixed(1);
    const base = await asBusy.end();
    say(`  beside ${processors} processors of neighbours and then of it: ${compared(base, times)}`);
    const refused = [honest, changes, logins].flatMap(({ refusals }) => refusals.splice(0));
    check(refused.length === 0, `${name}: no honest client is refused ${refused[0] ?? ''}`);
    judge(name, alone, times, { isShort, measured });
    const { p50 } = timesOf(loginTimes);
    say(`  ${changeCount} changes, each with at most ${times.mostSyncs} syncs`);
    say(`  ${loginTimes.length} logins, one of two within ${p50.toFixed(0)} ms`);
    check(changeCount > 0, `${name}: an honest client changes something`);
    check(times.mostSyncs <= MAX_SYNCS, `${name}: no honest change waits for more than its commit`);
  }
  await neighbours.end();
  await attackers.end();
  await honest.close();
  await changes.close();
  await tracker.close();
});

/**
 * What the tracker does for others before it answers, which depends little on how much else the machine has to do. In
 * the short form there are too few answers for a p99: the slowest one or two would decide.
 */
function judge(
  name: string,
  alone: AnswerTimes,
  beside: AnswerTimes,
  { isShort, measured }: Pick<Campaign, 'isShort' | 'measured'>,
): void {
  const floorMs = MANY_SOCKETS.has(name) ? WORKED_MS_BESIDE_SOCKETS : FLOORS.workedMs;
  const part = isShort ? 'p95' : 'p99';
  const maxWorkedMs = Math.max(2 * alone.worked[part], floorMs);
  const maxOwnMs = Math.max(2 * alone.own.p50, FLOORS.ownMs);
  const worked = beside.worked[part];
  measured(
    worked <= maxWorkedMs,
    `${name}: before ${part.slice(1)} of 100 answers the tracker works ${maxWorkedMs.toFixed(1)} ms at most (${worked.toFixed(1)})`,
  );
  measured(
    beside.own.p50 <= maxOwnMs,
    `${name}: one of two questions takes ${maxOwnMs.toFixed(1)} ms of its clock at most (${beside.own.p50.toFixed(1)})`,
  );
}
