/**
 * How a command ends that has an engine of its own: at once, unless commands of other terminals have come to use
 * the engine meanwhile. Those that are nearly done are waited for, and what else they wait for goes on in an
 * engine in the background, so that none of them ends with this one. What no other engine could go on with
 * (something that is being shared) keeps this process until it is done, or somebody ends both.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { P2pError } from '../net/errors.js';
import { HAND_OVER_PATIENCE_MS } from '../net/limits.js';
import { untilAborted } from '../net/until-aborted.js';
import { startInBackground } from './background/background-process.js';
import type { ProcessContext } from './cli/process-context.js';
import type { ControlServer } from './control/control-server.js';
import type { EngineHost } from './control/engine-host.js';

/** Closes the engine. `words` start one that is as this one was. */
export async function leaveEngine(
  host: EngineHost,
  words: readonly string[],
  context: ProcessContext,
): Promise<void> {
  try {
    const control = await host.control();
    if (control !== undefined && (await outlasts(control, context))) {
      await handOver(host, control, words, context);
    }
  } finally {
    await host.close();
  }
}

/** Whether others wait for something that another engine can go on with, once nothing else keeps this one. */
async function outlasts(control: ControlServer, { out, signal }: ProcessContext): Promise<boolean> {
  const patience = delay(HAND_OVER_PATIENCE_MS);
  await Promise.race([control.whenIdle(), patience]);
  if (control.titles.length === 0) return false;
  if (!signal.aborted) {
    const free = Promise.race([control.whenIdle(), control.whenMovable()]);
    const isFree = await Promise.race([free.then(() => true), Promise.resolve(false)]);
    if (!isFree)
      out.note(`${others(control)} still uses this process; Ctrl-C ends both, Ctrl-Z halts both`);
    await untilAborted(signal, free).catch(() => undefined);
  }
  return control.areDownloadsAwaited;
}

async function handOver(
  host: EngineHost,
  control: ControlServer,
  words: readonly string[],
  { environment: { env, cwd }, out, signal }: ProcessContext,
): Promise<void> {
  const what = others(control);
  try {
    let onSpawned = (): void => undefined;
    const spawned = new Promise<void>((resolve) => (onSpawned = resolve));
    const starting = startInBackground({
      ...{ words, env, cwd, onSpawned, logPath: host.home.logPath, takesOver: true },
      // It outlives whoever ends this process, even now.
      signal: new AbortController().signal,
      onLine: () => undefined,
    });
    await Promise.race([spawned, starting]);
    // It waits for the home, which is free once this engine is closed.
    control.tellMoving();
    await host.close();
    const start = await starting;
    if (start.kind === 'ended') return out.note(`${what} could not go on in the background`);
    out.note(`${what} goes on in the background (pid ${start.pid}); p2p down ends it`);
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    out.note(`${what} cannot go on in the background: ${error.message}`);
    const idle = control.whenIdle();
    if (!signal.aborted) await untilAborted(signal, idle).catch(() => undefined);
  }
}

/** `another command (download film.mkv)`. */
function others({ titles }: ControlServer): string {
  const named = titles.filter((title) => title !== '').join(', ');
  return `another command${named === '' ? '' : ` (${named})`}`;
}
