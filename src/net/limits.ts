/**
 * Every bound of the system, each with its unit and its reason.
 * Both ends of a wire check against these before they allocate anything.
 * The same values are listed for readers in docs/limits.md. Those of the link between peers
 * and those of the tracker have files of their own beside this one.
 */
import { GiB, KiB, MiB } from './limits/units.js';

export * from './limits/background.js';
export * from './limits/part-files.js';
export * from './limits/checking.js';
export * from './limits/folders.js';
export * from './limits/guests.js';
export * from './limits/history.js';
export * from './limits/hooks.js';
export * from './limits/lan.js';
export * from './limits/peer-link.js';
export * from './limits/pipes.js';
export * from './limits/router.js';
export * from './limits/search.js';
export * from './limits/sync.js';
export * from './limits/tracker.js';
export * from './limits/tracker-database.js';
export * from './limits/tracker-fellows.js';
export * from './limits/units.js';
export * from './limits/web.js';

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
/** Cells of the map of a download's pieces: as many as one can tell apart on a page. */
export const MAX_PIECE_MAP_CELLS = 1_024;
/** The map of a download that runs is made no more often than this, however many look at it. */
export const PIECE_MAP_KEPT_MS = 1_000;
/** So many pieces of a map are looked at before everything else has its turn. */
export const PIECE_MAP_PART_PIECES = 65_536;
/** Bytes of an encoded description. */
export const MAX_DESCRIPTION_BYTES = 16 * MiB;
/** Raw bytes of a description that travel in one control frame (base64 makes 4/3 of it). */
export const DESCRIPTION_SLICE_BYTES = 40 * KiB;
/** Slices of one description that a client asks for at a time: over a long way each would be a round trip. */
export const DESCRIPTION_SLICES_AT_A_TIME = 4;
/** A description up to this many raw bytes may ride along in `shareFile`. */
export const INLINE_DESCRIPTION_BYTES = 40 * KiB;

/**
 * A description up to this many raw bytes comes along in `describeFiles`: about 200 pieces. One file
 * alone has up to DESCRIPTION_SLICE_BYTES, so that a download need not ask again.
 */
export const DESCRIPTION_IN_LIST_BYTES = 4 * KiB;

/**
 * Pieces by which a shared file is known again after its disk was mounted anew: enough to tell
 * another file from it, few enough to be read from a slow stick in a moment.
 */
export const QUICK_LOOK_PIECES = 8;

// --- Pieces assigned to peers ----------------------------------------------

/** Pieces assigned to one peer at a time: what is lost to slowness when it turns slow. */
export const MAX_PIECES_ASSIGNED_PER_PEER = 128;
/** Bytes of those pieces: half of it is 20 ms of a fast loopback, the time to refill. */
export const MAX_BYTES_ASSIGNED_PER_PEER = 32 * MiB;
/** Pieces a peer may always have, whatever their length, so that it never waits for us. */
export const MIN_PIECES_ASSIGNED_PER_PEER = 2;
/** Bytes assigned to a peer that has proved nothing yet; grows with what it delivers. */
export const FIRST_BYTES_ASSIGNED_PER_PEER = 2 * MiB;
/** The same for a peer far away: more than it is asked for before an order of ours could reach it. */
export const FIRST_BYTES_ASSIGNED_PER_FAR_PEER = 8 * MiB;
/** Peers that fetch the same piece at a time in the endgame. */
export const MAX_PEERS_PER_PIECE = 3;
/** Peers a download remembers, gone and banned ones included; the longest gone is forgotten. */
export const MAX_PEERS_REMEMBERED_PER_DOWNLOAD = 1024;

/** How often a download looks at its peers' silence and tells its progress. */
export const DOWNLOAD_TICK_MS = 250;
/** A longer time between two looks at the clock means that this process stood still. */
export const MAX_AWAKE_GAP_MS = 2_000;
/** Fewer bytes of wanted pieces are no sign of life: a peer may send one now and then for ever. */
export const MIN_SIGN_OF_LIFE_BYTES = 4 * KiB;

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
/** How often a transfer thread looks whether garbage is worth collecting; a command is over before that. */
export const HEAP_LOOK_INTERVAL_MS = 60_000;
/** The heap of a transfer thread may grow by this, or by a quarter, before it is collected: some milliseconds. */
export const COLLECTED_GROWTH_BYTES = 512 * 1024;
/** A thread waits at most this long for its turn at what belongs to all of them; a turn takes about a millisecond. */
export const THREAD_TURN_WAIT_MS = 100;
/** Peer sessions per transfer thread. */
export const MAX_TASKS_PER_THREAD = 1024;

// --- Control socket and command line ---------------------------------------

/** Bytes of one line on the control socket; longer results go in parts. */
export const MAX_CONTROL_SOCKET_LINE_BYTES = 8 * MiB;
/** Command-line clients attached to one engine. */
export const MAX_CONTROL_CLIENTS = 64;
/** Calls of one of them that are worked on at a time: a few for each file of a command. */
export const MAX_CONTROL_CALLS = 512;
/** Bytes of events that wait for a caller who does not read; those after them are counted, and lost. */
export const MAX_EVENTS_WAITING_BYTES = 1 * MiB;
/** At most one event in this time says how far one piece of work is, unless its state has changed. */
export const EVENT_PROGRESS_INTERVAL_MS = 500;
/** Of a disk that has taken nothing of a download for so long it is said that it is waited for. */
export const DISK_WAIT_TOLD_MS = 2_000;
/** For so long after such a wait it is told why no peer is connected: they have left meanwhile, and are dialled again. */
export const DISK_BACK_TOLD_MS = 30_000;
/** What another process of the same home has not done for so long is said to be waited for. */
export const HOME_WAIT_TOLD_MS = 2_000;
/** A one-shot command waits this long for another one that uses the same home. */
export const HOME_LOCK_WAIT_MS = 10_000;
/** A command that was told that another engine takes over waits so long for it: one that closes has 5 s for that. */
export const HAND_OVER_WAIT_MS = 20_000;
/** A command that is done, or is to end, waits so long for others that are about to be done with its engine. */
export const HAND_OVER_PATIENCE_MS = 1_000;
/** Whoever runs the engine of a home says so within this time. */
export const HOLDER_ANSWER_TIMEOUT_MS = 10_000;
/** A process that was told to end by SIGTERM has so long to close; then it ends as it is, as after a kill. */
export const END_WITHIN_MS = 5_000;
/** What runs in the background and was told to end has this long before `down` says that it does not. */
export const DOWN_WAIT_MS = 15_000;
/** Size at which the log of what runs in the background begins anew; as much as that of before is kept beside it. */
export const MAX_BACKGROUND_LOG_BYTES = 1 * MiB;
/** Between two looks at a log that is followed. */
export const LOG_LOOK_INTERVAL_MS = 200;
/** Every so many of these it looks whether anybody is there who writes it. */
export const LOG_WRITER_LOOKS = 5;
/** Keys of a list that is watched whose work is begun or waits; further ones are not heard meanwhile. */
export const MAX_KEYS_AT_WORK = 16;
/** Remarks of one kind that `downloads` makes of single downloads; the others are counted. */
export const MAX_DOWNLOAD_NOTES = 8;
/** Lines of a log that can be asked for at once. */
export const MAX_LOG_LINES = 100_000;
/** Where nobody sits at a terminal, a download that gets no byte for this long ends with exit code 8, unless told otherwise. */
export const DOWNLOAD_TIMEOUT_MS = 120_000;
/** A download of a version that was replaced ends after so long without a byte. */
export const REPLACED_SILENCE_MS = 30_000;
/** Older versions of a file that are kept beside it, as `NAME~1` and so on. */
export const MAX_OLDER_VERSIONS_BESIDE = 1_000;
/** Files that one command over many files hashes and shares at a time. */
export const MAX_FILES_AT_A_TIME = 64;
/**
 * Downloads that one command over many files has begun: they wait for the tracker, peers and the disk
 * together, so that many of them cost few waits.
 */
export const MAX_DOWNLOADS_AT_A_TIME = 192;
/** Failed files that the result of such a command names; the rest is counted. */
export const MAX_FAILURES_LISTED = 100;
/** Names in one request of a command that does the same with many; more take several requests. */
export const MAX_NAMES_AT_ONCE = 1024;
/** Files that the result of such a command lists for programs, some hundred bytes each; the rest is counted. */
export const MAX_TRANSFERS_LISTED = 10_000;
/** Completion waits this long for names of the tracker. */
export const COMPLETION_WAIT_MS = 1_500;
/** A download that has reached nobody for so long says so. */
export const UNREACHED_NEWS_MS = 4_000;
/** And so long at least since it has known of peers: a call and a relay are under way by then. */
export const UNREACHED_NEWS_LEAST_MS = 3_000;
/** What one user takes from this client within this time is told together. */
export const TAKEN_GATHER_MS = 2_000;
/** Files told by name then; more are counted. */
export const MAX_TAKEN_FILES_NAMED = 3;
/** Devices that have taken something, kept for whoever looks; those that take something now come on top. */
export const MAX_TAKERS_KEPT = 256;
/** Lines of history the interactive client keeps. */
export const MAX_HISTORY_LINES = 1_000;

// --- Client's end of the tracker link --------------------------------------

/** Pings without any sign of life before the connection counts as dead. */
export const MAX_MISSED_PONGS = 2;
/** Calls that wait for a lost link to come back; more are refused at once. */
export const MAX_CALLS_WAITING_FOR_LINK = 1_024;
/** Time for the closing handshake before the connection is cut. */
export const LINK_CLOSE_TIMEOUT_MS = 1_000;
/** A client that goes waits this long for the tracker to hear of it. */
export const LINK_FAREWELL_MS = 25;
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
/** Largest database that is read through when it is opened: some tenths of a second on a slow machine. */
export const MAX_CHECKED_DATABASE_BYTES = 16 * MiB;
/** The longest that a change waits so that others share its commit, on the slowest disk. */
export const MAX_LIBRARY_COMMIT_WAIT_MS = 50;
/** Downloads that are complete or failed and kept in the list, per account; the oldest go first. */
export const MAX_FINISHED_DOWNLOADS = 10_000;
