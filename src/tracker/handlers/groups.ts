/** Requests about groups: making, joining, leaving and listing them. */
import { TrackerError } from '../../net/errors.js';
import { requireCleared } from '../clearing-turn.js';
import { inUserLook, inUserTurn, type Handler, type Handlers } from '../context.js';
import { checkGroupCount, checkJoin, existing, notMember } from '../group-rules.js';
import { standingOf, toMembership } from '../logins.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { inMemberLook } from '../member-turn.js';
import { removeFromGroup } from '../removal.js';
import { GOVERNORS } from '../role-rules.js';

const createGroup: Handler<'createGroup'> = (call, { groupId }) =>
  inUserTurn(call, async ({ tx, emit, note, willNote, userId }) => {
    const { nowMs, createIncarnation } = call.context;
    const [present, isLookAlike, groupCount] = await Promise.all([
      tx.findGroup(groupId),
      tx.isLookAlike('group', groupId),
      tx.countGroupsOf(userId),
    ]);
    if (present) throw groupExists(groupId);
    if (isLookAlike) throw groupLooksTaken(groupId);
    checkGroupCount(groupCount);
    const group = { groupId, creatorId: userId, incarnation: createIncarnation() };
    if (!(await tx.addGroup(group, nowMs()))) {
      // The one that had the id before has ended, and its rows are still there.
      await requireCleared(call.context, tx, { groupId });
      throw groupExists(groupId);
    }
    await tx.addMember(groupId, userId, 'owner', nowMs());
    willNote(groupId);
    const standing = standingOf(existing(await tx.findGroup(groupId)));
    note({ groupId, action: 'create', actor: userId, subjects: [] });
    emit({ type: 'group-created', userId, ...standing });
    return standing;
  });

const joinGroup: Handler<'joinGroup'> = (call, { groupId }) => {
  let isCounted = false;
  return inUserTurn(call, async ({ tx, emit, userId }) => {
    const { joinPace, nowMs } = call.context;
    const { network } = call.session;
    const [found, role, hasRequest, isShutOut, groupCount, requestCount, ofNetwork, governors] =
      await Promise.all([
        tx.findGroup(groupId),
        tx.findRole(groupId, userId),
        tx.hasRequest(groupId, userId),
        tx.isShutOut(groupId, userId, call.session.deviceId),
        tx.countGroupsOf(userId),
        tx.countRequests(groupId),
        tx.countRequests(groupId, network),
        tx.listMembersOf(groupId, GOVERNORS),
      ]);
    const isMember = role !== undefined;
    const facts = { isMember, hasRequest, isShutOut, groupCount, requestCount };
    checkJoin(existing(found), { ...facts, networkRequestCount: ofNetwork });
    // Last, so that only what would be a notice to the owners counts; once, however often a store carries it out.
    if (!isCounted) joinPace.take(userId, groupId);
    isCounted = true;
    await tx.addRequest(groupId, userId, nowMs(), network);
    emit({ type: 'join-requested', groupId, userId, governors });
    return {};
  });
};

const leaveGroup: Handler<'leaveGroup'> = (call, { groupId }) =>
  inUserTurn(call, async (turn) => {
    const { userId, tx } = turn;
    turn.willNote(groupId);
    const [found, role, hasRequest] = await Promise.all([
      tx.findGroup(groupId),
      tx.findRole(groupId, userId),
      tx.hasRequest(groupId, userId),
    ]);
    const group = existing(found);
    if (hasRequest && (await tx.removeRequest(groupId, userId))) return { groupEnded: false };
    if (role === undefined) throw notMember(group);
    turn.note({ groupId, action: 'leave', actor: userId, subjects: [] });
    const end = await removeFromGroup(turn, group, { userId, type: 'member-removed' });
    if (end.outcome === 'new-owner') return { newOwner: end.userId, groupEnded: false };
    return { groupEnded: end.outcome === 'group-ended' };
  });

const listGroups: Handler<'listGroups'> = (call, { after }) =>
  inUserLook(call, async ({ tx }) =>
    pageOf(await tx.listGroupIds({ after, limit: PAGE_ROWS + 1 }), (groupId) => groupId),
  );

const listMembers: Handler<'listMembers'> = (call, { groupId, after }) =>
  inMemberLook(call, groupId, async ({ tx }) => {
    const range = { after, limit: PAGE_ROWS + 1 };
    return pageOf(await tx.listMembers(groupId, range), ({ userId }) => userId);
  });

const listMemberships: Handler<'listMemberships'> = (call, { after }) =>
  inUserLook(call, async ({ tx, userId }) => {
    const groups = await tx.listMemberships(userId, { after, limit: PAGE_ROWS + 1 });
    return pageOf(groups.map(toMembership), ({ groupId }) => groupId);
  });

export const groupHandlers = {
  createGroup,
  joinGroup,
  leaveGroup,
  listMembers,
  listGroups,
  listMemberships,
} satisfies Partial<Handlers>;

function groupLooksTaken(groupId: string): TrackerError {
  const message = `the group id ${groupId} is too much like an existing name; choose another one`;
  return new TrackerError('GROUP_EXISTS', message);
}

function groupExists(groupId: string): TrackerError {
  return new TrackerError('GROUP_EXISTS', `the group ${groupId} exists; choose another name`);
}
