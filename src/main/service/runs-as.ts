/** As whom a service of the machine runs, and in whose home. Rules alone, but for the list of users. */
import { UsageError } from '../../net/errors.js';
import type { Service, ServiceVerb } from './service.js';
import { readUserEntry, type UserEntry } from './user-entry.js';

type Env = Readonly<Record<string, string | undefined>>;

const ROOT = 0;

/** Who installs it: root is somebody who typed `sudo`, where that is known. @throws UsageError */
export async function installingUser(
  env: Env,
  own: UserEntry,
  platform: string,
  entryOf: typeof readUserEntry = readUserEntry,
): Promise<UserEntry> {
  const typedBy = env['SUDO_USER'];
  return typedBy && own.uid === ROOT ? entryOf(typedBy, platform) : own;
}

/** The variables that say where the home of that user is: those of root say where root's is. */
export function homeEnvironmentOf(user: UserEntry, own: UserEntry, env: Env): Env {
  if (env['P2P_HOME'] || user.uid === own.uid) return env;
  return { ...env, HOME: user.homePath, XDG_DATA_HOME: undefined };
}

export interface RunsAsTerms {
  readonly verb: ServiceVerb;
  readonly scope: Service['scope'];
  readonly platform: string;
  /** It was told where its data is. */
  readonly hasData: boolean;
  readonly user: UserEntry;
}

/** Only systemd makes a user for a service. @throws UsageError where it would be root for no reason */
export function runsAs({ verb, scope, platform, hasData, user }: RunsAsTerms): Service['runsAs'] {
  const isOfMachine = scope === 'system';
  if (isOfMachine && platform === 'linux' && verb === 'tracker' && !hasData) return 'own-user';
  if (isOfMachine && platform === 'darwin' && user.uid === ROOT) {
    throw new UsageError(
      'launchd would run it as root; log in as the user that it is to run as and use sudo',
    );
  }
  return { user: user.user };
}

/** What lies in a home that is somebody else's would be out of its reach, or theirs. @throws UsageError */
export function requireOwnHome(homePath: string, ownerId: number, user: UserEntry): void {
  if (ownerId === user.uid) return;
  throw new UsageError(
    `the service would run as ${user.user}, to whom the home folder ${homePath} does not belong; say with P2P_HOME where the home of ${user.user} is, or use sudo as its owner`,
  );
}
