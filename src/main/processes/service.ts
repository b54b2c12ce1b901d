/** `service`: has the service manager of this machine run `serve` or `tracker`, from the start of the machine on. */
import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { display } from '../../net/display.js';
import { ExitStatus, StorageError, toStorageError, UsageError } from '../../net/errors.js';
import { inPackage } from '../../net/package-root.js';
import { userHome } from '../../net/user-home.js';
import {
  argument,
  isSwitchedOn,
  repeatedArgument,
  textOption,
  type Given,
} from '../cli/command.js';
import { readCommandLine } from '../cli/cli.js';
import { engineOptionsOf, relayOf } from '../cli/engine-options.js';
import { wordsOf } from '../cli/given-words.js';
import type { ProcessContext } from '../cli/process-context.js';
import { openHome, type Home } from '../home/home.js';
import { writeFileAtomic } from '../home/write-file-atomic.js';
import { parseHost, parsePort } from '../terminal/quantities.js';
import { homeEnvironmentOf, installingUser, requireOwnHome, runsAs } from '../service/runs-as.js';
import type { Service, ServiceVerb } from '../service/service.js';
import { serviceFile, serviceText, type ServiceFile } from '../service/service-manager.js';
import { namedDatabase, namedPresence } from './tracker-database.js';
import type { UserEntry } from '../service/user-entry.js';

/** Options whose value is a path, which a service reads from another folder. */
const PATH_OPTIONS = ['data', 'tls-cert', 'tls-key'];
/** Ports below are root's. */
const FIRST_FREE_PORT = 1_024;

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const [first, ...words] = repeatedArgument(given, 'command');
  const verb = verbOf(first!);
  const scope = scopeOf(given);
  const file = fileOf(verb, scope, context);
  switch (argument(given, 'action')) {
    case 'install':
      return install(verb, scope, words, file, context, isSwitchedOn(given, 'dry-run'));
    case 'uninstall':
      return uninstall(verb, file, context);
    case 'status':
      return status(verb, file, context);
    default:
      throw new UsageError(
        `${display(argument(given, 'action'), 64)} is nothing to do with a service; write install, uninstall or status`,
      );
  }
}

function verbOf(word: string): ServiceVerb {
  if (word === 'serve' || word === 'tracker') return word;
  throw new UsageError(`${display(word, 64)} cannot be a service; write serve or tracker`);
}

function scopeOf(given: Given): Service['scope'] {
  const [isUser, isSystem] = [isSwitchedOn(given, 'user'), isSwitchedOn(given, 'system')];
  if (isUser && isSystem) throw new UsageError('--user and --system exclude each other');
  return isSystem ? 'system' : 'user';
}

function fileOf(
  verb: ServiceVerb,
  scope: Service['scope'],
  { environment: { env } }: ProcessContext,
): ServiceFile {
  const around = {
    platform: process.platform,
    env,
    userHome: userHome(env) ?? '/',
    uid: userInfo().uid,
  };
  const file = serviceFile(verb, scope, around);
  if (file !== undefined) return file;
  throw new UsageError(
    `services of ${process.platform} are not known here; p2p up runs in the background`,
  );
}

async function install(
  verb: ServiceVerb,
  scope: Service['scope'],
  words: readonly string[],
  file: ServiceFile,
  { environment: { env, cwd, stdout }, out }: ProcessContext,
  isDryRun: boolean,
): Promise<number> {
  const own = ownEntry();
  const user = scope === 'system' ? await installingUser(env, own, process.platform) : own;
  const home = await openHome(homeEnvironmentOf(user, own, env), { isMade: false });
  const service = await serviceOf(verb, scope, words, { cwd, home, user });
  if (scope === 'system' && service.runsAs !== 'own-user') await requireHomeOf(user, home.path);
  const text = serviceText(service, process.platform, home.logPath);
  for (const name of verb === 'tracker' ? SECRETS : []) {
    if (!env[name]) continue;
    out.note(
      `the service does not get ${name} from here; ${databaseOfService(scope, process.platform, name)}`,
    );
  }
  if (isDryRun) {
    out.note(`${file.path}:`);
    if (out.isJson) out.result({ path: file.path, verb, scope, text }, []);
    else stdout.write(text);
    return ExitStatus.ok;
  }
  try {
    await mkdir(dirname(file.path), { recursive: true });
    await writeFileAtomic(file.path, text, 0o644);
  } catch (error) {
    throw toStorageError(error, `cannot write ${file.path}`, 'create');
  }
  for (const call of file.endOlder) await answerOf(call).catch(() => undefined);
  for (const call of file.begin)
    await requireCall(call, `${file.path} is written, but`, file.remedy);
  const isOfUser = scope === 'user' && process.platform === 'linux';
  out.result({ path: file.path, verb, scope }, [
    `${verb} runs as a service now, and with the ${scope === 'user' ? 'next login' : 'machine'} (${file.path})`,
  ]);
  if (isOfUser) out.note('loginctl enable-linger lets it run while you are not logged in');
  return ExitStatus.ok;
}

function ownEntry(): UserEntry {
  const { username, uid, homedir } = userInfo();
  return { user: username, uid, homePath: homedir };
}

/** One that is not there yet is made by the service. */
async function requireHomeOf(user: UserEntry, path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined) requireOwnHome(path, stats.uid, user);
}

/** What the manager is to run: the words are read as the command itself reads them, so that mistakes show now. */
async function serviceOf(
  verb: ServiceVerb,
  scope: Service['scope'],
  words: readonly string[],
  { cwd, home, user }: { readonly cwd: string; readonly home: Home; readonly user: UserEntry },
): Promise<Service> {
  const line = await readCommandLine([verb, ...words]);
  if (line.kind !== 'command') throw new UsageError(`"${verb} ${words.join(' ')}" runs nothing`);
  const { given, command } = line;
  if (verb === 'serve') {
    engineOptionsOf(home, given);
    relayOf(given);
  } else {
    parseHost(argument(given, 'tracker_ip'));
    parsePort(argument(given, 'tracker_port'));
    namedDatabase(given, databaseOfService(scope, process.platform));
    namedPresence(given, databaseOfService(scope, process.platform, 'P2P_PRESENCE'));
  }
  const paths = PATH_OPTIONS.flatMap((name) => {
    const path = textOption(given, name);
    return path === undefined ? [] : [[name, resolve(cwd, path)] as const];
  });
  const options = { ...given.options, ...Object.fromEntries(paths) };
  const args = command.args.flatMap(({ name }) => given.args[name] ?? []);
  const port = Number(given.args['tracker_port'] ?? textOption(given, 'port') ?? 0);
  const hasData = options['data'] !== undefined;
  return {
    verb,
    scope,
    command: [
      process.execPath,
      inPackage('bin/p2p.js'),
      verb,
      ...wordsOf({ ...given, options }),
      ...(args.length > 0 ? ['--', ...args] : []),
    ],
    runsAs: runsAs({ verb, scope, platform: process.platform, hasData, user }),
    homePath: home.path,
    hasLowPort: port > 0 && port < FIRST_FREE_PORT,
  };
}

/** Addresses in which a password may stand. */
const SECRETS = ['P2P_DATABASE', 'P2P_PRESENCE'] as const;

/** Everybody may read the file of a service, and it hands on nothing of the environment of whoever installs it. */
function databaseOfService(
  scope: Service['scope'],
  platform: NodeJS.Platform,
  name: (typeof SECRETS)[number] = 'P2P_DATABASE',
): string {
  if (platform === 'darwin') {
    if (name === 'P2P_PRESENCE') return 'a presence server of a service on macOS has no password';
    return 'the password of a service stands in ~/.pgpass (mode 0600) of the user who runs it';
  }
  const edit =
    scope === 'user' ? 'systemctl --user edit p2p-tracker' : 'systemctl edit p2p-tracker';
  return `install it without, and have ${name} come from a file of mode 0600: "${edit}" takes [Service] and EnvironmentFile=/path/of/it`;
}

async function uninstall(
  verb: ServiceVerb,
  file: ServiceFile,
  { out }: ProcessContext,
): Promise<number> {
  // One that is not there, or does not run, is ended already.
  for (const call of file.end) await answerOf(call).catch(() => undefined);
  try {
    await rm(file.path, { force: true });
  } catch (error) {
    throw toStorageError(error, `cannot remove ${file.path}`, 'create');
  }
  for (const call of file.forget) await answerOf(call).catch(() => undefined);
  out.result({ path: file.path, verb }, [`${verb} is no service any more (${file.path} is gone)`]);
  return ExitStatus.ok;
}

async function status(
  verb: ServiceVerb,
  file: ServiceFile,
  { out }: ProcessContext,
): Promise<number> {
  const { code, text } = await answerOf(file.status);
  const [state = ''] = text.split('\n');
  const isActive = code === 0;
  out.result({ path: file.path, verb, isActive }, [
    `${verb}: ${isActive ? 'active' : state} (${file.path})`,
  ]);
  return isActive ? ExitStatus.ok : ExitStatus.failure;
}

async function requireCall(
  call: readonly [string, ...string[]],
  before: string,
  remedy: string,
): Promise<void> {
  const { code, text } = await answerOf(call);
  if (code === 0) return;
  throw new StorageError(
    'IO_ERROR',
    `${before} ${call.join(' ')} failed: ${text.trim()}; ${remedy}`,
  );
}

/** How a program ended, and what it printed. */
async function answerOf([program, ...words]: readonly [string, ...string[]]): Promise<{
  readonly code: number;
  readonly text: string;
}> {
  return new Promise((onAnswer, onFailed) => {
    execFile(program, words, (error, stdout, stderr) => {
      const code = error?.code ?? 0;
      if (typeof code === 'number') onAnswer({ code, text: stdout + stderr });
      else onFailed(toStorageError(error, `cannot run ${program}`, 'read'));
    });
  });
}
