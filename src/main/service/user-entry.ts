/** What this machine's list of users says of one. Node reads only the entry of its own user. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';

export interface UserEntry {
  readonly user: string;
  readonly uid: number;
  /** Absolute. */
  readonly homePath: string;
}

/** @throws UsageError for a user who is not in it */
export async function readUserEntry(user: string, platform: string): Promise<UserEntry> {
  const [program, ...words] =
    platform === 'darwin' ? ['id', '-P', user] : ['getent', 'passwd', user];
  const { stdout } = await promisify(execFile)(program, words).catch(() => ({ stdout: '' }));
  const entry = parseUserEntry(stdout);
  if (entry !== undefined) return entry;
  throw new UsageError(
    `the list of users of this machine has no ${display(user, 64)}; log in as the user that the service is to run as and use sudo`,
  );
}

/** A line of the form of passwd(5). That of a Mac has fields in the middle that others do not have. */
export function parseUserEntry(line: string): UserEntry | undefined {
  const fields = line.trimEnd().split(':');
  const [user, , uid] = fields;
  const homePath = fields.at(-2);
  if (fields.length < 7 || !user || !/^\d+$/.test(uid!) || !homePath?.startsWith('/')) {
    return undefined;
  }
  return { user, uid: Number(uid), homePath };
}
