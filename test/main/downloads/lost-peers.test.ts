/** When a peer that is silent is dialled again. */
import t from 'tap';
import {
  isKept,
  isRefusal,
  redialWaitMs,
  type Attempt,
} from '../../../src/main/downloads/lost-peers.js';
import {
  LOST_PEER_KEPT_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  REDIAL_OPENED_MAX_MS,
  SILENT_PEER_AWAITED_MS,
} from '../../../src/net/limits.js';

const nowMs = 10 * LOST_PEER_KEPT_MS;
const met = (agoMs: number) => ({ address: { host: 'h', port: 1 }, heardAtMs: nowMs - agoMs });
const attempt = (agoMs: number, failures: number, isReady = false): Attempt => ({
  dialledAtMs: nowMs - agoMs,
  failures,
  isReady,
});

t.test('how long it is waited before the next dial', (t) => {
  const cases: [what: string, Attempt, metAgoMs: number | undefined, waitMs: number][] = [
    ['never met', attempt(0, 20), undefined, REDIAL_MAX_MS],
    ['met, the first time', attempt(0, 1), 1_000, REDIAL_MIN_MS],
    ['met, refused at once', attempt(0, 20), 1_000, REDIAL_OPENED_MAX_MS],
    ['met, hung for a moment', attempt(500, 20), 1_000, REDIAL_OPENED_MAX_MS - 500],
    ['met, hung for long', attempt(10_000, 20), 20_000, REDIAL_MIN_MS],
    ['met long ago', attempt(10_000, 20), SILENT_PEER_AWAITED_MS, REDIAL_MAX_MS],
    ['has opened the file', attempt(10_000, 20, true), undefined, REDIAL_OPENED_MAX_MS],
  ];
  for (const [what, ended, metAgoMs, waitMs] of cases) {
    const meeting = metAgoMs === undefined ? undefined : met(metAgoMs);
    t.equal(redialWaitMs(ended, meeting, nowMs), waitMs, what);
  }
  t.end();
});

t.test('until when, and after which answer no more', (t) => {
  t.ok(isKept(met(LOST_PEER_KEPT_MS - 1), nowMs));
  t.notOk(isKept(met(LOST_PEER_KEPT_MS), nowMs));
  for (const code of ['NOT_SHARED', 'NO_SUCH_FILE', 'PEER_IDENTITY', 'REVOKED'] as const)
    t.ok(isRefusal({ code, message: 'no' }), code);
  for (const code of ['CONNECTION_LOST', 'TIMEOUT', 'PEER_UNREACHABLE', 'BUSY'] as const)
    t.notOk(isRefusal({ code, message: 'perhaps later' }), code);
  t.notOk(isRefusal(undefined));
  t.end();
});
