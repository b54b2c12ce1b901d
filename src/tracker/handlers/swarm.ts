/** Requests about who is online with what: going online, announcing, watching, tickets. */
import { plainAddress, withoutZone } from '../../net/address-scope.js';
import { TrackerError, type ErrorCode } from '../../net/errors.js';
import type {
  Announcement,
  IssuedTicket,
  LanKey,
  TrackerMethods,
  TrackerNotifications,
} from '../../net/tracker-api.js';
import {
  deviceOf,
  inUserLook,
  userOf,
  type Call,
  type Handler,
  type Handlers,
  type TrackerContext,
} from '../context.js';
import { answerAtOnce, knownMembership, mayAnswerAtOnce } from '../known-membership.js';
import { inMemberLook, type Membership } from '../member-turn.js';
import { candidatesOf, isNobodys } from '../reach/candidates.js';
import type { Session } from '../sessions/session.js';
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
  if (mayAnswerAtOnce(call) && areKnown(call, files)) {
    return answerAtOnce(call, () => announceKnown(call, deviceId, files));
  }
  return inUserLook(call, async ({ tx, userId }) => {
    requireOnline(context, deviceId, session);
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
  const known = knownMembership(call, groupId);
  // What a name stands for was not replaced.
  if (known && context.view.isShared(groupId, fileId)) {
    return answerAtOnce(call, () => {
      const peers = session.isOpen ? context.watches.add(session, groupId, fileId) : [];
      return { peers, ...ticketFor(call, deviceId, known) };
    });
  }
  return inMemberLook(call, groupId, async ({ tx, userId, group, role }) => {
    if (!(await tx.hasContent(groupId, fileId))) {
      throw new TrackerError('NO_SUCH_FILE', 'nobody shares this file in this group any more');
    }
    const peers = session.isOpen ? context.watches.add(session, groupId, fileId) : [];
    const replaced = await tx.findReplacement(groupId, fileId);
    const found = { peers, ...ticketFor(call, deviceId, { userId, group, role }) };
    return replaced ? { ...found, replaced } : found;
  });
};

const unwatch: Handler<'unwatch'> = async ({ context, session }, { groupId, fileId }) => {
  context.watches.remove(session, groupId, fileId);
  return {};
};

const ticket: Handler<'ticket'> = async (call, { groupId }) => {
  const deviceId = deviceOf(call.session);
  const known = knownMembership(call, groupId);
  if (known) return answerAtOnce(call, () => ticketFor(call, deviceId, known));
  return inMemberLook(call, groupId, async (membership) => ticketFor(call, deviceId, membership));
};

const lanKeys: Handler<'lanKeys'> = (call, { groupIds }) =>
  inUserLook(call, async ({ tx, userId }) => {
    const keys: LanKey[] = [];
    for (const groupId of new Set(groupIds)) {
      // Of a group in which the user is not, nothing is kept in memory.
      if ((await tx.findRole(groupId, userId)) === undefined) continue;
      const group = await tx.findGroup(groupId);
      if (group) keys.push(call.context.tickets.lanKeyOf(group));
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

/** True when it takes no look at the store to judge these. */
function areKnown({ context: { view }, session }: Call, files: readonly Announcement[]): boolean {
  const userId = userOf(session);
  return files.every(
    ({ groupId, fileId, state }) =>
      state === 'gone' ||
      (view.role(groupId, userId) !== undefined && view.isShared(groupId, fileId)),
  );
}

/** Takes announcements of contents that names stand for, by a member of their groups. */
function announceKnown(
  call: Call,
  deviceId: string,
  files: readonly Announcement[],
): TrackerMethods['announce']['result'] {
  requireOnline(call.context, deviceId, call.session);
  const refused: { groupId: string; fileId: string; code: ErrorCode }[] = [];
  for (const file of files) {
    const code = record(call, deviceId, file);
    if (code) refused.push({ groupId: file.groupId, fileId: file.fileId, code });
  }
  return { refused };
}

/** @throws TrackerError BAD_REQUEST */
function requireOnline({ presence }: TrackerContext, deviceId: string, session: Session): void {
  if (presence.isHolder(deviceId, session)) return;
  throw new TrackerError('BAD_REQUEST', 'this client is not online; call goOnline first');
}

function ticketFor(
  { context: { tickets } }: Call,
  deviceId: string,
  { userId, group, role }: Membership,
): IssuedTicket {
  return tickets.issue({ userId, deviceId, role, ...group });
}

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
