/** All groups with what the tracker tells of each. Owns no state. */
import type { GroupRow } from '../../net/tracker-api.js';
import type { Memberships } from '../account/memberships.js';
import { listAll, type TrackerCalls } from '../tracker-link/tracker-calls.js';
import { unlessUnknown } from '../tracker-link/unless-unknown.js';

/** A tracker of before tells their names alone; what this user is in each is known here. @throws P2pError */
export async function describedGroups(
  calls: TrackerCalls,
  memberships: Pick<Memberships, 'roleIn'>,
): Promise<readonly GroupRow[]> {
  const described = await unlessUnknown(listAll(calls, 'describeGroups', {}));
  if (described) return described;
  const names = await listAll(calls, 'listGroups', {});
  return names.map((groupId) => {
    const role = memberships.roleIn(groupId);
    return { groupId, ...(role && { role }) };
  });
}
