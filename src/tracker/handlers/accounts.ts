/** Requests about accounts and logins. Passwords are hashed outside of turns. */
import { TrackerError } from '../../net/errors.js';
import { MAX_TOKENS_PER_USER, SESSION_LIFETIME_MS } from '../../net/limits.js';
import type { LoginAttempt } from '../accounts/login-throttle.js';
import { createToken, hashToken } from '../accounts/session-token.js';
import {
  inCallTurn,
  inTurn,
  inUserTurn,
  loginOf,
  type Handler,
  type Handlers,
  type TrackerContext,
} from '../context.js';
import { admitLogin } from '../logins.js';
import type { StoredToken } from '../store/store.js';

/** A resumed login is written down again only when this much of its life is used up. */
const EXTEND_AFTER_MS = 24 * 3600 * 1000;

const createUser: Handler<'createUser'> = async ({ context, session }, { userId, password }) => {
  const attempt = context.throttle.begin(undefined, session.address);
  try {
    if ((await findHash(context, userId)) !== undefined) throw userExists(userId);
    const hash = await context.passwords.hash(password);
    const nowMs = context.nowMs();
    if (!(await inTurn(context, ({ tx }) => tx.addUser(userId, hash, nowMs)))) {
      throw userExists(userId);
    }
  } catch (error) {
    endAttempt(attempt, error, 'USER_EXISTS');
    throw error;
  }
  attempt.succeeded();
  context.log({ level: 'info', event: 'user created', fields: { user: userId } });
  return {};
};

const login: Handler<'login'> = async (call, { userId, password }) => {
  const { context, session } = call;
  const attempt = context.throttle.begin(userId, session.address);
  try {
    const hash = await findHash(context, userId);
    if (!(await context.passwords.verify(password, hash))) throw wrongPassword();
  } catch (error) {
    endAttempt(attempt, error, 'WRONG_PASSWORD');
    throw error;
  }
  attempt.succeeded();
  const token = createToken();
  const tokenHash = hashToken(token);
  const nowMs = context.nowMs();
  const info = await inCallTurn(call, async (turn) => {
    const deviceId = session.deviceId ?? '';
    const expiresAtMs = nowMs + SESSION_LIFETIME_MS;
    await turn.tx.removeExpiredTokens(nowMs);
    await turn.tx.addToken({ tokenHash, userId, deviceId, expiresAtMs });
    await turn.tx.trimTokens(userId, MAX_TOKENS_PER_USER);
    return admitLogin(context, session, turn, { userId, tokenHash });
  });
  return { ...info, token };
};

const resume: Handler<'resume'> = async (call, { token }) => {
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
    return admitLogin(context, session, turn, { userId: stored.userId, tokenHash });
  });
};

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

function findHash(context: TrackerContext, userId: string): Promise<string | undefined> {
  return inTurn(context, ({ tx }) => tx.findPasswordHash(userId));
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

function wrongPassword(): TrackerError {
  return new TrackerError('WRONG_PASSWORD', 'user id and password do not match; try again');
}

function tokenRefused(): TrackerError {
  return new TrackerError('NOT_LOGGED_IN', 'your login has ended; log in again');
}
