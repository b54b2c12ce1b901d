/** The task of a thread that downloads pieces from one peer, of one file at a time. */
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { WireError } from '../../net/errors.js';
import type { FileQuestion } from '../../net/peer-frames.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type { MessagePort } from 'node:worker_threads';
import type { ContentSource } from './content.js';
import type { HasherName, SharedRates } from './thread.js';

/** A file that will likely be fetched, as far as that can be known before the tracker says so. */
export interface GuessedFile {
  readonly fileId: string;
  readonly layout: PieceLayout;
}

/** A file of which nothing is known but its name; the session says how long a block may be. */
export type NameQuestion = Omit<FileQuestion, 'length'>;

/** A file of which a session fetches pieces. */
export interface FileToFetch extends GuessedFile {
  /** Open for writing (and reading) until every session that knows it has released it. */
  readonly content: ContentSource;
  /** SHA-1 of each piece, 20 bytes each, read-only. */
  readonly pieceHashes: SharedArrayBuffer;
  /** Counts what is written to it, see net/write-count.ts. @default not counted */
  readonly writes?: SharedArrayBuffer;
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
  /**
   * For a session that was dialled ahead: what is likely to come with `open` is whatever this name stands for. A peer
   * that understands it sends the beginning of a piece, which waits in memory like those of a guess.
   */
  | { readonly type: 'find'; readonly question: NameQuestion; readonly ticket: Uint8Array }
  | { readonly type: 'close' };

export type PeerSessionToMain =
  /** A machine at one of the addresses has accepted the connection, whoever it is. */
  | { readonly type: 'accepted'; readonly latencyMs: number }
  /** Under TLS: the device's key was shown at this address. */
  | { readonly type: 'proven'; readonly address: PeerAddress }
  /** The peer knows what the name stands for, and sends some of it. */
  | { readonly type: 'found' }
  /** It knows no file of that name, or understands no such question: any file may be opened. */
  | { readonly type: 'unasked' }
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
