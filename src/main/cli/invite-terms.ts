/** What an invite or a link is good for, as `--uses` and `--for` say it. */
import { UsageError } from '../../net/errors.js';
import { MAX_INVITE_LIFETIME_MS, MAX_INVITE_USES } from '../../net/limits.js';
import { INVITED_ROLES, type InvitedRole } from '../../net/roles.js';
import { parseCount, parseDurationMs } from '../terminal/quantities.js';
import { textOption, type Given } from './command.js';

const DEFAULT_USES = '1';
const DEFAULT_LIFETIME = '2d';

/** What a link makes of who comes by it. @throws UsageError */
export function invitedRoleOf(given: Given): InvitedRole {
  const word = textOption(given, 'role') ?? 'member';
  const role = INVITED_ROLES.find((one) => one === word);
  if (role !== undefined) return role;
  throw new UsageError(`--role is ${INVITED_ROLES.join(' or ')}; more is given with \`role\``);
}

export interface InviteTerms {
  readonly uses: number;
  readonly lifetimeMs: number;
}

/** `whom`: what is counted, for the message about a number that is none. @throws UsageError */
export function inviteTermsOf(given: Given, whom: string): InviteTerms {
  const uses = textOption(given, 'uses') ?? DEFAULT_USES;
  const life = textOption(given, 'for') ?? DEFAULT_LIFETIME;
  const lifetimeMs = parseDurationMs(life);
  if (lifetimeMs <= 0 || lifetimeMs > MAX_INVITE_LIFETIME_MS) {
    throw new UsageError(`"${life}" is out of bounds; choose a time of up to 365d`);
  }
  return { uses: parseCount(uses, `a number of ${whom}`, 1, MAX_INVITE_USES), lifetimeMs };
}
