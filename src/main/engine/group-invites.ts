/** Links into groups, as this client makes, lists, ends and takes them. */
import { TrackerError } from '../../net/errors.js';
import { createInviteCode, hashInviteCode } from '../../net/invites.js';
import type { GroupInvite, PeerAddress } from '../../net/tracker-api.js';
import type { EngineApi } from '../api/engine-api.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import type { AccountLink } from '../account/account-link.js';
import { addressesOfPort, isThisMachine } from '../sharing/own-candidates.js';
import { showsKey } from '../tracker-link/shows-key.js';
import { listAll } from '../tracker-link/tracker-calls.js';

interface Owners {
  readonly link: Pick<AccountLink, 'promptCalls' | 'requireSession' | 'howMet'>;
}

/** Makes a link into a group; its secret is made here, and known to nobody else yet. */
export async function createInvite(
  { link }: Owners,
  { groupId, ...terms }: Parameters<EngineApi['createInvite']>[0],
): ReturnType<EngineApi['createInvite']> {
  const calls = await link.promptCalls();
  const session = link.requireSession();
  const { tracker } = session;
  const secret = createInviteCode();
  const invite = { groupId, inviteId: hashInviteCode(secret), ...terms };
  const { expiresAtMs } = await calls.call('createInvite', invite);
  const met = await link.howMet(session);
  const expected: ExpectedTracker =
    met?.how === 'key' ? { how: 'key', deviceId: met.trackerId } : { how: 'authority' };
  // Where an authority vouches, it does for a name: that at which the tracker was met.
  const [announced] = expected.how === 'key' ? (session.info.trackers ?? []) : [];
  const told =
    announced ??
    (expected.how === 'key' ? await whereOthersAre(tracker, expected.deviceId) : tracker);
  return { tracker: told, expected, groupId, secret, expiresAtMs };
}

/** A tracker on this machine is told by an address that others have a way to, if it listens there. */
async function whereOthersAre(tracker: PeerAddress, deviceId: string): Promise<PeerAddress> {
  if (!isThisMachine(tracker.host)) return tracker;
  for (const candidate of addressesOfPort(tracker.port)) {
    if (await showsKey(candidate, deviceId)) return candidate;
  }
  return tracker;
}

export async function listInvites(
  { link }: Owners,
  groupId: string,
): Promise<readonly GroupInvite[]> {
  return listAll(await link.promptCalls(), 'listInvites', { groupId });
}

/** Ends the one whose id begins so. @throws TrackerError INVITE_INVALID */
export async function revokeInvite(owners: Owners, groupId: string, id: string): Promise<void> {
  const all = await listInvites(owners, groupId);
  const [found, ...others] = all.filter(({ inviteId }) => inviteId.startsWith(id));
  if (found === undefined || others.length > 0) throw notOneInvite(groupId, id, others.length);
  const { inviteId } = found;
  await (await owners.link.promptCalls()).call('revokeInvite', { groupId, inviteId });
}

function notOneInvite(groupId: string, id: string, others: number): TrackerError {
  const what =
    others > 0
      ? `the ids of ${others + 1} links into ${groupId} begin with ${id}; give more of it`
      : `no link into ${groupId} has an id that begins with ${id}; \`invites\` shows them`;
  return new TrackerError('INVITE_INVALID', what);
}
