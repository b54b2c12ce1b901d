/** Why a link for guests is not made, or not found, in words for its maker. Pure. */
import { TrackerError } from '../../net/errors.js';
import { MAX_GUEST_LINKS } from '../../net/limits.js';

export function noGateway(): never {
  throw new TrackerError(
    'NO_GATEWAY',
    'guests have no way in here: start `serve` with --gateway PORT, and make the link while it runs',
  );
}

export function readersHaveNoGuests(groupId: string): TrackerError {
  return new TrackerError(
    'READ_ONLY',
    `you are a reader of ${groupId}: links for guests are for its members; an owner can make you one`,
  );
}

export function tooMany(): TrackerError {
  return new TrackerError(
    'LIMIT_REACHED',
    `${MAX_GUEST_LINKS} links for guests are good already; end one with \`links\` --revoke first`,
  );
}

export function notOne(beginning: string, others: number): TrackerError {
  const what =
    others > 0
      ? `the ids of ${others + 1} links for guests begin with ${beginning}; give more of it`
      : `no link for guests has an id that begins with ${beginning}; \`links\` shows them`;
  return new TrackerError('NO_SUCH_LINK', what);
}
