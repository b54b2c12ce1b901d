/** What every transfer thread is told and tells, whatever its task is. */
import type { WireError } from '../../net/errors.js';

/** The SHA-1 engines, see hashing/create-piece-hasher.ts. */
export type HasherName = 'wasm' | 'hash-wasm' | 'native';

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

/** How a task ended: it knows no content any more. A task never throws across the thread. */
export type TaskOutcome = { readonly ok: true } | ({ readonly ok: false } & WireError);

/** What a thread says of itself, once: its code is loaded. */
export interface ThreadToMain {
  readonly type: 'loaded';
}
