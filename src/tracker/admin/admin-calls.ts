/**
 * What the operator may ask of a running tracker. It is judged and carried out in turns, like what clients ask, and
 * what follows from it is felt like what follows from that.
 */
import * as v from 'valibot';
import {
  adminParams,
  isAdminMethod,
  type AdminMethod,
  type AdminMethods,
} from '../../net/admin-api.js';
import { TrackerError } from '../../net/errors.js';
import { QUOTA_FIGURES, type QuotaBounds, type QuotaKind } from '../../net/quota.js';
import { createOneTimePassword } from '../accounts/one-time-password.js';
import { inLook, inTurn, type TrackerContext, type Turn } from '../context.js';
import { accountDisabled, MOST_GROUPS_EVER, requireEnabled, standingOf } from '../logins.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { allowancesOf } from '../quotas.js';
import { decideAppointment, GOVERNORS } from '../role-rules.js';
import { standingIn } from '../role-turn.js';
import type { StoreFacts } from '../store/store.js';
import type { StoredGroup } from '../store/stored.js';
import type { AdminCalls } from './admin-server.js';

type Call<M extends AdminMethod> = (
  context: TrackerContext,
  params: AdminMethods[M]['params'],
  caller: object,
) => Promise<AdminMethods[M]['result']>;

/** Carries out what is asked over the tracker's own socket. */
export function createAdminCalls(context: TrackerContext): AdminCalls {
  return async (method, params, caller) => {
    if (!isAdminMethod(method) || method === 'hello') {
      throw new TrackerError('BAD_REQUEST', 'the tracker does not know this request; update it');
    }
    return run(method, context, params, caller);
  };
}

type AskedMethod = Exclude<AdminMethod, 'hello'>;

function run<M extends AskedMethod>(
  method: M,
  context: TrackerContext,
  params: unknown,
  caller: object,
): Promise<unknown> {
  const schema: v.GenericSchema<unknown, AdminMethods[M]['params']> = adminParams[method];
  const parsed = v.safeParse(schema, params);
  if (!parsed.success) {
    const where = v.getDotPath(parsed.issues[0]) ?? 'params';
    throw new TrackerError('BAD_REQUEST', `"${where}" of ${method} cannot be used`);
  }
  const call: Call<M> = adminCalls[method];
  return call(context, parsed.output, caller);
}

const listUsers: Call<'users'> = (context, { after }) =>
  inLook(context, async ({ tx }) => {
    const { items, ...rest } = pageOf(
      await tx.listUsers({ after, limit: PAGE_ROWS + 1 }),
      ({ userId }) => userId,
    );
    const allowed = await allowancesOf(tx, { user: items.map(({ userId }) => userId) });
    const users = items.map(({ disabledBecause, ...user }) => ({
      ...user,
      ...(disabledBecause !== undefined && { disabledBecause }),
      allowed: allowed('user', user.userId),
    }));
    return { items: users, ...rest };
  });

const listGroups: Call<'groups'> = (context, { after }) =>
  inLook(context, async ({ tx }) => {
    const { items, ...rest } = pageOf(
      await tx.listSizedGroups({ after, limit: PAGE_ROWS + 1 }),
      ({ groupId }) => groupId,
    );
    const allowed = await allowancesOf(tx, { group: items.map(({ groupId }) => groupId) });
    const groups = items.map(({ groupId, ownerId, createdAtMs, members, files, bytes }) => ({
      ...{ groupId, ownerId, createdAtMs, members, files, bytes },
      allowed: allowed('group', groupId),
    }));
    return { items: groups, ...rest };
  });

const disableUser: Call<'disableUser'> = async (context, { userId, reason }) => {
  const groups = await inTurn(context, async (turn) => {
    await requireUser(turn.tx, userId);
    const wasDisabled = (await turn.tx.findDisabledReason(userId)) !== undefined;
    await turn.tx.setDisabled(userId, reason);
    return wasDisabled ? 0 : shutOut(turn, userId, reason);
  });
  context.log({ level: 'info', event: 'user disabled', fields: { user: userId, reason } });
  return { groups };
};

/** Ends the logins, and has peers refuse the tickets that are out; answers of how many groups. */
async function shutOut({ tx, emit }: Turn, userId: string, reason: string): Promise<number> {
  await tx.removeTokensBut(userId, '');
  const { code, message } = accountDisabled(userId, reason);
  emit({ type: 'logins-ended', userId, keptTokenHash: '', code, message });
  const range = { after: undefined, limit: MOST_GROUPS_EVER };
  const groups = await tx.listMemberships(userId, range);
  for (const group of groups) {
    const epoch = await tx.raiseEpoch(group.groupId);
    // Nor does anybody come in by the user's word.
    await tx.removeGroupInvitesOf(group.groupId, userId);
    emit({ type: 'member-barred', userId, ...standingOf({ ...group, epoch }) });
  }
  return groups.length;
}

const enableUser: Call<'enableUser'> = async (context, { userId }) => {
  const wasDisabled = await inTurn(context, async ({ tx }) => {
    await requireUser(tx, userId);
    const isDisabled = (await tx.findDisabledReason(userId)) !== undefined;
    if (isDisabled) await tx.setDisabled(userId, undefined);
    return isDisabled;
  });
  if (wasDisabled) context.log({ level: 'info', event: 'user enabled', fields: { user: userId } });
  return { wasDisabled };
};

const resetPassword: Call<'resetPassword'> = async (context, { userId }, caller) => {
  await inLook(context, ({ tx }) => requireUser(tx, userId));
  const password = createOneTimePassword();
  const asker = { network: 'the operator', connection: caller };
  const hash = await context.passwords.hash(password, asker);
  await inTurn(context, async ({ tx, emit }) => {
    await requireUser(tx, userId);
    await tx.setPasswordHash(userId, hash);
    await tx.removeTokensBut(userId, '');
    await tx.removeKnownDevicesBut(userId, '');
    await tx.setKeyDevice(userId, undefined);
    const message =
      'the operator of the tracker has set another password; log in again with `login`';
    emit({ type: 'logins-ended', userId, keptTokenHash: '', message });
  });
  context.log({ level: 'info', event: 'password reset', fields: { user: userId } });
  return { password };
};

const appointOwner: Call<'appointOwner'> = async (context, { groupId, userId }) => {
  const isChanged = await inTurn(context, async ({ tx, emit, note }) => {
    const group = await requireGroup(tx, groupId);
    await requireUser(tx, userId);
    await requireEnabled(tx, userId);
    const governorCount = await tx.countMembersOf(groupId, GOVERNORS);
    const standing = await standingIn(tx, groupId, userId);
    if (decideAppointment(groupId, standing, governorCount) === 'unchanged') return false;
    await tx.setRole(groupId, userId, 'owner');
    note({ groupId, action: 'appointed', actor: userId, subjects: [] });
    emit({ type: 'role-changed', userId, role: 'owner', ...standingOf(group) });
    return true;
  });
  if (isChanged) {
    context.log({
      level: 'info',
      event: 'owner appointed',
      fields: { group: groupId, user: userId },
    });
  }
  return { isChanged };
};

const quotas: Call<'quotas'> = (context, { kind, after }) =>
  inLook(context, async ({ tx }) => {
    const set = await tx.listQuotas(kind, { after, limit: PAGE_ROWS + 1 });
    return pageOf(set, ({ id }) => id);
  });

const setQuota: Call<'setQuota'> = async (context, { kind, id, change }) => {
  const quota = await inTurn(context, async ({ tx }) => {
    if (id !== '') await requireHolder(tx, kind, id);
    const before = (await tx.findQuotas({ [kind]: [id] })).find(
      (one) => one.kind === kind && one.id === id,
    );
    const after = { kind, id, ...changed(before ?? {}, change, id === '') };
    await tx.setQuota(after);
    return after;
  });
  context.log({ level: 'info', event: 'quota set', fields: { ...quota } });
  return quota;
};

/** A default without a bound bounds nothing, which is what `none` says there. */
function changed(
  before: QuotaBounds,
  change: AdminMethods['setQuota']['params']['change'],
  isDefault: boolean,
): QuotaBounds {
  const bounds = QUOTA_FIGURES.group.flatMap((figure) => {
    const bound = change[figure] ?? before[figure] ?? 'default';
    return bound === 'default' || (isDefault && bound === 'none') ? [] : [[figure, bound] as const];
  });
  return Object.fromEntries(bounds);
}

/** @throws TrackerError NO_SUCH_USER, NO_SUCH_GROUP */
async function requireHolder(tx: StoreFacts, kind: QuotaKind, id: string): Promise<void> {
  if (kind === 'user') return requireUser(tx, id);
  await requireGroup(tx, id);
}

/** @throws TrackerError NO_SUCH_GROUP */
async function requireGroup(tx: StoreFacts, groupId: string): Promise<StoredGroup> {
  const group = await tx.findGroup(groupId);
  if (group !== undefined) return group;
  throw new TrackerError('NO_SUCH_GROUP', `there is no group ${groupId} on this tracker`);
}

/** @throws TrackerError NO_SUCH_USER */
async function requireUser(tx: StoreFacts, userId: string): Promise<void> {
  if ((await tx.findPasswordHash(userId)) !== undefined) return;
  throw new TrackerError('NO_SUCH_USER', `there is no account ${userId} on this tracker`);
}

const adminCalls: { readonly [M in AskedMethod]: Call<M> } = {
  users: listUsers,
  groups: listGroups,
  disableUser,
  enableUser,
  resetPassword,
  appointOwner,
  quotas,
  setQuota,
};
