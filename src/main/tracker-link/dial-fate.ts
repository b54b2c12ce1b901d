/**
 * What an attempt to reach a tracker that was in vain tells of the next one: the tracker said that it is busy, no packet
 * came from there at all, or anything else, as when nobody listens or what listens does not answer. Pure.
 */
import { isBusyAlert } from '../../net/busy-alert.js';
import { TrackerError } from '../../net/errors.js';

export type DialFate = 'busy' | 'away' | 'failed';

/** What the system says when no packet came back, or none could leave. */
const AWAY: ReadonlySet<unknown> = new Set([
  ...['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'EADDRNOTAVAIL'],
  'EAI_AGAIN',
]);

/** Of an error of the network, or of a refusal that has one as its cause. */
export function dialFate(error: unknown): DialFate {
  if (isBusyAlert(error)) return 'busy';
  if (error instanceof TrackerError && error.code === 'BUSY') return 'busy';
  if (!(error instanceof Error)) return 'failed';
  if (AWAY.has((error as NodeJS.ErrnoException).code)) return 'away';
  return error.cause === undefined ? 'failed' : dialFate(error.cause);
}

/** Of attempts at several addresses: the network is away only where it is for all of them. */
export function dialFates(errors: readonly unknown[]): DialFate {
  const fates = new Set(errors.map(dialFate));
  if (fates.has('busy')) return 'busy';
  return fates.size === 1 && fates.has('away') ? 'away' : 'failed';
}

/** No packet has come for so long; named as the system names it when it gives up itself. */
export function noPacketCame(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
}
