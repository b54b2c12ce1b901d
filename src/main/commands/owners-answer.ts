/**
 * What has become of a request to join a group, and waiting for it. The tracker tells it once, to who is
 * connected then; so it is looked up as well, after each connection that was lost and once in a while.
 */
import { deferred, leaveToWaiters, type Deferred } from '../../net/deferred.js';
import { fromWireError, P2pError } from '../../net/errors.js';
import { JOIN_ANSWER_CHECK_MS } from '../../net/limits.js';
import { HAS_ASKED } from '../../net/tracker-api.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { ClientEvent } from '../api/client-events.js';
import type { EngineApi } from '../api/engine-api.js';
import { isTrackerAway } from '../tracker-link/tracker-away.js';

type Answer = 'accepted' | 'rejected';
type Asked = Pick<EngineApi, 'events' | 'whoami' | 'listFiles'>;

/**
 * Resolves when the owner has answered. Rejects with the reason of `signal`, or when the login ends. A tracker that is
 * away meanwhile ends nothing.
 */
export function ownersAnswer(engine: Asked, groupId: string, signal: AbortSignal): Promise<Answer> {
  return untilAborted(signal, lookUntilAnswered(engine, groupId, signal));
}

async function lookUntilAnswered(
  engine: Asked,
  groupId: string,
  signal: AbortSignal,
): Promise<Answer> {
  let news = deferred<void>();
  leaveToWaiters(news.promise);
  const stop = engine.events((event) => heed(event, groupId, news));
  try {
    while (!signal.aborted) {
      news = deferred();
      leaveToWaiters(news.promise);
      const answer = await lookUp(engine, groupId);
      if (answer !== undefined) return answer;
      await nextReason(news.promise, signal);
    }
    throw signal.reason;
  } finally {
    stop();
  }
}

/** Has `news` settle if an event is a reason to look again. */
function heed(event: ClientEvent, groupId: string, news: Deferred<void>): void {
  if (event.type === 'session-lost') return news.reject(fromWireError(event.error));
  const isAnswer = event.type === 'membership' && event.groupId === groupId;
  if (isAnswer || event.type === 'tracker-back' || event.type === 'logged-in') news.resolve();
}

async function nextReason(news: Promise<void>, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, JOIN_ANSWER_CHECK_MS);
  });
  try {
    await untilAborted(signal, Promise.race([news, pause]));
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined while there is none, or nobody can be asked. */
async function lookUp(engine: Asked, groupId: string): Promise<Answer | undefined> {
  try {
    const { groups } = await engine.whoami();
    if (groups.some((group) => group.groupId === groupId)) return 'accepted';
    // Who is no member is refused, and learns from that whether a request waits.
    await engine.listFiles(groupId);
    return 'accepted';
  } catch (error) {
    if (isTrackerAway(error)) return undefined;
    if (!(error instanceof P2pError)) throw error;
    if (error.code === 'NO_SUCH_GROUP') return 'rejected';
    if (error.code !== 'NOT_A_MEMBER') throw error;
    return error.message.startsWith(HAS_ASKED) ? undefined : 'rejected';
  }
}
