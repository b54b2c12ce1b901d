/** When a session is let go: a look every quarter of a second, on a clock that is a number. */
import t from 'tap';
import {
  PEER_IDLE_TIMEOUT_MS,
  REPORT_INTERVAL_MS,
  UPLOAD_STALL_TIMEOUT_MS,
  UPLOAD_UNASKED_TIMEOUT_MS,
  UPLOAD_UNOPENED_TIMEOUT_MS,
} from '../../../src/net/limits.js';
import { SessionLife, type SessionStanding } from '../../../src/workers/serving/session-life.js';

interface Manners {
  readonly standing: (nowMs: number) => SessionStanding;
  readonly isReading: boolean;
}

const working: SessionStanding = { isStuck: false, isAsked: true, openFiles: 1 };

/** For how long a session of these manners is kept; undefined for an hour and more. */
function lifeOf({ standing, isReading }: Manners): [ms: number, why: string] | undefined {
  const life = new SessionLife(0);
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += REPORT_INTERVAL_MS) {
    if (isReading) life.onRead(nowMs);
    const reason = life.lapseOf(standing(nowMs), nowMs);
    if (reason) return [nowMs, reason.message];
  }
  return undefined;
}

t.test('a sign of life is progress of what is owed, not a ping', async (t) => {
  const every = (ms: number, nowMs: number): boolean => nowMs % ms === 0;
  const cases: [name: string, manners: Partial<Manners>, afterMs: number | undefined][] = [
    ['one that works', {}, undefined],
    ['one that sends nothing', { isReading: false }, PEER_IDLE_TIMEOUT_MS + REPORT_INTERVAL_MS],
    [
      'one that asks and does not read',
      { standing: () => ({ ...working, isStuck: true }) },
      UPLOAD_STALL_TIMEOUT_MS,
    ],
    [
      'one that reads a little now and then',
      { standing: (nowMs) => ({ ...working, isStuck: !every(29_000, nowMs) }) },
      undefined,
    ],
    [
      'one that opens nothing',
      { standing: () => ({ ...working, isAsked: false, openFiles: 0 }) },
      UPLOAD_UNOPENED_TIMEOUT_MS,
    ],
    [
      'one that opens and asks for nothing',
      { standing: () => ({ ...working, isAsked: false }) },
      UPLOAD_UNASKED_TIMEOUT_MS,
    ],
    [
      'one that asks once a minute',
      { standing: (nowMs) => ({ ...working, isAsked: every(60_000, nowMs) }) },
      undefined,
    ],
  ];
  for (const [name, manners, afterMs] of cases) {
    const life = lifeOf({ standing: () => working, isReading: true, ...manners });
    t.equal(life?.[0], afterMs, name);
  }
});
