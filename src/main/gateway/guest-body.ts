/**
 * Sends what a guest takes, one buffer at a time: the next one is read while this one is on its way, and nothing more.
 * A guest who does not take a buffer in time, or has gone, ends it.
 */
import type { ServerResponse } from 'node:http';
import { CancelledError } from '../../net/errors.js';
import { leaveToWaiters } from '../../net/deferred.js';
import { GUEST_STALL_MS } from '../../net/limits.js';
import type { Later } from '../../net/later.js';
import { untilAborted } from '../../net/until-aborted.js';

export interface BodyOptions {
  readonly later: Later;
  /** Aborted when nothing more is to be sent. */
  readonly signal: AbortSignal;
}

/** `first` is what `bytes` has given already; resolves once all of it is taken. @throws CancelledError, or what `bytes` throws */
export async function sendBody(
  response: ServerResponse,
  first: IteratorResult<Uint8Array, void>,
  bytes: AsyncIterator<Uint8Array, void, undefined>,
  options: BodyOptions,
): Promise<void> {
  for (let next = first; next.done !== true;) {
    const sent = send(response, next.value, options);
    const following = bytes.next();
    leaveToWaiters(following);
    await sent;
    next = await untilAborted(options.signal, following);
  }
  response.end();
}

async function send(
  response: ServerResponse,
  chunk: Uint8Array,
  { later, signal }: BodyOptions,
): Promise<void> {
  let onStall: (() => void) | undefined;
  const stalled = new Promise<never>((_resolve, reject) => {
    onStall = later(GUEST_STALL_MS, () => reject(new CancelledError('the guest takes nothing')));
  });
  leaveToWaiters(stalled);
  const sent = new Promise<void>((resolve, reject) => {
    response.write(chunk, (error) => {
      if (error) reject(new CancelledError('the guest has gone'));
      else resolve();
    });
  });
  leaveToWaiters(sent);
  try {
    await untilAborted(signal, Promise.race([sent, stalled]));
  } finally {
    onStall?.();
  }
}
