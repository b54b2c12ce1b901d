import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { TrackerError } from '../../../src/net/errors.js';
import { LoginAttempts } from '../../../src/main/account/login-attempts.js';
import type { TrackerCalls } from '../../../src/main/tracker-link/tracker-calls.js';
import type { TrackerLink } from '../../../src/main/tracker-link/tracker-link.js';

const credentials = { userId: 'ann', password: 'secret' };
const logIn = (calls: TrackerCalls) => calls.call('login', credentials);

/** A link that answers a login as it is told, and notes what becomes of it. */
function linkThat(login: () => Promise<unknown>) {
  const log: string[] = [];
  const link = {
    call: (method: string) => {
      log.push(method);
      return method === 'login' ? login() : Promise.resolve({});
    },
    close: async () => void log.push('closed'),
  } as unknown as Pick<TrackerLink, 'call' | 'close'>;
  return { link, log };
}

t.test('a link whose login is accepted stays open', async (t) => {
  const { link, log } = linkThat(async () => ({ userId: 'ann', peerTransport: 'tcp' }));
  t.match(await new LoginAttempts(undefined).try(link, logIn), { userId: 'ann' });
  t.same(log, ['login']);
});

t.test('one whose login is refused is closed', async (t) => {
  const { link, log } = linkThat(async () => {
    throw new TrackerError('WRONG_PASSWORD', 'no');
  });
  await t.rejects(new LoginAttempts(undefined).try(link, logIn), { code: 'WRONG_PASSWORD' });
  t.same(log, ['login', 'closed']);
});

t.test('a login on terms that are refused is taken back', async (t) => {
  const { link, log } = linkThat(async () => ({ userId: 'ann', peerTransport: 'tcp' }));
  const attempts = new LoginAttempts('tls');
  await t.rejects(attempts.try(link, logIn), { code: 'PEERS_NOT_ENCRYPTED' });
  t.same(log, ['login', 'logout', 'closed']);
});

t.test('all that are under way can be given up', async (t) => {
  const answer = deferred<unknown>();
  const { link, log } = linkThat(() => answer.promise);
  const attempts = new LoginAttempts(undefined);
  const login = attempts.try(link, logIn);
  await attempts.close();
  t.same(log, ['login', 'closed']);
  answer.reject(new TrackerError('CONNECTION_LOST', 'closed'));
  await t.rejects(login, { code: 'CONNECTION_LOST' });
  await attempts.close();
  t.same(log, ['login', 'closed', 'closed'], 'and not once more');
});
