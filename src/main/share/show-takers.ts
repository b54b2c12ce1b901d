/** Draws who takes what from a share, again and again, where something can be drawn over; else nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../api/engine.js';
import type { Output } from '../terminal/output.js';
import { TakersTable } from './takers-table.js';

/** Between two looks; the threads tell once a second what they have sent. */
const LOOK_INTERVAL_MS = 500;

/** Until `signal`; what was drawn last stays. */
export async function showTakers(
  engine: Pick<Engine, 'takers'>,
  out: Pick<Output, 'live' | 'progress'>,
  signal: AbortSignal,
): Promise<void> {
  const table = new TakersTable(() => performance.now());
  while (!signal.aborted && out.live(table.of(engine.takers()))) {
    await delay(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
  out.progress(undefined);
}
