/** What attempts in vain tell of the next ones. */
import t from 'tap';
import { dialFate, dialFates, noPacketCame } from '../../../src/main/tracker-link/dial-fate.js';
import {
  noneReachable,
  timedOut,
  trackerUnreachable,
} from '../../../src/main/tracker-link/tracker-unreachable.js';

const tracker = { host: '192.0.2.30', port: 8000 };
const busy = failure('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR');

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

t.test('the network is away when nothing comes from there', async (t) => {
  for (const code of ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']) {
    t.equal(dialFate(failure(code)), 'away', code);
    t.equal(dialFate(trackerUnreachable(tracker, failure(code))), 'away', `${code}, told`);
  }
  t.equal(dialFate(noPacketCame()), 'away');
  for (const error of [failure('ECONNREFUSED'), failure('ECONNRESET'), timedOut(), 'a text']) {
    t.equal(dialFate(error), 'failed', String(error));
    t.equal(dialFate(trackerUnreachable(tracker, error)), 'failed', `${String(error)}, told`);
  }
});

t.test('who says that more come than it can take is busy', async (t) => {
  t.equal(dialFate(busy), 'busy');
  t.equal(dialFate(trackerUnreachable(tracker, busy)), 'busy');
  t.equal(dialFates([noPacketCame(), busy]), 'busy');
});

t.test('of several addresses it is away only where it is for all of them', async (t) => {
  const [away, refused] = [noPacketCame(), failure('ECONNREFUSED')];
  t.equal(dialFates([away, away]), 'away');
  t.equal(dialFates([away, refused]), 'failed');
  t.equal(dialFates([]), 'failed');
  const told = (...errors: Error[]): unknown => {
    const fate = { state: 'untried' } as const;
    const looks = [1, 2].map((port) => {
      return { address: { ...tracker, port }, from: 'user', fate } as const;
    });
    return noneReachable(
      errors.map((error) => ({ tracker, error })),
      looks,
    );
  };
  t.equal(dialFate(told(away, away)), 'away');
  t.equal(dialFate(told(away, refused)), 'failed');
});
