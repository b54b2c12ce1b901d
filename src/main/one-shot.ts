/**
 * Carries out one command of the command line, in this process: with the engine that already
 * runs for this home if there is one, else with an engine of its own. What belongs to the caller
 * (passwords, paths, environment) is settled here, before any engine hears of it.
 */
import type { ClientEvent, ClientEventListener } from './api/client-events.js';
import { isOfWork } from './api/detail-events.js';
import type { EngineCommand } from './cli/command-table.js';
import type { ProcessOutput } from './terminal/output.js';
import type { CommandContext, Given } from './cli/command.js';
import { isSwitchedOn, isTyped, listOption, repeatedArgument } from './cli/command.js';
import { engineOptionsOf, tuningOptions, withSurroundings } from './cli/engine-options.js';
import { unnamedTracker } from './account/session-terms.js';
import { whichTracker } from './account/which-tracker.js';
import { connectSocket } from '../net/connect-socket.js';
import { leaveEngine } from './leave-engine.js';
import { EngineHost } from './control/engine-host.js';
import { fileTitle } from './control/full-titles.js';
import { RemoteEngine } from './control/remote-engine.js';
import { openHome, type Home } from './home/home.js';
import { processHooks, type ProcessHooks } from './hooks/process-hooks.js';
import { tellIfClientSlow } from './control/slow-client.js';
import { tellIfSlow } from './control/tell-if-slow.js';
import { whileHomeInUse } from './control/home-in-use.js';
import { wordsOf } from './cli/given-words.js';
import { withAbsolutePaths } from './cli/local-paths.js';
import { pipesOf, type Pipes } from './pipes/pipes.js';
import { confirming } from './cli/confirmation.js';
import { askYes } from './terminal/ask-yes.js';
import { canRedraw, isAttendedAt } from './terminal/environment.js';
import { hearKeys } from './terminal/hear-keys.js';
import { isInviteLink } from './terminal/invite-link.js';
import { readFirstLines, readSecrets } from './terminal/password-input.js';
import { INVITE_FROM_STDIN } from './cli/account-table.js';
import { passwordRequest } from './cli/password-request.js';
import type { ProcessContext } from './cli/process-context.js';
import { runCommand } from './commands/run-command.js';
import type { P2pError } from '../net/errors.js';
import { untilAborted, whenAborted } from '../net/until-aborted.js';

/** Options that belong to an engine: one that runs already has its own. */
const ENGINE_OPTIONS = [
  'host',
  'port',
  'at-once',
  'no-lan',
  'no-map',
  'up',
  'down',
  'background',
  'lan-limit',
  ...tuningOptions.map(({ name }) => name),
];

/** Of commands that do not meet peers; `--up` of one is something else. */
const NO_WORDS: Given = { args: {}, options: {} };

/** Runs a command to its end. Rejects as the command does. */
export async function runOneShot(
  command: EngineCommand,
  typed: Given,
  context: ProcessContext,
): Promise<void> {
  const { environment, signal } = context;
  // Whatever else is asked of a home that nobody has used finds no login, and leaves nothing behind.
  const words = await withLink(command, typed, context);
  const isMade =
    meetsTracker(command) || keepsLimits(command, words) || linkIn(command, words) !== undefined;
  const home = await openHome(environment.env, { isMade });
  const withPaths = withAbsolutePaths(
    command,
    withEnvironment(command, words, environment.env),
    environment.cwd,
  );
  await requireTracker(command, withPaths, home);
  const given = await untilAborted(signal, withPassword(command, withPaths, context));
  const onWaiting = (): void =>
    context.out.note('another command uses this home; waiting for it to end');
  const work = async (): Promise<void> => {
    const hooks = processHooks(context, home, { given, isForAll: false });
    const connecting = RemoteEngine.connect(home, signal, { title: titleOf(command, given) });
    const running = await tellIfClientSlow(connecting, (line) => context.out.note(line));
    const pipes = pipesOf(context.environment, home);
    if (running !== undefined)
      await runInRunningEngine(running, command, given, context, { pipes, hooks });
    else await runInOwnEngine(home, command, given, context, { pipes, hooks });
  };
  await whileHomeInUse(signal, work, onWaiting);
}

function withEnvironment(
  command: EngineCommand,
  typed: Given,
  env: Readonly<Record<string, string | undefined>>,
): Given {
  const given = withTracker(command, typed, env);
  return meetsPeers(command) ? withSurroundings(given, env) : given;
}

/** Commands whose words say how the engine is opened. */
function meetsPeers({ options }: EngineCommand): boolean {
  return options.some(({ name }) => name === 'peer-transport');
}

/** A link is as good as a membership: it may come from standard input instead of the argument list. */
async function withLink(
  command: EngineCommand,
  given: Given,
  { environment, out, signal }: ProcessContext,
): Promise<Given> {
  const name = linkArgument(command);
  if (name === undefined || given.args[name] !== '-') return given;
  const reading = readFirstLines(environment.stdin, 1, signal);
  const [link = ''] = await tellIfSlow(reading, () => out.note(awaitsInput('a link')));
  return { ...given, args: { ...given.args, [name]: link } };
}

function linkArgument({ verb }: EngineCommand): string | undefined {
  return verb === 'join' ? 'group' : verb === 'get' ? 'link' : undefined;
}

/** For whoever has forgotten it, or whose program writes nothing. */
function awaitsInput(what: string): string {
  return `waiting for ${what} on standard input`;
}

/** The link with which somebody joins a group, which says where the tracker is. */
function linkIn(command: EngineCommand, { args }: Given): string | undefined {
  const word = args[linkArgument(command) ?? ''];
  return word !== undefined && isInviteLink(word) ? word : undefined;
}

/** It notes something in the home, whoever is logged in. */
function keepsLimits({ verb }: EngineCommand, { options }: Given): boolean {
  return verb === 'limit' && (options['up'] !== undefined || options['down'] !== undefined);
}

/** Commands that need no login, but a tracker. */
function meetsTracker({ options }: EngineCommand): boolean {
  return options.some(({ name }) => name === 'tracker');
}

function withTracker(
  command: EngineCommand,
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
): Given {
  const text = env['P2P_TRACKER'];
  if (!meetsTracker(command) || !text || listOption(given, 'tracker').length > 0) return given;
  const tracker = text.split(',').map((one) => one.trim());
  return { ...given, lists: { ...given.lists, tracker } };
}

/** Nothing is asked before it is known whom to tell it. @throws TrackerError */
async function requireTracker(command: EngineCommand, given: Given, home: Home): Promise<void> {
  if (!meetsTracker(command) || listOption(given, 'tracker').length > 0) return;
  if ((await whichTracker(home)) !== undefined) return;
  const running = await connectSocket(home.socketPath);
  // A client that runs here has one that it was told.
  if (running === undefined) unnamedTracker();
  running.destroy();
}

async function withPassword(
  command: EngineCommand,
  given: Given,
  { environment, out, signal }: ProcessContext,
): Promise<Given> {
  const secrets = command.args.filter(
    ({ kind, omittedWith = '', onlyWith }) =>
      kind === 'secret' &&
      !isSwitchedOn(given, omittedWith) &&
      (onlyWith === undefined || isSwitchedOn(given, onlyWith)),
  );
  if (secrets.length === 0) return given;
  const requests = secrets.map(({ name }) => passwordRequest(command, given, name));
  const fromStdin = {
    passwords: isSwitchedOn(given, 'password-stdin'),
    invite: isSwitchedOn(given, INVITE_FROM_STDIN),
  };
  const reading = readSecrets(requests, fromStdin, environment, signal);
  const { passwords, invite } = await tellIfSlow(reading, () => {
    // Otherwise somebody is asked, and sees the question.
    if (fromStdin.passwords || fromStdin.invite)
      out.note(awaitsInput(fromStdin.passwords ? 'a password' : 'an invite'));
  });
  const found = secrets.map(({ name }, index) => [name, passwords[index]!] as const);
  const args = { ...given.args, ...Object.fromEntries(found) };
  if (command.verb !== 'create-user' || invite === undefined) return { ...given, args };
  return { ...given, args, options: { ...given.options, invite } };
}

/** Somebody is asked only where they see the question and can answer. */
function asking(
  { environment, isYes }: Pick<ProcessContext, 'environment' | 'isYes'>,
  signal: AbortSignal,
): Pick<CommandContext, 'confirm' | 'isYes'> {
  const { stdin, stderr, asksNobody = false } = environment;
  const ask = (question: string) => askYes(question, { stdin, output: stderr, signal });
  const isSeen = stdin.isTTY === true && stderr.isTTY === true;
  return confirming({ isYes, asksNobody }, isSeen ? ask : undefined);
}

/** Keys are for what is drawn, by somebody who may be asked. */
function hearing(environment: ProcessContext['environment']): Pick<CommandContext, 'hearKeys'> {
  const { stdin, asksNobody } = environment;
  if (asksNobody || stdin.isTTY !== true || !canRedraw(environment)) return {};
  return { hearKeys: (onKey) => hearKeys(stdin, onKey) };
}

/** The command says it itself, or it is for whoever watches a client that stays. */
function isForStaying({ type }: ClientEvent): boolean {
  return ['file-taken', 'files-taken', 'logged-in', 'logged-out', 'reach'].includes(type);
}

/** As long as it waits, others take from here what is shared. */
function servesMeanwhile({ verb }: EngineCommand, given: Given): boolean {
  return verb === 'sync' && !isSwitchedOn(given, 'once');
}

function isWorthTelling(event: ClientEvent, given: Given, { hears }: ProcessOutput): boolean {
  return hears === 'all' || (!isForStaying(event) && !isResult(event, given));
}

/** What a command waits for, and says itself. */
function isResult(event: ClientEvent, given: Given): boolean {
  const isOfGroup = event.type === 'membership' && event.groupId === given.args['group'];
  return isOfGroup && isSwitchedOn(given, 'wait');
}

/** What a command of this process has, whoever has the engine. */
interface Around {
  readonly pipes: Pipes;
  readonly hooks: ProcessHooks;
}

/** The same command, with the engine of another process. */
async function runInRunningEngine(
  engine: RemoteEngine,
  command: EngineCommand,
  given: Given,
  { environment, isYes, out, signal }: ProcessContext,
  { pipes, hooks }: Around,
): Promise<void> {
  const ignored = ENGINE_OPTIONS.filter(
    (name) => given.options[name] !== undefined && isTyped(given, name),
  );
  if (ignored.length > 0 && meetsPeers(command)) {
    const words = ignored.map((name) => `--${name}`).join(', ');
    out.note(`${words} has no effect: a client that runs for this home does the work`);
  }
  const { isEngineStaying } = engine;
  heedHalts(engine, out, signal);
  engine.moved(() => out.note(`another process goes on with it (pid ${engine.pid})`));
  const either = AbortSignal.any([signal, engine.ended]);
  try {
    const isAttended = isAttendedAt(environment);
    const where = { isEngineStaying, isEngineHere: false, isAttended, pipes, ...hookIn(hooks) };
    const terminal = { ...asking({ environment, isYes }, either), ...hearing(environment) };
    const work = runCommand(command, { engine, out, signal: either, ...where, ...terminal }, given);
    await tellIfSlow(work, () => {
      if (!out.hasSpoken) out.note(`waiting for the client of this home (pid ${engine.pid})`);
    });
  } finally {
    await whenHooksIdle(hooks, { out, signal });
    engine.close();
    await hooks.close();
  }
}

function hookIn({ ownHook }: ProcessHooks): Pick<CommandContext, 'downloadHook'> {
  return ownHook === undefined ? {} : { downloadHook: ownHook };
}

/** Whoever ends the command waits for none of them. */
async function whenHooksIdle(
  hooks: ProcessHooks,
  { out, signal }: Pick<ProcessContext, 'out' | 'signal'>,
): Promise<void> {
  const idle = Promise.race([hooks.whenIdle(), whenAborted(signal)]);
  await tellIfSlow(idle, () => out.note('waiting for what the hooks run'));
}

/** What it does, for whoever has the engine: `download film.mkv`. */
function titleOf({ verb, args }: EngineCommand, given: Given): string {
  const file = args.find(({ name }) => name === 'file')?.name;
  const isNamed = file !== undefined && Boolean(given.args[file]);
  return fileTitle(verb, isNamed ? repeatedArgument(given, file) : []);
}

/** Says when the other process stands still, and does not wait for it then once the user wants to end. */
function heedHalts(engine: RemoteEngine, out: ProcessContext['out'], signal: AbortSignal): void {
  let isHalted = false;
  const giveUp = (): void => {
    if (isHalted && signal.aborted) engine.close(signal.reason as P2pError);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  engine.halts((state) => {
    isHalted = state;
    const who = `the process that does the work (pid ${engine.pid})`;
    out.note(
      isHalted
        ? `${who} was halted by Ctrl-Z in its terminal; fg there lets it go on, and so does kill -CONT ${engine.pid}`
        : `${who} goes on`,
    );
    giveUp();
  });
}

/** What was said of the engine, for the one that goes on in its place. */
function engineOptionsIn({ options, lists = {} }: Given): Given {
  const isOfEngine = ([name]: readonly [string, unknown]): boolean =>
    [...ENGINE_OPTIONS, 'announce', 'peer-transport'].includes(name);
  return {
    args: {},
    options: Object.fromEntries(Object.entries(options).filter(isOfEngine)),
    lists: Object.fromEntries(Object.entries(lists).filter(isOfEngine)),
  };
}

async function runInOwnEngine(
  home: Home,
  command: EngineCommand,
  given: Given,
  context: ProcessContext,
  { pipes, hooks }: Around,
): Promise<void> {
  const engine = engineOptionsOf(home, meetsPeers(command) ? given : NO_WORDS);
  const onEvent: ClientEventListener = (event) => {
    // How far its own work is the command tells, whoever has the engine.
    const isReach = event.type === 'reach' && servesMeanwhile(command, given);
    if (!isOfWork(event) && (isReach || isWorthTelling(event, given, out))) out.event(event);
  };
  const { out, signal } = context;
  const { openEngine } = context.parts;
  const kind = { isEngineStaying: false, hears: out.hears, watcher: hooks };
  const opening = EngineHost.open({ openEngine, engine, ...kind, onEvent });
  const host = await tellIfSlow(opening, () => out.note(`opening the home folder ${home.path}`));
  try {
    const here = { isEngineStaying: false, isEngineHere: true };
    const isAttended = isAttendedAt(context.environment);
    const where = { ...here, isAttended, pipes, ...hookIn(hooks) };
    const confirm = asking(context, signal);
    await runCommand(command, { engine: host.engine, out, signal, ...where, ...confirm }, given);
  } finally {
    // While the engine is there, so that a hook may use it. A command that failed may have had downloads too.
    await whenHooksIdle(hooks, context);
    // Other processes may have handed their commands to this engine meanwhile.
    await leaveEngine(host, ['serve', ...wordsOf(engineOptionsIn(given))], context);
  }
}
