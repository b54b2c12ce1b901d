/**
 * Calls that go along with the request for a WebSocket, in a header: what is known to be asked does not
 * wait a round trip for the upgrade. They are answered on the WebSocket, as if they had been its first
 * messages. Pure.
 */
import { MAX_EARLY_CALLS, MAX_EARLY_CALLS_BYTES } from './limits.js';

/** The header, as Node names it. */
export const EARLY_CALLS_HEADER = 'p2p-calls';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The header for the first of these texts, as many as fit; the others are to be sent later. */
export function encodeEarlyCalls(texts: readonly string[]): {
  readonly header: string;
  readonly rest: readonly string[];
} {
  const words: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const word = Buffer.from(text).toString('base64');
    bytes += word.length + 1;
    if (words.length === MAX_EARLY_CALLS || bytes > MAX_EARLY_CALLS_BYTES) break;
    words.push(word);
  }
  return { header: words.join(','), rest: texts.slice(words.length) };
}

/** The texts of a header, in their order; undefined when nobody who keeps to the rules sends it. */
export function decodeEarlyCalls(header: string): readonly string[] | undefined {
  if (header.length > MAX_EARLY_CALLS_BYTES) return undefined;
  const words = header.split(',');
  if (words.length > MAX_EARLY_CALLS || !words.every((word) => BASE64.test(word))) return undefined;
  return words.map((word) => Buffer.from(word, 'base64').toString('utf8'));
}
