/** The body of a request, as JSON, of a bounded length. */
import type { IncomingMessage } from 'node:http';
import { TrackerError } from '../../net/errors.js';
import { MAX_WEB_BODY_BYTES } from '../../net/limits.js';

/** @throws TrackerError BAD_REQUEST; CONNECTION_LOST when it does not come to its end */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request) {
      parts.push(part as Buffer);
      length += (part as Buffer).length;
      if (length > MAX_WEB_BODY_BYTES) break;
    }
  } catch (error) {
    throw new TrackerError('CONNECTION_LOST', 'the browser went away', { cause: error });
  }
  if (length > MAX_WEB_BODY_BYTES) {
    throw new TrackerError('BAD_REQUEST', `a call has at most ${MAX_WEB_BODY_BYTES} bytes`);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString()) as unknown;
  } catch {
    throw new TrackerError('BAD_REQUEST', 'the call is not JSON');
  }
}
