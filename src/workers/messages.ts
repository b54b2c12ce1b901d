/**
 * Everything that crosses between the main thread and a transfer thread, named by direction.
 * Plain data only: errors travel as WireError, pieces as indexes, open files as fd numbers.
 * No message ever carries file bytes.
 */
import type { MessagePort } from 'node:worker_threads';
import type { DeviceCredentials } from '../net/device-identity.js';
import type { WireError } from '../net/errors.js';
import type { FolderLayout } from '../net/folder-layout.js';
import type { FolderPaths } from '../net/folder-paths.js';
import type { FolderStamps } from '../net/folder-stamps.js';
import type { PieceLayout } from '../net/piece-layout.js';
import type { GroupStanding, PeerAddress, PeerTransport } from '../net/tracker-api.js';

/** The SHA-1 engines, see hashing/create-piece-hasher.ts. */
export type HasherName = 'wasm' | 'hash-wasm' | 'native';

export type { DeviceCredentials };

/** What a thread is started with. */
export interface ThreadStart {
  /** Of all threads of the process, see net/thread-turn.ts. */
  readonly turn: SharedArrayBuffer;
}

/** Limits shared by all threads; cells of a SharedArrayBuffer, see net/shared-rate-limiter.ts. */
export interface SharedRates {
  readonly up: SharedArrayBuffer;
  readonly down: SharedArrayBuffer;
  /** Of what stays in this machine's own networks, and does not count otherwise; aside where that is as all else. */
  readonly lan: { readonly up: SharedArrayBuffer; readonly down: SharedArrayBuffer };
  /** What holds besides for all that leaves them. */
  readonly wan: { readonly up: SharedArrayBuffer; readonly down: SharedArrayBuffer };
  /** What holds for a group besides, see net/group-rates.ts. */
  readonly groups: SharedArrayBuffer;
}

/**
 * Where the bytes of a content lie, for a thread: they stay there until every task that knows it has
 * let go. See disk/open-content.ts, which opens it.
 */
export type ContentSource = FileSource | FolderSource | GrowingFolderSource;

/** A file that main has opened. */
export interface FileSource {
  readonly type: 'file';
  readonly fd: number;
}

/** A folder on disk, of which each file is read only as it was when it was looked at. */
export interface FolderSource {
  readonly type: 'folder';
  /** Absolute. */
  readonly root: string;
  readonly layout: FolderLayout;
  readonly paths: FolderPaths;
  readonly stamps: FolderStamps;
}

/** A folder that is being downloaded. */
export interface GrowingFolderSource {
  readonly type: 'growing-folder';
  readonly layout: FolderLayout;
  readonly paths: FolderPaths;
  /** Where the pack grows, which is all files that are shorter than a piece. */
  readonly packFd: number;
  /** Where the others grow, each under its path; ours alone. Good while the content is held open. */
  readonly tree: string;
  /** The same as people know it. */
  readonly treeName: string;
  /** Where all of them belong, and are in the end. */
  readonly destination: string;
  /** Files that were there already and are right: they are read there. */
  readonly placed: PlacedFiles | undefined;
}

/** How much of an entry is right at the destination. */
export const PLACES = {
  nothing: 0,
  whole: 1,
  /** Of a small file, what lies in those pieces of the pack that are right there. */
  partly: 2,
} as const;

/** What was right at the destination before the download; read only as it was then. */
export interface PlacedFiles {
  readonly stamps: FolderStamps;
  /** By place in the table: one of `PLACES`. */
  readonly places: Uint8Array;
  /** By piece of the pack: 1 for those that are read there. */
  readonly pack: Uint8Array;
}

/** How a task ended: it knows no content any more. A task never throws across the thread. */
export type TaskOutcome = { readonly ok: true } | ({ readonly ok: false } & WireError);

/** What a thread says of itself, once: its code is loaded. */
export interface ThreadToMain {
  readonly type: 'loaded';
}

// --- Task: download pieces from one peer, of one file at a time --------------

/** A file that will likely be fetched, as far as that can be known before the tracker says so. */
export interface GuessedFile {
  readonly fileId: string;
  readonly layout: PieceLayout;
}

/** A file of which a session fetches pieces. */
export interface FileToFetch extends GuessedFile {
  /** Open for writing (and reading) until every session that knows it has released it. */
  readonly content: ContentSource;
  /** SHA-1 of each piece, 20 bytes each, read-only. */
  readonly pieceHashes: SharedArrayBuffer;
}

/** Where a relay waits for both sides: the tracker's at its port, or a member's, who is shown a ticket. */
export type RelayPlace =
  | { readonly of: 'tracker'; readonly address: PeerAddress }
  | {
      readonly of: 'member';
      readonly userId: string;
      readonly deviceId: string;
      readonly addresses: readonly PeerAddress[];
      readonly ticket: Uint8Array;
    };

/** A way on which nobody is dialled: the peer has come, or both meet at a relay. */
export type MetPeer =
  | { readonly way: 'called'; readonly callId: string }
  | { readonly way: 'relayed'; readonly relay: RelayPlace; readonly key: string };

/** The session begins with the file that comes along; one without is dialled ahead, and waits for `open`. */
export interface PeerSessionTask {
  readonly first: FileToFetch | undefined;
  /** Bytes of the thread's slots; the first task of a thread decides. */
  readonly slotMemoryBytes: number;
  readonly port: MessagePort;
  readonly addresses: readonly PeerAddress[];
  /** Instead of a dial. @default none */
  readonly met?: MetPeer;
  readonly transport: PeerTransport;
  readonly credentials: DeviceCredentials;
  /** The device id that the tracker named; any other key on the connection is refused. */
  readonly peerDeviceId: string;
  readonly ticket: Uint8Array;
  readonly blockLength: number;
  /** Least bytes requested ahead. */
  readonly pipelineBytes: number;
  readonly hasher: HasherName;
  /** The group in which it fetches. */
  readonly groupId: string;
  readonly rates: SharedRates;
}

export type MainToPeerSession =
  /** Pieces to fetch, in this order, after those given before. */
  | { readonly type: 'fetch'; readonly pieces: readonly number[] }
  /** Give these pieces back; each is answered with `returned` unless it was just finished. */
  | { readonly type: 'cancel'; readonly pieces: readonly number[] }
  /**
   * Give these pieces back as far as that costs nothing: each is answered with `returned`, some only once the peer
   * has dropped what it was asked for of them, or with what comes of it because it was on its way.
   */
  | { readonly type: 'yield'; readonly pieces: readonly number[] }
  /** Pieces this download now has: told to the peer. */
  | { readonly type: 'have'; readonly pieces: readonly number[] }
  | { readonly type: 'ticket'; readonly ticket: Uint8Array }
  /** Let go of the present file and stay connected; answered with `released`, or `ended`. */
  | { readonly type: 'release' }
  /**
   * The next file, legal after `idle`, and at any time for a session that has none yet; the ticket is shown
   * again when it is another one.
   */
  | { readonly type: 'open'; readonly file: FileToFetch; readonly ticket: Uint8Array }
  /**
   * For a session that was dialled ahead: this file is likely to come with `open`, and no other will. These pieces are
   * requested at once and wait in memory until they are ordered; without `open` nothing is told of it.
   */
  | {
      readonly type: 'guess';
      readonly file: GuessedFile;
      readonly pieces: readonly number[];
      readonly ticket: Uint8Array;
    }
  | { readonly type: 'close' };

export type PeerSessionToMain =
  /** A machine at one of the addresses has accepted the connection, whoever it is. */
  | { readonly type: 'accepted'; readonly latencyMs: number }
  /** Under TLS: the device's key was shown at this address. */
  | { readonly type: 'proven'; readonly address: PeerAddress }
  /** The file is asked for: what the peer surely has may be fetched, behind that and without a wait. */
  | {
      readonly type: 'asked';
      /** How the peer was met; absent when it was dialled. */
      readonly way?: MetPeer['way'];
      /** The best so far; infinite before the first answer. */
      readonly latencyMs: number;
      /** Pieces that were requested on a guess: ordered at once they come sooner. */
      readonly begun?: readonly number[];
    }
  /** Handshake done; the peer has these pieces. `undialled`, once: addresses whose turn did not come. */
  | {
      readonly type: 'ready';
      readonly bits: Uint8Array;
      readonly address: PeerAddress;
      /** How it came about; absent when it was dialled. */
      readonly way?: MetPeer['way'];
      /** The member through whom all passes. */
      readonly relayedBy?: string;
      readonly undialled?: readonly PeerAddress[];
      /** From a question to the first sign of its answer. */
      readonly latencyMs: number;
      /** As with `asked`. */
      readonly begun?: readonly number[];
    }
  | { readonly type: 'have'; readonly pieces: readonly number[] }
  /** On disk and verified. */
  | { readonly type: 'verified'; readonly pieces: readonly number[] }
  /** The bytes did not match their SHA-1. */
  | { readonly type: 'bad'; readonly piece: number }
  /** Not fetched: cancelled, or the peer rejected it (then it does not have it any more). */
  | { readonly type: 'returned'; readonly pieces: readonly number[]; readonly rejected: boolean }
  /** Bytes of blocks received since the last report, verified or not; about four a second. */
  | { readonly type: 'received'; readonly bytes: number }
  /** The disk failed; the download stops, what is verified stays. */
  | { readonly type: 'storage-failed'; readonly error: WireError }
  /** This process has no descriptors or no memory left to dial with; `ended` follows. */
  | { readonly type: 'not-dialled'; readonly error: WireError }
  /** The session knows the content no more. With an error: the peer does not serve this file. */
  | { readonly type: 'released'; readonly error: WireError | undefined }
  /** After `released`: another file may be opened. */
  | { readonly type: 'idle' }
  /** The last message of a session; everything before it has arrived. No error: told to close. */
  | {
      readonly type: 'ended';
      readonly error: WireError | undefined;
      /** Where the device has proven its key; in the clear, where it has said WELCOME. */
      readonly proven?: PeerAddress;
    };

// --- Task: fetch small files from one peer, many at a time -------------------

/** A file of one piece that is made as a whole: it has its final name when it is told of. */
export interface ParcelFile {
  /** By which both ends speak of it. */
  readonly number: number;
  readonly fileId: string;
  /** Bytes, at least one. */
  readonly size: number;
  /** The 20 bytes it must hash to. */
  readonly sha1: Uint8Array;
  /** Absolute; nothing has that name. */
  readonly partPath: string;
  /** Absolute, in the same folder. */
  readonly path: string;
}

/** What a file is once it has its name; see main/disk/file-stamp.ts. */
export interface NewFileStamp {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
  readonly ctimeNs: bigint;
  readonly device: bigint;
}

/** What became of one; without a stamp it comes to nothing here, and nothing of it is left. */
export interface ParcelResult {
  readonly number: number;
  readonly stamp: NewFileStamp | undefined;
}

/** The session begins with the files that come along. */
export interface ParcelTask extends Omit<PeerSessionTask, 'met' | 'first' | 'pipelineBytes'> {
  readonly files: readonly ParcelFile[];
  /** What is told of is on the disk, but for its name. */
  readonly isSynced: boolean;
  /** Syncs of small files that the thread may have under way. */
  readonly syncsAtATime: number;
}

export type MainToParcel =
  | { readonly type: 'fetch'; readonly files: readonly ParcelFile[] }
  /** These are not wanted any more; each is answered, as it was before or as nothing. */
  | { readonly type: 'give-up'; readonly numbers: readonly number[] }
  | { readonly type: 'ticket'; readonly ticket: Uint8Array }
  | { readonly type: 'close' };

export type ParcelToMain =
  /** The device has proven its key there. */
  | {
      readonly type: 'proven';
      readonly address: PeerAddress;
      /** Addresses whose turn did not come. */
      readonly undialled: readonly PeerAddress[];
    }
  /** Each file is in one of these, once. */
  | { readonly type: 'results'; readonly results: readonly ParcelResult[] }
  /** See PeerSessionToMain. */
  | { readonly type: 'received'; readonly bytes: number }
  /** The last message, after the results of all that it was told of. */
  | {
      readonly type: 'ended';
      readonly error: WireError | undefined;
      readonly proven?: PeerAddress;
    };

// --- Task: accept connections and serve pieces -------------------------------

export interface ListenTask {
  readonly port: MessagePort;
  readonly host: string;
  /** 0 for any free port. */
  readonly portNumber: number;
  /** Several threads share the port (Node 22.12 and newer). */
  readonly reusePort: boolean;
  readonly transport: PeerTransport;
  readonly credentials: DeviceCredentials;
  readonly rates: SharedRates;
  /** The rate at which this device relays between members; undefined when it does not. */
  readonly relayRate?: SharedArrayBuffer | undefined;
}

/** Where whoever has called waits. */
export type AnswerPlace =
  | { readonly type: 'addresses'; readonly addresses: readonly PeerAddress[] }
  | { readonly type: 'relay'; readonly relay: RelayPlace; readonly key: string };

export type MainToListener =
  /** Raw Ed25519 key that signs tickets, and how far the tracker's time is ahead of `uptimeMs`. */
  | { readonly type: 'trust'; readonly ticketKey: Uint8Array; readonly clockOffsetMs: number }
  /** Something of a group is shared here from now on, or nothing any more. */
  | { readonly type: 'group'; readonly groupId: string; readonly isOffered: boolean }
  /** Answer to `open`: from now on the session reads this content and hears of new pieces. */
  | {
      readonly type: 'opened';
      readonly session: number;
      readonly fileRef: number;
      readonly content: ContentSource;
      readonly layout: PieceLayout;
      readonly bits: Uint8Array;
    }
  | {
      readonly type: 'refused';
      readonly session: number;
      readonly fileRef: number;
      readonly error: WireError;
    }
  /** Pieces that a file being downloaded has gained, for the sessions of one group. */
  | {
      readonly type: 'have';
      readonly groupId: string;
      readonly fileId: string;
      readonly pieces: readonly number[];
    }
  /** This device is called and is to come, or not any more: its connection is told of by `answered`. */
  | {
      readonly type: 'expect';
      readonly callId: string;
      readonly deviceId: string;
      readonly isExpected: boolean;
    }
  /** A device has called: go to it, and serve it as if it had come. */
  | {
      readonly type: 'answer';
      readonly deviceId: string;
      readonly callId: string;
      readonly at: AnswerPlace;
    }
  /** Answer to `meet`: whether the ticket is good enough to be relayed for. */
  | { readonly type: 'meeting'; readonly session: number; readonly isLetIn: boolean }
  /** These users, or all, are out of a group: nothing is relayed for them there any more. */
  | {
      readonly type: 'expel';
      /** @default all groups */
      readonly groupId?: string;
      readonly userIds?: readonly string[] | undefined;
    }
  /** Stop serving a file to this session; answered with `released`. */
  | {
      readonly type: 'withdraw';
      readonly session: number;
      readonly fileRef: number;
      readonly error: WireError;
    }
  /** End one session at once; the file bytes it was promised are no longer sent. */
  | { readonly type: 'drop'; readonly session: number; readonly error: WireError }
  | { readonly type: 'close' };

export type ListenerToMain =
  | { readonly type: 'listening'; readonly address: PeerAddress }
  /** Who was called has come; the connection waits in this thread for a session. */
  | { readonly type: 'answered'; readonly callId: string }
  /** A ticket was checked (the first one, or a renewal). */
  | {
      readonly type: 'proven';
      readonly session: number;
      readonly userId: string;
      readonly deviceId: string;
      readonly groupId: string;
      readonly incarnation: string;
      readonly epoch: number;
      readonly expiresAtMs: number;
      readonly remote: string;
      /** Absent when it has come here. */
      readonly way?: 'called' | 'relayed';
    }
  /** A member wants to be relayed and waits; its ticket is genuine, the rest is main's to judge. */
  | ({ readonly type: 'meet'; readonly session: number } & GroupStanding)
  /** What is relayed in this thread: meetings now, bytes since its listeners began. */
  | { readonly type: 'relayed'; readonly meetings: number; readonly bytes: number }
  | {
      readonly type: 'open';
      readonly session: number;
      readonly fileRef: number;
      readonly fileId: string;
    }
  /** The session reads no more of the content it got for this file. */
  | {
      readonly type: 'released';
      readonly session: number;
      readonly fileRef: number;
      /** Of its blocks, since it was opened. */
      readonly sentBytes: number;
    }
  | { readonly type: 'sent'; readonly session: number; readonly bytes: number }
  /** A read failed or came short: the file on disk is not what it was. */
  | {
      readonly type: 'read-failed';
      readonly session: number;
      readonly fileRef: number;
      readonly error: WireError;
    }
  | { readonly type: 'closed'; readonly session: number; readonly reason: WireError | undefined };

// --- Task: hash pieces of a local file ---------------------------------------

export interface HashTask {
  /** See PeerSessionTask. */
  readonly slotMemoryBytes: number;
  /** Progress and cancellation: HashToMain out, `{ type: 'close' }` in. */
  readonly port: MessagePort;
  readonly content: ContentSource;
  readonly layout: PieceLayout;
  /** Which pieces: `firstPiece` to `firstPiece + pieceCount - 1`. */
  readonly firstPiece: number;
  readonly pieceCount: number;
  /** Where each piece's SHA-1 goes, 20 bytes each, by piece index of the file. */
  readonly digests: SharedArrayBuffer;
  readonly hasher: HasherName;
}

export type HashToMain = { readonly type: 'hashed'; readonly pieces: number };
export type MainToHash = { readonly type: 'close' };

// --- Task: copy pieces from a local content ---------------------------------------

export interface CopyTask {
  /** See PeerSessionTask. */
  readonly slotMemoryBytes: number;
  readonly port: MessagePort;
  readonly from: ContentSource;
  readonly to: ContentSource;
  /** Of what is copied to. */
  readonly layout: PieceLayout;
  /** SHA-1 of each piece of it, 20 bytes each, read-only. */
  readonly pieceHashes: SharedArrayBuffer;
  /** Pieces of it, and where each lies in `from`. */
  readonly pieces: readonly number[];
  readonly places: readonly number[];
  /** By piece of it: becomes 1 for each that was right and is written. */
  readonly copied: Uint8Array;
  readonly hasher: HasherName;
}

export type MainToCopy = { readonly type: 'close' };

// --- Task: make the files of a downloaded folder --------------------------------

/** What became of an entry; see `outcomes` of the task. */
export const ENTRY_OUTCOMES = {
  /** It is in the tree, whole. */
  made: 0,
  /** What lies at the destination is the same. */
  same: 1,
  /** Something else lies at the destination; what belongs there is in the tree. */
  differs: 2,
  /** It is not chosen, and not looked at. */
  leftOut: 3,
} as const;

/** What making the entries of a folder takes, by their places in the table, in shared memory. */
export interface EntryFacts {
  /** 1 for an empty folder. */
  readonly isFolder: Uint8Array;
  /** 1 for what is not to be made. */
  readonly isLeftOut: Uint8Array;
  readonly isExecutable: Uint8Array;
  /** Milliseconds since 1970. */
  readonly mtimesMs: Float64Array;
  readonly sizes: Float64Array;
  /** Where each begins in the sequence; of no meaning without bytes. */
  readonly starts: Float64Array;
}

export interface UnpackTask {
  readonly port: MessagePort;
  readonly content: GrowingFolderSource;
  readonly facts: EntryFacts;
  /** Which entries: `firstEntry` to `firstEntry + entryCount - 1`. */
  readonly firstEntry: number;
  readonly entryCount: number;
  /** Something lies at the destination. */
  readonly isCompleting: boolean;
  /** What is made is to outlive a power cut. */
  readonly isSynced: boolean;
  /** See ParcelTask; the first task of a thread decides. */
  readonly syncsAtATime: number;
  /** One of `ENTRY_OUTCOMES` for each entry of the folder. */
  readonly outcomes: Uint8Array;
  /** Of each file that was made, as it was then. */
  readonly stamps: FolderStamps;
}

export type MainToUnpack = { readonly type: 'close' };

// --- Task: SHA-256 of a whole local file --------------------------------------

export interface Sha256Task {
  readonly port: MessagePort;
  readonly content: ContentSource;
  readonly size: number;
  /** Where the 32 bytes go. */
  readonly digest: SharedArrayBuffer;
}
