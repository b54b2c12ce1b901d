/** What is said when no address of a tracker led to it. */
import t from 'tap';
import { TrackerAddresses } from '../../../src/main/tracker-link/tracker-addresses.js';
import { noneReachable } from '../../../src/main/tracker-link/tracker-unreachable.js';
import { TrackerError, type P2pError } from '../../../src/net/errors.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';

const at = (name: string): PeerAddress => ({ host: `${name}.example`, port: 8000 });
const identity = { how: 'key', trackerId: 'a'.repeat(64) } as const;
const gone = new TrackerError('TRACKER_UNREACHABLE', 'gone');
const other = new TrackerError('IDENTITY_CHANGED', 'another one');

/** Addresses, of which these have failed before, and those that fail now. */
function codeOf(before: Record<string, P2pError>, now: Record<string, P2pError>): string {
  const addresses = new TrackerAddresses({ said: [at('a'), at('b')], learnt: [at('c')], identity });
  for (const [name, error] of Object.entries({ ...before, ...now })) {
    addresses.onFailed(at(name), error, 0);
  }
  const failures = Object.entries(now).map(([name, error]) => ({ tracker: at(name), error }));
  return (noneReachable(failures, addresses.looks()) as P2pError).code;
}

t.test('it is another tracker only if all that the user said are of another', (t) => {
  const cases: [before: Record<string, P2pError>, now: Record<string, P2pError>, code: string][] = [
    [{}, { a: other, b: other }, 'IDENTITY_CHANGED'],
    [{ a: other }, { b: other }, 'IDENTITY_CHANGED'],
    [{ a: other, b: other }, { c: gone }, 'TRACKER_UNREACHABLE'],
    [{ a: gone }, { b: other }, 'TRACKER_UNREACHABLE'],
    [{ a: gone, b: gone }, { c: other }, 'TRACKER_UNREACHABLE'],
    [{}, { c: other }, 'TRACKER_UNREACHABLE'],
    [{}, { a: gone, b: gone }, 'TRACKER_UNREACHABLE'],
  ];
  for (const [before, now, code] of cases) {
    t.equal(
      codeOf(before, now),
      code,
      `${Object.keys(before).join()} / ${Object.keys(now).join()}`,
    );
  }
  t.end();
});

t.test('of a single address the error is told as it is', (t) => {
  const alone = new TrackerAddresses({ said: [at('a')] });
  t.equal(noneReachable([{ tracker: at('a'), error: other }], alone.looks()), other);
  t.end();
});
