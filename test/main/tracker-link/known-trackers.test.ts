import { readFile, stat, writeFile } from 'node:fs/promises';
import t from 'tap';
import { openHome } from '../../../src/main/home/home.js';
import { writeSession } from '../../../src/main/home/session-file.js';
import { KnownTrackers } from '../../../src/main/tracker-link/known-trackers.js';
import { testFolder } from '../../fixtures/test-folder.js';

const tracker = { host: '127.0.0.1', port: 8000 };
const key = 'a'.repeat(64);
const otherKey = 'b'.repeat(64);

/** What a tracker shows that no authority vouches for, and what one that is vouched for shows. */
const byKey = (deviceId: string) => ({ deviceId, isVouched: false, flaw: 'SELF_SIGNED' });
const vouched = (deviceId: string) => ({ deviceId, isVouched: true });

t.test('a tracker is pinned at the first meeting and known from then on', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const met = { how: 'key', trackerId: key };
  t.equal(await new KnownTrackers(home).howMet(tracker), undefined);
  const first = await new KnownTrackers(home).check(tracker, byKey(key));
  t.same(first, { ...met, isFirst: true });
  t.same(await new KnownTrackers(home).check(tracker, byKey(key)), { ...met, isFirst: false });
  t.match(await new KnownTrackers(home).howMet(tracker), met);
  t.equal(await readFile(home.knownTrackersPath, 'utf8'), `127.0.0.1:8000 ${key}\n`);
  t.equal((await stat(home.knownTrackersPath)).mode & 0o777, 0o600);
});

t.test('a changed key is refused, and the message says what to do', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const known = new KnownTrackers(home);
  await known.check({ host: 'other.example', port: 1 }, byKey(otherKey));
  await known.check(tracker, byKey(key));
  const before = await readFile(home.knownTrackersPath, 'utf8');
  const refusal = await known
    .check(tracker, byKey(otherKey))
    .catch((error: unknown) => error as Error);
  t.match(refusal, { name: 'TrackerError', code: 'IDENTITY_CHANGED' });
  const { message } = refusal as Error;
  for (const part of [key, otherKey, `line 2 of ${home.knownTrackersPath}`]) {
    t.ok(message.includes(part), part);
  }
  t.notMatch(message, /\n/);
  t.equal(await readFile(home.knownTrackersPath, 'utf8'), before);
});

t.test('other ports, and names in other cases, are told apart as addresses are', async (t) => {
  const known = new KnownTrackers(await openHome({ P2P_HOME: testFolder(t) }));
  await known.check({ host: 'Tracker.Example', port: 1 }, byKey(key));
  await known.check({ host: 'tracker.example', port: 2 }, byKey(otherKey));
  await known.check({ host: '::1', port: 1 }, byKey(otherKey));
  await t.rejects(known.check({ host: 'tracker.example', port: 1 }, byKey(otherKey)), {
    code: 'IDENTITY_CHANGED',
  });
});

t.test('comments, blank lines and an open last line of an editor are fine', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  await writeFile(home.knownTrackersPath, `# mine\n\n127.0.0.1:9000 ${otherKey}`);
  const known = new KnownTrackers(home);
  await known.check(tracker, byKey(key));
  await known.check({ host: '127.0.0.1', port: 9000 }, byKey(otherKey));
  await t.rejects(known.check(tracker, byKey(otherKey)), { message: /remove line 4 of/ });
});

for (const line of [
  `127.0.0.1:8000 ${key.slice(1)}`,
  `127.0.0.1:8000 ${key.toUpperCase()}`,
  `127.0.0.1:8000 ${key} ${otherKey}`,
  `127.0.0.1:8000 ${key} authority`,
  '127.0.0.1:8000 authorit',
  '127.0.0.1:8000 authority yes',
  `127.0.0.1:8000 authority ${key} ${key}`,
  '127.0.0.1:8000',
  '127.0.0.1:80',
  `elsewhere:1 ${key.slice(1)}`,
  '\0'.repeat(9),
]) {
  const shownLine = JSON.stringify(line).slice(0, 60);
  t.test(`a damaged line is named instead of trusting anew: ${shownLine}`, async (t) => {
    const home = await openHome({ P2P_HOME: testFolder(t) });
    await writeFile(home.knownTrackersPath, `${line}\n`);
    for (const shown of [byKey(key), vouched(key)]) {
      await t.rejects(new KnownTrackers(home).check(tracker, shown), {
        code: 'IO_ERROR',
        message: /line 1 is damaged/,
      });
    }
    await t.rejects(new KnownTrackers(home).howMet(tracker), { code: 'IO_ERROR' });
    t.equal(await readFile(home.knownTrackersPath, 'utf8'), `${line}\n`);
  });
}

const entries = [key, 'authority', `authority ${otherKey}`];
const letsIn: Readonly<Record<string, readonly string[]>> = {
  'the key': [key],
  'the key, vouched for': [key, 'authority', `authority ${otherKey}`],
  'another key': [],
  'another key, vouched for': ['authority', `authority ${otherKey}`],
};
const shown = {
  'the key': byKey(key),
  'the key, vouched for': vouched(key),
  'another key': byKey('c'.repeat(64)),
  'another key, vouched for': vouched('c'.repeat(64)),
};

t.test('how a tracker was met is final, whatever it shows later', async (t) => {
  for (const entry of entries) {
    for (const [what, identity] of Object.entries(shown)) {
      const home = await openHome({ P2P_HOME: testFolder(t) });
      await writeFile(home.knownTrackersPath, `127.0.0.1:8000 ${entry}\n`);
      const checked = new KnownTrackers(home).check(tracker, identity);
      const isLetIn = letsIn[what]?.includes(entry) === true;
      if (isLetIn) t.match(await checked, { isFirst: false }, `${entry}: ${what}`);
      else await t.rejects(checked, { code: 'IDENTITY_CHANGED' }, `${entry}: ${what}`);
      t.equal(await readFile(home.knownTrackersPath, 'utf8'), `127.0.0.1:8000 ${entry}\n`);
    }
  }
});

t.test(
  'accounts at a tracker hang on its key, else on its address, else on what the user says',
  async (t) => {
    for (const [entry, trackerId] of [
      [key, key],
      ['authority', '127.0.0.1:8000'],
      [`authority ${otherKey}`, otherKey],
    ]) {
      const home = await openHome({ P2P_HOME: testFolder(t) });
      await writeFile(home.knownTrackersPath, `127.0.0.1:8000 ${entry}\n`);
      t.match(await new KnownTrackers(home).check(tracker, vouched(key)), { trackerId });
      t.match(await new KnownTrackers(home).howMet(tracker), { trackerId });
    }
  },
);

t.test('a first meeting with an authority is noted as one', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const met = { how: 'authority', trackerId: '127.0.0.1:8000' };
  t.same(await new KnownTrackers(home).check(tracker, vouched(key)), { ...met, isFirst: true });
  t.equal(await readFile(home.knownTrackersPath, 'utf8'), '127.0.0.1:8000 authority\n');
});

t.test('a login of a version that noted no authorities counts as a meeting with one', async (t) => {
  const login = { tracker, userId: 'ann', token: 'token' };
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['127.0.0.1:8000', 'authority'],
    // The user took the line of this key away.
    [key, undefined],
    // A login at another tracker says nothing of this one.
    ['127.0.0.1:8001', undefined],
  ];
  for (const [trackerId, how] of cases) {
    const home = await openHome({ P2P_HOME: testFolder(t) });
    await writeSession(home, { ...login, trackerId });
    const known = new KnownTrackers(home);
    t.equal((await known.howMet(tracker))?.how, how, trackerId);
    const checked = known.check(tracker, byKey(otherKey));
    if (how === undefined) {
      t.match(await checked, { isFirst: true });
      continue;
    }
    await t.rejects(checked, { code: 'IDENTITY_CHANGED', message: /log out and try again/ });
    t.match(await known.check(tracker, vouched(key)), { isFirst: false, how });
    t.equal(await readFile(home.knownTrackersPath, 'utf8'), '127.0.0.1:8000 authority\n');
  }
});

t.test('of several first meetings at once with different keys, one key is trusted', async (t) => {
  const known = new KnownTrackers(await openHome({ P2P_HOME: testFolder(t) }));
  const keys = [...'0123456789'].map((digit) => digit.repeat(64));
  const results = await Promise.allSettled(keys.map((one) => known.check(tracker, byKey(one))));
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

t.test('of a key and an authority that are met at once, one is trusted', async (t) => {
  for (let round = 0; round < 10; round++) {
    const home = await openHome({ P2P_HOME: testFolder(t) });
    const known = [new KnownTrackers(home), new KnownTrackers(home)] as const;
    const results = await Promise.allSettled([
      known[0].check(tracker, byKey(key)),
      known[1].check(tracker, vouched(otherKey)),
    ]);
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  }
});
