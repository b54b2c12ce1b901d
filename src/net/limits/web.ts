/** Bounds of the page that a client shows in a browser of its own machine. */
import { KiB, MiB } from './units.js';

/** Connections at a time: a browser opens six to a place, and other users of the machine can open some too. */
export const MAX_WEB_CONNECTIONS = 64;
/** Of the body of a call. */
export const MAX_WEB_BODY_BYTES = 256 * KiB;
/** Calls that run at a time; uploads and checks take long. */
export const MAX_WEB_CALLS = 32;
/** Browsers that listen to what happens. */
export const MAX_WEB_LISTENERS = 8;
/** What one of them has not taken yet; then it is let go, and asks anew. */
export const MAX_WEB_UNREAD_BYTES = MiB;
/** Browsers that are logged in; the one that was longest idle gives way. */
export const MAX_WEB_LOGINS = 16;
/** A browser that asked for nothing for so long has to log in again: 12 h. */
export const WEB_LOGIN_LIFETIME_MS = 12 * 3_600_000;
/** A login link that nobody has opened is good for so long. */
export const WEB_LINK_LIFETIME_MS = 600_000;
/** For the head and the body of a request. */
export const WEB_REQUEST_TIMEOUT_MS = 10_000;
/** Closing the page waits so long for what was asked of another process. */
export const WEB_CLOSE_WAIT_MS = 1_000;
/** How often who listens hears something, so that both ends notice when the other is gone. */
export const WEB_PULSE_MS = 15_000;
/** Files whose content a browser brings at a time, one of each login. */
export const MAX_WEB_DROPS = 4;
/** What is left free on the disk beside such a file. */
export const WEB_DROP_SPARE_BYTES = 128 * MiB;
/** A browser that brings nothing of it for so long is given up. */
export const WEB_DROP_STALL_MS = 30_000;
/** So much of a refused one is taken and dropped: a browser hears an answer only after it has brought all. */
export const WEB_DROP_UNREAD_BYTES = 4_096 * MiB;
/** And for so long, of as many at a time as may be brought. */
export const WEB_DROP_UNREAD_MS = 60_000;
