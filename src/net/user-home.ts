/**
 * The home folder of the user of this process: HOME, else what the system knows of the user. Not
 * `os.homedir()`, which takes an empty HOME for the present folder and throws for a user without an entry.
 */
import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/** Its absolute path; undefined when there is none, as for a bare user id in a container. */
export function userHome(
  env: Readonly<Record<string, string | undefined>>,
  entryOf: () => string = entryOfUser,
): string | undefined {
  const { HOME: named } = env;
  if (named !== undefined && isAbsolute(named)) return named;
  try {
    const entry = entryOf();
    return isAbsolute(entry) ? entry : undefined;
  } catch {
    // This user id is not in the system's list.
    return undefined;
  }
}

function entryOfUser(): string {
  return userInfo().homedir;
}
