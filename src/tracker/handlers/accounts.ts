/** Requests about accounts and logins. Passwords are hashed outside of turns. */
import { TrackerError } from '../../net/errors.js';
import {
  MAX_KNOWN_DEVICES_PER_USER,
  MAX_TOKENS_PER_USER,
  SESSION_LIFETIME_MS,
} from '../../net/limits.js';
import type { TrackerMethods } from '../../net/tracker-api.js';
import type { LoginAttempt } from '../accounts/login-throttle.js';
import type { Admission } from '../accounts/registration.js';
import { createToken, hashToken } from '../accounts/session-token.js';
import {
  inCallTurn,
  inLook,
  inTurn,
  inUserTurn,
  loginOf,
  type Call,
  type Handler,
  type Handlers,
  type TrackerContext,
} from '../context.js';
import { admitLogin } from '../logins.js';
import type { Session } from '../sessions/session.js';
import type { StoredToken } from '../store/store.js';

/** A resumed login is written down again only when this much of its life is used up. */
const EXTEND_AFTER_MS = 24 * 3600 * 1000;

/** That a device was used is written down no more often than this. */
const SEEN_EVERY_MS = 3600 * 1000;

const createUser: Handler<'createUser'> = async ({ context, session }, params) => {
  const { userId } = params;
  const { network } = session;
  const admission = await context.registration.admit(params.invite);
  const attempt = context.throttle.beginNaming(network);
  try {
    await requireFree(context, session, userId, admission);
    await makeAccount(context, session, params, admission);
  } catch (error) {
    endAttempt(attempt, error, 'USER_EXISTS');
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

/** Counted before the password is hashed, so that many at a time are no way around the count. */
async function makeAccount(
  context: TrackerContext,
  session: Session,
  { userId, password }: TrackerMethods['createUser']['params'],
  admission: Admission,
): Promise<void> {
  const { network } = session;
  context.accountQuota.take(network);
  try {
    const hash = await context.passwords.hash(password, { network, connection: session });
    const nowMs = context.nowMs();
    await inTurn(
      context,
      async ({ tx }) => {
        await admission.take(tx, nowMs);
        if (!(await tx.addUser(userId, hash, nowMs))) throw userExists(userId);
      },
      session,
    );
  } catch (error) {
    context.accountQuota.giveBack(network);
    throw error;
  }
}

const login: Handler<'login'> = async (call, { userId, password, calls }) => {
  const { context, session } = call;
  await checkPassword(call, userId, password);
  const token = createToken();
  const tokenHash = hashToken(token);
  const nowMs = context.nowMs();
  const info = await inCallTurn(call, async (turn) => {
    const { deviceId = '' } = session;
    const expiresAtMs = nowMs + SESSION_LIFETIME_MS;
    await turn.tx.removeExpiredTokens(nowMs);
    await turn.tx.addToken({ tokenHash, userId, deviceId, expiresAtMs });
    await turn.tx.trimTokens(userId, MAX_TOKENS_PER_USER);
    if (deviceId !== '') {
      await turn.tx.addKnownDevice(userId, deviceId, nowMs);
      await turn.tx.trimKnownDevices(userId, MAX_KNOWN_DEVICES_PER_USER);
    }
    learnCalls(call, calls);
    return admitLogin(context, session, turn, { userId, tokenHash });
  });
  return { ...info, token };
};

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
    const asker = { network, connection: session };
    if (!(await context.passwords.verify(password, hash, asker))) throw wrongPassword();
  } catch (error) {
    endAttempt(attempt, error, 'WRONG_PASSWORD');
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

export const accountHandlers = { createUser, login, resume, logout } satisfies Partial<Handlers>;

/** The account's password hash, if there is one, and whether this device was in before. */
function loginFacts(context: TrackerContext, session: Session, userId: string) {
  const { deviceId } = session;
  return inLook(
    context,
    async ({ tx }) => ({
      hash: await tx.findPasswordHash(userId),
      isKnown: deviceId !== undefined && (await tx.isKnownDevice(userId, deviceId)),
    }),
    session,
  );
}

function endAttempt(attempt: LoginAttempt, error: unknown, failure: string): void {
  if (error instanceof TrackerError && error.code === failure) attempt.failed();
  else attempt.abandoned();
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

export function wrongPassword(): TrackerError {
  return new TrackerError('WRONG_PASSWORD', 'user id and password do not match; try again');
}

function tokenRefused(): TrackerError {
  return new TrackerError('NOT_LOGGED_IN', 'your login has ended; log in again with `login`');
}
