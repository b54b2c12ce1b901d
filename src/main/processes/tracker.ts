/**
 * `tracker`: starts a tracker. The tracker itself is a part that bin/p2p.js hands in, because
 * nothing under src/main may import src/tracker.
 */
import { join, resolve } from 'node:path';
import { UsageError } from '../../net/errors.js';
import { isEveryAddress } from '../../net/listen-host.js';
import type { PeerAddress, Registration } from '../../net/tracker-api.js';
import { isTrackerHost } from '../../net/tracker-host.js';
import { argument, isSwitchedOn, listOption, textOption, type Given } from '../cli/command.js';
import { relayOf } from '../cli/engine-options.js';
import type { Environment } from '../terminal/environment.js';
import { databaseOf, presenceOf } from './tracker-database.js';
import { foregroundInput } from '../terminal/foreground.js';
import { openHome } from '../home/home.js';
import type { ProcessContext, TrackerLaunch } from '../cli/process-context.js';
import {
  parseAddress,
  parseCount,
  parseHost,
  parsePeerTransport,
  parsePort,
} from '../terminal/quantities.js';
import { parseTrackers } from '../terminal/tracker-address.js';

/** Most that `--accounts-per-day` takes: as good as no bound. */
const MAX_ACCOUNTS_PER_DAY = 1_000_000;

export async function run(
  { parts, environment, out, loudness }: ProcessContext,
  given: Given,
): Promise<number> {
  const isQuiet = loudness === 'quiet';
  const host = parseHost(argument(given, 'tracker_ip'));
  const port = parsePort(argument(given, 'tracker_port'));
  const peerTransport = parsePeerTransport(textOption(given, 'peer-transport') ?? 'tls');
  const logFormat = parseLogFormat(
    textOption(given, 'log-format') ?? (out.isJson ? 'json' : 'text'),
  );
  const own = {
    host,
    port,
    peerTransport,
    logFormat,
    isQuiet,
    ...certificateOf(given, environment.cwd),
  };
  const bounds = boundsOf(given);
  const announce = announcedOf(given);
  const dataDir = await dataDirOf(given, environment);
  const database = databaseOf(given, environment);
  const presence = presenceOf(given, environment, database.databaseUrl);
  const isNew = isSwitchedOn(given, 'new');
  const onListening = (line: string): void => environment.supervisor?.ready({ line, value: {} });
  const input = foregroundInput(environment.stdin);
  try {
    return await parts.runTracker(
      { ...own, ...bounds, announce, ...database, ...presence, dataDir, isNew, onListening },
      { ...environment, stdin: input.stdin },
    );
  } finally {
    input.close();
  }
}

/** `--data`, else a folder in the home: one machine, one user, one tracker. */
export async function dataDirOf(given: Given, { env, cwd }: Environment): Promise<string> {
  const named = textOption(given, 'data');
  if (named !== undefined) return resolve(cwd, named);
  return join((await openHome(env)).path, 'tracker');
}

function boundsOf(
  given: Given,
): Pick<
  TrackerLaunch,
  'metricsAddress' | 'accountsPerDay' | 'registration' | 'relayBytesPerSecond'
> {
  const registration = textOption(given, 'registration');
  const metrics = textOption(given, 'metrics');
  const accounts = textOption(given, 'accounts-per-day');
  return {
    ...(registration !== undefined && { registration: parseRegistration(registration) }),
    ...(metrics !== undefined && { metricsAddress: parseAddress(metrics) }),
    ...relayOf(given),
    ...(accounts !== undefined && {
      accountsPerDay: parseCount(accounts, 'a number of accounts', 0, MAX_ACCOUNTS_PER_DAY),
    }),
  };
}

/** What clients are told, who may be anywhere. @throws UsageError */
function announcedOf(given: Given): readonly PeerAddress[] {
  const announced = parseTrackers(listOption(given, 'announce'));
  for (const { host, port } of announced) {
    if (port !== 0 && isTrackerHost(host) && !isEveryAddress(host)) continue;
    throw new UsageError(
      '--announce wants an address, or a name, and a port that clients can dial',
    );
  }
  return announced;
}

function certificateOf(
  given: Given,
  cwd: string,
): Pick<TrackerLaunch, 'tlsCertPath' | 'tlsKeyPath'> {
  const cert = textOption(given, 'tls-cert');
  const key = textOption(given, 'tls-key');
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    throw new UsageError('--tls-cert and --tls-key belong together; give both or none');
  }
  return { tlsCertPath: resolve(cwd, cert), tlsKeyPath: resolve(cwd, key) };
}

function parseRegistration(text: string): Registration {
  if (text === 'open' || text === 'invite' || text === 'closed') return text;
  throw new UsageError(`"${text}" is not a way of registration; write open, invite or closed`);
}

function parseLogFormat(text: string): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new UsageError(`"${text}" is not a log format; write text or json`);
}
