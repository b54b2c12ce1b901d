/**
 * Bounds of the link between peers: what one connection, one peer, one user and one download may
 * take. Importers take them from limits.ts, which is the door to all of them.
 */
import { KiB, MiB } from './units.js';

/** Version of the peer protocol, exchanged in HELLO and WELCOME. */
export const PEER_PROTOCOL_VERSION = 1;
/** Bytes of a frame before HELLO was accepted. */
export const MAX_HANDSHAKE_FRAME_BYTES = 4 * KiB;
/** Bytes of a frame that carries neither a block nor a bitfield. */
export const MAX_PEER_CONTROL_FRAME_BYTES = 64 * KiB;
/** Bytes of one block, the unit of requests, that a user may choose; the last is shorter. */
export const MIN_BLOCK_LENGTH = 16 * KiB;
export const MAX_BLOCK_LENGTH = 1 * MiB;
/** Measured best block length, see native-bench/README.md. */
export const DEFAULT_BLOCK_LENGTH = 512 * KiB;
/**
 * Frames a second that one side of a connection takes from the other, besides blocks and answers:
 * more than a download of 2 GB/s tells of the smallest pieces.
 */
export const MAX_CONTROL_FRAMES_PER_SECOND = 8_192;
/** What OPEN counts in frames: main looks up a file for each. */
export const OPEN_FRAME_COST = 8;
/** What TICKET counts in frames: its signature takes 0.1 ms to check. */
export const TICKET_FRAME_COST = 512;
/** Pieces of the part that was asked of by a name among which the one that is sent unasked is looked for. */
export const MAX_PIECES_LOOKED_AT_FOR_A_NAME = 1_024;
/** Names that are hashed in one go for the first question by a name; then others are heard. */
export const NAMES_HASHED_AT_ONCE = 1_024;
/** Questions by name on one connection: a dialler asks before it knows more, and then never again. */
export const MAX_NAME_QUESTIONS_PER_SESSION = 1;
/** A request for less counts as a control frame, and under an upload limit as this many bytes. */
export const SMALL_REQUEST_BYTES = 1 * KiB;
/** Requests that may be unanswered on one connection. */
export const MAX_REQUESTS_IN_FLIGHT = 64;
/** Of those, such as may come right behind OPEN, before WELCOME says what is allowed. */
export const MAX_EARLY_REQUESTS = 16;
/** Bytes handed to a socket and not yet taken by the kernel, per uploading peer. */
export const MAX_SEND_QUEUE_BYTES = 4 * MiB;
/** Of that, what blocks leave to other frames; a peer that lets more pile up is let go. */
export const FRAME_QUEUE_BYTES = 512 * KiB;
/** Under an upload limit, a request that has waited this long goes before others of its session. */
export const MAX_REQUEST_WAIT_MS = 5_000;
/** Blocks and pieces whose spread an uploading thread remembers. */
export const MAX_REMEMBERED_BLOCKS = 262_144;
/** Files open at a time on one peer connection. */
export const MAX_FILES_PER_SESSION = 16;
/** Files that are opened on one connection in a second: a little less than the other end takes. */
export const MAX_OPENS_PER_SECOND = 744;
/** Bytes of the small files that are open at a time on one connection. */
export const MAX_PARCEL_BYTES_OPEN = 4 * MiB;
/** A peer that sends nothing for so long of small files it was asked for is left. */
export const PARCEL_SILENCE_MS = 5_000;
/** Small files that are fetched together at a time. */
export const MAX_PARCEL_DOWNLOADS = 256;
/** Connections on which small files are fetched, over all peers of a group. */
export const MAX_PARCEL_CONNECTIONS = 4;
/** For fewer small files that are wanted at once no connection is dialled. */
export const MIN_PARCEL_FILES = 4;
/** Peers that are remembered not to have given small files as they should. */
export const MAX_PARCEL_GRUDGES = 256;
/** For so long such a peer is only asked in the ordinary way. */
export const PARCEL_GRUDGE_MS = 30_000;
/** Small files that are fetched in the ordinary way at a time, each on a connection of its own. */
export const MAX_SMALL_FILES_ALONE = 16;
/** Files open at a time over all connections of one user. */
export const MAX_OPEN_FILES_PER_USER = 64;
/** Time from connecting to WELCOME. */
export const PEER_HANDSHAKE_TIMEOUT_MS = 10_000;
/** Time without a single byte on a connection that waits for blocks (idle connections are pinged). */
export const PEER_IDLE_TIMEOUT_MS = 120_000;
/** A peer whose socket takes nothing of what it asked for in this time is let go. */
export const UPLOAD_STALL_TIMEOUT_MS = 30_000;
/** A peer that has a file open and asks for nothing of it is let go; it may come back. */
export const UPLOAD_UNASKED_TIMEOUT_MS = 120_000;
/** A peer that has shown a ticket and has no file open is let go: diallers keep such ones 5 s. */
export const UPLOAD_UNOPENED_TIMEOUT_MS = 30_000;
/** A refused peer has this long to read why; closing at once would often take it from them. */
export const PEER_LINGER_MS = 1_000;
/** Connections with a ticket that one listener serves at a time. */
export const MAX_UPLOAD_SESSIONS = 512;
/**
 * Of those, connections of one device: one for each of the downloads that it may run at a time, and
 * some more while its threads are idle.
 */
export const MAX_UPLOAD_SESSIONS_PER_DEVICE = 24;
/** Connections of one listener that have not shown a ticket yet, from the first packet on. */
export const MAX_UNPROVEN_UPLOAD_SESSIONS = 64;
/** Served files that are looked at again in one second; of more, each has to wait for its turn. */
export const MAX_FILES_LOOKED_AT = 512;
/** Connections to one peer, while there are fewer peers than transfer threads. */
export const MAX_CONNECTIONS_PER_PEER = 4;
/**
 * Over a distance one connection is held down by its own round trips and losses: one for each such
 * time of latency, shared by the peers that have the file.
 */
export const LATENCY_PER_CONNECTION_MS = 10;
/** The most of these to one peer. */
export const MAX_CONNECTIONS_PER_FAR_PEER = 8;
/** A further connection over a distance is worth its dial when so much for each is lacking. */
export const FAR_BYTES_PER_CONNECTION = 4 * MiB;
/** Connections a download keeps at a time. */
export const MAX_PEERS_PER_DOWNLOAD = 64;
/** Devices of one user that hold places of one download. */
export const MAX_DEVICES_PER_USER = 4;
/** A place on which nothing has come for this long since it was taken is lost when others wait. */
export const MUTE_PLACE_MS = 5_000;
/** Downloads that run at a time, two brief ones counting as one; further ones wait in line. */
export const MAX_RUNNING_DOWNLOADS = 8;
/** The most that `--at-once` makes of it. */
export const MAX_DOWNLOADS_AT_ONCE = 64;
/** Downloads on which nothing comes and that are not counted among those that run; each is watched and has its part open. */
export const MAX_STALLED_DOWNLOADS = 128;
/** Between two looks at what runs, while others wait. */
export const QUIET_LOOK_INTERVAL_MS = 1_000;
/** Looks in a row that have seen nothing come: from then on a download is stalled. */
export const MAX_QUIET_LOOKS = 20;
/** Rules about rates that a home keeps; each may be of another group, which has a row of memory that all threads share. */
export const MAX_LIMIT_RULES = 64;
/** Of the file in which they are kept: each with the longest name of a group, written as escapes. */
export const MAX_LIMITS_FILE_BYTES = 256 * KiB;
/** Of a file of settings: all that there are, with a page of remarks to each. */
export const MAX_SETTINGS_FILE_BYTES = 256 * KiB;
/** Attempts to change one that somebody else changes meanwhile. */
export const MAX_SETTINGS_ATTEMPTS = 5;
/** One that changes a file of settings waits so long for others that do. */
export const SETTINGS_LOCK_WAIT_MS = 5_000;
/** And looks so often. */
export const SETTINGS_LOCK_POLL_MS = 20;
/** A lock of somebody who cannot be seen from here, and that has been there for so long, was left behind. */
export const SETTINGS_LOCK_AGE_MS = 2_000;
/** Whoever waits for a limit looks this often whether it is another one by now. */
export const RATE_WAIT_STEP_MS = 250;
/** Between two looks at the time of day, while a limit depends on it. */
export const LIMIT_LOOK_INTERVAL_MS = 15_000;
/** Downloads that have every piece and are being moved, noted and shared at a time. */
export const MAX_FINISHING_DOWNLOADS = 64;
/** Downloads of a client that run or wait; each holds its description. */
export const MAX_WAITING_DOWNLOADS = 10_000;
/** Ended downloads whose outcome an engine still knows; the library keeps a row of each. */
export const MAX_ENDED_DOWNLOADS_HELD = 256;
/** Pieces of a download that is likely over before its swarm changes: watched only if not. */
export const BRIEF_DOWNLOAD_PIECES = 8;
/** Bad pieces from one peer before it is banned for the download. */
export const MAX_BAD_PIECES_PER_PEER = 2;
/** Devices whose ban a download remembers. */
export const MAX_BANNED_DEVICES = 4096;
/** An address that has not proven its device's key is attempted once in this time, whoever names it. */
export const UNPROVEN_REDIAL_MS = 30_000;
/** An address that has not answered for this long holds up the next one of its device no longer (RFC 8305). */
export const DIAL_STAGGER_MS = 250;
/** A call, or a relay, is tried when what is better has not answered for so long. */
export const LATE_WAY_AFTER_MS = 1_000;
/** Whoever was called has so long to come. */
export const CALL_TIMEOUT_MS = 10_000;
/** A caller waits so long to hear whether it can be reached itself: a little more than a look takes. */
export const CALLER_LOOK_WAIT_MS = 6_000;
/** Calls that a client answers at once; then so many a second, whoever calls. */
export const ANSWERS_BURST = 32;
export const ANSWERS_PER_SECOND = 2;
/** Calls that one listener is answering at a time. */
export const MAX_ANSWERS_AT_A_TIME = 32;
/** Calls of a client that wait for their answer. */
export const MAX_CALLS_AT_A_TIME = 64;
/** While a peer is relayed, a better way to it is tried this often. */
export const BETTER_WAY_INTERVAL_MS = 30_000;
/** For so long a relay is passed over on which nothing came of a meeting, if there is another one. */
export const RELAY_AVOIDED_MS = 60_000;
/** Relays that are passed over at a time; the oldest grudge is forgotten. */
export const MAX_AVOIDED_RELAYS = 8;
/** How often this machine's own addresses are looked at. */
export const NETWORK_POLL_MS = 1_000;
/** A connection that may have lost its way is given up after so long without a byte. */
export const PATH_SILENCE_MS = 1_000;
/** A peer that has opened the file and sent nothing for so long is looked for, while nobody else delivers. */
export const PEER_SILENCE_MS = 3_000;
/** For one look; the system repeats a dial after a second, and more and more seldom. */
export const SILENT_PEER_LOOK_MS = 2_000;
/** Between two of them, while they are in vain. */
export const SILENT_PEER_PAUSE_MS = 1_000;
/** A peer that was found at the first one is slow: it is left in peace so long. */
export const SLOW_PEER_PAUSE_MS = 10_000;
/** One that was away is heard on the connections that are there within so long, or they are dead: threads report four times a second. */
export const BACK_PEER_GRACE_MS = 500;
/** Peers of one download that are looked for at a time. */
export const MAX_SILENT_PEERS_LOOKED_FOR = 8;
/** Groups of which a client remembers where it met peers, for the next command; the oldest is forgotten. */
export const MAX_MET_GROUPS = 32;
/** Devices of each of them. */
export const MAX_MET_PEERS_PER_GROUP = 4;
/** Bytes of the file in which that is kept; a larger one is none. */
export const MAX_MET_PEERS_FILE_BYTES = 128 * KiB;
/** Bytes of a ticket's text in that file: names at their longest take 840. */
export const MAX_KEPT_TICKET_BYTES = 1 * KiB;
/** Pieces that are asked of a peer on each connection before the tracker has said what a name means. */
export const MAX_GUESSED_PIECES = 2;
/** Devices that are dialled before the tracker has said who has a file. */
export const MAX_DEVICES_DIALLED_AHEAD = 2;
/** Connections to one of them where much of a file is likely lacking: as many as ask at once, and one that asks nothing. */
export const MAX_CONNECTIONS_AHEAD_PER_PEER = MAX_CONNECTIONS_PER_FAR_PEER + 1;
/** Addresses whose attempt or proof a client remembers; the oldest is forgotten. */
export const MAX_DIALLED_ADDRESSES = 4_096;
/** Connections of one download that have not opened the file yet. */
export const MAX_UNPROVEN_DIALS_PER_DOWNLOAD = 16;
/** From so many connections to a device on, a download opens no second one to it. */
export const MAX_CONNECTIONS_FOR_FURTHER = 8;
/** First and last wait before a peer that could not be reached, or brought nothing, is dialled again. */
export const REDIAL_MIN_MS = 500;
export const REDIAL_MAX_MS = 30_000;
/** The longest of these waits before one that opened the file: a network that breaks often must not stop it. */
export const REDIAL_OPENED_MAX_MS = 2_000;
/**
 * One that opened the file and is silent now is dialled at that pace for so long, while nobody else delivers: its link
 * may be away, and back any moment.
 */
export const SILENT_PEER_AWAITED_MS = 10 * 60_000;
/** One of whom the tracker has heard no more is dialled for so long; then the tracker has to tell of it again. */
export const LOST_PEER_KEPT_MS = 60 * 60_000;
/** Such peers of one download; the one that was not heard for longest is forgotten. */
export const MAX_LOST_PEERS_PER_DOWNLOAD = 16;
/** A peer that delivers nothing for this long is snubbed: its pieces go to others. */
export const SNUB_AFTER_MS = 10_000;
/** A peer that stays snubbed for this long is dropped: its place may serve better. */
export const DROP_SNUBBED_AFTER_MS = 60_000;

/** Connections kept without a file, for the next one; the one idle longest is closed first. */
export const MAX_IDLE_PEER_CONNECTIONS = 64;
/** How long such a connection is kept: between two files of one command, not between commands. */
export const IDLE_PEER_CONNECTION_MS = 5_000;
/** Time for the answers to what was in flight when a file was released. */
export const RELEASE_DRAIN_MS = 500;
