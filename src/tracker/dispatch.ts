/**
 * Brings a request to its handler: known method, legal now, well-formed params. Counts every
 * answer and its time. Nothing but logging in is legal before a login.
 */
import { isAskedOnce, isOnceKey } from '../net/asked-once.js';
import { deferred } from '../net/deferred.js';
import { StorageError, toWireError, TrackerError } from '../net/errors.js';
import { DATABASE_RETRY_AFTER_MS } from '../net/limits.js';
import type { TrackerMethod } from '../net/tracker-api.js';
import {
  inLook,
  partyOf,
  userOf,
  type Call,
  type Handler,
  type TrackerContext,
} from './context.js';
import { handlers } from './handlers/all.js';
import { onceKey, orAnswerOfBefore, type OnceKey } from './kept-answers.js';
import type { Metrics } from './metrics.js';
import { isTrackerMethod, parseParams } from './params.js';
import type { RequestBudget } from './request-budget.js';
import type { Session } from './sessions/session.js';

const legalBeforeLogin: ReadonlySet<string> = new Set([
  'createUser',
  'login',
  'loginByKey',
  'resume',
]);
const entersSession: ReadonlySet<string> = new Set(['login', 'loginByKey', 'resume']);

const TOO_MUCH = 'the tracker has as much to do as it can, and much of it is yours; try again';

export type Dispatch = (session: Session, method: string, params: unknown) => Promise<unknown>;

/** The dispatcher of one tracker. */
export function createDispatch(
  context: TrackerContext,
  metrics: Metrics,
  budget: RequestBudget,
): Dispatch {
  return async (session, method, params) => {
    const startedAtMs = performance.now();
    const giveBack = budget.take(partyOf(session));
    let result = 'ok';
    try {
      if (giveBack === undefined) throw new TrackerError('BUSY', TOO_MUCH);
      return await answer({ context, session }, method, params);
    } catch (thrown) {
      const error = thrown instanceof StorageError ? ofOurDisk(context, thrown) : thrown;
      result = toWireError(error).code;
      throw error;
    } finally {
      giveBack?.();
      const seconds = (performance.now() - startedAtMs) / 1000;
      const known = isTrackerMethod(method) ? method : 'unknown';
      metrics.onAnswered(known, result, seconds);
      context.activity.onAnswered(known, result, session.network);
    }
  };
}

/** What our disk says is for our operator; whoever asked learns whose disk it is. */
function ofOurDisk({ log }: TrackerContext, { code, message }: StorageError): TrackerError {
  log({ level: 'error', event: 'storage failed', fields: { code, reason: message } });
  const fault = code === 'DISK_FULL' ? 'is full' : 'failed';
  return new TrackerError(
    'TRACKER_STORAGE',
    `the disk of the tracker ${fault}, so this is not done; tell whoever runs the tracker, then try again`,
  );
}

function cutOff(): TrackerError {
  const message = 'this tracker does not hear of the others; try again';
  return new TrackerError('BUSY', message, { retryAfterMs: DATABASE_RETRY_AFTER_MS });
}

/** Rejects, or throws at once: a request that need not wait takes no turn of the event loop of its own. */
function answer(call: Call, method: string, params: unknown): Promise<unknown> {
  if (!isTrackerMethod(method)) {
    throw new TrackerError('BAD_REQUEST', 'the tracker does not know this request; update it');
  }
  if (call.context.outbox?.isStale === true) throw cutOff();
  const { session } = call;
  if (entersSession.has(method)) return enter(session, () => run(call, method, params));
  // A client need not wait for the answer to its login before it asks something.
  if (session.entering) return session.entering.then(() => runLegal(call, method, params));
  return runLegal(call, method, params);
}

function runLegal(call: Call, method: TrackerMethod, params: unknown): Promise<unknown> {
  if (!legalBeforeLogin.has(method)) userOf(call.session);
  return run(call, method, params);
}

async function enter<T>(session: Session, login: () => Promise<T>): Promise<T> {
  const entered = deferred<void>();
  session.entering = entered.promise;
  try {
    return await login();
  } finally {
    if (session.entering === entered.promise) session.entering = undefined;
    entered.resolve();
  }
}

/** What a call with a key changes is done once. */
function run<M extends TrackerMethod>(call: Call, method: M, params: unknown): Promise<unknown> {
  const handler: Handler<M> = handlers[method];
  const parsed = parseParams(method, params);
  const once = onceOf(call.session, method, params, parsed);
  if (!once) return handler(call, parsed);
  const { context, session } = call;
  return orAnswerOfBefore(
    once,
    () => handler({ ...call, once }, parsed),
    (look) => inLook(context, ({ tx }) => look(tx), session),
  );
}

/** @throws BAD_REQUEST */
function onceOf(
  { login, deviceId }: Session,
  method: TrackerMethod,
  params: unknown,
  parsed: object,
): OnceKey | undefined {
  const given = params as { readonly once?: unknown };
  if (given.once === undefined || !isAskedOnce(method, given)) return undefined;
  const { once: key } = given;
  if (!isOnceKey(key)) throw new TrackerError('BAD_REQUEST', 'a key has 32 hex digits');
  const isBeforeLogin = legalBeforeLogin.has(method);
  if (!isBeforeLogin && login) return onceKey(`user ${login.userId}`, method, parsed, key);
  return deviceId === undefined ? undefined : onceKey(`device ${deviceId}`, method, parsed, key);
}
