/**
 * The errors of the system, by who pays for them, and their stable codes.
 * One table gives each code its exit status; docs/errors.md lists them for readers.
 * An error that crosses a thread or a wire travels as `{ code, message }` and is rebuilt
 * here, because structured clone drops class and code.
 */

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
  terminated: 143,
} as const;

/** Every code that may appear on a wire or in a script, with the exit status it leads to. */
export const errorCodes = {
  // The user's words.
  BAD_ARGUMENT: ExitStatus.usage,
  UNKNOWN_COMMAND: ExitStatus.usage,
  // Refusals of the tracker.
  BAD_REQUEST: ExitStatus.failure,
  UNSUPPORTED_VERSION: ExitStatus.failure,
  NOT_LOGGED_IN: ExitStatus.notAllowed,
  WRONG_PASSWORD: ExitStatus.notAllowed,
  TOO_MANY_ATTEMPTS: ExitStatus.notAllowed,
  NOT_A_MEMBER: ExitStatus.notAllowed,
  NOT_OWNER: ExitStatus.notAllowed,
  NO_DEVICE: ExitStatus.notAllowed,
  USER_EXISTS: ExitStatus.failure,
  GROUP_EXISTS: ExitStatus.failure,
  ALREADY_MEMBER: ExitStatus.failure,
  ALREADY_REQUESTED: ExitStatus.failure,
  NAME_TAKEN: ExitStatus.failure,
  LIMIT_REACHED: ExitStatus.failure,
  NEED_DESCRIPTION: ExitStatus.failure,
  NO_SUCH_USER: ExitStatus.notFound,
  NO_SUCH_GROUP: ExitStatus.notFound,
  NO_SUCH_REQUEST: ExitStatus.notFound,
  NO_SUCH_FILE: ExitStatus.notFound,
  NOT_SHARED: ExitStatus.notFound,
  BUSY: ExitStatus.network,
  INTERNAL: ExitStatus.failure,
  // The network.
  TRACKER_UNREACHABLE: ExitStatus.network,
  CONNECTION_LOST: ExitStatus.network,
  ADDRESS_IN_USE: ExitStatus.network,
  ADDRESS_UNAVAILABLE: ExitStatus.network,
  TIMEOUT: ExitStatus.timeout,
  // Trust.
  IDENTITY_CHANGED: ExitStatus.notAllowed,
  PEERS_NOT_ENCRYPTED: ExitStatus.notAllowed,
  // Peers; they cost the peer and the download goes on.
  PEER_UNREACHABLE: ExitStatus.network,
  PEER_IDENTITY: ExitStatus.notAllowed,
  PROTOCOL_VIOLATION: ExitStatus.network,
  TICKET_INVALID: ExitStatus.notAllowed,
  TICKET_EXPIRED: ExitStatus.notAllowed,
  EPOCH_OUTDATED: ExitStatus.notAllowed,
  REVOKED: ExitStatus.notAllowed,
  PIECE_NOT_AVAILABLE: ExitStatus.notFound,
  REQUEST_CANCELLED: ExitStatus.failure,
  PIECE_MISMATCH: ExitStatus.integrity,
  // Files and disks.
  FILE_NOT_FOUND: ExitStatus.notFound,
  FILE_CHANGED: ExitStatus.integrity,
  NOT_A_FILE: ExitStatus.usage,
  DESTINATION_EXISTS: ExitStatus.failure,
  NO_DESTINATION: ExitStatus.storage,
  DISK_FULL: ExitStatus.storage,
  PERMISSION_DENIED: ExitStatus.storage,
  IO_ERROR: ExitStatus.storage,
  HOME_IN_USE: ExitStatus.failure,
  VERIFICATION_FAILED: ExitStatus.integrity,
  // The user changed their mind.
  CANCELLED: ExitStatus.failure,
  INTERRUPTED: ExitStatus.interrupted,
  TERMINATED: ExitStatus.terminated,
} as const;

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
export class TrackerError extends P2pError {}

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
export function exitStatusOf(error: unknown): number {
  return error instanceof P2pError ? errorCodes[error.code] : ExitStatus.failure;
}

/** The wire form of any thrown value; only foreseen errors keep their text. */
export function toWireError(error: unknown): WireError {
  if (error instanceof P2pError) return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: 'internal error' };
}

/** Rebuilds a refusal of the tracker (or of an engine reached by the control socket). */
export function fromWireError(wire: { code: unknown; message: unknown }): TrackerError {
  const code = isErrorCode(wire.code) ? wire.code : 'INTERNAL';
  return new TrackerError(code, typeof wire.message === 'string' ? wire.message : code);
}

/** Node's own error codes of file operations, as ours. */
export function toStorageError(error: unknown, doing: string): StorageError {
  const cause = error as NodeJS.ErrnoException;
  switch (cause.code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new StorageError(
        'DISK_FULL',
        `${doing}: the disk is full; free some space and try again`,
        { cause },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StorageError(
        'PERMISSION_DENIED',
        `${doing}: permission denied; choose a folder that you may write to`,
        { cause },
      );
    case 'ENOENT':
      return new StorageError(
        'FILE_NOT_FOUND',
        `${doing}: no such file or folder; check the path`,
        { cause },
      );
    case 'ENOTDIR':
      return new StorageError(
        'NO_DESTINATION',
        `${doing}: a part of the path is not a folder; check the path`,
        { cause },
      );
    case 'EEXIST':
      return new StorageError(
        'NO_DESTINATION',
        `${doing}: something else has this name; choose another path`,
        { cause },
      );
    case 'ENAMETOOLONG':
      return new StorageError(
        'NO_DESTINATION',
        `${doing}: the path is too long; choose a shorter one`,
        { cause },
      );
    default:
      return new StorageError('IO_ERROR', `${doing}: ${cause.message}`, { cause });
  }
}

/** Thrown for our own mistakes: names the broken invariant and is never caught on purpose. */
export function bug(invariant: string): never {
  throw new Error(`bug: ${invariant}`);
}
