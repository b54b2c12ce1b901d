/** The table of sessions by itself; what they may read is in uploads.test.ts. */
import t from 'tap';
import { SecondLooks } from '../../../src/main/sharing/second-looks.js';
import { UploadSessions } from '../../../src/main/sharing/upload-sessions.js';
import { FakeListener } from '../../fixtures/fake-listener.js';
import { FakeOffer } from '../../fixtures/fake-offer.js';
import { INCARNATION } from '../../fixtures/incarnations.js';

const proven = {
  type: 'proven',
  ...{ session: 1, userId: 'ann', deviceId: 'device', groupId: 'chess' },
  ...{ incarnation: INCARNATION, epoch: 1, expiresAtMs: 1_000, remote: 'here:1' },
} as const;

t.test('a session that has ended, or whose listener has, has no files any more', async (t) => {
  for (const end of ['close', 'removeListener'] as const) {
    const sessions = new UploadSessions();
    const listener = new FakeListener();
    sessions.addListener(listener);
    const { session } = sessions.onProven(listener, proven)!;
    const offer = new FakeOffer('chess', 'film');
    let released = 0;
    const file = {
      content: { type: 'file', fd: 7 } as const,
      isWatched: false,
      retain: () => t.fail('nobody looks at what was let go') as never,
      release: () => void released++,
    };
    session.files.set(0, { offer: Object.assign(offer, { check: async () => undefined }), file });
    const looks = new SecondLooks(() => t.fail('nothing has changed'));
    looks.onSent(session);
    if (end === 'close') sessions.close(session);
    else sessions.removeListener(listener);
    t.equal(released, 1);
    t.equal(session.files.size, 0);
    // Its last bytes may have left just before: a look that is due then finds nothing.
    await looks.look();
    t.notOk(sessions.has(session));
  }
});

t.test('a client with several connections is one peer', (t) => {
  const sessions = new UploadSessions();
  const [one, other] = [new FakeListener(), new FakeListener()];
  for (const listener of [one, other]) sessions.addListener(listener);
  t.equal(sessions.peerCount, 0);
  sessions.onProven(one, proven);
  sessions.onProven(other, proven);
  t.equal(sessions.peerCount, 1);
  sessions.onProven(one, { ...proven, session: 2, deviceId: 'another device' });
  t.equal(sessions.peerCount, 2);
  t.end();
});
