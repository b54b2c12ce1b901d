/**
 * What keeps a process whose own command is done, or is to end: commands of other terminals that use its engine.
 * Those that are nearly done are waited for; so is what another engine could only begin anew, or not at all, until
 * somebody ends this process.
 * A command between two of its calls is no less in the middle of something.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { HAND_OVER_PATIENCE_MS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { ControlServer } from './control-server.js';

export interface LastLookOptions {
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Hears once that there is something to wait for. */
  readonly onWaiting: () => Promise<void>;
  /** @default HAND_OVER_PATIENCE_MS */
  readonly patienceMs?: number;
}

/** Whether another engine has to go on with something, or begin it anew; false once nobody has anything left here. */
export async function hasToMove(
  control: ControlServer,
  { signal, onWaiting, patienceMs = HAND_OVER_PATIENCE_MS }: LastLookOptions,
): Promise<boolean> {
  if (isUsed(control)) await beforePatienceEnds(control, patienceMs, signal);
  for (let isTold = false; isUsed(control) && !signal.aborted;) {
    if (control.isMovable && control.areDownloadsAwaited) return true;
    if (!isTold) {
      isTold = true;
      await onWaiting();
      continue;
    }
    await untilAborted(signal, control.whenChanged()).catch(() => undefined);
  }
  return control.isWorkAwaited;
}

function isUsed({ titles }: ControlServer): boolean {
  return titles.length > 0;
}

async function beforePatienceEnds(
  control: ControlServer,
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const patience = delay(patienceMs, undefined, { signal: either }).catch(() => undefined);
  await Promise.race([control.whenIdle(), patience]);
  enough.abort();
}
