/**
 * Every bound of the system, each with its unit and its reason.
 * Both ends of a wire check against these before they allocate anything.
 * The same values are listed for readers in docs/limits.md. Those of the link between peers are in
 * limits/peer-link.ts.
 */
import { GiB, KiB, MiB } from './limits/units.js';

export * from './limits/peer-link.js';
export * from './limits/units.js';

// --- Names and secrets -----------------------------------------------------

/** Bytes (UTF-8) of a user id, group id or file name: what common file systems store. */
export const MAX_NAME_BYTES = 255;
/** Bytes (UTF-8) of a password: long enough for any phrase, short enough to hash cheaply. */
export const MAX_PASSWORD_BYTES = 1024;
/** Bits of a session token; it is stored hashed. */
export const SESSION_TOKEN_BITS = 256;
/** A session that nobody used for this long has to log in again. */
export const SESSION_LIFETIME_MS = 90 * 24 * 3600 * 1000;

// --- Files and pieces ------------------------------------------------------

/** Smallest piece: below this the work per piece outweighs the bytes. */
export const MIN_PIECE_LENGTH = 256 * KiB;
/** Largest piece: what one bad byte may cost, and what a thread must hold in memory. */
export const MAX_PIECE_LENGTH = 16 * MiB;
/**
 * Enough pieces for a crowd to trade: up to PREFERRED_PIECE_LENGTH the piece length is doubled
 * until a file has no more.
 */
export const PREFERRED_PIECE_COUNT = 512;
/** Where a piece costs next to nothing beside its bytes; see native-bench/README.md. */
export const PREFERRED_PIECE_LENGTH = 1 * MiB;
/** Beyond that the piece length is doubled until a file has at most this many pieces. */
export const TARGET_PIECE_COUNT = 8192;
/** Most pieces of one file (16 TiB at the largest piece length; the description is bounded too). */
export const MAX_PIECE_COUNT = 1_048_576;
/** Bytes of an encoded description. */
export const MAX_DESCRIPTION_BYTES = 16 * MiB;
/** Raw bytes of a description that travel in one control frame (base64 makes 4/3 of it). */
export const DESCRIPTION_SLICE_BYTES = 40 * KiB;
/** A description up to this many raw bytes may ride along in `shareFile`. */
export const INLINE_DESCRIPTION_BYTES = 40 * KiB;

/** A description up to this many raw bytes comes along in `describeFiles`: about 200 pieces. */
export const DESCRIPTION_IN_LIST_BYTES = 4 * KiB;

// --- Tracker link ----------------------------------------------------------

/** Files in one `describeFiles` or `shareFiles` call. */
export const MAX_FILES_PER_CALL = 128;
/** Peers of one file that `describeFiles` names; `watch` names more. */
export const MAX_PEERS_DESCRIBED = 16;
/** Bytes of one WebSocket message in either direction; longer lists are paged. */
export const MAX_CONTROL_FRAME_BYTES = 64 * KiB;
/** Bytes of list items put into one page, so that a page stays a control frame. */
export const PAGE_BYTES = 48 * KiB;
/** Files in one `announce` call. */
export const MAX_ANNOUNCED_PER_CALL = 256;
/** Files that one device may announce at a time. */
export const MAX_ANNOUNCED_PER_DEVICE = 200_000;
/** Files that all devices together may announce: what the tracker's memory is sized for. */
export const MAX_ANNOUNCED_IN_TOTAL = 5_000_000;
/** Files that one session may watch at a time (one per running download). */
export const MAX_WATCHED_PER_SESSION = 4096;
/** Peers named for one file in one answer; more are drawn at random. */
export const MAX_PEERS_PER_ANSWER = 200;
/** Addresses a device may register: candidates, tried in order. */
export const MAX_ADDRESSES_PER_DEVICE = 8;
/** Requests of one session that the tracker works on at a time; more are refused with BUSY. */
export const MAX_PENDING_REQUESTS_PER_SESSION = 64;
/** Messages that one client may send at once; then so many a second. It is not read meanwhile. */
export const SESSION_MESSAGES_BURST = 200;
export const SESSION_MESSAGES_PER_SECOND = 100;
/** Pings and pongs of one client at once, then so many a second; one is due each 20 s. */
export const SESSION_PINGS_BURST = 20;
export const SESSION_PINGS_PER_SECOND = 1;
/** The same for all connections of one user together. */
export const USER_MESSAGES_BURST = 1_000;
export const USER_MESSAGES_PER_SECOND = 400;
/** Messages, or HTTP requests, on a connection before somebody logs in on it. */
export const MAX_ANONYMOUS_MESSAGES = 10;
/** Requests of one user, or of one address before a login, that wait for their turn. */
export const MAX_PENDING_TURNS_PER_USER = 64;
/** Watchers that are told of changes at a time; the rest follow after PEERS_PUSH_DELAY_MS. */
export const WATCHES_TOLD_AT_ONCE = 128;
/** Devices of one user among the peers of one file that a client is told of. */
export const MAX_DEVICES_PER_USER_TOLD = 4;
/** How old the figures of `GET /metrics` may be. */
export const METRICS_CACHE_MS = 5_000;
/** What happens is gathered this long before it is logged, a line for each kind and address. */
export const ACTIVITY_INTERVAL_MS = 60_000;
/** Such lines in that time; what does not fit is one line for all other addresses. */
export const MAX_ACTIVITY_ENTRIES = 1_000;
/** Connections to the address that `p2p tracker --metrics` opens. */
export const MAX_STATUS_CONNECTIONS = 64;
/** Bytes queued towards one tracker client; a client that reads slower is disconnected. */
export const MAX_TRACKER_SEND_QUEUE_BYTES = 4 * MiB;
/** Connections that have not logged in yet, over the whole tracker. */
export const MAX_ANONYMOUS_CONNECTIONS = 1024;
/** Of those, from one address (IPv6: /64); the oldest makes room for a new one. */
export const MAX_ANONYMOUS_PER_ADDRESS = 32;
/** A connection that has not logged in after this long is closed. */
export const ANONYMOUS_IDLE_MS = 10_000;
/** Time for one tracker request before the client gives up. */
export const TRACKER_REQUEST_TIMEOUT_MS = 30_000;
/** Time for TLS and WebSocket handshake with the tracker. */
export const TRACKER_CONNECT_TIMEOUT_MS = 10_000;
/** Ping interval on the tracker link; two missed pongs end the connection. */
export const TRACKER_PING_INTERVAL_MS = 20_000;
/** First and last wait between two attempts to reach a lost tracker. */
export const RECONNECT_MIN_MS = 250;
export const RECONNECT_MAX_MS = 15_000;
/** Passwords being hashed or waiting for it; who has most waiting is refused with BUSY. */
export const MAX_PASSWORD_QUEUE = 64;
/** Of those, what one address (IPv6: /64) may have waiting whoever else wants its place. */
export const PASSWORD_SHARE_PER_ADDRESS = 2;
/** Wrong passwords for an account from one address, or from one device that was in before. */
export const FREE_LOGIN_FAILURES = 5;
/** Wrong passwords for one account from everywhere: many, or guessers could keep its owner out. */
export const FREE_LOGIN_FAILURES_PER_ACCOUNT = 100;
/** Wait after the first failure too many; doubles with each further one. */
export const LOGIN_BACKOFF_MIN_MS = 1_000;
export const LOGIN_BACKOFF_MAX_MS = 5 * 60_000;
/** Failures remembered of each kind: by account, by address, by both, by device. */
export const MAX_LOGIN_FAILURE_ENTRIES = 10_000;
/** Groups one user may own or belong to, and requests open at a time. */
export const MAX_GROUPS_PER_USER = 50;
/** Requests to join one group: so many at once, then one in each interval. */
export const JOIN_REQUESTS_BURST = 3;
export const JOIN_REQUEST_INTERVAL_MS = 60_000;
/** Users and groups whose requests are counted so. */
export const MAX_JOIN_PACE_ENTRIES = 10_000;
/** Join requests pending in one group. */
export const MAX_REQUESTS_PER_GROUP = 10_000;
/** Of those, from one address (IPv6: /64). */
export const MAX_REQUESTS_PER_GROUP_AND_ADDRESS = 500;

/** Wrong passwords from one address: more, because many people may sit behind one. */
export const FREE_LOGIN_FAILURES_PER_ADDRESS = 50;
/** User ids that turned out to be taken, tried from one address. */
export const FREE_TAKEN_NAMES_PER_ADDRESS = 50;
/** Accounts made from one address in a day; the operator may choose another number. */
export const ACCOUNTS_PER_DAY_PER_ADDRESS = 10;
/** Addresses whose new accounts are counted. */
export const MAX_ACCOUNT_QUOTA_ENTRIES = 10_000;
/** Devices of one account that are remembered as having logged in. */
export const MAX_KNOWN_DEVICES_PER_USER = 256;
/** A failure is forgotten after this long without another one. */
export const LOGIN_FAILURES_FORGOTTEN_MS = 30 * 60_000;
/** Threads that hash passwords; each needs 19 MiB while it does. */
export const MAX_PASSWORD_THREADS = 2;
/** Resumable logins of one user; a further one ends the login that expires first. */
export const MAX_TOKENS_PER_USER = 256;
/** Connections of one user at a time. */
export const MAX_SESSIONS_PER_USER = 256;
/** Connections to the tracker at a time, logged in or not. */
export const MAX_TRACKER_CONNECTIONS = 50_000;
/** Of those, from one address (IPv6: /64): a large office. */
export const MAX_CONNECTIONS_PER_ADDRESS = 5_000;
/** Files one user may share, counted once per group, name and device. */
export const MAX_SHARES_PER_USER = 200_000;
/** Bytes of descriptions that are staged and not yet shared, over the whole tracker. */
export const MAX_STAGED_DESCRIPTION_BYTES = 256 * MiB;
/** Of those, of one user: two of the largest. */
export const MAX_STAGED_BYTES_PER_USER = 32 * MiB;
/** A staged description for which nothing comes for this long is dropped. */
export const STAGING_SILENCE_MS = 60_000;
/** Bytes of stored descriptions that one user brought: those of terabytes. */
export const MAX_STORED_BYTES_PER_USER = 64 * MiB;
/** Bytes of stored descriptions of all users. */
export const MAX_STORED_BYTES_IN_TOTAL = 64 * GiB;
/** A user may bring at most this part of what is still free, so that it never runs out for others. */
export const STORED_SHARE_OF_FREE = 16;
/** Prepared SQL statements kept by the embedded store. */
export const MAX_PREPARED_STATEMENTS = 256;
/** Changes of a swarm are gathered this long before its watchers are told. */
export const PEERS_PUSH_DELAY_MS = 50;
/** Bytes (UTF-8) of the host part of an address: the longest name DNS allows. */
export const MAX_HOST_BYTES = 253;

/** Bits of an invite's code. */
export const INVITE_BITS = 120;
/** Bytes of what is taken for such a code. */
export const MAX_INVITE_CODE_BYTES = 128;
/** Accounts that one invite may make, and how long it may be good. */
export const MAX_INVITE_USES = 10_000;
export const MAX_INVITE_LIFETIME_MS = 365 * 24 * 3600 * 1000;
/** A client's address is dialled at most once in this time, over all devices that claim it. */
export const REACH_INTERVAL_MS = 10 * 60_000;
/** Time for one such dial: a device that serves answers at once. */
export const REACH_TIMEOUT_MS = 5_000;
/** How often devices that could not be dialled yet are looked at again. */
export const REACH_RETRY_MS = 60_000;
/** Such dials for one user, and for one address (IPv6: /64) at which clients are seen, in REACH_INTERVAL_MS. */
export const MAX_REACH_DIALS_PER_USER = 64;
export const MAX_REACH_DIALS_PER_SOURCE = 512;
/** Such dials at a time, in all and for one address at which clients are seen. */
export const MAX_REACH_DIALS_AT_A_TIME = 32;
export const MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE = 8;
/** Such dials that wait, for one address at which clients are seen. */
export const MAX_REACH_QUEUE_PER_SOURCE = 256;
/** Proven addresses, and dials, that the tracker remembers; the oldest are forgotten. */
export const MAX_REACH_ENTRIES = 65_536;

// --- Pieces assigned to peers ----------------------------------------------

/** Pieces assigned to one peer at a time: what is lost to slowness when it turns slow. */
export const MAX_PIECES_ASSIGNED_PER_PEER = 128;
/** Bytes of those pieces: half of it is 20 ms of a fast loopback, the time to refill. */
export const MAX_BYTES_ASSIGNED_PER_PEER = 32 * MiB;
/** Pieces a peer may always have, whatever their length, so that it never waits for us. */
export const MIN_PIECES_ASSIGNED_PER_PEER = 2;
/** Bytes assigned to a peer that has proved nothing yet; grows with what it delivers. */
export const FIRST_BYTES_ASSIGNED_PER_PEER = 2 * MiB;
/** Peers that fetch the same piece at a time in the endgame. */
export const MAX_PEERS_PER_PIECE = 3;
/** Peers a download remembers, gone and banned ones included; the longest gone is forgotten. */
export const MAX_PEERS_REMEMBERED_PER_DOWNLOAD = 1024;

/** How often a download looks at its peers' silence and tells its progress. */
export const DOWNLOAD_TICK_MS = 250;
/** How often the pieces a download has verified are noted for a later resume. */
export const SAVE_BITFIELD_INTERVAL_MS = 2_000;

// --- Tickets ---------------------------------------------------------------

/** Life of a ticket. */
export const TICKET_LIFETIME_MS = 10 * 60_000;
/** A ticket is renewed when less than this is left of its life. */
export const TICKET_RENEW_BEFORE_MS = 3 * 60_000;
/** Bytes that tell a group from all others that had its name: no two are ever drawn alike. */
export const INCARNATION_BYTES = 8;
/** A connection that holds a ticket of an older epoch must renew it within this time. */
export const TICKET_EPOCH_GRACE_MS = 10_000;

// --- Threads ---------------------------------------------------------------

/**
 * Bytes of piece slots per transfer thread: four of the largest pieces. Memory that no piece
 * has touched costs nothing, and slots are handed out from the low end.
 */
export const SLOT_MEMORY_BYTES = 64 * MiB;
/** Most that a user may give to the slots of one thread: what a WebAssembly memory holds. */
export const MAX_SLOT_MEMORY_BYTES = 2 * GiB;
/** Transfer threads of one client. */
export const MAX_THREADS = 64;
/** Bytes that one download session may have requested or be holding; at least two pieces. */
export const MAX_SESSION_PIECE_BYTES = 16 * MiB;
/** Bytes requested ahead on a fresh connection, before its rate is known. */
export const INITIAL_PIPELINE_BYTES = 2 * MiB;
/** The pipeline holds what the peer delivers in twice its latency and this time. */
export const PIPELINE_TIME_MS = 8;
/** A latency above this says more of a busy peer than of the way to it. */
export const MAX_PIPELINE_LATENCY_MS = 1_000;
/** Bytes of buffers per transfer thread in which blocks wait to be sent. */
export const SEND_BUFFER_BYTES = 64 * MiB;
/** Of those, what the sessions of one user may hold: a user who does not read costs no more. */
export const MAX_SEND_BUFFER_BYTES_PER_USER = SEND_BUFFER_BYTES / 4;
/**
 * A full batch of pieces is hashed at once; an incomplete one after this time, or when its
 * session has nothing more under way. An empty lane costs as much as a full one.
 */
export const HASH_BATCH_WAIT_MS = 25;
/** Verified pieces that one message to the main thread tells of, and how long it may wait. */
export const MAX_PIECES_PER_REPORT = 16;
/** See MAX_PIECES_PER_REPORT. */
export const PIECE_REPORT_DELAY_MS = 8;
/** Interval of the byte counts that sessions report to the main thread. */
export const REPORT_INTERVAL_MS = 250;
/** A connection that has sent nothing for this long sends a ping. */
export const PEER_PING_INTERVAL_MS = 40_000;
/**
 * Bytes of a transfer thread's heap for what JavaScript has just made, which is little and
 * short-lived; in V8's own 48 MiB garbage piles up for seconds.
 */
export const THREAD_YOUNG_HEAP_BYTES = 2 * MiB;
/** Peer sessions per transfer thread. */
export const MAX_TASKS_PER_THREAD = 1024;

// --- Control socket and command line ---------------------------------------

/** Bytes of one line on the control socket; longer results go in parts. */
export const MAX_CONTROL_SOCKET_LINE_BYTES = 8 * MiB;
/** Command-line clients attached to one engine. */
export const MAX_CONTROL_CLIENTS = 64;
/** Calls of one of them that are worked on at a time: a few for each file of a command. */
export const MAX_CONTROL_CALLS = 256;
/** A one-shot command waits this long for another one that uses the same home. */
export const HOME_LOCK_WAIT_MS = 10_000;
/** A download that gets no byte for this long ends with exit code 8, unless told otherwise. */
export const DOWNLOAD_TIMEOUT_MS = 120_000;
/** Files that one command over many files works on at a time. */
export const MAX_FILES_AT_A_TIME = 64;
/** Failed files that the result of such a command names; the rest is counted. */
export const MAX_FAILURES_LISTED = 100;
/** Lines of history the interactive client keeps. */
export const MAX_HISTORY_LINES = 1_000;

// --- Client's end of the tracker link --------------------------------------

/** Pings without any sign of life before the connection counts as dead. */
export const MAX_MISSED_PONGS = 2;
/** Calls that wait for a lost link to come back; more are refused at once. */
export const MAX_CALLS_WAITING_FOR_LINK = 1_024;
/** Time for the closing handshake before the connection is cut. */
export const LINK_CLOSE_TIMEOUT_MS = 1_000;
/** Entries of one list that a client gathers over all its pages. */
export const MAX_LIST_ITEMS = 1_000_000;
/** Pages of one list: room for as many items of the longest kind. */
export const MAX_LIST_PAGES = 20_000;
/** For all pages of one list together. */
export const LIST_TIMEOUT_MS = 120_000;

// --- Client home -----------------------------------------------------------

/** Bytes of a Unix socket's path that every platform takes (macOS: 104 with the ending zero). */
export const MAX_SOCKET_PATH_BYTES = 103;
/** Wait between two looks at a home's lock. */
export const HOME_LOCK_POLL_MS = 50;
/** The longest that a change waits so that others share its commit, on the slowest disk. */
export const MAX_LIBRARY_COMMIT_WAIT_MS = 50;
/** Downloads that are complete or failed and kept in the list, per account; the oldest go first. */
export const MAX_FINISHED_DOWNLOADS = 10_000;
