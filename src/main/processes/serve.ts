/**
 * `serve`: shares what the remembered user shares until a signal comes; then ends with 0. Waits for a
 * tracker that is not there yet. Ends with an error when its session has ended for good: who watches a
 * service sees that, and not a process that serves nothing.
 */
import { crashOnBug, detach } from '../../net/detach.js';
import { deferred } from '../../net/deferred.js';
import { ExitStatus, fromWireError, type P2pError } from '../../net/errors.js';
import { NO_SUPERVISOR } from '../background/supervisor.js';
import type { ClientEvent, ClientEventListener } from '../api/client-events.js';
import { DownloadWatch } from '../api/download-watch.js';
import type { EngineApi } from '../api/engine-api.js';
import { progressOfAll } from '../terminal/download-report.js';
import { eventLine } from '../terminal/event-lines.js';
import { spokenIn } from '../cli/command-table.js';
import { isSwitchedOn, type Given } from '../cli/command.js';
import { EngineHost } from '../control/engine-host.js';
import { engineOptionsOf, relayOf, withSurroundings } from '../cli/engine-options.js';
import { openHome } from '../home/home.js';
import { processHooks } from '../hooks/process-hooks.js';
import { requireFreeHome, whileHomeInUse } from '../control/home-in-use.js';
import type { ProcessContext } from '../cli/process-context.js';
import { formatListening } from '../terminal/quantities.js';
import { showPage } from '../web/show-page.js';
import type { WebServer } from '../web/web-server.js';
import { gatewayAddress, gatewayFiles, startGateway } from './guest-gateway.js';
import { figuresAddress, startFigures, type Closable } from './figures-server.js';
import { keepWork } from './kept-work.js';
import { rereadOnHangUp } from './reread.js';
import { whileTrackerAway } from './tracker-wait.js';
import { untilAborted, whenAborted } from '../../net/until-aborted.js';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, out, signal } = context;
  const supervisor = environment.supervisor ?? NO_SUPERVISOR;
  if (supervisor.takesOver > 0) return keepWork(context, given, supervisor);
  const { openEngine } = context.parts;
  const figuresAt = figuresAddress(given);
  const gatewayAt = gatewayAddress(given);
  const files = gatewayFiles(given);
  const home = await openHome(environment.env);
  await requireFreeHome(home);
  const options = engineOptionsOf(home, withSurroundings(given, environment.env));
  const isScrubbing = isSwitchedOn(given, 'scrub');
  const engine = { ...options, ...relayOf(given), isScrubbing };
  const lost = deferred<never>();
  const { isInBackground } = supervisor;
  const onEvent: ClientEventListener = (event) => {
    if (event.type === 'session-lost') lost.reject(sessionLost(event));
    else out.event(event);
  };
  const hooks = processHooks(context, home, { given, isForAll: true });
  const kind = { isEngineStaying: true, isInBackground, hears: out.hears, watcher: hooks };
  const host = await EngineHost.open({ openEngine, engine, ...kind, onEvent });
  const stopListening = rereadOnHangUp(host.engine, context, given);
  let watch: DownloadWatch | undefined;
  let page: WebServer | undefined;
  let figures: Closable | undefined;
  let gateway: Closable | undefined;
  try {
    await hooks.check();
    figures = figuresAt && (await startFigures(host, figuresAt, out));
    gateway = gatewayAt && (await startGateway(host, gatewayAt, files, context));
    await untilAborted(signal, Promise.race([start(host, context), lost.promise]));
    // In the background nobody reads the link; `p2p web` comes to what runs there.
    if (isSwitchedOn(given, 'web') && !isInBackground)
      page = await showPage(host.engine, home, 0, context);
    if (environment.stderr.isTTY) watch = watchDownloads(host.engine, out);
    await Promise.race([whenAborted(signal), lost.promise]);
  } catch (error) {
    // Being stopped is how `serve` ends, however early it comes.
    if (!signal.aborted) throw error;
  } finally {
    stopListening();
    watch?.close();
    await page?.close();
    await gateway?.close();
    out.progress(undefined);
    await figures?.close();
    await host.close();
  }
  return ExitStatus.ok;
}

/** What it goes on with, or does for other commands, as rows below what it says. */
function watchDownloads(engine: EngineApi, out: ProcessContext['out']): DownloadWatch {
  return new DownloadWatch(engine, (running) =>
    out.progress(running.length === 0 ? undefined : progressOfAll('all', running)),
  );
}

function sessionLost(event: ClientEvent & { type: 'session-lost' }): P2pError {
  return fromWireError({ code: event.error.code, message: eventLine(event, spokenIn('one-shot')) });
}

async function start(
  host: EngineHost,
  { environment, out, signal }: ProcessContext,
): Promise<void> {
  const { engine } = host;
  const supervisor = environment.supervisor ?? NO_SUPERVISOR;
  let claiming: Promise<void> | undefined;
  // Says who is logged in, or that nobody is, before anything is opened.
  const onWaiting = (error: P2pError): void => {
    const line = `${error.message}; trying again until it answers`;
    out.note(line);
    // A service manager waits only so long for this, and another command may have the home for a while.
    if (!supervisor.isInBackground) supervisor.waiting(line);
    // Meanwhile others find who waits here, and no second one waits beside it.
    claiming = whileHomeInUse(signal, () => engine.claimHome());
    const claimed = (): void => {
      if (supervisor.isInBackground) supervisor.waiting(line);
    };
    detach(() => claiming!.then(claimed), crashOnBug);
  };
  const { userId, address } = await whileTrackerAway({ signal, onWaiting }, async () => {
    await claiming;
    return {
      ...(await whileHomeInUse(signal, () => engine.whoami())),
      address: await whileHomeInUse(signal, () => engine.startServing()),
    };
  });
  await host.openControl();
  const status = await engine.status();
  const files = status.sharedFiles === 1 ? '1 file' : `${status.sharedFiles} files`;
  const transport = status.peerTransport === 'tcp' ? 'TCP, not encrypted' : 'TLS';
  const line = `serving ${files} of ${userId} on ${formatListening(address)} (${transport})`;
  const value = { ...status, userId, address };
  // First, so that whoever waits for it hears it once.
  supervisor.ready({ line, value });
  out.ready(value, [supervisor.isInBackground ? line : `${line}; Ctrl-C stops`]);
}
