/** Bounds of what the user has run when something happens. */
import { KiB } from './units.js';

/** Hooks about downloads that run at a time: more would take the machine from the downloads. */
export const MAX_HOOKS_AT_A_TIME = 4;
/** So many more wait for their turn, as what has happened alone: as many downloads as wait in one client. */
export const MAX_HOOKS_WAITING = 10_000;
/** Strangers cause those about requests to join: they run one after the other, and so many wait. */
export const MAX_REQUEST_HOOKS_WAITING = 100;
/** A hook that runs longer is ended. */
export const HOOK_TIME_LIMIT_MS = 600_000;
/** Between asking a hook to end and ending it; with the wait for its output it is less than END_WITHIN_MS. */
export const HOOK_END_GRACE_MS = 2500;
/** After its end what it said last is waited for no longer; others that it has started may keep its output open. */
export const HOOK_OUTPUT_WAIT_MS = 1000;
/** Lines of the output of one hook that go to the log. */
export const MAX_HOOK_LINES = 100;
/** UTF-16 units of such a line. */
export const MAX_HOOK_LINE_LENGTH = 1000;
/** UTF-8 bytes of the words of a hook. */
export const MAX_HOOK_BYTES = 4 * KiB;
