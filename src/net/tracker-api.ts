/**
 * What client and tracker say to each other: JSON-RPC 2.0 over WebSocket over TLS 1.3.
 * All methods, with the types of their params and results, and the notifications that the tracker pushes;
 * by what they are about they have files of their own beside this one. Byte order, limits and examples:
 * docs/protocol.md.
 *
 * Every message is at most MAX_CONTROL_FRAME_BYTES; lists come in pages (`after` is the last
 * item of the page before, `next` is present when there is more), descriptions in slices.
 */
import type { AccountMethods } from './tracker-api/account-methods.js';
import type { FileMethods } from './tracker-api/file-methods.js';
import type { GroupMethods } from './tracker-api/group-methods.js';
import type { PeerMethods } from './tracker-api/peer-methods.js';
import type { TrackerNotifications } from './tracker-api/notifications.js';

export * from './tracker-api/accounts.js';
export * from './tracker-api/files.js';
export * from './tracker-api/groups.js';
export * from './tracker-api/pages.js';
export * from './tracker-api/peers.js';
export type { TrackerNotifications };

/**
 * All requests. Before `login`, `loginByKey` or `resume` only these and `createUser` are legal;
 * anything else is refused with NOT_LOGGED_IN. Any call may be refused with BAD_REQUEST
 * (malformed params), BUSY or INTERNAL.
 */
export interface TrackerMethods extends AccountMethods, GroupMethods, FileMethods, PeerMethods {}

export type TrackerMethod = keyof TrackerMethods;

export type TrackerNotification = keyof TrackerNotifications;
