/**
 * `share`: files behind one link, for as long as it runs. What is missing is made: a tracker here, an account
 * that this device's key opens, a group. Whoever has the link runs `p2p get LINK`.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ExitStatus, TrackerError } from '../../net/errors.js';
import { checkNewId } from '../../net/names.js';
import { mayDo } from '../../net/roles.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { untilAborted, whenAborted } from '../../net/until-aborted.js';
import type { Engine } from '../api/engine.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import { startInBackground, whyEnded } from '../background/background-process.js';
import { NO_SUPERVISOR } from '../background/supervisor.js';
import {
  argument,
  isSwitchedOn,
  repeatedArgument,
  textOption,
  type Given,
} from '../cli/command.js';
import { engineOptionsOf, withSurroundings } from '../cli/engine-options.js';
import { loudnessWords, wordsOf } from '../cli/given-words.js';
import { inviteTermsOf, type InviteTerms } from '../cli/invite-terms.js';
import { withAbsolutePaths } from '../cli/local-paths.js';
import { shareCommand } from '../cli/process-table.js';
import type { ProcessContext } from '../cli/process-context.js';
import { ownNames } from '../commands/own-names.js';
import { run as upload } from '../commands/upload.js';
import { EngineHost } from '../control/engine-host.js';
import { requireFreeHome } from '../control/home-in-use.js';
import { tellIfSlow } from '../control/tell-if-slow.js';
import { openHome, type Home } from '../home/home.js';
import { processHooks } from '../hooks/process-hooks.js';
import { readSession } from '../home/session-file.js';
import { OwnTracker, wasHere } from '../share/own-tracker.js';
import { showTakers } from '../share/show-takers.js';
import { isThisMachine } from '../sharing/own-candidates.js';
import { kindToShare } from '../sharing/shareable-path.js';
import { formatInviteLink } from '../terminal/invite-link.js';
import { notesOnly } from '../terminal/notes-only.js';
import type { Output } from '../terminal/output.js';
import { parseTracker } from '../terminal/tracker-address.js';
import { rereadOnHangUp } from './reread.js';

/** Where accounts and groups are, and whether this process is it. */
interface Place {
  readonly tracker: PeerAddress;
  /** Undefined at somebody else's, where one is logged in. */
  readonly expected: ExpectedTracker | undefined;
  readonly own: OwnTracker | undefined;
}

export async function run(context: ProcessContext, typed: Given): Promise<number> {
  const { environment, out, signal, parts } = context;
  const { isInBackground } = environment.supervisor ?? NO_SUPERVISOR;
  const given = withSurroundings(
    withAbsolutePaths(shareCommand, typed, environment.cwd),
    environment.env,
  );
  const terms = termsOf(given);
  // Before anything is made: what is told now would leave a group behind later.
  for (const path of repeatedArgument(given, 'file')) await kindToShare(path);
  const home = await openHome(environment.env);
  await requireFreeHome(home);
  if (isSwitchedOn(given, 'stay') && !isInBackground) return inBackground(home, given, context);
  const engine = engineOptionsOf(home, given);
  const place = await placeFor(home, context);
  let host: EngineHost | undefined;
  let stopListening = (): void => undefined;
  try {
    host = await EngineHost.open({
      openEngine: parts.openEngine,
      engine,
      isEngineStaying: true,
      isInBackground,
      hears: out.hears,
      watcher: processHooks(context, home, { given, isForAll: true }),
      onEvent: (event) => {
        // It logs in by itself, which only who wants every step wants to hear.
        const isNews = event.type !== 'logged-in' || out.hears === 'all';
        if (isNews && !signal.aborted) out.event(event);
      },
    });
    stopListening = rereadOnHangUp(host.engine, context, typed);
    await untilAborted(signal, share(host, place, given, terms, context));
    await showTakers(host.engine, out, signal);
    await whenAborted(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopListening();
    await host?.close();
    await place.own?.close();
  }
  return ExitStatus.ok;
}

interface Terms extends InviteTerms {
  readonly address: PeerAddress | undefined;
  readonly groupId: string | undefined;
}

function termsOf(given: Given): Terms {
  const [address, group] = [textOption(given, 'address'), textOption(given, 'group')];
  return {
    ...inviteTermsOf(given, 'people'),
    address: address === undefined ? undefined : parseTracker(address),
    groupId: group === undefined ? undefined : checkNewId('group', group),
  };
}

/** The tracker of the remembered login, if it is somebody else's; else one of our own. */
async function placeFor(home: Home, { parts, environment }: ProcessContext): Promise<Place> {
  const session = await readSession(home);
  const dataDir = join(home.path, 'tracker');
  const isOwn =
    session !== undefined && isThisMachine(session.tracker.host) && (await wasHere(dataDir));
  if (session !== undefined && !isOwn) {
    return { tracker: session.tracker, expected: undefined, own: undefined };
  }
  const lastPort = session?.tracker.port;
  const own = await OwnTracker.start(parts.runTracker, environment, { dataDir, lastPort });
  const tracker = { host: '127.0.0.1', port: own.port };
  return { tracker, expected: own.identity, own };
}

async function share(
  { engine }: EngineHost,
  { tracker, expected }: Place,
  given: Given,
  terms: Terms,
  { out, signal, environment }: ProcessContext,
): Promise<void> {
  const supervisor = environment.supervisor ?? NO_SUPERVISOR;
  if (expected) await engine.enter({ tracker, expected, userIds: ownNames() });
  const groupId = terms.groupId ?? `share-${randomBytes(3).toString('hex')}`;
  await seeToGroup(engine, groupId);
  await engine.startServing();
  // One result alone is printed: the link.
  const where = { engine, out: notesOnly(out), signal, isEngineStaying: true, isEngineHere: true };
  await upload(where, { ...given, args: { file: argument(given, 'file'), group: groupId } });
  const { uses, lifetimeMs } = terms;
  const invite = await engine.createInvite({ groupId, uses, lifetimeMs });
  const address = terms.address ?? invite.tracker;
  const link = formatInviteLink({ ...invite, tracker: address });
  // Before the link: who has `--stay` begin it hears no more once that is there.
  if (isThisMachine(address.host)) {
    out.note('this machine has no address that others reach; say one with --address HOST:PORT');
  }
  const value = { groupId, uses, expiresAtMs: invite.expiresAtMs };
  // The log, and the status of a service, are read by others than whoever has the link.
  const line = `sharing in ${groupId}`;
  supervisor.ready({ line, value: { link, ...value } });
  if (supervisor.isInBackground) return out.note(line);
  await tellLink(link, given, out, value);
  out.note(howToGet('Ctrl-C'));
}

async function tellLink(
  link: string,
  given: Given,
  out: Output,
  value: Readonly<Record<string, unknown>>,
): Promise<void> {
  const wantsCode = isSwitchedOn(given, 'qr');
  const code = wantsCode ? [(await import('../terminal/qr-code.js')).qrDrawing(link)] : [];
  out.ready({ link, ...value }, [link], code);
}

function howToGet(howToStop: string): string {
  return `whoever has the link runs: p2p get LINK; ${howToStop} stops sharing`;
}

/** What says how this process prints the link, which it gets of the other one as that is. */
const OWN_OPTIONS = ['events', 'stay', 'qr'];

/** The same by a process that no terminal ends; answers the exit status of this one. */
async function inBackground(
  home: Home,
  given: Given,
  { environment: { env, cwd }, out, signal, loudness }: ProcessContext,
): Promise<number> {
  const options = [...loudnessWords(loudness), ...wordsOf(given, OWN_OPTIONS)];
  const words = ['share', ...options, '--', ...repeatedArgument(given, 'file')];
  const { logPath } = home;
  const starting = startInBackground({
    ...{ words, logPath, env, cwd, signal },
    onLine: (line) => out.note(line),
  });
  const start = await tellIfSlow(starting, () => {
    if (out.hasSpoken !== true) out.note('waiting for the client in the background to begin');
  });
  if (start.kind === 'ended') {
    throw whyEnded(start, logPath);
  }
  const { link, ...value } = start.kind === 'ready' ? start.news.value : {};
  await tellLink(String(link), given, out, { ...value, pid: start.pid });
  out.note(
    howToGet('it goes on in the background, where p2p log shows what it says, and p2p down'),
  );
  return ExitStatus.ok;
}

/** Nothing is shared in a group that one makes no link into. @throws TrackerError */
async function seeToGroup(engine: Engine, groupId: string): Promise<void> {
  const { groups } = await engine.whoami();
  const own = groups.find((group) => group.groupId === groupId);
  if (own === undefined) return engine.createGroup(groupId);
  if (mayDo(own.role, 'invite')) return;
  throw new TrackerError(
    'NOT_OWNER',
    `only an owner or an admin of ${groupId} may make links into it; leave --group out, and a group is made`,
  );
}
