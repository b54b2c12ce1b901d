/** The bytes that a browser brings, as they come; given up when nothing comes for too long. Owns no state. */
import type { IncomingMessage } from 'node:http';
import { CancelledError, P2pError } from '../../net/errors.js';
import { WEB_DROP_UNREAD_BYTES, WEB_DROP_UNREAD_MS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { Later } from '../../net/later.js';

export interface DropPatience {
  readonly later: Later;
  readonly waitMs: number;
}

/**
 * Only while it is waited for counts: a slow disk is not the browser's. The request stays open when it is left early,
 * so that it can be answered. @throws CancelledError, or the signal's reason
 */
export async function* dropBytes(
  request: Pick<IncomingMessage, 'iterator'>,
  signal: AbortSignal,
  { later, waitMs }: DropPatience,
): AsyncGenerator<Buffer> {
  const parts = request.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  const givenUp = new AbortController();
  const giveUp = (): void => givenUp.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    for (;;) {
      const takeBack = later(waitMs, () => givenUp.abort(stalled()));
      const part = await untilAborted(givenUp.signal, come(parts)).finally(takeBack);
      if (part.done === true) return;
      yield part.value as Buffer;
    }
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/**
 * Takes what is still to come and drops it: a browser hears an answer only after it has brought all. Of one that is too
 * long, or says nothing of its length, nothing is taken. @throws nothing that a request causes
 */
export async function passOver(
  request: Pick<IncomingMessage, 'iterator' | 'headers'>,
  signal: AbortSignal,
  patience: DropPatience,
): Promise<void> {
  const length = Number(request.headers['content-length'] ?? Infinity);
  if (!(length <= WEB_DROP_UNREAD_BYTES)) return;
  const late = new AbortController();
  const takeBack = patience.later(WEB_DROP_UNREAD_MS, () => late.abort(stalled()));
  const either = AbortSignal.any([signal, late.signal]);
  try {
    for await (const part of dropBytes(request, either, patience)) void part;
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
  } finally {
    takeBack();
  }
}

function stalled(): CancelledError {
  return new CancelledError('the browser brought nothing for too long', 'TIMEOUT');
}

async function come(parts: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  try {
    return await parts.next();
  } catch {
    throw new CancelledError('the browser went away before all of the file was here');
  }
}
