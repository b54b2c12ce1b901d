/** Bounds of trackers that share a database, and tell each other what happens. */
import { MiB } from './units.js';

/** Trackers that one knows beside itself. */
export const MAX_FELLOWS = 32;
/** Numbers from which a tracker that shares a database takes one by chance, to sign what it commits. */
export const MAX_WRITERS = 32_767;
/** So often a tracker looks for what others have committed when nobody tells it that there is something. */
export const OUTBOX_POLL_MS = 1_000;
/** Who could not look for so long knows nothing for sure, and answers nothing. */
export const OUTBOX_STALE_MS = 5_000;
/** What was committed is kept for the others so long. */
export const OUTBOX_KEPT_MS = 10 * 60_000;
/** What is kept no longer is removed so often. */
export const OUTBOX_TRIM_MS = 60_000;
/** Rows that are read at a time. */
export const MAX_OUTBOX_ROWS_READ = 128;
/** Effects in one row: a turn may have any number of them. */
export const MAX_EFFECTS_PER_OUTBOX_ROW = 500;
/** Users, groups and contents that others have changed since a transaction began; beyond these all count as changed. */
export const MAX_CONCERNED_KEPT = 10_000;
/** So often a tracker tells that it is there. */
export const FELLOW_BEAT_MS = 1_000;
/** A tracker that was not heard for so long is gone, and its devices with it. */
export const FELLOW_GONE_MS = 6_000;
/** What changes of presence is gathered so long before the others are told. */
export const FELLOW_FLUSH_MS = 25;
/** Offers and devices in one message. */
export const MAX_CHANGES_PER_FELLOW_MESSAGE = 2_000;
/** Bytes of one message, with room for the longest names. */
export const MAX_FELLOW_MESSAGE_BYTES = 8 * MiB;
/** So often a tracker asks another one at most for all that it has. */
export const FELLOW_ASK_MS = 1_000;
/** Until a connection to the presence server is there, with its TLS and its login. */
export const PRESENCE_CONNECT_TIMEOUT_MS = 3_000;
/** Between attempts to reach it, at most. */
export const PRESENCE_RECONNECT_MS = 1_000;
/** A message that is not taken within this is lost, and the connection with it. */
export const PRESENCE_ANSWER_TIMEOUT_MS = 5_000;
/** Bytes of the address of that server, with all that is set in it. */
export const MAX_PRESENCE_URL_BYTES = 4_096;
