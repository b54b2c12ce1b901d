/**
 * The clock by which tickets are judged between two words of the tracker: nobody sets it, it goes on
 * while the machine sleeps, and it is the same in every thread. The steady clock of Node
 * (`performance.now`) stands still in a sleep and begins anew in each thread.
 *
 * The system is asked once a second of steady time, because it answers by a file (/proc/uptime); between
 * that the steady clock, which is as old as the machine, is moved on.
 */
import { uptime } from 'node:os';

const ASKED_EVERY_MS = 1_000;

let askedAtMs = -Infinity;
/** Time slept, mostly. */
let aheadMs = 0;

/** Milliseconds since this machine was started, to within some ten; a sleep shows within a second. */
export function uptimeMs(): number {
  const steadyMs = Number(process.hrtime.bigint() / 1_000_000n);
  if (steadyMs - askedAtMs >= ASKED_EVERY_MS) {
    askedAtMs = steadyMs;
    aheadMs = askSystem(steadyMs);
  }
  return steadyMs + aheadMs;
}

function askSystem(steadyMs: number): number {
  try {
    return uptime() * 1000 - steadyMs;
  } catch {
    // Some sandboxes hide it, and there may be no descriptor left to read it by.
    return aheadMs;
  }
}
