/** Bounds of links for guests: of those who come without the program, and of what a home keeps for them. */
import { KiB, MiB } from './units.js';

/** Links for guests that a home keeps; those that have expired go first. */
export const MAX_GUEST_LINKS = 256;
/** Of the file in which they are kept. */
export const MAX_GUEST_LINKS_FILE_BYTES = 4 * MiB;
/** A link for a guest is good so long at most. */
export const MAX_GUEST_LINK_LIFETIME_MS = 365 * 24 * 3_600_000;
/** Most downloads that a link may be good for. */
export const MAX_GUEST_DOWNLOADS = 1_000_000;
/** Whoever has begun a download may go on with it for so long, and it does not count again. */
export const GUEST_PASS_MS = 24 * 3_600_000;
/** Guests of one link who may go on at a time; the oldest gives way, and counts again. */
export const MAX_GUEST_PASSES = 16;
/** Connections of guests at a time: each may hold two buffers, and a descriptor of a file. */
export const MAX_GUEST_CONNECTIONS = 128;
/** Of these, of one address (of IPv6, of one network): a browser opens six. */
export const MAX_GUEST_CONNECTIONS_PER_NETWORK = 16;
/** Of these, of one address or network, over which a download may run: nobody else takes their places. */
export const MAX_GUEST_TAKING_PER_NETWORK = 8;
/** Of the head of a request: more than a browser sends to an address that it does not know. */
export const MAX_GUEST_HEADER_BYTES = 8 * KiB;
/** Of the form with a password, each byte of which may take three. */
export const MAX_GUEST_FORM_BYTES = 4 * KiB;
/** For a handshake, and for the head and the body of a request. */
export const GUEST_REQUEST_TIMEOUT_MS = 10_000;
/** A connection over which nothing is asked ends after so long. */
export const GUEST_IDLE_MS = 5_000;
/** A guest who does not take a buffer in so long loses the connection: 4 KiB a second are enough. */
export const GUEST_STALL_MS = 60_000;
/** One of the two buffers of a guest: one is read while the other is on its way. */
export const GUEST_BUFFER_BYTES = 256 * KiB;
/** Of an archive that a guest takes, so many headers and files are done before others have their turn. */
export const ARCHIVE_TURN_PARTS = 256;
/** Items that are looked for on the disk, and folders whose tables are read, for guests: so many at a time. */
export const GUEST_LOOKS_AT_A_TIME = 2;
/** Folders of which the gateway keeps what is in them: one of 100,000 files takes some 6 MB. */
export const MAX_GUEST_FOLDERS_KEPT = 4;
/** Addresses without a link behind them, and wrong passwords, of one network: so many at once. */
export const GUEST_MISSES_BURST = 20;
/** And then one in so long. */
export const GUEST_MISS_INTERVAL_MS = 3_000;
/** Wrong passwords of one link, wherever they come from: so many at once, then one in GUEST_MISS_INTERVAL_MS. */
export const GUEST_PASSWORDS_BURST = 60;
/** Networks, and links, of which that is known; the one that was not heard of for longest is forgotten. */
export const MAX_GUEST_MISS_ENTRIES = 4_096;
/** Passwords of guests that wait for their turn: one is looked at after the other, and takes a tenth of a second. */
export const MAX_GUEST_PASSWORDS_WAITING = 16;
/** A browser whose guest has said the password need not say it again for so long. */
export const GUEST_PASSWORD_LIFETIME_MS = 12 * 3_600_000;
/** Items that are fetched for guests at a time. */
export const MAX_GUEST_FETCHES = 8;
/** Nobody delivers what a guest waits for: then the guest waits no longer. */
export const GUEST_FETCH_TIMEOUT_MS = 60_000;
/** What was fetched for guests stays so long after the last of them. */
export const GUEST_FETCH_KEPT_MS = 600_000;
/** Closing the gateway waits so long for what it was asked. */
export const GUEST_CLOSE_WAIT_MS = 1_000;
/** Downloads of guests that a user has noted in histories: so many at once. */
export const GUEST_NOTES_BURST = 100;
/** And then one in so long, so that a history keeps two days of them at least. */
export const GUEST_NOTE_INTERVAL_MS = 10_000;
/** Of these the guests of one network take so many at once, by whatever links. */
export const GUEST_NOTES_OF_NETWORK_BURST = 20;
/** And then one in so long. */
export const GUEST_NOTES_OF_NETWORK_INTERVAL_MS = 60_000;
/** And by one link so many are taken at once, by whomever. */
export const GUEST_NOTES_OF_LINK_BURST = 50;
/** And then one in so long: half of what the user has. */
export const GUEST_NOTES_OF_LINK_INTERVAL_MS = 20_000;
/** Users of whom a tracker remembers that. */
export const MAX_GUEST_NOTE_ENTRIES = 10_000;
