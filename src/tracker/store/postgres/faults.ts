/**
 * What an error of the database means for whoever carries something out in it. One table of the states that
 * PostgreSQL gives (https://www.postgresql.org/docs/current/errcodes-appendix.html); pure.
 */
import { StorageError, toStorageError, TrackerError } from '../../../net/errors.js';
import { CONFLICT_RETRY_AFTER_MS, DATABASE_RETRY_AFTER_MS } from '../../../net/limits.js';

/**
 * `conflict`: others were in the way, and it is to be done again. `away`: the server does not answer, or is not to be
 * spoken to now. `unknown`: nobody knows whether it is done. `shortage`: it has no room. `ours`: a mistake, or what one
 * of our own rules says.
 */
export type Fault = 'conflict' | 'away' | 'unknown' | 'shortage' | 'ours';

/** It could not be done without undoing what somebody else does: a serialization failure, a deadlock. */
const CONFLICTS = new Set(['40001', '40P01']);

/** Classes and states with which a session, or what it was asked for, is over. */
const AWAY = /^(08|57P0[1-5]|53[0-3]00|25P0[34]|57014|55P03|58)/;

const SHORTAGES = new Set(['53100', '53200']);

/** Of a connection that is gone, or does not come about. */
export class ConnectionGone extends Error {
  constructor(cause: unknown) {
    const said = cause instanceof Error ? cause.message : String(cause);
    super(`the connection to the database is gone: ${said}`, { cause });
  }
}

/** Of a commit whose answer was lost, and of which the server did not tell in time what became of it. */
export class FateUnknown extends Error {
  constructor(cause: unknown) {
    super('nobody knows whether it was committed', { cause });
  }
}

export function faultOf(error: unknown): Fault {
  if (error instanceof FateUnknown) return 'unknown';
  if (error instanceof ConnectionGone) return 'away';
  const state = stateOf(error);
  if (state === undefined) return 'ours';
  if (CONFLICTS.has(state)) return 'conflict';
  if (SHORTAGES.has(state)) return 'shortage';
  return AWAY.test(state) ? 'away' : 'ours';
}

/** Five letters and digits, of an answer of the server. */
export function stateOf(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && severity !== undefined
    ? code
    : undefined;
}

interface StartFault {
  readonly code: 'IO_ERROR' | 'PERMISSION_DENIED';
  /** What to do. */
  readonly advice: string;
}

/** By the state, or its class. */
const START_FAULTS: readonly (readonly [RegExp, StartFault])[] = [
  [
    /^28/,
    {
      code: 'PERMISSION_DENIED',
      advice: 'the server refuses the login; look at user, password and pg_hba.conf',
    },
  ],
  [/^3D/, { code: 'IO_ERROR', advice: 'there is none of this name; make it with `createdb`' }],
  [
    /^42501/,
    { code: 'PERMISSION_DENIED', advice: 'this user may make no tables in it; let them own it' },
  ],
];

const UNREACHED: StartFault = {
  code: 'IO_ERROR',
  advice: 'it does not answer; look whether the server runs and the address is right',
};

const REFUSED: StartFault = { code: 'IO_ERROR', advice: 'the server refuses it' };

/** What an error means for whoever starts a tracker. */
export function startFault(error: unknown): StartFault {
  const state = stateOf(error);
  if (state === undefined) return UNREACHED;
  return START_FAULTS.find(([of]) => of.test(state))?.[1] ?? REFUSED;
}

/** No descriptor was left for a connection, or no memory: that is no fault of the server. */
export function ownShortage(error: unknown): StorageError | undefined {
  if (!(error instanceof ConnectionGone)) return undefined;
  const named = toStorageError(error.cause, "connecting to the tracker's database");
  return named.code === 'SYSTEM_LIMIT' ? named : undefined;
}

/** Nothing is done of what is refused so. */
const SOON = { retryAfterMs: DATABASE_RETRY_AFTER_MS };
const LATER = { retryAfterMs: CONFLICT_RETRY_AFTER_MS };

/** The same error as whoever asked for something is told of it. */
export function toStoreError(error: unknown): unknown {
  switch (faultOf(error)) {
    case 'conflict':
      return new TrackerError('BUSY', 'too many change the same at once; try again', LATER);
    case 'away':
      return (
        ownShortage(error) ??
        new TrackerError('BUSY', 'the database of the tracker does not answer; try again', SOON)
      );
    case 'unknown':
      return new TrackerError(
        'TRACKER_STORAGE',
        'the database of the tracker does not answer, and whether this is done shows when it is back; tell whoever runs it',
        { cause: error },
      );
    case 'shortage':
      return new StorageError('DISK_FULL', "the tracker's database has no room", { cause: error });
    case 'ours':
      return error;
  }
}
