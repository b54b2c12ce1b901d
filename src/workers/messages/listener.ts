/** The task of a thread that accepts connections and serves pieces. */
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { WireError } from '../../net/errors.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { GroupStanding, PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type { MessagePort } from 'node:worker_threads';
import type { ContentSource } from './content.js';
import type { RelayPlace } from './peer-session.js';
import type { SharedRates } from './thread.js';

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
  /** Answer to `open` or `find`: from now on the session reads this content and hears of new pieces. */
  | {
      readonly type: 'opened';
      readonly session: number;
      readonly fileRef: number;
      readonly fileId: string;
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
  /** The same of whatever file this name stands for. */
  | {
      readonly type: 'find';
      readonly session: number;
      readonly fileRef: number;
      readonly nameHash: string;
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
