/**
 * How a command ends that has an engine of its own: at once, unless commands of other terminals have come to use
 * the engine meanwhile. Those that are nearly done are waited for, and what else they wait for goes on in an
 * engine in the background, so that none of them ends with this one. What that could only begin anew (something that
 * is being shared or verified) keeps this process until it is done; it is handed over once this process has to end.
 */
import { P2pError } from '../net/errors.js';
import { untilAborted } from '../net/until-aborted.js';
import { startInBackground } from './background/background-process.js';
import type { ProcessContext } from './cli/process-context.js';
import type { ControlServer } from './control/control-server.js';
import type { EngineHost } from './control/engine-host.js';
import { hasToMove } from './control/last-look.js';
import { tellIfSlow } from './control/tell-if-slow.js';

/** Closes the engine. `words` start one that is as this one was. */
export async function leaveEngine(
  host: EngineHost,
  words: readonly string[],
  context: ProcessContext,
): Promise<void> {
  try {
    const control = await host.control();
    const { out, signal } = context;
    const onWaiting = async (): Promise<void> => {
      const who = await others(control!);
      out.note(`${who} still uses this process; ${howItEnds(control!)}, Ctrl-Z halts both`);
    };
    if (control !== undefined && (await hasToMove(control, { signal, onWaiting }))) {
      await handOver(host, control, words, context);
    }
  } finally {
    await tellIfSlow(host.close(), () => context.out.note('waiting until everything is saved'));
  }
}

async function handOver(
  host: EngineHost,
  control: ControlServer,
  words: readonly string[],
  { environment: { env, cwd }, out, signal }: ProcessContext,
): Promise<void> {
  const what = await others(control);
  // Before anything is waited for: whoever has pressed Ctrl-C sees that it is heard.
  out.note(`handing ${what} over to a process in the background`);
  // What is asked for from now on is asked of the other engine, or begun here if there will be none.
  const letCallsIn = control.hold();
  try {
    let onSpawned = (): void => undefined;
    const spawned = new Promise<void>((resolve) => (onSpawned = resolve));
    const starting = startInBackground({
      ...{
        words,
        env,
        cwd,
        onSpawned,
        logPath: host.home.logPath,
        takesOver: control.titles.length,
      },
      // It outlives whoever ends this process, even now.
      signal: new AbortController().signal,
      onLine: () => undefined,
    });
    await Promise.race([spawned, starting]);
    // It waits for the home, which is free once this engine is closed.
    control.tellMoving();
    await host.close();
    const start = await starting;
    if (start.kind === 'ended') {
      const why = start.error === undefined ? '' : `: ${start.error.message}`;
      return out.note(`${what} could not go on in the background${why}`);
    }
    out.note(`${what} goes on in the background (pid ${start.pid}); p2p down ends it`);
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    out.note(`${what} cannot go on in the background: ${error.message}`);
    letCallsIn();
    const idle = control.whenIdle();
    if (!signal.aborted) await untilAborted(signal, idle).catch(() => undefined);
  }
}

function howItEnds({ isWorkAwaited }: ControlServer): string {
  return isWorkAwaited ? 'Ctrl-C hands it over to a process in the background' : 'Ctrl-C ends both';
}

/** `another command (download film.mkv)`. */
async function others(control: ControlServer): Promise<string> {
  // Where the downloads cannot be read their names are left out.
  const titles = await control.fullTitles().catch((error: unknown) => {
    if (error instanceof P2pError) return control.titles;
    throw error;
  });
  const named = titles.filter((title) => title !== '').join(', ');
  return `another command${named === '' ? '' : ` (${named})`}`;
}
