import { readFile, stat, writeFile } from 'node:fs/promises';
import t from 'tap';
import { openHome } from '../../../src/main/home/home.js';
import { KnownTrackers } from '../../../src/main/tracker-link/known-trackers.js';

const tracker = { host: '127.0.0.1', port: 8000 };
const key = 'a'.repeat(64);
const otherKey = 'b'.repeat(64);

t.test('a tracker is pinned at the first meeting and known from then on', async (t) => {
  const home = await openHome({ P2P_HOME: t.testdir() });
  await new KnownTrackers(home).check(tracker, key);
  await new KnownTrackers(home).check(tracker, key);
  t.equal(await readFile(home.knownTrackersPath, 'utf8'), `127.0.0.1:8000 ${key}\n`);
  t.equal((await stat(home.knownTrackersPath)).mode & 0o777, 0o600);
});

t.test('a changed key is refused, and the message says what to do', async (t) => {
  const home = await openHome({ P2P_HOME: t.testdir() });
  const known = new KnownTrackers(home);
  await known.check({ host: 'other.example', port: 1 }, otherKey);
  await known.check(tracker, key);
  const before = await readFile(home.knownTrackersPath, 'utf8');
  const refusal = await known.check(tracker, otherKey).catch((error: unknown) => error as Error);
  t.match(refusal, { name: 'TrackerError', code: 'IDENTITY_CHANGED' });
  const { message } = refusal as Error;
  for (const part of [key, otherKey, `line 2 of ${home.knownTrackersPath}`]) {
    t.ok(message.includes(part), part);
  }
  t.notMatch(message, /\n/);
  t.equal(await readFile(home.knownTrackersPath, 'utf8'), before);
});

t.test('other ports, and names in other cases, are told apart as addresses are', async (t) => {
  const known = new KnownTrackers(await openHome({ P2P_HOME: t.testdir() }));
  await known.check({ host: 'Tracker.Example', port: 1 }, key);
  await known.check({ host: 'tracker.example', port: 2 }, otherKey);
  await known.check({ host: '::1', port: 1 }, otherKey);
  await t.rejects(known.check({ host: 'tracker.example', port: 1 }, otherKey), {
    code: 'IDENTITY_CHANGED',
  });
});

t.test('comments, blank lines and an open last line of an editor are fine', async (t) => {
  const home = await openHome({ P2P_HOME: t.testdir() });
  await writeFile(home.knownTrackersPath, `# mine\n\n127.0.0.1:9000 ${otherKey}`);
  const known = new KnownTrackers(home);
  await known.check(tracker, key);
  await known.check({ host: '127.0.0.1', port: 9000 }, otherKey);
  await t.rejects(known.check(tracker, otherKey), { message: /remove line 4 of/ });
});

t.test('a damaged line is named instead of trusting anew', async (t) => {
  const home = await openHome({ P2P_HOME: t.testdir() });
  await writeFile(home.knownTrackersPath, `127.0.0.1:8000 ${key.slice(1)}\n`);
  await t.rejects(new KnownTrackers(home).check(tracker, key), {
    code: 'IO_ERROR',
    message: /line 1 is damaged/,
  });
});

t.test('of several first meetings at once with different keys, one key is trusted', async (t) => {
  const known = new KnownTrackers(await openHome({ P2P_HOME: t.testdir() }));
  const keys = [...'0123456789'].map((digit) => digit.repeat(64));
  const results = await Promise.allSettled(keys.map((one) => known.check(tracker, one)));
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});
