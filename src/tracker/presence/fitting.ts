/**
 * Which peers fit into a message. Nearly always all of them do, which an upper bound of their bytes shows
 * for less than writing each as JSON to count. Pure.
 */
import { PAGE_BYTES } from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import { fitBytes } from '../paging.js';

/** Names, numbers and punctuation around what is of any length, in a peer and in an address. */
const PEER_BYTES = 100;
const ADDRESS_BYTES = 40;
/** What JSON writes as it is, a byte for each character. */
const PLAIN = /^[ !#-[\]-~]*$/u;
/** No other character is written longer (`\u0000`). */
const MAX_BYTES_PER_CHARACTER = 6;

/** The longest start of a list of peers that fits into `maxBytes`; at least one. */
export function fitPeers(peers: readonly OnlinePeer[], maxBytes: number): readonly OnlinePeer[] {
  let bytes = 0;
  for (const { deviceId, userId, addresses } of peers) {
    bytes += PEER_BYTES + atMost(deviceId) + atMost(userId);
    for (const { host } of addresses) bytes += ADDRESS_BYTES + atMost(host);
  }
  return bytes <= maxBytes ? peers : fitBytes(peers, maxBytes);
}

/** The same of device ids, for one page. */
export function fitIds(ids: readonly string[]): readonly string[] {
  let bytes = 0;
  for (const id of ids) bytes += atMost(id) + 3;
  return bytes <= PAGE_BYTES ? ids : fitBytes(ids);
}

/** Bytes of a text as JSON without its quotation marks, or more. */
function atMost(text: string): number {
  return PLAIN.test(text) ? text.length : text.length * MAX_BYTES_PER_CHARACTER;
}
