/** For how long a download goes on without a byte. */
import t from 'tap';
import { downloadPatienceMs } from '../../../src/main/commands/download-patience.js';
import { DOWNLOAD_TIMEOUT_MS } from '../../../src/net/limits.js';

const said = (timeout?: string) => ({
  args: {},
  options: timeout === undefined ? {} : { timeout },
});

t.test('whoever sits there ends it, and a script is not kept for ever', (t) => {
  t.equal(downloadPatienceMs({ isAttended: true }, said()), 0);
  t.equal(downloadPatienceMs({ background: () => undefined }, said()), 0);
  t.equal(downloadPatienceMs({ isAttended: false }, said()), DOWNLOAD_TIMEOUT_MS);
  t.equal(downloadPatienceMs({}, said()), DOWNLOAD_TIMEOUT_MS);
  t.end();
});

t.test('what is said holds everywhere', (t) => {
  for (const isAttended of [true, false]) {
    t.equal(downloadPatienceMs({ isAttended }, said('90s')), 90_000);
    t.equal(downloadPatienceMs({ isAttended }, said('0')), 0);
    t.throws(() => downloadPatienceMs({ isAttended }, said('soon')), {
      message: /is not a duration/,
    });
  }
  t.end();
});
