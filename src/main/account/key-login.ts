/**
 * Logging in by this device's key, without a password: to the account that it opens, or to one that is
 * made for it. Decides by what the tracker answers and owns nothing.
 */
import { TrackerError } from '../../net/errors.js';
import type { TrackerMethods } from '../../net/tracker-api.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';

type Login = TrackerMethods['loginByKey']['result'];

/** How an account is made when the key opens none. */
export interface NewKeyAccount {
  /** Tried in this order; at least one. */
  readonly userIds: readonly string[];
  /** Nothing is made when this is not good. */
  readonly groupInvite?: { readonly groupId: string; readonly secret: string };
}

/**
 * Logs in to the account that the key opens.
 * @throws TrackerError NO_SUCH_USER when it opens none, or another user's
 */
export async function openByKey(calls: TrackerCalls, userId: string): Promise<Login> {
  const login = await calls.call('loginByKey', { calls: true });
  if (login.userId === userId) return login;
  await calls.call('logout', {});
  throw new TrackerError(
    'NO_SUCH_USER',
    `the key of this device opens the account of ${login.userId}; log in as that user`,
  );
}

/**
 * The same, and makes an account first when the key opens none.
 * @throws TrackerError USER_EXISTS when all the names are taken, and as `createUser`
 */
export async function openOrMakeByKey(
  calls: TrackerCalls,
  account: NewKeyAccount,
): Promise<{ readonly login: Login; readonly isNewAccount: boolean }> {
  try {
    return { login: await calls.call('loginByKey', { calls: true }), isNewAccount: false };
  } catch (error) {
    if (!hasCode(error, 'NO_SUCH_USER')) throw error;
  }
  await makeAccount(calls, account);
  return { login: await calls.call('loginByKey', { calls: true }), isNewAccount: true };
}

async function makeAccount(
  calls: TrackerCalls,
  { userIds, groupInvite }: NewKeyAccount,
): Promise<void> {
  for (const [index, userId] of userIds.entries()) {
    try {
      await calls.call('createUser', { userId, ...(groupInvite && { groupInvite }) });
      return;
    } catch (error) {
      if (!hasCode(error, 'USER_EXISTS') || index === userIds.length - 1) throw error;
    }
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof TrackerError && error.code === code;
}
