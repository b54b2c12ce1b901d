/**
 * Asks guests for the password of a link: a browser by a form, other programs by HTTP Basic. Whoever has said it in
 * the form keeps a cookie of it. Owns the key with which these are signed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CancelledError } from '../../net/errors.js';
import { MAX_GUEST_FORM_BYTES } from '../../net/limits.js';
import type { GuestDoor, GuestItem } from '../api/guest-links.js';
import type { GuestAttempts } from './guest-attempts.js';
import { passwordPage } from './guest-pages.js';
import { folderOf } from './guest-request.js';
import { basicPassword, formPassword, hasWord, setWord } from './guest-words.js';
import { sendPage, tooOften } from './send-page.js';

export interface GuestPasswordsOptions {
  readonly guests: Pick<GuestDoor, 'isPassword'>;
  readonly attempts: GuestAttempts;
  readonly key: Buffer;
}

interface Guarded {
  readonly item: Pick<GuestItem, 'id'>;
  readonly secret: string;
  readonly network: string;
}

export class GuestPasswords {
  readonly #options: GuestPasswordsOptions;

  constructor(options: GuestPasswordsOptions) {
    this.#options = options;
  }

  /** True when it was said; else the guest is answered. @throws TrackerError BUSY */
  async isSaid(
    request: IncomingMessage,
    response: ServerResponse,
    { item: { id }, secret, network }: Guarded,
  ): Promise<boolean> {
    const { guests, attempts, key } = this.#options;
    const { headers } = request;
    if (hasWord(key, id, headers.cookie, performance.now())) return true;
    const isForm = request.method === 'POST';
    const password = isForm
      ? formPassword(headers['content-type'], await readForm(request))
      : basicPassword(headers.authorization);
    if (password === undefined) return ask(request, response, false);
    if (!attempts.beginPassword(id, network)) {
      tooOften(response);
      return false;
    }
    const isRight = await guests.isPassword(id, password).catch((error: unknown) => {
      attempts.forgetPassword(id, network);
      throw error;
    });
    if (!isRight) return ask(request, response, true);
    attempts.forgetPassword(id, network);
    if (isForm) {
      const word = setWord(key, id, folderOf(secret), performance.now());
      response.setHeader('Set-Cookie', word);
    }
    return true;
  }
}

/** Answers that it is not said. */
function ask(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  isWrong: boolean,
): false {
  const isBrowser = method === 'POST' || headers.accept?.includes('text/html') === true;
  const page = passwordPage(isWrong);
  // A browser that is challenged shows a window of its own, in which nobody says what it is about.
  if (isBrowser) sendPage(response, 403, page);
  else {
    const challenge = { 'WWW-Authenticate': 'Basic realm="download", charset="UTF-8"' };
    sendPage(response, 401, page, challenge);
  }
  return false;
}

/** @throws CancelledError when it does not come to its end, or has too many bytes */
async function readForm(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request) {
      length += (part as Buffer).length;
      if (length > MAX_GUEST_FORM_BYTES) break;
      parts.push(part as Buffer);
    }
  } catch {
    throw new CancelledError('the guest has gone');
  }
  if (length > MAX_GUEST_FORM_BYTES) throw new CancelledError('a guest sent too much');
  return Buffer.concat(parts).toString();
}
