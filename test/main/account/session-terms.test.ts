/** Of which tracker a link is, for somebody who is logged in. */
import t from 'tap';
import { requireSameTracker } from '../../../src/main/account/session-terms.js';
import type { ExpectedTracker } from '../../../src/main/api/invite-link.js';
import type { Meeting } from '../../../src/main/tracker-link/known-trackers.js';

const [said, used, told] = ['said', 'used', 'told'].map((host) => ({ host, port: 8000 }));
const [ours, other] = ['1'.repeat(64), '2'.repeat(64)];
const key = (deviceId: string): ExpectedTracker => ({ how: 'key', deviceId });

t.test('a key decides alone, else an address that the user said; none that it told', (t) => {
  const byKey: Meeting = { how: 'key', trackerId: ours };
  const byName: Meeting = { how: 'authority', trackerId: 'said:8000' };
  const cases: [met: Meeting, at: typeof said, expected: ExpectedTracker, isSame: boolean][] = [
    [byKey, said, key(ours), true],
    [byKey, told, key(ours), true],
    [byKey, said, key(other), false],
    [byKey, told, key(other), false],
    [byKey, used, key(other), false],
    [byKey, said, { how: 'authority' }, true],
    [byKey, told, { how: 'authority' }, false],
    [byKey, used, { how: 'authority' }, false],
    [byName, said, { how: 'authority' }, true],
    [byName, told, { how: 'authority' }, false],
    [byName, said, key(other), true],
    [byName, told, key(other), false],
  ];
  for (const [met, at, expected, isSame] of cases) {
    const account = { trackerId: met.trackerId, userId: 'ann' };
    const places = {
      said: [said!],
      learnt: [told!, used!],
      worked: used,
      trackerId: account.trackerId,
    };
    const present = { account, tracker: used!, places };
    const judge = (): void => requireSameTracker(present, met, at!, expected);
    if (isSame) t.doesNotThrow(judge);
    else t.throws(judge, { code: 'BAD_ARGUMENT', message: /log out first/ });
  }
  t.end();
});
