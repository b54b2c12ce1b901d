/**
 * Bounds of the tracker: of its links, its users and groups, what it stores, and what it does for a
 * client. Importers take them from limits.ts, which is the door to all of them.
 */
import { KiB, MiB, GiB } from './units.js';

/** Files in one `describeFiles`, `shareFiles` or `stopShares` call. */
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
/**
 * Files that all devices together may announce: what the tracker's memory is sized for. Beyond it each user
 * has a share of what is left up to twice of it.
 */
export const MAX_ANNOUNCED_IN_TOTAL = 5_000_000;
/** Files that one session may watch at a time (one per running download). */
export const MAX_WATCHED_PER_SESSION = 4096;
/** Watches of all sessions; beyond it each user has a share of what is left up to twice of it. */
export const MAX_WATCHED_IN_TOTAL = 262_144;
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
/** Turns go on for so long, looks and changes each, before others are heard. */
export const TURN_SLICE_MS = 2;
/** One turn of a `shareFiles` or `stopShares` call takes files for so long; what is left takes further turns. */
export const SHARE_TURN_MS = 5;
/** Files of one `shareFiles` call of which the store is asked together, before the first of them is taken in. */
export const SHARES_LOOKED_AHEAD = 16;
/** Shares of a `stopShares` call that one statement ends; between them the turn looks how long it has taken. */
export const SHARES_STOPPED_AT_ONCE = 32;
/** Descriptions that may go with them, unless it is one: dropping takes some 0.8 milliseconds a MiB. */
export const DESCRIPTIONS_STOPPED_AT_ONCE_BYTES = 4 * MiB;
/** Shares that one statement ends where somebody or a group is gone; others are heard between two of them. So many names are in memory. */
export const SHARES_ENDED_AT_ONCE = 64;
/** Shares that end in the turn in which a membership does; the rest ends in further turns. */
export const SHARES_ENDED_WITH_MEMBERSHIP = 128;
/** One turn that removes what was left behind goes on for so long, beyond its first step. */
export const CLEARING_TURN_MS = 20;
/** It is looked so often whether something is left to be removed, for which nobody was told. */
export const CLEARING_LOOK_MS = 60_000;
/** The same after a turn that failed. */
export const CLEARING_PAUSE_MS = 5_000;
/** Removals for whose end somebody waits, and which have every second turn together. */
export const MAX_HURRIED_REMOVALS = 64;
/** Turns that removals have before contents that they have taken the last name of have one; these have all when no removal is left. */
export const REMOVAL_TURNS_BEFORE_CONTENTS = 8;
/** Said to who needs what is being removed. */
export const CLEARING_RETRY_AFTER_MS = 500;
/** Changes of different users that share one commit. */
export const MAX_TURNS_PER_COMMIT = 64;
/** Pages of the tracker's database in memory: a removal touches some thousand, which would be written and read again and again. */
export const DATABASE_CACHE_KIB = 8_192;
/** Pages (4 KiB) in the write-ahead log of the tracker's database from which on a thread copies them into it. */
export const LOG_FRAMES = 4_096;
/** From here on changes wait until it has done so. */
export const MOST_LOG_FRAMES = 32_768;
/** Facts of groups that are kept in memory (a group, which one it is, a member, a content; some 250 bytes each), and those of one. */
export const MAX_VIEWED_FACTS = 262_144;
export const MAX_VIEWED_FACTS_PER_GROUP = 65_536;
/** A ticket may be given again so long, if nothing about it has changed. */
export const TICKET_GIVEN_AGAIN_MS = 60_000;
/** Tickets that are kept for that; the oldest are made anew. */
export const MAX_KEPT_TICKETS = 65_536;
/** Watchers that are told of changes at a time, and peers that they are told of by that; then others are heard. */
export const WATCHES_TOLD_AT_ONCE = 128;
export const PEERS_TOLD_AT_ONCE = 2_048;
/** The rest of the watchers are told so much later. */
export const WATCHES_PAUSE_MS = 5;
/** A watcher who knows fewer peers of a file is told of others until it knows MAX_PEERS_PER_ANSWER. */
export const PEERS_ENOUGH = 100;
/** The same of peers that have the whole file, in places of their own. */
export const WHOLE_PEERS_ENOUGH = 8;
/** Devices of one content from which on they are kept ready for drawing, and below which no longer. */
export const SWARM_POOLED_FROM = 64;
export const SWARM_POOLED_BELOW = 32;
/** Devices of which a tracker knows that they took their leave; who knows them is told so within a moment. */
export const MAX_DEPARTURES_KNOWN = 4_096;
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
/** What `p2p tracker check` tells of each kind: nobody reads more. */
export const MAX_FLAWS_TOLD = 20;
/** A tracker, and a command that looks at its database, wait so long for whoever has that alone. */
export const BUSY_DATABASE_WAIT_MS = 5_000;
/** By so many epochs a restored group is ahead of a backup whose epochs are ahead of the clock. */
export const EPOCHS_PER_RESTORE = 1_000_000;
/** Of the list of contents in a backup; each unused invite takes 150 bytes of it. */
export const MAX_BACKUP_MANIFEST_BYTES = 16 * MiB;
/** Keys and invites in a backup: each is a small text. */
export const MAX_BACKUP_SMALL_FILE_BYTES = 64 * KiB;
/** Calls that go along with the request for a WebSocket, and bytes of the header that holds them. */
export const MAX_EARLY_CALLS = 4;
export const MAX_EARLY_CALLS_BYTES = 4 * KiB;
/** Bytes queued towards one tracker client; a client that reads slower is disconnected. */
export const MAX_TRACKER_SEND_QUEUE_BYTES = 4 * MiB;
/** Connections that have said nothing yet, over the whole tracker; the oldest of the address that has most makes room. */
export const MAX_SILENT_CONNECTIONS = 2_048;
/** Of those, from one address (IPv6: /64), as a campus behind one comes back; its oldest makes room for a new one. */
export const MAX_SILENT_PER_ADDRESS = 1_024;
/**
 * Connections whose first message is there and that wait for TLS, 10 KB each at most; beyond it each address has a
 * share of what is left up to twice of it.
 */
export const MAX_WAITING_NEWCOMERS = 2_048;
/** Who would wait longer for TLS, or has, is told to come back: well before a client gives up its attempt. */
export const MAX_NEWCOMER_WAIT_MS = 7_000;
/** Connections in TLS and behind it that have not logged in yet, over the whole tracker. */
export const MAX_ANONYMOUS_CONNECTIONS = 1024;
/** Of those, from one address (IPv6: /64); others of it wait. */
export const MAX_ANONYMOUS_PER_ADDRESS = 32;
/** Handshakes that run at a time in any case; how many more, up to the bound before, depends on how soon they are done. */
export const LEAST_HANDSHAKES_AT_A_TIME = 128;
/** One that is done within so long makes room for one more, two round trips of the longest way; any other is counted no longer. */
export const HANDSHAKE_QUICK_MS = 1_000;
/** One that is done after so long takes a sixteenth of the room away. */
export const HANDSHAKE_SLOW_MS = 2_000;
/** One that has not logged in after so long gives its place to who waits for it, unless its request is being worked on. */
export const NEWCOMER_PATIENCE_MS = 3_000;
/** While nobody has a place to give, it is looked so often whether somebody has. */
export const NEWCOMER_LOOK_MS = 250;
/** A connection that has said nothing for so long, or has not logged in so long after TLS began, is closed. */
export const ANONYMOUS_IDLE_MS = 10_000;
/** Answers to changes that are kept of one user, or device, for who asks again; as many as the first byte of a key counts. */
export const MAX_KEPT_ANSWERS = 256;
/** An answer is kept at least so long. */
export const ANSWER_KEPT_MS = 10 * 60_000;
/** Older ones are removed so many at a time. */
export const ANSWERS_FORGOTTEN_AT_ONCE = 1_024;
/** The longest time after which a tracker may say that it is worth asking again. */
export const MAX_RETRY_AFTER_MS = 60_000;
/** Whoever is told to ask again sooner does so after this. */
export const MIN_RETRY_AFTER_MS = 100;
/** The time that it says while its database does not answer, or it cannot hear of the others. */
export const DATABASE_RETRY_AFTER_MS = 500;
/** The time that it says when too many change the same: it has tried itself by then, so that one asks twice more, or once. */
export const CONFLICT_RETRY_AFTER_MS = 2_000;
/** `/healthz` says 503, and `/metrics` leaves out what is stored, when the database has not answered for so long: sooner than a probe gives up. */
export const HEALTH_WAIT_MS = 2_000;
/** Times that a change is asked for whose answer is lost with the connection, the first one included. */
export const MAX_TIMES_ASKED = 4;
/** Pause before such a change is asked for once more by who was told nothing of it. */
export const ASKED_AGAIN_PAUSE_MS = 1_000;
/** Time for one tracker request before the client gives up. */
export const TRACKER_REQUEST_TIMEOUT_MS = 30_000;
/** A tracker that has not answered for so long is said to be waited for: sooner than people wonder. */
export const TRACKER_SILENCE_MS = 2_000;
/** A tracker that leaves a question unanswered is pinged after so long, and doubted after as long again. */
export const TRACKER_DOUBT_MS = 750;
/** One with a single address is doubted so long after the ping at least: another handshake costs just the one that may be busy. */
export const TRACKER_LONE_DOUBT_MS = 2_000;
/** The longest of these waits: each doubt that was wrong doubles it. */
export const TRACKER_DOUBT_MAX_MS = 8_000;
/** The slowest way to the tracker on which it is doubted no sooner for the bytes of a question: these waits are so much longer. */
export const TRACKER_DOUBT_BYTES_PER_SECOND = 8 * KiB;
/** An address that shows what it has to may keep the upgrade waiting so long, or twice as long as that took, while others are left. */
export const TRACKER_UPGRADE_WAIT_MS = 1_000;
/** A command whose tracker is lost waits so long for its return, counted from the loss. */
export const TRACKER_RETURN_WAIT_MS = 5_000;
/** A lost tracker of which no packet has come for so long is dialled anew: the system repeats itself more and more seldom. */
export const TRACKER_DIAL_SILENCE_MS = 4_000;
/** Time for TLS and WebSocket handshake with the tracker. */
export const TRACKER_CONNECT_TIMEOUT_MS = 10_000;
/** On the tracker link who was silent for so long is pinged; two missed pongs end the connection. */
export const TRACKER_PING_INTERVAL_MS = 20_000;
/** The tracker tells its clients the time with a ping at least each so many of these intervals. */
export const BEATS_PER_TOLD_TIME = 3;
/** Requests that a tracker works on at a time, of all connections; who has their share is refused then. */
export const MAX_PENDING_REQUESTS_IN_TOTAL = 4_096;
/** A request whose turn comes so late is not carried out: its caller has given up. */
export const MAX_TURN_WAIT_MS = 30_000;
/** The event-loop delay of `GET /metrics` is that of the last such stretch and of the one that has begun. */
export const EVENT_LOOP_STRETCH_MS = 15_000;
/** First and last wait between two attempts to reach a lost tracker. */
export const RECONNECT_MIN_MS = 250;
export const RECONNECT_MAX_MS = 15_000;
/** The last one where the network does not lead there: nobody is burdened by it, and its return is not announced. */
export const AWAY_RETRY_MAX_MS = 2_000;
/** The same where the tracker has said that more come than it can take. */
export const BUSY_RETRY_MIN_MS = 2_000;
export const BUSY_RETRY_MAX_MS = 30_000;
/** A tracker that closes asks its clients to come back within the time in which so many a second are all back. */
export const RETURNS_PER_SECOND = 400;
/** The longest such time, whatever a tracker says. */
export const MAX_RETURN_SPREAD_MS = 60_000;
/** Addresses of one tracker that a client is told by its user, and as many by the tracker. */
export const MAX_TRACKER_ADDRESSES = 8;
/** Who answers at the addresses besides the one in use is looked at for so long. */
export const TRACKER_LOOK_MS = 1_000;
/** First and last wait before an address that failed is dialled again, while another one is worth a try. */
export const TRACKER_ADDRESS_WAIT_MIN_MS = 1_000;
export const TRACKER_ADDRESS_WAIT_MAX_MS = 60_000;
/** Passwords being hashed or waiting for it; at the bound the neighbourhood that has most waiting is refused with BUSY first. */
export const MAX_PASSWORD_QUEUE = 64;
/** Of those, what one neighbourhood (an IPv4 /24, an IPv6 /48), and in it one address, may have waiting whoever else of its kind wants its place. */
export const PASSWORD_SHARE_PER_NEIGHBOURHOOD = 2;
/** Wrong passwords for an account from one address, or from one device that was in before. */
export const FREE_LOGIN_FAILURES = 5;
/** Wrong passwords for one account from everywhere: many, or guessers could keep its owner out. */
export const FREE_LOGIN_FAILURES_PER_ACCOUNT = 100;
/** Wait after the first failure too many; doubles with each further one. */
export const LOGIN_BACKOFF_MIN_MS = 1_000;
export const LOGIN_BACKOFF_MAX_MS = 5 * 60_000;
/** Failures remembered of each kind: by account, by address, by both, by device, by neighbourhood; and taken names, by address. */
export const MAX_LOGIN_FAILURE_ENTRIES = 10_000;
/** Groups one user may own or belong to, and requests open at a time. */
export const MAX_GROUPS_PER_USER = 50;
/** Requests that wait for a user's answer and are named where everything is shown at a glance. */
export const MAX_OPEN_REQUESTS_TOLD = 20;
/** Requests to join one group: so many at once, then one in each interval. */
export const JOIN_REQUESTS_BURST = 3;
export const JOIN_REQUEST_INTERVAL_MS = 60_000;
/** Users and groups whose requests are counted so. */
export const MAX_JOIN_PACE_ENTRIES = 10_000;
/** `join --wait` hears of the answer; it looks besides, so often. */
export const JOIN_ANSWER_CHECK_MS = 60_000;
/** Join requests pending in one group. */
export const MAX_REQUESTS_PER_GROUP = 10_000;
/** Of those, from one address (IPv6: /64). */
export const MAX_REQUESTS_PER_GROUP_AND_ADDRESS = 500;

/** Wrong passwords from one address: more, because many people may sit behind one. */
export const FREE_LOGIN_FAILURES_PER_ADDRESS = 50;
/** Wrong passwords of an IPv4 /24 or an IPv6 /48 from which on all that come from there let others go first; of one address, the first. */
export const DOUBTED_NEIGHBOURHOOD_FAILURES = 20;
/** User ids that turned out to be taken, tried from one address. */
export const FREE_TAKEN_NAMES_PER_ADDRESS = 50;
/** Accounts made from one address in a day; the operator may choose another number. */
export const ACCOUNTS_PER_DAY_PER_ADDRESS = 10;
/** So many times as many from all addresses of an IPv6 /48, of which one customer of a provider may have 65,536. */
export const ACCOUNTS_PER_CUSTOMER_FACTOR = 10;
/** So many times as many by a link into a group: a member has asked them in, and a lab sits behind one router. */
export const ACCOUNTS_BY_LINK_FACTOR = 10;
/** Addresses whose new accounts are counted, and as many IPv6 /48. */
export const MAX_ACCOUNT_QUOTA_ENTRIES = 10_000;
/** Devices of one account that are remembered as having logged in. */
export const MAX_KNOWN_DEVICES_PER_USER = 256;
/** Operators' commands that are connected to the tracker's own socket, and calls of each at a time. */
export const MAX_ADMIN_CALLERS = 8;
export const MAX_ADMIN_CALLS = 16;
/** Bytes (UTF-8) of what a disabled user is told. */
export const MAX_DISABLE_REASON_BYTES = 200;
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
/** Replaced versions of one name whose downloads may still end; each holds a description. */
export const MAX_FORMER_VERSIONS_PER_NAME = 3;
/** A replaced version is forgotten after this long: no download of it is still worth waiting for. */
export const FORMER_VERSION_KEPT_MS = 7 * 24 * 60 * 60_000;
/** Replaced versions that one request forgets because they are too old. */
export const FORMER_VERSIONS_FORGOTTEN_AT_ONCE = 256;
/** Prepared SQL statements kept by the embedded store. */
export const MAX_PREPARED_STATEMENTS = 256;
/** Groups whose list of files a session follows: more than a client keeps folders the same as. */
export const MAX_FOLLOWED_PER_SESSION = 64;
/** Changes of the list of a group's files are gathered this long before those are told who follow it. */
export const FILES_CHANGED_PUSH_DELAY_MS = 500;
/** Sessions that are told of it at a time. */
export const FOLLOWERS_TOLD_AT_ONCE = 128;
/** Those who are told ask for the list at some moment of this time, each at another. */
export const FILES_CHANGED_SPREAD_MS = 1_000;
/** Changes of a swarm are gathered this long before its watchers are told. */
export const PEERS_PUSH_DELAY_MS = 50;
/** Bytes (UTF-8) of the host part of an address: the longest name DNS allows. */
export const MAX_HOST_BYTES = 253;

/** A client's address is dialled at most once in this time, over all devices that claim it. */
export const REACH_INTERVAL_MS = 10 * 60_000;
/** Time for one such dial: a device that serves answers at once. */
export const REACH_TIMEOUT_MS = 5_000;
/** What a client finds out of how others reach it is gathered so long before it is told. */
export const REACH_NEWS_MS = 500;
/** Time for looking up a name that a user announces; then what it meant last counts. */
export const ANNOUNCED_LOOKUP_MS = 2_000;
/** How often devices that could not be dialled yet are looked at again. */
export const REACH_RETRY_MS = 60_000;
/** Calls are counted over this time. */
export const CALL_INTERVAL_MS = 60_000;
/** Calls in that time by one user, and from one address (IPv6: /64). */
export const MAX_CALLS_PER_USER = 120;
export const MAX_CALLS_PER_SOURCE = 480;
/** Calls in that time to one device, by everybody, and by one other device. */
export const MAX_CALLS_TO_DEVICE = 240;
export const MAX_CALLS_TO_DEVICE_BY_ONE = 24;
/** Users, addresses and devices whose calls are counted. */
export const MAX_CALL_ENTRIES = 65_536;
/** Meetings at the tracker's relay, planned and under way: in all, of one user, of two devices. */
export const MAX_RELAY_MEETINGS = 256;
export const MAX_RELAY_MEETINGS_PER_USER = 16;
export const MAX_RELAY_MEETINGS_PER_PAIR = 2;
/** Devices of members who relay that are looked at for one meeting, least lately looked at first. */
export const MAX_RELAYS_LOOKED_AT = 1_024;
/** Online members of the group who are gone through for that; the next meeting goes on behind them. */
export const MAX_RELAY_MEMBERS_LOOKED_AT = 4_096;
/** Both sides of a meeting have so long to come. */
export const RELAY_MEETING_TIMEOUT_MS = 10_000;
/** A relayed connection on which nothing passes for so long is closed: peers ping each other before. */
export const RELAY_IDLE_MS = 120_000;
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
/** Bits of an invite's code. */
export const INVITE_BITS = 120;
/** Bytes of what is taken for such a code. */
export const MAX_INVITE_CODE_BYTES = 128;
/** Invites into one group that are good at a time. */
export const MAX_INVITES_PER_GROUP = 100;
/** Owners and admins of one group: each of them is told who asks to join. */
export const MAX_GOVERNORS_PER_GROUP = 100;
/** Users who are banned from one group; each with the devices on which they were. */
export const MAX_BANS_PER_GROUP = 500;
/** Accounts that one invite may make, or members, and how long it may be good. */
export const MAX_INVITE_USES = 10_000;
export const MAX_INVITE_LIFETIME_MS = 365 * 24 * 3600 * 1000;
