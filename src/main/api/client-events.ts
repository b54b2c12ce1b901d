/**
 * What happens in a client without being asked for, as data. Whoever shows it (a terminal, a
 * page, a script) makes sentences of it; the engine makes none.
 */
import type { WireError } from '../../net/errors.js';
import type { Role } from '../../net/roles.js';
import type { DetailEvent } from './detail-events.js';
import type { ReachState } from './reach.js';
import type { SyncStepKind } from './sync.js';

export type ClientEvent =
  /** Somebody asks to join a group that this user owns, or is an admin of. */
  | { readonly type: 'join-request'; readonly groupId: string; readonly userId: string }
  /** Somebody has become a member of a group by a link that this user made. */
  | { readonly type: 'joined-by-link'; readonly groupId: string; readonly userId: string }
  /** This user's standing in a group has changed by somebody else's doing. */
  | {
      readonly type: 'membership';
      readonly groupId: string;
      /**
       * `former-owner`: somebody else owns the group now, and the user stays a member.
       * `replaced`: the group has ended, and the user is in another one that has its name.
       */
      readonly state: Role | 'former-owner' | 'rejected' | 'removed' | 'banned' | 'replaced';
      /** Whose doing it was, if that was told. */
      readonly by?: string;
    }
  /** A tracker was met for the first time; how it is known from now on, and the key it showed. */
  | {
      readonly type: 'tracker-met';
      readonly tracker: string;
      readonly how: 'key' | 'authority';
      readonly deviceId: string;
    }
  /** Another tracker than this one is at one of its addresses; nothing was told to it. */
  | { readonly type: 'tracker-refused'; readonly tracker: string; readonly error: WireError }
  /** The tracker is dialled, or was asked, and has not answered for a moment. */
  | { readonly type: 'tracker-silent'; readonly tracker: string }
  /** The connection to the tracker is lost; it is dialled again by itself. */
  | { readonly type: 'tracker-lost'; readonly error: WireError }
  /** The first attempt after that failed; more follow, untold. */
  | { readonly type: 'tracker-still-lost'; readonly error: WireError }
  | { readonly type: 'tracker-back'; readonly tracker: string }
  /** A notification that this version does not understand. */
  | { readonly type: 'notification-ignored'; readonly name: string }
  /** A remembered login could not be tried just now. */
  | { readonly type: 'tracker-unreachable'; readonly error: WireError }
  /** The session is over although nobody here asked for it. */
  | { readonly type: 'session-lost'; readonly error: WireError }
  /** Logged out here; the tracker could not be told. */
  | { readonly type: 'logout-untold'; readonly error: WireError }
  /** Others reach this client otherwise than before, or it is known now how. */
  | { readonly type: 'reach'; readonly reach: ReachState }
  /** A file that was shared before is not served by this session. */
  | {
      readonly type: 'share-skipped';
      readonly groupId: string;
      readonly fileName: string;
      readonly reason: string;
    }
  /** A served file turned out to be gone or changed; it is not served any more. */
  | {
      readonly type: 'share-broken';
      readonly groupId: string;
      readonly fileId: string;
      readonly error: WireError;
    }
  /** A share that was not served is served again: its file is there, and what it was. */
  | {
      readonly type: 'share-served-again';
      readonly groupId: string;
      readonly fileName: string;
      readonly path: string;
    }
  /** A name has a newer version, and what this client has is not shared under it any more. */
  | {
      readonly type: 'share-replaced';
      readonly groupId: string;
      readonly fileName: string;
      /** Who shares the newer version, if that was told. */
      readonly sharer?: string;
    }
  /** A download is complete, and the tracker did not take it as a share yet. */
  | {
      readonly type: 'share-delayed';
      readonly groupId: string;
      readonly fileName: string;
      readonly error: WireError;
    }
  /** A download that no command waits for has come to its end; `error` when it failed. */
  | {
      readonly type: 'download-ended';
      readonly groupId: string;
      readonly fileName: string;
      readonly path: string;
      readonly error?: WireError;
    }
  /** A folder begins to be kept the same as a group: how much is here, and what is to be done. */
  | {
      readonly type: 'sync-begun';
      readonly groupId: string;
      /** Absolute. */
      readonly folder: string;
      readonly files: number;
      readonly here: number;
      readonly toFetch: number;
      readonly toShare: number;
      /** Bytes of what is to be fetched. */
      readonly size: number;
    }
  /** Something was done in a folder that is kept the same as a group, or for it. */
  | {
      readonly type: 'sync-step';
      readonly groupId: string;
      readonly folder: string;
      readonly fileName: string;
      readonly step: SyncStepKind;
      readonly size?: number;
      /** Who has delivered it. */
      readonly from?: readonly string[];
      /** The name under which what was here before is kept. */
      readonly kept?: string;
      /** Why it is left, or has failed. */
      readonly error?: WireError;
      readonly atMs: number;
    }
  /** A user has taken bytes of a file from this client: all of it, if they are as many as its size. */
  | {
      readonly type: 'file-taken';
      readonly userId: string;
      readonly groupId: string;
      readonly fileName: string;
      readonly size: number;
      readonly bytes: number;
      /** Milliseconds since 1970. */
      readonly atMs: number;
    }
  /** The same of many files. */
  | {
      readonly type: 'files-taken';
      readonly userId: string;
      readonly files: number;
      readonly bytes: number;
      readonly atMs: number;
    }
  /** Somebody has logged in, or out, by a command of this process or of another. */
  | { readonly type: 'logged-in'; readonly userId: string; readonly files: number }
  | { readonly type: 'logged-out' }
  /** Somebody changed a part file while no client ran: what it keeps is hashed before it counts. */
  | {
      readonly type: 'part-changed';
      readonly groupId: string;
      readonly fileName: string;
      readonly path: string;
    }
  /** The library of a home that was used before is not there; an empty one takes its place. */
  | { readonly type: 'library-gone'; readonly path: string }
  /** Something that nobody waits for was refused. */
  | { readonly type: 'background-failed'; readonly error: WireError }
  /** Other processes cannot hand their commands to this engine. */
  | { readonly type: 'control-unavailable'; readonly reason: string }
  /** A command of another process met an error that nobody foresaw. */
  | { readonly type: 'control-fault'; readonly detail: string }
  | DetailEvent;

/** What people want to be told. */
export type NewsEvent = Exclude<ClientEvent, DetailEvent>;

/** Hears events in the order in which they happened; must not throw. */
export type ClientEventListener = (event: ClientEvent) => void;

/** The same, with when each happened, in milliseconds since 1970. */
export type TimedEventListener = (event: ClientEvent, atMs: number) => void;

/** How much somebody wants to hear: what is told unasked, or every step as well. */
export type EventScope = 'news' | 'all';
