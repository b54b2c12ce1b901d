/**
 * Says why a tracker could not be reached, in words a user can act on. Pure.
 */
import { isBusyAlert } from '../../net/busy-alert.js';
import { display } from '../../net/display.js';
import { P2pError, toStorageError, TrackerError } from '../../net/errors.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { addressText } from './address-text.js';
import { dialFate } from './dial-fate.js';
import type { AddressLook } from './tracker-addresses.js';

const WHAT_TO_DO = 'check the address and that the tracker runs';
const NOT_TLS = 'what answers there does not speak TLS 1.3';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer',
  TimeoutError: 'no answer',
  EPROTO: NOT_TLS,
};

/** The error of a failed attempt to connect; errors that already speak to users stay. */
export function trackerUnreachable(tracker: PeerAddress, error: unknown): P2pError {
  if (error instanceof P2pError) return error;
  // An aborted wait carries the reason of the abort.
  if (error instanceof Error && error.name === 'AbortError' && error.cause !== undefined) {
    return trackerUnreachable(tracker, error.cause);
  }
  const where = `the tracker at ${display(addressText(tracker))}`;
  if (isBusyAlert(error)) {
    return new TrackerError(
      'BUSY',
      `${where} has more newcomers than it can take at the moment; try again in a minute`,
      { cause: error },
    );
  }
  const doing = `cannot reach ${where}`;
  const shortage = toStorageError(error, doing);
  // A process without descriptors or memory is no fault of the tracker's.
  if (shortage.code === 'SYSTEM_LIMIT') return shortage;
  return new TrackerError('TRACKER_UNREACHABLE', `${doing}: ${reasonOf(error)}; ${WHAT_TO_DO}`, {
    cause: error,
  });
}

/** Replaced by the text of trackerUnreachable; named as node names it. */
export function timedOut(): DOMException {
  return new DOMException('no answer', 'TimeoutError');
}

/**
 * Of all addresses that were tried: the error of the only one as it is, of several one that names them, and the
 * others that the user said if they failed before. That the tracker is another one, against which no waiting helps,
 * is said only when it is so at all that the user said. `looks`: of all addresses, how they fared last.
 */
export function noneReachable(
  failures: readonly { readonly tracker: PeerAddress; readonly error: unknown }[],
  looks: readonly AddressLook[],
): unknown {
  const [first] = failures;
  if (first === undefined || looks.length === 1) return first?.error;
  // All are of one tracker: it is there, and says when to come back.
  const busy = failures.find(({ error }) => isBusyAlert(error));
  if (busy) return busy.error;
  const errors = failures.map(({ tracker, error }) => trackerUnreachable(tracker, error));
  const shortage = errors.find(({ code }) => code === 'SYSTEM_LIMIT');
  if (shortage) return shortage;
  const said = looks.filter(({ from }) => from === 'user');
  const tried = new Set(failures.map(({ tracker }) => addressText(tracker)));
  const waiting = said.filter(({ address }) => !tried.has(addressText(address)));
  errors.push(...waiting.flatMap(({ fate }) => (fate.state === 'failed' ? [fate.error] : [])));
  const codes = new Set(errors.map(({ code }) => code));
  const [common = 'TRACKER_UNREACHABLE'] = codes.size === 1 ? codes : [];
  const isOther = common === 'IDENTITY_CHANGED' && said.every(isOtherThere);
  const code = common === 'IDENTITY_CHANGED' && !isOther ? 'TRACKER_UNREACHABLE' : common;
  const texts = errors.map(({ message }) => message.replace(`; ${WHAT_TO_DO}`, ''));
  const cause = failures.find(({ error }) => dialFate(error) !== 'away')?.error ?? first.error;
  const text = texts.join('; ') + (isOther ? '' : `; ${WHAT_TO_DO}`);
  // The network is away only where it is for all of them.
  return new TrackerError(code, text, { cause });
}

function isOtherThere({ fate }: AddressLook): boolean {
  return fate.state === 'failed' && fate.error.code === 'IDENTITY_CHANGED';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return display(String(error));
  const { name, message } = error;
  const code = String((error as NodeJS.ErrnoException).code);
  const known = reasons[code] ?? reasons[name];
  if (known !== undefined) return known;
  if (code.startsWith('ERR_SSL_')) return NOT_TLS;
  if (message.startsWith('Unexpected server response')) {
    return 'what answers there is not a p2p tracker';
  }
  return display(message);
}
