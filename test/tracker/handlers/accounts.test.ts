import { createHash } from 'node:crypto';
import t from 'tap';
import {
  ACCOUNTS_BY_LINK_FACTOR,
  ACCOUNTS_PER_DAY_PER_ADDRESS,
  FREE_LOGIN_FAILURES,
  FREE_LOGIN_FAILURES_PER_ADDRESS,
  SESSION_LIFETIME_MS,
} from '../../../src/net/limits.js';
import { hashToken } from '../../../src/tracker/accounts/session-token.js';
import { diskFull, openScene } from '../tracker-scene.js';

const account = { userId: 'anna', password: 'secret' };
const DAY_MS = 24 * 3600 * 1000;
const loggedOut = ['sessionEnded', { code: 'NOT_LOGGED_IN' }];

void t.test('an account is made once', async (t) => {
  const scene = await openScene(t);
  const client = scene.connect('pc');
  t.same(await scene.call(client, 'createUser', account), {});
  t.same(scene.logged, [{ level: 'info', event: 'user created', fields: { user: 'anna' } }]);
  await t.rejects(scene.call(client, 'createUser', account), { code: 'USER_EXISTS' });
  t.equal(client.session.login, undefined, 'nobody is logged in by that');
  t.equal(scene.logged.length, 1);
});

void t.test('an account cannot be made that is taken for another one', async (t) => {
  const scene = await openScene(t);
  await scene.call(scene.connect('pc'), 'createUser', account);
  const message = /is too much like an existing name; choose another one$/;
  for (const [n, userId] of ['Anna', 'аnna', 'ａｎｎａ', 'anпa'].entries()) {
    const client = scene.connect('pc', `192.0.2.${n}`);
    const making = scene.call(client, 'createUser', { ...account, userId });
    await t.rejects(making, { code: 'USER_EXISTS', message }, userId);
  }
  await scene.call(scene.connect('pc'), 'createUser', { ...account, userId: 'hanna' });
});

void t.test('a login needs the password; a wrong one and an unknown user look alike', async (t) => {
  const scene = await openScene(t);
  const client = scene.connect('pc');
  await scene.call(client, 'createUser', account);
  const wrong = { code: 'WRONG_PASSWORD', message: /do not match/ };
  await t.rejects(scene.call(client, 'login', { ...account, password: 'x' }), wrong);
  await t.rejects(scene.call(client, 'login', { ...account, userId: 'x' }), wrong);
  t.equal(client.session.login, undefined);
  t.equal(scene.context.sessions.count, 0);
  const { token, ...info } = await scene.call(client, 'login', account);
  t.ok(token);
  t.same(info, {
    userId: 'anna',
    nowMs: scene.nowMs,
    ticketKey: scene.context.tickets.publicKey,
    peerTransport: 'tls',
    groups: [],
  });
  t.equal(client.session.login?.userId, 'anna');
  t.equal(scene.context.sessions.count, 1);
});

void t.test('guessing is slowed down', async (t) => {
  const scene = await openScene(t);
  const client = scene.connect('pc');
  await scene.call(client, 'createUser', account);
  for (let n = 0; n < FREE_LOGIN_FAILURES; n++) {
    const guess = { ...account, password: `guess ${n}` };
    await t.rejects(scene.call(client, 'login', guess), { code: 'WRONG_PASSWORD' });
  }
  await t.rejects(scene.call(client, 'login', account), { code: 'TOO_MANY_ATTEMPTS' });
  scene.nowMs += DAY_MS;
  await scene.call(client, 'login', account);
});

void t.test('guessers keep the owner of an account out nowhere', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna', 'her pc');
  const known = { userId: 'anna', password: 'password of anna' };
  const guesser = scene.connect('guesser', '198.51.100.1');
  const neighbour = scene.connect('neighbour', anna.session.address);
  for (let n = 0; n < FREE_LOGIN_FAILURES_PER_ADDRESS + 10; n++) {
    for (const client of [guesser, neighbour]) {
      const guess = { userId: 'anna', password: 'guess' };
      await t.rejects(scene.call(client, 'login', guess));
    }
  }
  const refused = { code: 'TOO_MANY_ATTEMPTS' };
  await t.rejects(scene.call(guesser, 'login', known), refused);
  await t.rejects(scene.call(neighbour, 'login', known), refused);
  const phone = scene.connect('her phone', '203.0.113.5');
  t.match(await scene.call(phone, 'login', known), { userId: 'anna' }, 'at another address');
  const pc = scene.connect('her pc', anna.session.address);
  t.match(await scene.call(pc, 'login', known), { userId: 'anna' }, 'on a device that was in');
});

void t.test('an address makes so many accounts in a day, taken ones not counted', async (t) => {
  const scene = await openScene(t);
  const client = scene.connect('pc');
  const create = (userId: string, from = client) =>
    scene.call(from, 'createUser', { userId, password: 'secret' });
  for (let n = 0; n < ACCOUNTS_PER_DAY_PER_ADDRESS; n++) {
    await create(`user-${n}`);
    await t.rejects(create('user-0'), { code: 'USER_EXISTS' });
  }
  await t.rejects(create('one-more'), { code: 'LIMIT_REACHED' });
  await create('elsewhere', scene.connect('other', '2001:db8:1:2::1'));
  scene.nowMs += DAY_MS;
  await create('tomorrow');
});

void t.test('accounts made at the same time are counted before their passwords', async (t) => {
  const scene = await openScene(t);
  const all = Array.from({ length: ACCOUNTS_PER_DAY_PER_ADDRESS + 5 }, (_, n) =>
    scene
      .call(scene.connect(`pc ${n}`), 'createUser', { userId: `user-${n}`, password: 'secret' })
      .then(
        () => 'made',
        (error: unknown) => (error as { code: string }).code,
      ),
  );
  const outcomes = await Promise.all(all);
  t.equal(outcomes.filter((one) => one === 'made').length, ACCOUNTS_PER_DAY_PER_ADDRESS);
  t.equal(outcomes.filter((one) => one === 'LIMIT_REACHED').length, 5);
});

void t.test('a token resumes a login on its device, as long as it lives', async (t) => {
  const scene = await openScene(t);
  const { token } = await scene.enter('anna', 'pc');
  const refused = { code: 'NOT_LOGGED_IN' };
  const resume = (device: string | undefined) =>
    scene.call(scene.connect(device), 'resume', { token });
  t.match(await resume('pc'), { userId: 'anna' });
  await t.rejects(resume('phone'), refused);
  await t.rejects(resume(undefined), refused);
  await t.rejects(scene.call(scene.connect('pc'), 'resume', { token: 'made up' }), refused);
  scene.nowMs += SESSION_LIFETIME_MS - DAY_MS;
  t.match(await resume('pc'), { userId: 'anna' }, 'and that prolongs it');
  scene.nowMs += SESSION_LIFETIME_MS - 1;
  t.match(await resume('pc'), { userId: 'anna' });
  scene.nowMs += SESSION_LIFETIME_MS;
  await t.rejects(resume('pc'), refused);
});

void t.test('logging out ends every login on this device, and no other', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna', 'pc');
  const second = await scene.enter('anna', 'pc');
  const phone = await scene.enter('anna', 'phone');
  const ben = await scene.enter('ben', 'ben-pc');
  t.same(await scene.call(anna, 'logout', {}), {});
  t.match(scene.takePushes(anna, second, phone, ben), [[], [loggedOut], [], []]);
  t.equal(second.socket.closedWith, 1000);
  t.equal(anna.socket.closedWith, undefined, 'who asked stays connected');
  t.equal(anna.session.login, undefined);
  t.equal(phone.session.login?.userId, 'anna');
  t.equal(scene.context.sessions.count, 2);
  for (const { token } of [anna, second]) {
    const again = scene.call(scene.connect('pc'), 'resume', { token });
    await t.rejects(again, { code: 'NOT_LOGGED_IN' });
  }
  t.match(await scene.call(scene.connect('phone'), 'resume', { token: phone.token }), {});
  await t.rejects(scene.call(anna, 'logout', {}), { code: 'NOT_LOGGED_IN' });
});

void t.test('without a device only sessions of the same login end', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.logIn(scene.connect(undefined), 'anna');
  const same = scene.connect(undefined);
  await scene.call(same, 'resume', { token: anna.token });
  const other = await scene.logIn(scene.connect(undefined), 'anna');
  await scene.call(anna, 'logout', {});
  t.match(scene.takePushes(same, other), [[loggedOut], []]);
  t.equal(other.session.login?.userId, 'anna');
});

void t.test('what a device offered ends with its logout', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna');
  await scene.goOnline(anna);
  t.equal(scene.context.presence.counts().devices, 1);
  await scene.call(anna, 'logout', {});
  t.equal(scene.context.presence.counts().devices, 0);
});

void t.test('nothing of a failed commit shows', async (t) => {
  const scene = await openScene(t);
  const anna = await scene.enter('anna', 'pc');
  const second = await scene.enter('anna', 'pc');
  const fresh = scene.connect('pc');
  const known = { userId: 'anna', password: 'password of anna' };
  const failing = [
    () => scene.call(anna, 'logout', {}),
    () => scene.call(fresh, 'login', known),
    () => scene.call(fresh, 'resume', { token: anna.token }),
    () => scene.call(fresh, 'createUser', { userId: 'ben', password: 'secret' }),
  ];
  for (const call of failing) await t.rejects(scene.withFullDisk(call), diskFull);
  t.ok(scene.isSilent());
  t.equal(anna.session.login?.userId, 'anna');
  t.equal(second.socket.closedWith, undefined);
  t.equal(fresh.session.login, undefined);
  t.equal(scene.context.sessions.count, 2);
});

void t.test('what follows each request, as data', async (t) => {
  const scene = await openScene(t);
  const client = scene.connect('pc');
  const { deviceId } = client;
  t.same(await scene.effectsOf(() => scene.call(client, 'createUser', account)), []);
  const { token } = await scene.call(client, 'login', account);
  const tokenHash = hashToken(token);
  t.same(scene.takeEffects(), [{ type: 'login-begun', userId: 'anna', tokenHash, groupIds: [] }]);
  await scene.call(client, 'createGroup', { groupId: 'g' });
  t.same(await scene.effectsOf(() => scene.call(client, 'resume', { token })), [
    { type: 'login-begun', userId: 'anna', tokenHash, groupIds: ['g'] },
  ]);
  t.same(await scene.effectsOf(() => scene.call(client, 'logout', {})), [
    { type: 'login-ended', userId: 'anna', tokenHash, deviceId },
  ]);
  const web = await scene.logIn(scene.connect(undefined), 'ben');
  t.same(await scene.effectsOf(() => scene.call(web, 'logout', {})), [
    { type: 'login-ended', userId: 'ben', tokenHash: hashToken(web.token), deviceId: '' },
  ]);
});

void t.test(
  'the key of a device opens the account that was made with it, and no other',
  async (t) => {
    const scene = await openScene(t);
    const pc = scene.connect('pc');
    const none = { code: 'NO_DEVICE' };
    const anonymous = scene.connect(undefined);
    await t.rejects(scene.call(anonymous, 'createUser', { userId: 'anna' }), none);
    await t.rejects(scene.call(anonymous, 'loginByKey', {}), none);
    t.same(await scene.call(pc, 'createUser', { userId: 'anna' }), {});
    t.equal(pc.session.login, undefined, 'nobody is logged in by that');
    const opened = { code: 'USER_EXISTS', message: /opens the account anna already/ };
    await t.rejects(scene.call(pc, 'createUser', { userId: 'ben' }), opened);
    const other = scene.connect('phone');
    await t.rejects(scene.call(other, 'createUser', { userId: 'anna' }), { code: 'USER_EXISTS' });
    await t.rejects(scene.call(other, 'loginByKey', {}), { code: 'NO_SUCH_USER' });
    const { token, userId } = await scene.call(pc, 'loginByKey', {});
    t.equal(userId, 'anna');
    t.equal((await scene.call(scene.connect('pc'), 'resume', { token })).userId, 'anna');
    // An empty password fits no account.
    for (const password of ['', ' ', 'hash of ']) {
      const guess = scene.call(other, 'login', { userId: 'anna', password });
      await t.rejects(guess, { code: 'WRONG_PASSWORD' });
    }
  },
);

void t.test('who comes by a link is counted apart, and counted', async (t) => {
  const scene = await openScene(t);
  const ann = await scene.logIn(scene.connect('pc of ann'), 'ann');
  await scene.call(ann, 'createGroup', { groupId: 'lab' });
  const secret = 'a secret that nobody guesses';
  const inviteId = createHash('sha256').update(secret).digest('hex');
  const terms = { groupId: 'lab', inviteId, uses: 1_000, lifetimeMs: 60_000 };
  await scene.call(ann, 'createInvite', terms);
  const come = (name: string) =>
    scene.call(scene.connect(`pc of ${name}`), 'createUser', {
      userId: name,
      groupInvite: { groupId: 'lab', secret },
    });
  const most = ACCOUNTS_BY_LINK_FACTOR * ACCOUNTS_PER_DAY_PER_ADDRESS;
  for (let n = 0; n < most; n++) await come(`colleague-${n}`);
  await t.rejects(come('one-more'), { code: 'LIMIT_REACHED' });
  await scene.call(scene.connect('pc'), 'createUser', { userId: 'by-no-link' });
});

void t.test('accounts without a password count as any', async (t) => {
  const scene = await openScene(t);
  for (let n = 0; n < ACCOUNTS_PER_DAY_PER_ADDRESS; n++) {
    await scene.call(scene.connect(`pc ${n}`), 'createUser', { userId: `user ${n}` });
  }
  const one = scene.call(scene.connect('pc'), 'createUser', { userId: 'one more' });
  await t.rejects(one, { code: 'LIMIT_REACHED' });
});
