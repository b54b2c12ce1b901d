/** Requests about who is online with what: going online, announcing, watching, tickets. */
import { plainAddress, withoutZone } from '../../net/address-scope.js';
import { TrackerError, type ErrorCode } from '../../net/errors.js';
import type { Announcement, LanKey, TrackerNotifications } from '../../net/tracker-api.js';
import { deviceOf, inUserLook, type Call, type Handler, type Handlers } from '../context.js';
import { inMemberLook } from '../member-turn.js';
import { candidatesOf, isNobodys } from '../reach/candidates.js';
import type { StoreFacts } from '../store/store.js';

const goOnline: Handler<'goOnline'> = async (call, params) => {
  const { context, session } = call;
  const deviceId = deviceOf(session);
  const { dialled: addresses, local } = candidatesOf(params.addresses, session.address);
  if (addresses.length === 0 && params.addresses.every(({ host }) => isNobodys(host))) {
    throw new TrackerError(
      'BAD_REQUEST',
      'no peer can be reached at such an address; serve on one that others can dial',
    );
  }
  return inUserLook(call, async ({ emit, userId }) => {
    // In the clear there are no calls, and nothing to relay.
    const relays = params.relays === true && context.peerTransport === 'tls';
    emit({ type: 'device-online', deviceId, userId, addresses, local, relays });
    return { addresses, seen: withoutZone(plainAddress(session.address)) };
  });
};

const announce: Handler<'announce'> = async (call, { files }) => {
  const { context, session } = call;
  const deviceId = deviceOf(session);
  return inUserLook(call, async ({ tx, userId }) => {
    if (!context.presence.isHolder(deviceId, session)) {
      throw new TrackerError('BAD_REQUEST', 'this client is not online; call goOnline first');
    }
    const refused: { groupId: string; fileId: string; code: ErrorCode }[] = [];
    const replaced: TrackerNotifications['replaced'][] = [];
    const isMember = new Map<string, boolean>();
    for (const file of files) {
      const { groupId, fileId } = file;
      const member = isMember.get(groupId) ?? (await tx.findRole(groupId, userId)) !== undefined;
      isMember.set(groupId, member);
      // Nothing is stored here, so that presence may change before the turn ends.
      const standing = await standingOf(tx, file, member);
      const code = refusal(file, member, standing) ?? record(call, deviceId, file);
      if (code) refused.push({ groupId, fileId, code });
      if (code || standing !== 'former') continue;
      const by = await tx.findReplacement(groupId, fileId);
      if (by) replaced.push({ groupId, fileId, ...by });
    }
    return replaced.length > 0 ? { refused, replaced } : { refused };
  });
};

const watch: Handler<'watch'> = async (call, { groupId, fileId }) => {
  const { context, session } = call;
  const deviceId = deviceOf(session);
  return inMemberLook(call, groupId, async ({ tx, userId, group, role }) => {
    if (!(await tx.hasContent(groupId, fileId))) {
      throw new TrackerError('NO_SUCH_FILE', 'nobody shares this file in this group any more');
    }
    const peers = session.isOpen ? context.watches.add(session, groupId, fileId) : [];
    const replaced = await tx.findReplacement(groupId, fileId);
    const found = { peers, ...context.tickets.issue({ userId, deviceId, role, ...group }) };
    return replaced ? { ...found, replaced } : found;
  });
};

const unwatch: Handler<'unwatch'> = async ({ context, session }, { groupId, fileId }) => {
  context.watches.remove(session, groupId, fileId);
  return {};
};

const ticket: Handler<'ticket'> = async (call, { groupId }) => {
  const deviceId = deviceOf(call.session);
  return inMemberLook(call, groupId, async ({ userId, group, role }) =>
    call.context.tickets.issue({ userId, deviceId, role, ...group }),
  );
};

const lanKeys: Handler<'lanKeys'> = (call, { groupIds }) =>
  inUserLook(call, async ({ tx, userId }) => {
    const keys: LanKey[] = [];
    for (const groupId of new Set(groupIds)) {
      const group = await tx.findGroup(groupId);
      if (!group || (await tx.findRole(groupId, userId)) === undefined) continue;
      keys.push(call.context.tickets.lanKeyOf(group));
    }
    return { keys };
  });

export const swarmHandlers = {
  goOnline,
  announce,
  watch,
  unwatch,
  ticket,
  lanKeys,
} satisfies Partial<Handlers>;

type Standing = Awaited<ReturnType<StoreFacts['contentStanding']>>;

async function standingOf(
  tx: StoreFacts,
  { groupId, fileId, state }: Announcement,
  isMember: boolean,
): Promise<Standing> {
  return state === 'gone' || !isMember ? undefined : tx.contentStanding(groupId, fileId);
}

function refusal(
  { state }: Announcement,
  isMember: boolean,
  standing: Standing,
): ErrorCode | undefined {
  if (state === 'gone') return undefined;
  if (!isMember) return 'NOT_A_MEMBER';
  return standing === undefined ? 'NO_SUCH_FILE' : undefined;
}

function record(
  { context: { presence }, session }: Call,
  deviceId: string,
  { groupId, fileId, state }: Announcement,
): ErrorCode | undefined {
  // The connection may have gone while the store was asked.
  if (!presence.isHolder(deviceId, session)) return 'NOT_LOGGED_IN';
  if (state === 'gone') presence.withdraw(deviceId, groupId, fileId);
  else if (!presence.announce(deviceId, groupId, fileId, state === 'complete')) {
    return 'LIMIT_REACHED';
  }
  return undefined;
}
