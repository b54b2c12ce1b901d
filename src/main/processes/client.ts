/** `client`: the interactive client, serving on the one address that it is given. */
import { crashOnBug, detach } from '../../net/detach.js';
import { CancelledError, ExitStatus, P2pError } from '../../net/errors.js';
import type { EngineApi } from '../api/engine-api.js';
import type { ClientEvent, ClientEventListener } from '../api/client-events.js';
import { eventLine, isFault } from '../terminal/event-lines.js';
import type { Loudness } from '../terminal/output.js';
import { argument, isSwitchedOn, listOption, type Given } from '../cli/command.js';
import { spokenIn } from '../cli/command-table.js';
import { EngineHost } from '../control/engine-host.js';
import {
  announceOf,
  atOnceOf,
  networkOf,
  peerTransportOf,
  ratesOf,
  tuningOf,
  withSurroundings,
} from '../cli/engine-options.js';
import { openHome } from '../home/home.js';
import { processHooks } from '../hooks/process-hooks.js';
import { requireFreeHome, whileHomeInUse } from '../control/home-in-use.js';
import type { ProcessContext } from '../cli/process-context.js';
import { formatListening, parseHost, parsePort } from '../terminal/quantities.js';
import { parseTrackers, trackerHost } from '../terminal/tracker-address.js';
import { Shell } from '../shell/shell.js';
import { untilAborted } from '../../net/until-aborted.js';

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, out, signal, isDebug, loudness, isYes } = context;
  const { openEngine } = context.parts;
  const home = await openHome(environment.env);
  await requireFreeHome(home);
  let shell: Shell | undefined;
  let status: number = ExitStatus.ok;
  const surrounded = withSurroundings(given, environment.env);
  const engine = {
    home,
    tracker: {
      host: trackerHost(argument(given, 'tracker_ip')),
      port: parsePort(argument(given, 'tracker_port')),
    },
    furtherTrackers: parseTrackers(listOption(given, 'tracker')),
    listen: {
      host: parseHost(argument(given, 'client_ip')),
      port: parsePort(argument(given, 'client_port')),
    },
    ...ratesOf(given),
    ...atOnceOf(given),
    ...tuningOf(given),
    ...peerTransportOf(surrounded),
    ...announceOf(surrounded),
    ...networkOf(given),
    remember: false,
  };
  const onEvent: ClientEventListener = (event) => {
    if (!isNews(event, shell, loudness)) return;
    if (shell === undefined) out.event(event);
    else if (loudness !== 'quiet' || isFault(event))
      shell.notice(eventLine(event, spokenIn('shell')));
  };
  const { hears } = out;
  // Between the lines that somebody types there is room for what fails, as for all else that happens.
  const say = (line: string): void => (shell ? shell.notice(line) : out.note(line));
  const quiet = loudness === 'quiet';
  const heard = { note: (line: string) => (quiet ? undefined : say(line)), failure: say };
  const watcher = processHooks({ out: heard, environment }, home, { given, isForAll: true });
  const kind = { isEngineStaying: true, hears, watcher };
  const host = await EngineHost.open({ openEngine, engine, ...kind, onEvent });
  try {
    const serving = whileHomeInUse(signal, () => host.engine.startServing());
    const address = await untilAborted(signal, serving);
    await host.openControl();
    const stopsOnError = isSwitchedOn(given, 'stop-on-error');
    const session = { environment, out, signal, isDebug, isYes };
    shell = await Shell.open({ host, home, stopsOnError, ...session });
    if (environment.stdout.isTTY) {
      out.note(`serving on ${formatListening(address)}; "help" lists the commands`);
    }
    detach(() => tellWhoIsLoggedIn(host.engine, heard.note), crashOnBug);
    status = await shell.run();
  } finally {
    await host.close();
  }
  if (signal.aborted) throw signal.reason;
  return status;
}

/** What its own commands say already is none, nor is what others take: that would be between all lines. */
function isNews({ type }: ClientEvent, shell: Shell | undefined, loudness: Loudness): boolean {
  if (type === 'progress') return false;
  if (loudness === 'verbose') return true;
  if (type === 'file-taken' || type === 'files-taken') return false;
  return (type !== 'logged-in' && type !== 'logged-out') || shell?.isBusy !== true;
}

/** Goes on with the remembered login, if there is one; nobody has to wait for the tracker. */
async function tellWhoIsLoggedIn(engine: EngineApi, say: (line: string) => void): Promise<void> {
  try {
    const { userId, isTrackerConnected, sharedFiles } = await engine.status();
    if (userId === undefined || !isTrackerConnected) return;
    const files = sharedFiles === 1 ? '1 file' : `${sharedFiles} files`;
    say(`logged in as ${userId}, as remembered${sharedFiles > 0 ? `; sharing ${files}` : ''}`);
  } catch (error) {
    if (!(error instanceof P2pError) || error instanceof CancelledError) throw error;
    say(error.message);
  }
}
