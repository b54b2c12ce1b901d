/** Requests about accounts and logins. Passwords are hashed outside of turns. */
import { TrackerError } from '../../net/errors.js';
import {
  MAX_KNOWN_DEVICES_PER_USER,
  MAX_TOKENS_PER_USER,
  SESSION_LIFETIME_MS,
} from '../../net/limits.js';
import { hashInviteCode } from '../../net/invites.js';
import type { SessionInfo, TrackerMethods } from '../../net/tracker-api.js';
import type { LoginAttempt } from '../accounts/login-throttle.js';
import type { Admission } from '../accounts/registration.js';
import { createToken, hashToken } from '../accounts/session-token.js';
import {
  deviceOf,
  inCallTurn,
  inLook,
  inTurn,
  inUserTurn,
  loginOf,
  type Call,
  type Handler,
  type Handlers,
  type TrackerContext,
  type Turn,
} from '../context.js';
import { groupInviteInvalid } from '../group-rules.js';
import { findAnswer } from '../kept-answers.js';
import { admitLogin } from '../logins.js';
import { banned } from '../role-rules.js';
import type { Session } from '../sessions/session.js';
import type { StoredToken } from '../store/stored.js';

/** A resumed login is written down again only when this much of its life is used up. */
const EXTEND_AFTER_MS = 24 * 3600 * 1000;

/** That a device was used is written down no more often than this. */
const SEEN_EVERY_MS = 3600 * 1000;

const createUser: Handler<'createUser'> = async (call, params) => {
  const { context, session } = call;
  const { userId, password } = params;
  const { network } = session;
  const keyDevice = password === undefined ? deviceOf(session) : undefined;
  const admission = await context.registration.admit(params.invite);
  const attempt = context.throttle.beginNaming(network);
  try {
    await requireGoodInvite(context, session, params);
    await requireFree(context, session, userId, admission);
    if (keyDevice !== undefined) await requireUnusedKey(context, session, keyDevice);
    const account = { userId, password, keyDevice, isByLink: params.groupInvite !== undefined };
    await makeAccount(call, account, admission);
  } catch (error) {
    await endAttempt(call, attempt, error, 'USER_EXISTS');
    throw error;
  }
  attempt.succeeded();
  await admission.taken();
  context.log({ level: 'info', event: 'user created', fields: { user: userId } });
  return {};
};

/** @throws TrackerError USER_EXISTS, also for what can be taken for an id that is there; INVITE_INVALID */
async function requireFree(
  context: TrackerContext,
  session: Session,
  userId: string,
  admission: Admission,
): Promise<void> {
  const { isTaken, isLookAlike } = await inLook(
    context,
    async ({ tx }) => {
      await admission.check(tx, context.nowMs());
      return {
        isTaken: (await tx.findPasswordHash(userId)) !== undefined,
        isLookAlike: await tx.isLookAlike('user', userId),
      };
    },
    session,
  );
  if (isTaken) throw userExists(userId);
  if (!isLookAlike) return;
  const message = `the user id ${userId} is too much like an existing name; choose another one`;
  throw new TrackerError('USER_EXISTS', message);
}

/** @throws TrackerError INVITE_INVALID, BANNED */
async function requireGoodInvite(
  context: TrackerContext,
  session: Session,
  { userId, groupInvite: invite }: TrackerMethods['createUser']['params'],
): Promise<void> {
  if (invite === undefined) return;
  const { groupId } = invite;
  const inviteId = hashInviteCode(invite.secret);
  await inLook(
    context,
    async ({ tx }) => {
      const role = await tx.findGroupInviteRole(groupId, inviteId, context.nowMs());
      if (role === undefined) throw groupInviteInvalid();
      // The account would be of no use there.
      if (await tx.isShutOut(groupId, userId, session.deviceId)) throw banned(groupId);
    },
    session,
  );
}

/** @throws TrackerError USER_EXISTS when the key opens an account already */
async function requireUnusedKey(
  context: TrackerContext,
  session: Session,
  deviceId: string,
): Promise<void> {
  const opened = await inLook(context, ({ tx }) => tx.findUserOfKey(deviceId), session);
  if (opened !== undefined) throw keyInUse(opened);
}

/** What an account is opened with: a password, or the key of a device. */
interface NewAccount {
  readonly userId: string;
  readonly password: string | undefined;
  readonly keyDevice: string | undefined;
  /** A member of a group has asked them in. */
  readonly isByLink: boolean;
}

/** Counted before the password is hashed, so that many at a time are no way around the count. */
async function makeAccount(
  { context, session, once }: Call,
  { userId, password, keyDevice, isByLink }: NewAccount,
  admission: Admission,
): Promise<void> {
  const { network } = session;
  const quota = isByLink ? context.linkAccountQuota : context.accountQuota;
  quota.take(network);
  try {
    const asker = { network, connection: session };
    const hash = password === undefined ? '' : await context.passwords.hash(password, asker);
    const nowMs = context.nowMs();
    await inTurn(
      context,
      async ({ tx }) => {
        await admission.take(tx, nowMs);
        if (!(await tx.addUser(userId, hash, nowMs))) throw userExists(userId);
        if (keyDevice === undefined) return;
        const opened = await tx.findUserOfKey(keyDevice);
        if (opened !== undefined) throw keyInUse(opened);
        await tx.setKeyDevice(userId, keyDevice);
      },
      session,
      once,
    );
  } catch (error) {
    quota.giveBack(network);
    throw error;
  }
}

const login: Handler<'login'> = async (call, { userId, password, calls }) => {
  const verified = await checkPassword(call, userId, password);
  return inCallTurn(call, async (turn) => {
    // It may have been changed, or reset against whoever knows it, while this one was being tried.
    if ((await turn.tx.findPasswordHash(userId)) !== verified) throw wrongPassword();
    return beginLogin(call, turn, userId, calls);
  });
};

const loginByKey: Handler<'loginByKey'> = async (call, { calls }) => {
  const deviceId = deviceOf(call.session);
  return inCallTurn(call, async (turn) => {
    const userId = await turn.tx.findUserOfKey(deviceId);
    if (userId === undefined) throw keyOpensNothing();
    return beginLogin(call, turn, userId, calls);
  });
};

/** Gives out a token for a user who has proved to be that one. */
async function beginLogin(
  call: Call,
  turn: Turn,
  userId: string,
  calls: boolean | undefined,
): Promise<SessionInfo & { token: string }> {
  const { context, session } = call;
  const { deviceId = '' } = session;
  const token = createToken();
  const tokenHash = hashToken(token);
  const nowMs = context.nowMs();
  const expiresAtMs = nowMs + SESSION_LIFETIME_MS;
  await turn.tx.removeExpiredTokens(nowMs);
  await turn.tx.addToken({ tokenHash, userId, deviceId, expiresAtMs });
  await turn.tx.trimTokens(userId, MAX_TOKENS_PER_USER);
  if (deviceId !== '') {
    await turn.tx.addKnownDevice(userId, deviceId, nowMs);
    await turn.tx.trimKnownDevices(userId, MAX_KNOWN_DEVICES_PER_USER);
  }
  learnCalls(call, calls);
  return { ...(await admitLogin(context, session, turn, { userId, tokenHash })), token };
}

/**
 * Answers the hash that the password fits.
 * @throws TrackerError WRONG_PASSWORD, TOO_MANY_ATTEMPTS, BUSY
 */
export async function checkPassword(
  call: Call,
  userId: string,
  password: string,
): Promise<string | undefined> {
  const { context, session } = call;
  const { network, deviceId } = session;
  const { hash, isKnown } = await loginFacts(context, session, userId);
  const attempt =
    isKnown && deviceId !== undefined
      ? context.throttle.beginKnown(userId, deviceId)
      : context.throttle.begin(userId, network);
  try {
    const { isDoubted } = attempt;
    const asker = { network, connection: session, isDoubted };
    if (!(await context.passwords.verify(password, hash, asker))) throw wrongPassword();
  } catch (error) {
    await endAttempt(call, attempt, error, 'WRONG_PASSWORD');
    throw error;
  }
  attempt.succeeded();
  return hash;
}

const resume: Handler<'resume'> = async (call, { token, calls }) => {
  const { context, session } = call;
  const tokenHash = hashToken(token);
  const nowMs = context.nowMs();
  return inCallTurn(call, async (turn) => {
    const stored = await turn.tx.findToken(tokenHash);
    if (!isUsable(stored, session.deviceId, nowMs)) throw tokenRefused();
    const expiresAtMs = nowMs + SESSION_LIFETIME_MS;
    if (expiresAtMs - stored.expiresAtMs >= EXTEND_AFTER_MS) {
      await turn.tx.extendToken(tokenHash, expiresAtMs);
    }
    const { userId, deviceId } = stored;
    await turn.tx.touchKnownDevice(userId, deviceId, nowMs - SEEN_EVERY_MS, nowMs);
    learnCalls(call, calls);
    return admitLogin(context, session, turn, { userId: stored.userId, tokenHash });
  });
};

/** In the clear nobody could tell who has come, so there are no calls. */
function learnCalls({ context, session }: Call, calls: boolean | undefined): void {
  session.calls = calls === true && context.peerTransport === 'tls';
}

/** Ends every login of this user on this device, so that nothing is served from it any more. */
const logout: Handler<'logout'> = (call) =>
  inUserTurn(call, async ({ tx, emit, userId }) => {
    const { deviceId } = call.session;
    const { tokenHash } = loginOf(call.session);
    if (deviceId === undefined) await tx.removeToken(tokenHash);
    else await tx.removeTokensOfDevice(userId, deviceId);
    emit({ type: 'login-ended', userId, tokenHash, deviceId: deviceId ?? '' });
    return {};
  });

export const accountHandlers = {
  createUser,
  login,
  loginByKey,
  resume,
  logout,
} satisfies Partial<Handlers>;

/** The account's password hash, if there is one, and whether this device was in before. */
function loginFacts(context: TrackerContext, session: Session, userId: string) {
  const { deviceId } = session;
  return inLook(
    context,
    async ({ tx }) => {
      const [hash, isKnown] = await Promise.all([
        tx.findPasswordHash(userId),
        deviceId !== undefined && tx.isKnownDevice(userId, deviceId),
      ]);
      // An account without a password takes as long as any to refuse one.
      return { hash: hash || undefined, isKnown };
    },
    session,
  );
}

/** Who has done it, and asks again because the answer was lost, has tried nothing. */
async function endAttempt(
  call: Call,
  attempt: LoginAttempt,
  error: unknown,
  failure: string,
): Promise<void> {
  let isFailure = error instanceof TrackerError && error.code === failure;
  try {
    if (isFailure && (await isDoneBefore(call))) isFailure = false;
  } finally {
    if (isFailure) attempt.failed();
    else attempt.abandoned();
  }
}

async function isDoneBefore({ context, session, once }: Call): Promise<boolean> {
  if (!once) return false;
  return (await inLook(context, ({ tx }) => findAnswer(tx, once), session)) !== undefined;
}

function isUsable(
  stored: StoredToken | undefined,
  deviceId: string | undefined,
  nowMs: number,
): stored is StoredToken {
  return stored?.deviceId === (deviceId ?? '') && stored.expiresAtMs > nowMs;
}

function userExists(userId: string): TrackerError {
  return new TrackerError('USER_EXISTS', `the user id ${userId} is taken; choose another one`);
}

function keyInUse(userId: string): TrackerError {
  const message = `this device opens the account ${userId} already; log in to it with \`login\``;
  return new TrackerError('USER_EXISTS', message);
}

function keyOpensNothing(): TrackerError {
  return new TrackerError(
    'NO_SUCH_USER',
    'the key of this device opens no account; log in with user id and password',
  );
}

export function wrongPassword(): TrackerError {
  return new TrackerError('WRONG_PASSWORD', 'user id and password do not match; try again');
}

function tokenRefused(): TrackerError {
  return new TrackerError('NOT_LOGGED_IN', 'your login has ended; log in again with `login`');
}
