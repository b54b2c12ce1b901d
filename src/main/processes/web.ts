/**
 * `web`: shows a page about this home in a browser of this machine, until a signal comes: of the engine that
 * runs already, or of one of its own, which serves meanwhile.
 */
import { crash, crashOnBug, detach } from '../../net/detach.js';
import { leaveToWaiters } from '../../net/deferred.js';
import { ExitStatus, P2pError } from '../../net/errors.js';
import { untilAborted, whenAborted } from '../../net/until-aborted.js';
import type { Engine } from '../api/engine.js';
import type { EngineApi } from '../api/engine-api.js';
import { textOption, type Given } from '../cli/command.js';
import { engineOptionsOf, withSurroundings } from '../cli/engine-options.js';
import type { ProcessContext } from '../cli/process-context.js';
import { EngineHost } from '../control/engine-host.js';
import { requireFreeHome, whileHomeInUse } from '../control/home-in-use.js';
import { RemoteEngine } from '../control/remote-engine.js';
import { tellIfClientSlow } from '../control/slow-client.js';
import { openHome, type Home } from '../home/home.js';
import { processHooks } from '../hooks/process-hooks.js';
import { parsePort } from '../terminal/quantities.js';
import { showPage } from '../web/show-page.js';
import { isTrackerAway } from '../tracker-link/tracker-away.js';
import { whileTrackerAway } from './tracker-wait.js';

/** An engine, whoever runs it. */
interface Shown {
  readonly engine: EngineApi;
  /** Settles, with an error, when there is nothing to show any more. */
  readonly ended: Promise<never>;
  readonly close: () => Promise<void>;
}

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, signal } = context;
  const port = parsePort(textOption(given, 'port') ?? '0');
  const home = await openHome(environment.env);
  const shown = (await ofOther(home, context)) ?? (await ofOwn(home, given, context));
  try {
    const page = await showPage(shown.engine, home, port, context);
    try {
      await untilAborted(signal, Promise.race([whenAborted(signal), shown.ended]));
    } finally {
      await page.close();
    }
  } catch (error) {
    // Being stopped is how it ends.
    if (!signal.aborted) throw error;
  } finally {
    await shown.close();
  }
  return ExitStatus.ok;
}

/** Undefined when nothing that stays runs for this home. */
async function ofOther(home: Home, { out, signal }: ProcessContext): Promise<Shown | undefined> {
  const connecting = RemoteEngine.connect(home, signal, { title: 'the page' });
  const engine = await tellIfClientSlow(connecting, (line) => out.note(line));
  if (engine === undefined) return undefined;
  if (!engine.isEngineStaying) {
    engine.close();
    return undefined;
  }
  const ended = whenAborted(engine.ended).then((): never => {
    throw engine.ended.reason as P2pError;
  });
  leaveToWaiters(ended);
  return {
    engine,
    ended,
    close: async () => engine.close(),
  };
}

async function ofOwn(home: Home, given: Given, context: ProcessContext): Promise<Shown> {
  const { environment, out, signal, parts } = context;
  await requireFreeHome(home);
  // Its port is that of the page.
  const options = Object.entries(given.options).filter(([name]) => name !== 'port');
  const ownGiven = { ...given, options: Object.fromEntries(options) };
  const engine = engineOptionsOf(home, withSurroundings(ownGiven, environment.env));
  const host = await EngineHost.open({
    openEngine: parts.openEngine,
    engine,
    isEngineStaying: true,
    hears: out.hears,
    watcher: processHooks(context, home, { given: ownGiven, isForAll: true }),
    onEvent: (event) => out.event(event),
  });
  try {
    await untilAborted(signal, serveOrWait(host, context));
    await host.openControl();
  } catch (error) {
    await host.close();
    throw error;
  }
  detach(
    () => goOnWithLogin(host.engine, context),
    (error) => {
      if (!signal.aborted) crashOnBug(error);
    },
  );
  return { engine: host.engine, ended: new Promise(() => undefined), close: () => host.close() };
}

/** Serves at once, or once its tracker is there, or from the login on that comes on the page. */
async function serveOrWait({ engine }: EngineHost, { signal, out }: ProcessContext): Promise<void> {
  try {
    await whileHomeInUse(signal, () => engine.startServing());
  } catch (error) {
    const isLoggedOut = error instanceof P2pError && error.code === 'NOT_LOGGED_IN';
    if (!isLoggedOut && !isTrackerAway(error)) throw error;
    await whileHomeInUse(signal, () => engine.claimHome());
    const stop = engine.events(({ type }) => {
      if (type !== 'logged-in') return;
      stop();
      detach(
        () => engine.startServing(),
        (failed) => {
          if (!(failed instanceof P2pError)) crash(failed);
          else out.note(failed.message);
        },
      );
    });
  }
}

/** Whoever is remembered is online meanwhile, once the tracker is there; others log in on the page. */
async function goOnWithLogin(engine: Engine, { signal, out }: ProcessContext): Promise<void> {
  const onWaiting = (error: P2pError): void =>
    out.note(`${error.message}; trying again until it answers`);
  await whileTrackerAway({ signal, onWaiting }, async () => {
    await engine.whoami();
    await engine.startServing();
  });
}
