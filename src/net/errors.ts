/**
 * The errors of the system, by who pays for them, and their stable codes.
 * One table gives each code its class and its exit status; docs/errors.md lists them for
 * readers. An error that crosses a thread or a wire travels as `{ code, message }` and is
 * rebuilt here by that table, because structured clone drops class and code.
 */
import { isSystemError, systemFaultOf, type Aim } from './system-errors.js';

/** Exit statuses of the command line. */
export const ExitStatus = {
  ok: 0,
  failure: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  network: 5,
  integrity: 6,
  storage: 7,
  timeout: 8,
  interrupted: 130,
  readerGone: 141,
  terminated: 143,
} as const;

/** The classes, as the table names them: who pays. */
type ErrorKind = 'usage' | 'tracker' | 'peer' | 'storage' | 'cancelled';

/**
 * Every code that may appear on a wire or in a script: the class in which it comes back from a
 * wire or a thread, and the exit status it leads to.
 */
export const errorCodes = {
  // The user's words.
  BAD_ARGUMENT: ['usage', ExitStatus.usage],
  UNKNOWN_COMMAND: ['usage', ExitStatus.usage],
  // Refusals of the tracker.
  BAD_REQUEST: ['tracker', ExitStatus.failure],
  UNSUPPORTED_VERSION: ['tracker', ExitStatus.failure],
  NOT_LOGGED_IN: ['tracker', ExitStatus.notAllowed],
  WRONG_PASSWORD: ['tracker', ExitStatus.notAllowed],
  TOO_MANY_ATTEMPTS: ['tracker', ExitStatus.notAllowed],
  NOT_A_MEMBER: ['tracker', ExitStatus.notAllowed],
  NOT_OWNER: ['tracker', ExitStatus.notAllowed],
  READ_ONLY: ['tracker', ExitStatus.notAllowed],
  BANNED: ['tracker', ExitStatus.notAllowed],
  LAST_OWNER: ['tracker', ExitStatus.failure],
  NO_DEVICE: ['tracker', ExitStatus.notAllowed],
  ACCOUNT_DISABLED: ['tracker', ExitStatus.notAllowed],
  REGISTRATION_CLOSED: ['tracker', ExitStatus.notAllowed],
  INVITE_INVALID: ['tracker', ExitStatus.notAllowed],
  REQUEST_REJECTED: ['tracker', ExitStatus.notAllowed],
  USER_EXISTS: ['tracker', ExitStatus.failure],
  GROUP_EXISTS: ['tracker', ExitStatus.failure],
  ALREADY_MEMBER: ['tracker', ExitStatus.failure],
  ALREADY_REQUESTED: ['tracker', ExitStatus.failure],
  NAME_TAKEN: ['tracker', ExitStatus.failure],
  REPLACED: ['tracker', ExitStatus.failure],
  LIMIT_REACHED: ['tracker', ExitStatus.failure],
  QUOTA: ['tracker', ExitStatus.failure],
  NEED_DESCRIPTION: ['tracker', ExitStatus.failure],
  NO_SUCH_USER: ['tracker', ExitStatus.notFound],
  NO_SUCH_DEVICE: ['tracker', ExitStatus.notFound],
  NO_SUCH_GROUP: ['tracker', ExitStatus.notFound],
  NO_SUCH_REQUEST: ['tracker', ExitStatus.notFound],
  NO_SUCH_BAN: ['tracker', ExitStatus.notFound],
  NO_SUCH_FILE: ['tracker', ExitStatus.notFound],
  NO_SUCH_DOWNLOAD: ['tracker', ExitStatus.notFound],
  NOT_SHARED: ['tracker', ExitStatus.notFound],
  NO_SUCH_LINK: ['tracker', ExitStatus.notFound],
  NO_GATEWAY: ['tracker', ExitStatus.failure],
  BUSY: ['tracker', ExitStatus.network],
  TRACKER_STORAGE: ['tracker', ExitStatus.storage],
  INTERNAL: ['tracker', ExitStatus.failure],
  // The network.
  TRACKER_UNREACHABLE: ['tracker', ExitStatus.network],
  CONNECTION_LOST: ['tracker', ExitStatus.network],
  NOT_REACHED: ['tracker', ExitStatus.network],
  ADDRESS_IN_USE: ['usage', ExitStatus.network],
  ADDRESS_UNAVAILABLE: ['usage', ExitStatus.network],
  TIMEOUT: ['tracker', ExitStatus.timeout],
  // Trust.
  HISTORY_BROKEN: ['tracker', ExitStatus.integrity],
  IDENTITY_CHANGED: ['tracker', ExitStatus.notAllowed],
  PEERS_NOT_ENCRYPTED: ['tracker', ExitStatus.notAllowed],
  // Peers; they cost the peer and the download goes on.
  PEER_UNREACHABLE: ['peer', ExitStatus.network],
  PEER_IDENTITY: ['peer', ExitStatus.notAllowed],
  PROTOCOL_VIOLATION: ['peer', ExitStatus.network],
  TICKET_INVALID: ['peer', ExitStatus.notAllowed],
  TICKET_EXPIRED: ['peer', ExitStatus.notAllowed],
  EPOCH_OUTDATED: ['peer', ExitStatus.notAllowed],
  REVOKED: ['peer', ExitStatus.notAllowed],
  PIECE_NOT_AVAILABLE: ['peer', ExitStatus.notFound],
  REQUEST_CANCELLED: ['peer', ExitStatus.failure],
  PIECE_MISMATCH: ['peer', ExitStatus.integrity],
  // Files and disks.
  FILE_NOT_FOUND: ['storage', ExitStatus.notFound],
  FILE_CHANGED: ['storage', ExitStatus.integrity],
  FILE_DAMAGED: ['storage', ExitStatus.storage],
  NOT_A_FILE: ['usage', ExitStatus.usage],
  DESTINATION_EXISTS: ['storage', ExitStatus.failure],
  NO_DESTINATION: ['storage', ExitStatus.storage],
  DISK_FULL: ['storage', ExitStatus.storage],
  FILE_TOO_LARGE: ['storage', ExitStatus.storage],
  SYSTEM_LIMIT: ['storage', ExitStatus.storage],
  PERMISSION_DENIED: ['storage', ExitStatus.storage],
  IO_ERROR: ['storage', ExitStatus.storage],
  HOME_IN_USE: ['storage', ExitStatus.failure],
  STATE_MISSING: ['storage', ExitStatus.storage],
  VERIFICATION_FAILED: ['storage', ExitStatus.integrity],
  // The user changed their mind.
  CANCELLED: ['cancelled', ExitStatus.failure],
  PAUSED: ['cancelled', ExitStatus.failure],
  INTERRUPTED: ['cancelled', ExitStatus.interrupted],
  READER_GONE: ['cancelled', ExitStatus.readerGone],
  TERMINATED: ['cancelled', ExitStatus.terminated],
} as const satisfies Readonly<Record<string, readonly [ErrorKind, number]>>;

export type ErrorCode = keyof typeof errorCodes;

/** The form in which an error crosses a thread or a wire. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** An error that was foreseen: it has a code, and its message says what to do next. */
export abstract class P2pError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The user's command cannot be carried out as written. */
export class UsageError extends P2pError {
  constructor(message: string, code: ErrorCode = 'BAD_ARGUMENT') {
    super(code, message);
  }
}

/** The tracker refused, or could not be reached. */
export class TrackerError extends P2pError {
  /** Nothing was done, and so much later it is worth asking again; absent where nobody can say that. */
  declare readonly retryAfterMs?: number;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number } = {},
  ) {
    super(code, message, options);
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** A peer broke a rule or went away; it costs that peer, the download goes on. */
export class PeerError extends P2pError {}

/** A file or disk failed; it stops the download and keeps what is verified. */
export class StorageError extends P2pError {}

/** The user or a signal ended the work. */
export class CancelledError extends P2pError {
  constructor(message: string, code: ErrorCode = 'CANCELLED') {
    super(code, message);
  }
}

/** True for a string that is one of our codes. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

/** The exit status for any thrown value; an unforeseen one is a failure. */
export function exitStatusOf(thrown: unknown): number {
  const error = asForeseen(thrown);
  return error instanceof P2pError ? errorCodes[error.code][1] : ExitStatus.failure;
}

/** The wire form of any thrown value; only foreseen errors keep their text. */
export function toWireError(error: unknown): WireError {
  if (error instanceof P2pError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'internal error' };
}

/** Makes an error of each class. */
const raise: Readonly<Record<ErrorKind, (code: ErrorCode, message: string) => P2pError>> = {
  usage: (code, message) => new UsageError(message, code),
  tracker: (code, message) => new TrackerError(code, message),
  peer: (code, message) => new PeerError(code, message),
  storage: (code, message) => new StorageError(code, message),
  cancelled: (code, message) => new CancelledError(message, code),
};

/** Rebuilds an error that came from a wire or a thread, in the class of its code. */
export function fromWireError(wire: { code: unknown; message: unknown }): P2pError {
  const code = isErrorCode(wire.code) ? wire.code : 'INTERNAL';
  const [kind] = errorCodes[code];
  return raise[kind](code, typeof wire.message === 'string' ? wire.message : code);
}

/**
 * An answer of the system, as ours: `doing` says what was tried, and on what, `aim` to what end. An
 * error that is one of ours already stays what it is.
 */
export function toStorageError(error: unknown, doing: string, aim: Aim = 'write'): StorageError {
  if (error instanceof StorageError) return error;
  const { code, advice } = systemFaultOf(error, aim);
  return new StorageError(code, `${doing}: ${advice}`, { cause: error });
}

/** Calls that speak of an address and not of a disk. */
const NETWORK_CALLS = new Set(['accept', 'bind', 'connect', 'getaddrinfo', 'listen', 'shutdown']);

/**
 * The last net, at the edges of a process and of a thread: an answer of the system that nobody on
 * its way has named becomes a foreseen error here; anything else is handed on as it is.
 */
export function asForeseen(error: unknown): unknown {
  if (error instanceof P2pError || !isSystemError(error)) return error;
  const { syscall, message } = error as NodeJS.ErrnoException;
  const isShortage = systemFaultOf(error, 'write').code === 'SYSTEM_LIMIT';
  if (syscall !== undefined && NETWORK_CALLS.has(syscall) && !isShortage) {
    return new TrackerError('CONNECTION_LOST', `the network refused it: ${message}`, {
      cause: error,
    });
  }
  const { path } = error as NodeJS.ErrnoException;
  const about = path === undefined ? '' : ` of ${path}`;
  return toStorageError(error, `the system refused ${syscall ?? 'a call'}${about}`);
}

/** Thrown for our own mistakes: names the broken invariant and is never caught on purpose. */
export function bug(invariant: string): never {
  throw new Error(`bug: ${invariant}`);
}
