/** How a command over many files ends when some of them failed. Pure. */
import { P2pError, type ErrorCode } from '../../net/errors.js';

/** Refusals that the next file would meet as well. */
const ENDS_ALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['NOT_LOGGED_IN', 'NOT_A_MEMBER', 'NO_SUCH_GROUP', 'NO_DEVICE', 'LIMIT_REACHED'] as const),
  ...(['ACCOUNT_DISABLED', 'QUOTA'] as const),
  ...(['TRACKER_UNREACHABLE', 'CONNECTION_LOST', 'IDENTITY_CHANGED', 'HOME_IN_USE'] as const),
  ...(['DISK_FULL', 'NO_DESTINATION', 'CANCELLED', 'TERMINATED', 'INTERRUPTED'] as const),
]);

/** Some of many files failed; it has the code, and so the exit status, of the first failure. */
class BulkError extends P2pError {}

/** Whether it needs no further file to be tried. */
export function endsAll({ code }: P2pError): boolean {
  return ENDS_ALL.has(code);
}

/** The error of the whole, where each was told; `verb`: `downloaded`. */
export function someFailed(first: P2pError, count: number, verb: string): P2pError {
  const which = count === 1 ? '1 file was' : `${count} files were`;
  return new BulkError(first.code, `${which} not ${verb}; see above`);
}
