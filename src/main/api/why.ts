/** What a file waits for, as plain data for every face of a client. */
import type { PeerProgress } from './progress.js';
import type { LimitScope } from './rate-limits.js';
import type { SharedFile } from './shared-files.js';

/** A peer, and what it brought just now. */
export interface PeerNow extends PeerProgress {
  readonly bytesPerSecond: number;
}

export type WhyCause =
  | { readonly cause: 'logged-out' }
  | { readonly cause: 'tracker-away'; readonly tracker: string | undefined }
  /** It is here. */
  | { readonly cause: 'complete'; readonly path: string }
  | { readonly cause: 'shared'; readonly share: SharedFile }
  /** Nobody downloads it here; so many devices offer it. */
  | { readonly cause: 'not-begun'; readonly sources: number }
  | { readonly cause: 'paused' }
  | { readonly cause: 'stopped'; readonly kept: number; readonly size: number }
  | { readonly cause: 'failed'; readonly message: string }
  /** At which place, from 1; undefined when it has just come to its turn. */
  | { readonly cause: 'in-line'; readonly place: number | undefined }
  /** What is on the disk already is read. */
  | { readonly cause: 'checking' }
  /** All is here, and is put in its place. */
  | { readonly cause: 'finishing' }
  /** Nobody who has it is online. */
  | { readonly cause: 'no-holder'; readonly sharer: string | undefined }
  | { readonly cause: 'unreached' }
  | { readonly cause: 'banned' }
  /** Peers are connected, and send nothing. */
  | { readonly cause: 'silent' }
  /** The limit, and what it is about. */
  | { readonly cause: 'own-limit'; readonly bytesPerSecond: number; readonly scope: LimitScope }
  /** It comes faster than the disk takes it. */
  | { readonly cause: 'disk'; readonly waiting: number }
  /** The disk has taken nothing for so long, and so nothing comes. */
  | { readonly cause: 'disk-silent'; readonly waitMs: number }
  /** It had taken nothing for so long, and whoever was connected has left. */
  | { readonly cause: 'disk-back'; readonly waitMs: number }
  /** It comes as fast as they send, or the way to them allows. */
  | { readonly cause: 'peers' };
