/**
 * Bounds of finding peers in one's own network, without the tracker. Importers take them from
 * limits.ts, which is the door to all of them.
 */

/** Bytes of a letter: one packet on every network that carries IPv6, with its head. */
export const MAX_LAN_LETTER_BYTES = 1_200;
/** Contents that one letter asks for, or answers with. */
export const MAX_LAN_FILES_PER_LETTER = 20;
/** A letter is good for so long before and after the time that it names. */
export const LAN_LETTER_LIFE_MS = 30_000;
/** How often it is looked whether something is to be asked, and which peers have gone silent. */
export const LAN_TICK_MS = 500;
/** How often it is asked for a content while that is news, or the tracker is away. */
export const LAN_ASK_MS = 2_000;
/** How often it is asked for it otherwise. */
export const LAN_ASK_SELDOM_MS = 10_000;
/** For so long a content that is wanted is news. */
export const LAN_NEWS_MS = 10_000;
/** A peer that has answered nothing for so long is not in the network any more. */
export const LAN_PEER_LIFE_MS = 35_000;
/** Within so long a peer's answers to one question come, by all its interfaces. */
export const LAN_ANSWER_SPREAD_MS = 1_000;
/** Letters sent in a second, and at once. */
export const LAN_LETTERS_PER_SECOND = 32;
export const LAN_LETTER_BURST = 128;
/** Letters of one address that are opened in a second, and at once. */
export const LAN_LETTERS_PER_SOURCE = 8;
export const LAN_SOURCE_BURST = 32;
/** The same of all addresses together. */
export const LAN_LETTERS_OPENED_PER_SECOND = 64;
export const LAN_OPENED_BURST = 256;
/** Addresses whose letters are counted; the one that was silent longest is forgotten. */
export const MAX_LAN_SOURCES = 512;
/** Letters that are known again when somebody repeats them; of more the oldest is forgotten. */
export const MAX_LAN_LETTERS_REMEMBERED = 4_096;
/** Groups whose letters are opened: each is a key that every letter is tried with. */
export const MAX_LAN_GROUPS = 128;
/** Contents for which it is asked at a time. */
export const MAX_LAN_FILES_WATCHED = 256;
/** Devices that are remembered to have one content. */
export const MAX_LAN_DEVICES_PER_FILE = 64;
/** Of those, devices at one address. */
export const MAX_LAN_DEVICES_PER_SOURCE = 8;
/** Addresses at which one device was heard. */
export const MAX_LAN_ADDRESSES_PER_DEVICE = 4;
/** Addresses of this machine from which it is asked; further ones take no part. */
export const MAX_LAN_INTERFACES = 8;
/** Groups whose keys are asked for in one call. */
export const MAX_LAN_KEYS_PER_CALL = 128;
/** For everything that `doctor net` tries. */
export const NETWORK_CHECK_MS = 20_000;
/** How often it looks whether all of that has answered. */
export const NETWORK_CHECK_POLL_MS = 500;
