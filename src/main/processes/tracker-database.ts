/** Which database server a tracker is told to use. A password is taken from nowhere that others can read. */
import { checkDatabaseUrl, hasPassword } from '../../net/database-url.js';
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
