/**
 * What a command leaves behind that worked for others and had to end: an engine in the background that goes on
 * with what they wait for, and ends with the last of them. It serves what it downloads, and nothing else.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { deferred } from '../../net/deferred.js';
import { ExitStatus } from '../../net/errors.js';
import { HAND_OVER_WAIT_MS } from '../../net/limits.js';
import { untilAborted, whenAborted } from '../../net/until-aborted.js';
import type { Supervisor } from '../background/supervisor.js';
import type { Given } from '../cli/command.js';
import { engineOptionsOf, withSurroundings } from '../cli/engine-options.js';
import type { ProcessContext } from '../cli/process-context.js';
import { EngineHost } from '../control/engine-host.js';
import { whileHomeInUse } from '../control/home-in-use.js';
import { openHome } from '../home/home.js';
import { processHooks } from '../hooks/process-hooks.js';
import { rereadOnHangUp } from './reread.js';

export async function keepWork(
  context: ProcessContext,
  given: Given,
  supervisor: Supervisor,
): Promise<number> {
  const { environment, out, signal, parts, rereadSettings } = context;
  const home = await openHome(environment.env);
  const room = deferred<undefined>();
  let isMakingRoom = false;
  const hooks = processHooks(context, home, { given, isForAll: true });
  const host = await EngineHost.open({
    openEngine: parts.openEngine,
    engine: engineOptionsOf(home, withSurroundings(given, environment.env)),
    isEngineStaying: false,
    isInBackground: true,
    onMakeRoom: () => {
      isMakingRoom = true;
      room.resolve(undefined);
    },
    hears: out.hears,
    watcher: hooks,
    onEvent: (event) => out.event(event),
  });
  const stopListening = rereadOnHangUp(host.engine, { out, signal, rereadSettings }, given);
  try {
    // Whoever hands it over still closes.
    await untilAborted(
      signal,
      whileHomeInUse(signal, () => host.engine.claimHome()),
    );
    await host.openControl();
    const line = 'going on with what other commands wait for';
    supervisor.ready({ line, value: {} });
    out.note(line);
    const control = await host.control();
    const ready = new AbortController();
    const tooLate = delay(HAND_OVER_WAIT_MS, undefined, { signal: ready.signal });
    // One that is done early must not end it before another has come.
    const came = control?.whenUsed(supervisor.takesOver).then(() => control.whenIdle());
    const unused = Promise.race([came, tooLate.then(() => control?.whenIdle())]);
    // What is complete has its hook, which the end of this process would end.
    const idle = unused.then(() => hooks.whenIdle());
    await Promise.race([whenAborted(signal), room.promise, idle]);
    ready.abort();
    if (isMakingRoom) control?.tellMoving();
    out.note(isMakingRoom ? 'another engine goes on' : endLine(signal));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopListening();
    await host.close();
  }
  return ExitStatus.ok;
}

function endLine({ aborted }: AbortSignal): string {
  return aborted ? 'ended before it was done' : 'nothing is waited for any more';
}
