/**
 * Changes that are not to be done twice when they are asked for again because their answer was lost. Each has a key that
 * nobody else has; the tracker keeps its answer under that key, with the change itself, for a while. A tracker that does
 * so says it with each connection, so that nobody asks one again that does not. Pure but for the draw of keys.
 */
import { randomBytes } from 'node:crypto';
import { MAX_KEPT_ANSWERS } from './limits.js';
import type { TrackerMethod } from './tracker-api.js';

/** The header with which a tracker says that it keeps answers, as Node names it. */
export const KEEPS_ANSWERS_HEADER = 'p2p-keeps-answers';

/** Bytes of a key; the first one is the place in which its answer is kept. */
const KEY_BYTES = 16;
const KEY = /^[0-9a-f]{32}$/;

/** Whatever else is asked for changes nothing, or is the same when it is done twice. */
const METHODS: ReadonlySet<TrackerMethod> = new Set<TrackerMethod>([
  ...(['createUser', 'changePassword', 'logoutDevice'] as const),
  ...(['createGroup', 'joinGroup', 'leaveGroup'] as const),
  ...(['acceptRequest', 'rejectRequest', 'kick', 'ban', 'unban'] as const),
  ...(['transferOwner', 'setRole'] as const),
  ...(['createInvite', 'revokeInvite', 'redeemInvite'] as const),
  ...(['stopShare', 'noteGuestDownload'] as const),
]);

/**
 * True when such a call is to be carried out once, however often it is asked for with the same key. Who shares the same
 * again changes nothing, unless that took the place of something.
 */
export function isAskedOnce(method: TrackerMethod, params: object): boolean {
  return METHODS.has(method) || (method === 'shareFile' && replaces(params));
}

/** True when such a call, done twice, leaves what it leaves when it is done once, and answers as well: it needs no key. */
export function isSameTwice(method: TrackerMethod, params: object): boolean {
  // Whoever ends shares takes it for an answer that there are none.
  if (method === 'stopShares') return true;
  if (method === 'shareFile') return !replaces(params);
  const { files } = params as { readonly files?: readonly object[] };
  return method === 'shareFiles' && files?.some(replaces) === false;
}

const LOOKS: ReadonlySet<TrackerMethod> = new Set<TrackerMethod>([
  ...(['about', 'quotaUse', 'listDevices', 'listFiles', 'search', 'fileInfo'] as const),
  ...(['describeFiles', 'getDescription', 'ticket', 'lanKeys'] as const),
  ...(['listRequests', 'listBans', 'listInvites', 'listMembers', 'history'] as const),
  ...(['listGroups', 'describeGroups', 'listMemberships', 'openRequests'] as const),
]);

/** True when such a call changes nothing, and is answered as well on another connection. */
export function isLook(method: TrackerMethod): boolean {
  return LOOKS.has(method);
}

function replaces(file: object): boolean {
  return (file as { readonly replace?: unknown }).replace === true;
}

/** Draws keys for one client, in whose places answers push out the oldest first. */
export class OnceKeys {
  #place = randomBytes(1)[0]!;

  next(): string {
    const key = randomBytes(KEY_BYTES);
    key[0] = this.#place = (this.#place + 1) % MAX_KEPT_ANSWERS;
    return key.toString('hex');
  }
}

/** The place of the answer to a call with this key, of MAX_KEPT_ANSWERS. */
export function placeOfKey(key: string): number {
  return Number.parseInt(key.slice(0, 2), 16);
}

export function isOnceKey(value: unknown): value is string {
  return typeof value === 'string' && KEY.test(value);
}
