import t from 'tap';
import { trackerAddressLines } from '../../../src/main/terminal/tracker-address-lines.js';

t.test('several addresses are said with how they fared, one alone is not', (t) => {
  const one = { address: 'a:1', from: 'user', state: 'used' } as const;
  t.same(trackerAddressLines([]), []);
  t.same(trackerAddressLines([one]), []);
  const failed = (code: 'TRACKER_UNREACHABLE' | 'IDENTITY_CHANGED') =>
    ({ address: 'b:1', from: 'user', state: 'failed', error: { code, message: 'm' } }) as const;
  t.same(
    trackerAddressLines([
      one,
      failed('TRACKER_UNREACHABLE'),
      failed('IDENTITY_CHANGED'),
      { address: 'c:1', from: 'tracker', state: 'answers' },
      { address: 'd:1', from: 'tracker', state: 'untried' },
    ]),
    [
      'tracker addresses: a:1 (used), b:1 (did not answer), b:1 (another tracker is there), c:1 (answers, as it says), d:1 (not tried, as it says)',
    ],
  );
  t.notMatch(trackerAddressLines([one, { ...one, address: '\u001b[2J' }])[0], /\u001b/);
  t.end();
});
