/** With which login of its home a client goes on, and which it leaves there. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KeptLogin } from '../../../src/main/account/kept-login.js';
import { openHome } from '../../../src/main/home/home.js';
import { readSession, writeSession } from '../../../src/main/home/session-file.js';
import { testFolder } from '../../fixtures/test-folder.js';

const tracker = { host: '192.0.2.1', port: 8000 };
const elsewhere = { host: '192.0.2.2', port: 8000 };
const trackerId = 'a'.repeat(64);
const session = { tracker, userId: 'ann', trackerId, token: 'token' };

async function scene(
  t: Test,
  options: { remember: boolean; trackers: readonly (typeof tracker)[] },
) {
  const home = await openHome({ P2P_HOME: join(testFolder(t), 'home') });
  /** Trackers by their hosts that have shown a key. */
  const met = new Map<string, string>();
  const knownTrackers = {
    howMet: async ({ host }: typeof tracker) => {
      const id = met.get(host);
      return id === undefined ? undefined : ({ how: 'key', trackerId: id } as const);
    },
  };
  const kept = new KeptLogin({ home, ...options }, knownTrackers);
  return { home, kept, met };
}

t.test('a client that keeps its logins goes on with what is there', async (t) => {
  const { home, kept } = await scene(t, { remember: true, trackers: [] });
  t.equal(await kept.find(), undefined);
  await kept.keep(session);
  t.same(await kept.find(), session);
  kept.moveOn();
  t.same(await kept.find(), session, 'as often as it likes');
  await kept.forget({ trackerId, userId: 'ben' });
  t.equal(await readSession(home), undefined, 'its logout is of the kept one, whoever that is');
});

t.test('one that does not goes on once, with a login of its tracker', async (t) => {
  const { home, kept } = await scene(t, { remember: false, trackers: [tracker] });
  await kept.keep(session);
  t.equal(await readSession(home), undefined, 'none of its own is kept');
  await writeSession(home, session);
  t.same(await kept.find(), session);
  kept.moveOn();
  t.equal(await kept.find(), undefined);
});

t.test('the tracker is the same where it is reached so, or shows the same key', async (t) => {
  const { home, kept, met } = await scene(t, { remember: false, trackers: [elsewhere] });
  await writeSession(home, session);
  t.equal(await kept.find(), undefined, 'a stranger');
  met.set(elsewhere.host, 'b'.repeat(64));
  t.equal(await kept.find(), undefined, 'another tracker');
  met.set(elsewhere.host, trackerId);
  t.same(await kept.find(), { ...session, tracker: elsewhere });
});

t.test('its logout takes away the kept login of the same user only', async (t) => {
  const cases: [ended: { trackerId: string; userId: string } | undefined, isLeft: boolean][] = [
    [{ trackerId, userId: 'ann' }, false],
    [{ trackerId, userId: 'ben' }, true],
    [{ trackerId: 'b'.repeat(64), userId: 'ann' }, true],
    [undefined, true],
  ];
  for (const [ended, isLeft] of cases) {
    const { home, kept } = await scene(t, { remember: false, trackers: [tracker] });
    await writeSession(home, session);
    await kept.forget(ended);
    t.equal((await readSession(home)) !== undefined, isLeft);
    t.equal(await kept.find(), undefined, 'and it goes on with none');
  }
});
