/** How a session with a peer stands, see peer-session.ts; each state has what exists in it. */
import type { PeerAddress } from '../../net/tracker-api.js';
import type { FileFetch, FileFetchHost } from './file-fetch.js';
import type { HowMet } from './reach-peer.js';

/** What a session knows once its socket stands. */
export interface Connected {
  readonly address: PeerAddress;
  readonly how: HowMet | undefined;
  readonly host: FileFetchHost;
}

/** A file is asked for, fetched, or released with answers outstanding. */
export interface Fetching {
  readonly at: 'fetching';
  readonly connected: Connected;
  readonly file: FileFetch;
}

export type SessionState =
  | { readonly at: 'dialling' }
  | Fetching
  | { readonly at: 'idle'; readonly connected: Connected }
  /** A file was asked for by its name, and the peer has not answered. */
  | { readonly at: 'asking'; readonly connected: Connected; readonly fileRef: number }
  | { readonly at: 'ended' };
