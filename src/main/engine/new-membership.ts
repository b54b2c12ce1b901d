/**
 * What a change by this client makes the user in a group. Its answer says so as long as it came on the connection on which the
 * change was asked for; one that was asked for again may have been answered long ago, and the tracker is asked how it is now.
 */
import { P2pError } from '../../net/errors.js';
import type { Role } from '../../net/roles.js';
import type { GroupStanding } from '../../net/tracker-api.js';
import type { Memberships } from '../account/memberships.js';
import type { Uploads } from '../sharing/uploads.js';
import type { Online } from './online.js';

export interface MembershipOwners {
  readonly memberships: Pick<Memberships, 'learn' | 'listCount'>;
  readonly uploads: Pick<Uploads, 'onStanding'>;
  readonly online: Pick<Online, 'learnMembershipsAgain'>;
}

/** Carries out a change that lets the user in, and learns what came of it. @throws what `change` does */
export async function becomeMember<T extends GroupStanding>(
  { memberships, uploads, online }: MembershipOwners,
  change: () => Promise<T>,
  roleOf: (answer: T) => Role,
): Promise<T> {
  const { listCount } = memberships;
  const answer = await change();
  if (memberships.listCount === listCount) {
    const { groupId, incarnation, epoch } = answer;
    memberships.learn({ groupId, incarnation, role: roleOf(answer) });
    uploads.onStanding({ groupId, incarnation, epoch });
    return answer;
  }
  try {
    await online.learnMembershipsAgain();
  } catch (error) {
    // It is done all the same, and the next session begins with the list.
    if (!(error instanceof P2pError)) throw error;
  }
  return answer;
}
