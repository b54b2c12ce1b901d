/**
 * What becomes of an error that nobody foresaw in the work on a stranger's bytes: it is told on the
 * error stream, for it is a mistake of ours, and it costs that connection and nothing else.
 */
import { P2pError, PeerError, toWireError, type WireError } from './errors.js';

/** The wire form of what was thrown; an unforeseen one is told once for each time. */
export function faultOf(error: unknown): WireError {
  if (!(error instanceof P2pError)) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
  return toWireError(error);
}

/** The same as the fault of the peer on whose bytes the work was done. */
export function peerFaultOf(error: unknown): PeerError {
  return error instanceof PeerError ? error : new PeerError('INTERNAL', faultOf(error).message);
}
