/** Which servers a tracker is told to use besides. A password is taken from nowhere that others can read. */
import { checkDatabaseUrl, hasPassword } from '../../net/database-url.js';
import { checkPresenceUrl, hasPresencePassword } from '../../net/presence-url.js';
import { UsageError } from '../../net/errors.js';
import { textOption, type Given } from '../cli/command.js';
import type { TrackerLaunch } from '../cli/process-context.js';
import type { Environment } from '../terminal/environment.js';

/** `--database`, else `P2P_DATABASE`, in which a password may stand: the list of processes shows the other one. */
export function databaseOf(
  given: Given,
  { env }: Pick<Environment, 'env'>,
): Pick<TrackerLaunch, 'databaseUrl'> {
  const named = namedDatabase(
    given,
    'give this address in P2P_DATABASE, or the password in PGPASSWORD or ~/.pgpass',
  );
  const url = named ?? env['P2P_DATABASE'];
  if (url === undefined || (named === undefined && url === '')) return {};
  return { databaseUrl: checkDatabaseUrl(url) };
}

/**
 * What `--database` says; `instead` tells where a password may stand.
 * @throws UsageError when it is no address, or has a password
 */
export function namedDatabase(given: Given, instead: string): string | undefined {
  const named = textOption(given, 'database');
  if (named === undefined) return undefined;
  if (hasPassword(checkDatabaseUrl(named))) {
    throw new UsageError(`a password is never taken from the argument list; ${instead}`);
  }
  return named;
}

/**
 * `--presence`, else `P2P_PRESENCE`, in which a password may stand.
 * @throws UsageError when it is none, or there is no database that others could share
 */
export function presenceOf(
  given: Given,
  { env }: Pick<Environment, 'env'>,
  databaseUrl: string | undefined,
): Pick<TrackerLaunch, 'presenceUrl'> {
  const named = namedPresence(given, 'give this address in P2P_PRESENCE');
  const url = named ?? env['P2P_PRESENCE'];
  if (url === undefined || (named === undefined && url === '')) return {};
  if (databaseUrl === undefined) {
    throw new UsageError(
      'trackers that share a presence server share a PostgreSQL database, too; name it with --database or P2P_DATABASE',
    );
  }
  return { presenceUrl: checkPresenceUrl(url) };
}

/**
 * What `--presence` says; `instead` tells where a password may stand.
 * @throws UsageError when it is no address, or has a password
 */
export function namedPresence(given: Given, instead: string): string | undefined {
  const named = textOption(given, 'presence');
  if (named === undefined) return undefined;
  if (hasPresencePassword(checkPresenceUrl(named))) {
    throw new UsageError(`a password is never taken from the argument list; ${instead}`);
  }
  return named;
}
