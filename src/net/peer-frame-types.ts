/**
 * What frames there are on the peer link: their numbers, and what each says. Types and numbers only;
 * importers take them from peer-frames.ts, which is the door to all of it.
 */
import type { ErrorCode } from './errors.js';
import type { PieceLayout } from './piece-layout.js';
import type { RelayOpening } from './relay/relay-opening.js';

/** Frame types. Below 0x40 the dialler speaks, below 0x80 both may, above the server does. */
export const FrameType = {
  hello: 0x01,
  ticket: 0x02,
  open: 0x03,
  close: 0x04,
  request: 0x05,
  cancel: 0x06,
  prove: 0x07,
  answer: 0x08,
  meet: 0x09,
  find: 0x0a,
  have: 0x41,
  ping: 0x42,
  error: 0x43,
  challenge: 0x80,
  welcome: 0x81,
  opened: 0x82,
  refused: 0x83,
  block: 0x84,
  reject: 0x85,
  proof: 0x88,
  found: 0x89,
} as const satisfies Record<PeerFrame['type'] | 'block', number>;

/** Bytes of the nonce of CHALLENGE and of PROVE. */
export const CHALLENGE_BYTES = 32;
/** Bytes of the number by which a call is known again. */
export const CALL_ID_BYTES = 16;
/** Length and type: what must be read before anything is known of a frame. */
export const FRAME_HEAD_BYTES = 5;

/** A range within one piece of one open file. */
export interface BlockRange {
  /** The number the dialler gave the file in OPEN (u32). */
  readonly fileRef: number;
  readonly pieceIndex: number;
  /** Bytes from the start of the piece. */
  readonly offset: number;
  /** Bytes, 1 to MAX_BLOCK_LENGTH. */
  readonly length: number;
}

/** A file that is asked for by its name: whoever has it sends one block of it unasked, of a part of its pieces. */
export interface FileQuestion {
  /** See net/name-hash.ts. */
  readonly nameHash: string;
  /** Of `parts` equal parts of all pieces the one, from 0, of which the block is to be; 255 parts at most. */
  readonly part: number;
  readonly parts: number;
  /** Where in the file part 0 begins, as u32: how much of 2^32 lies before. */
  readonly start: number;
  /** Bytes of the block at most, 0 for none. */
  readonly length: number;
}

/** The beginning of a piece that comes as if it had been requested. */
export interface PromisedBlock {
  readonly pieceIndex: number;
  /** Bytes, 1 to MAX_BLOCK_LENGTH. */
  readonly length: number;
}

/** Every frame but BLOCK, whose payload is read straight into its slot. */
export type PeerFrame =
  | {
      readonly type: 'hello';
      readonly version: number;
      readonly ticket: Uint8Array;
      /** Public key (SPKI, DER) and its signature over the challenge; both empty under TLS. */
      readonly publicKey: Uint8Array;
      readonly signature: Uint8Array;
    }
  | { readonly type: 'challenge'; readonly nonce: Uint8Array }
  | { readonly type: 'prove'; readonly nonce: Uint8Array }
  | { readonly type: 'proof'; readonly publicKey: Uint8Array; readonly signature: Uint8Array }
  /** First on a connection that was dialled because of a call: from here on the dialler serves. */
  | { readonly type: 'answer'; readonly callId: string }
  /** First on a connection to a member who relays: nothing else is said on it. */
  | ({ readonly type: 'meet'; readonly ticket: Uint8Array } & RelayOpening)
  | { readonly type: 'ticket'; readonly ticket: Uint8Array }
  | { readonly type: 'open'; readonly fileRef: number; readonly fileId: string }
  /** Once on a connection: OPEN of what a name stands for. */
  | ({ readonly type: 'find'; readonly fileRef: number } & FileQuestion)
  | { readonly type: 'close'; readonly fileRef: number }
  | ({ readonly type: 'request' } & BlockRange)
  | ({ readonly type: 'cancel' } & BlockRange)
  | { readonly type: 'have'; readonly fileRef: number; readonly pieceIndex: number }
  | { readonly type: 'ping' }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string }
  | {
      readonly type: 'welcome';
      readonly version: number;
      readonly maxRequests: number;
      readonly maxBlockLength: number;
    }
  | { readonly type: 'opened'; readonly fileRef: number; readonly bits: Uint8Array }
  /** Answers FIND as OPENED answers OPEN. */
  | {
      readonly type: 'found';
      readonly fileRef: number;
      readonly fileId: string;
      /** Of a file: never with lengths. */
      readonly layout: PieceLayout;
      readonly promised: PromisedBlock | undefined;
      readonly bits: Uint8Array;
    }
  | { readonly type: 'refused'; readonly fileRef: number; readonly code: ErrorCode }
  | ({ readonly type: 'reject'; readonly code: ErrorCode } & BlockRange);
