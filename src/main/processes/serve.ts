/** `serve`: shares what the remembered user shares until a signal comes; then ends with 0. */
import { ExitStatus } from '../../net/errors.js';
import type { ClientEventListener } from '../api/client-events.js';
import { eventLine } from '../terminal/event-lines.js';
import type { Given } from '../cli/command.js';
import { EngineHost } from '../control/engine-host.js';
import { engineOptionsOf, withPeerTransport } from '../cli/engine-options.js';
import { openHome } from '../home/home.js';
import { requireFreeHome, whileHomeInUse } from '../control/home-in-use.js';
import type { ProcessContext } from '../cli/process-context.js';
import { formatListening } from '../terminal/quantities.js';
import { untilAborted, whenAborted } from '../../net/until-aborted.js';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, out, signal } = context;
  const { openEngine } = context.parts;
  const home = await openHome(environment.env);
  await requireFreeHome(home);
  const engine = engineOptionsOf(home, withPeerTransport(given, environment.env));
  const onEvent: ClientEventListener = (event) => out.note(eventLine(event));
  const host = await EngineHost.open({ openEngine, engine, isEngineStaying: true, onEvent });
  try {
    await untilAborted(signal, start(host, context));
    await whenAborted(signal);
  } catch (error) {
    // Being stopped is how `serve` ends, however early it comes.
    if (!signal.aborted) throw error;
  } finally {
    await host.close();
  }
  return ExitStatus.ok;
}

async function start(host: EngineHost, { out, signal }: ProcessContext): Promise<void> {
  const { engine } = host;
  // Says who is logged in, or that nobody is, before anything is opened.
  const { userId } = await whileHomeInUse(signal, () => engine.whoami());
  const address = await whileHomeInUse(signal, () => engine.startServing());
  await host.openControl();
  const status = await engine.status();
  const files = status.sharedFiles === 1 ? '1 file' : `${status.sharedFiles} files`;
  const transport = status.peerTransport === 'tcp' ? 'TCP, not encrypted' : 'TLS';
  out.result({ ...status, userId, address }, [
    `serving ${files} of ${userId} on ${formatListening(address)} (${transport}); Ctrl-C stops`,
  ]);
}
