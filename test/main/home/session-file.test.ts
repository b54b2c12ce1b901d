import { stat, writeFile } from 'node:fs/promises';
import t from 'tap';
import { openHome } from '../../../src/main/home/home.js';
import { clearSession, readSession, writeSession } from '../../../src/main/home/session-file.js';
import { testFolder } from '../../fixtures/test-folder.js';

const session = {
  tracker: { host: '127.0.0.1', port: 8000 },
  userId: 'ann',
  trackerId: 'tracker',
  token: 'c2VjcmV0',
};

t.test('a login is remembered until it is cleared', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  t.equal(await readSession(home), undefined);
  await writeSession(home, session);
  t.same(await readSession(home), session);
  t.equal((await stat(home.sessionPath)).mode & 0o777, 0o600);
  await writeSession(home, { ...session, userId: 'bob' });
  t.equal((await readSession(home))?.userId, 'bob');
  await clearSession(home);
  t.equal(await readSession(home), undefined);
  await clearSession(home);
});

t.test('a damaged file says to log in again', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t) });
  const damaged = [
    '',
    '{',
    'null',
    '{}',
    JSON.stringify({ ...session, token: '' }),
    JSON.stringify({ ...session, tracker: { host: 'a', port: 70_000 } }),
  ];
  for (const text of damaged) {
    await writeFile(home.sessionPath, text);
    await t.rejects(readSession(home), { code: 'NOT_LOGGED_IN', message: /log in again/ }, text);
  }
});
