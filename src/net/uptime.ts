/**
 * The clock by which tickets are judged between two words of the tracker: nobody sets it, it goes on
 * while the machine sleeps, and it is the same in every thread. The steady clock of Node
 * (`performance.now`) stands still in a sleep and begins anew in each thread.
 */
import { uptime } from 'node:os';

/** Milliseconds since this machine was started, to within some ten. */
export const uptimeMs: () => number = canTellUptime()
  ? () => uptime() * 1000
  : () => Number(process.hrtime.bigint() / 1_000_000n);

/** Some sandboxes hide it. */
function canTellUptime(): boolean {
  try {
    return uptime() > 0;
  } catch {
    return false;
  }
}
