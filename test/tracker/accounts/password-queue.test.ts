import t from 'tap';
import { MAX_PASSWORD_QUEUE, PASSWORD_SHARE_PER_NEIGHBOURHOOD } from '../../../src/net/limits.js';
import { PasswordQueue, type PasswordKind } from '../../../src/tracker/accounts/password-queue.js';

/** One password at a time; the first never ends by itself, so that everything else waits. */
function scene() {
  const queue = new PasswordQueue(1);
  const order: string[] = [];
  const refused: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (
    network: string,
    name = network,
    kind: PasswordKind = 'login',
    asker: { readonly connection?: object; readonly isDoubted?: boolean } = {},
  ): Promise<void> =>
    queue
      .run(kind, { network, connection: {}, ...asker }, async () => {
        order.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
      })
      .catch((error: unknown) => {
        refused.push(name);
        throw error;
      });
  const quiet = (...asked: Parameters<typeof ask>): Promise<void> =>
    ask(...asked).catch(() => undefined);
  /** Ends what runs and what comes after it, until nothing is left. */
  const drain = async (): Promise<void> => {
    while (queue.size > 0) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { queue, order, refused, ask, quiet, drain };
}

void t.test('addresses take turns, whoever came first with most', async (t) => {
  const { order, quiet, drain } = scene();
  const all = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map((name) => quiet(name[0]!, name));
  await drain();
  await Promise.all(all);
  t.same(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});

void t.test('logins go before new accounts, which still have every fourth turn', async (t) => {
  const { order, quiet, drain } = scene();
  const all = [quiet('x', 'first')];
  for (let n = 0; n < 2; n++) all.push(quiet('y', `account ${n}`, 'account'));
  for (let n = 0; n < 5; n++) all.push(quiet('z', `login ${n}`));
  await drain();
  await Promise.all(all);
  t.same(order, [
    'first',
    'login 0',
    'login 1',
    'account 0',
    'login 2',
    'login 3',
    'login 4',
    'account 1',
  ]);
});

void t.test('a connection has one password at a time', async (t) => {
  const { ask, quiet, drain } = scene();
  const connection = {};
  const first = quiet('a', 'one', 'login', { connection });
  const again = ask('a', 'two', 'login', { connection });
  await t.rejects(again, { code: 'TOO_MANY_ATTEMPTS' });
  await drain();
  await first;
  const later = quiet('a', 'three', 'login', { connection });
  await drain();
  await later;
});

void t.test('at the bound the address with most waiting loses its newest', async (t) => {
  const { refused, quiet, drain } = scene();
  const all = Array.from({ length: MAX_PASSWORD_QUEUE }, (_, n) => quiet('flood', `flood ${n}`));
  all.push(quiet('honest'), quiet('honest', 'honest again'));
  await Promise.all(all.slice(-4, -2));
  const last = MAX_PASSWORD_QUEUE - 1;
  t.same(refused, [`flood ${last}`, `flood ${last - 1}`]);
  all.push(quiet('flood', 'flood more'));
  await all.at(-1);
  t.equal(refused.at(-1), 'flood more', 'who has most is refused, nobody else');
  await drain();
  await Promise.all(all);
  t.equal(refused.length, 3);
});

void t.test('what is in a neighbourhood’s share is never taken from it', async (t) => {
  const { refused, ask, quiet, drain } = scene();
  const all = [quiet('x', 'running')];
  for (let n = 0; n < MAX_PASSWORD_QUEUE - 1; n++) {
    const place = Math.floor(n / PASSWORD_SHARE_PER_NEIGHBOURHOOD);
    all.push(quiet(`192.0.${place}.${n}`, `${n}`));
  }
  await t.rejects(ask('198.51.100.1', 'one more'), { code: 'BUSY' });
  await t.rejects(
    ask('192.0.0.9', 'a colleague'),
    { code: 'BUSY' },
    'though with an address of its own',
  );
  t.same(refused, ['one more', 'a colleague']);
  await drain();
  await Promise.all(all);
});

void t.test('at the bound a new account makes room for a login, never the reverse', async (t) => {
  const { refused, ask, quiet, drain } = scene();
  const all = [quiet('x', 'running'), quiet('y', 'account', 'account')];
  for (let n = 0; n < MAX_PASSWORD_QUEUE - 2; n++) all.push(quiet(`address ${n}`));
  await t.rejects(ask('z', 'another account', 'account'), { code: 'BUSY' });
  all.push(quiet('late'));
  await all[1];
  t.same(refused, ['another account', 'account']);
  await drain();
  await Promise.all(all);
});

const doubted = { isDoubted: true };

void t.test('who is doubted lets others go first, and has every fourth turn', async (t) => {
  const { order, quiet, drain } = scene();
  const all = [quiet('x', 'running')];
  for (let n = 0; n < 3; n++) all.push(quiet(`d${n}`, `doubted ${n}`, 'login', doubted));
  for (let n = 0; n < 4; n++) all.push(quiet(`l${n}`, `login ${n}`));
  all.push(quiet('a', 'account', 'account'));
  await drain();
  await Promise.all(all);
  const [first, second, third] = [0, 1, 2].map((n) => order.indexOf(`doubted ${n}`));
  t.ok(order.indexOf('login 0') <= 2, 'a login waits for one of them at most');
  t.same([second! - first!, third! - second! <= 4], [4, true], order.join(', '));
  t.ok(order.indexOf('account') < order.indexOf('doubted 1'));
});

void t.test(
  'guessers of however many addresses make room for a login and an account',
  async (t) => {
    const { order, refused, ask, quiet, drain } = scene();
    const all = [quiet('x', 'running')];
    for (let n = 1; n < MAX_PASSWORD_QUEUE; n++) {
      all.push(quiet(`network ${n}`, `guess ${n}`, 'login', doubted));
    }
    await t.rejects(ask('another', 'another guess', 'login', doubted), { code: 'BUSY' });
    all.push(quiet('honest'), quiet('new', 'new', 'account'));
    await Promise.resolve();
    await drain();
    await Promise.all(all);
    t.equal(refused.length, 3, refused.join(', '));
    t.ok(refused.every((name) => name.includes('guess')));
    t.ok(order.indexOf('honest') <= 2);
    t.ok(order.indexOf('new') <= 4);
  },
);

void t.test(
  'many addresses of one neighbourhood wait for themselves before one was wrong',
  async (t) => {
    const { order, refused, quiet, drain } = scene();
    const all = [quiet('x', 'running')];
    for (let n = 1; n < MAX_PASSWORD_QUEUE; n++) all.push(quiet(`192.0.2.${n}`, `guess ${n}`));
    all.push(quiet('198.51.100.1', 'honest'));
    await Promise.resolve();
    await drain();
    await Promise.all(all);
    t.same(refused, [`guess ${MAX_PASSWORD_QUEUE - 1}`], 'whose turn is last');
    t.ok(order.indexOf('honest') <= 2, order.join(', '));
  },
);

const account = (n: number): readonly [string, string, PasswordKind] => [
  `2001:db8:1:${n.toString(16)}::/64`,
  `account ${n}`,
  'account',
];

void t.test(
  'new accounts of one neighbourhood, however many, cost no doubted login its place or its turn',
  async (t) => {
    const { order, refused, ask, quiet, drain } = scene();
    const all = [quiet('x', 'running')];
    for (let n = 2; n < MAX_PASSWORD_QUEUE; n++) all.push(quiet(...account(n)));
    all.push(quiet('192.0.2.1', 'ann', 'login', doubted));
    await t.rejects(ask(...account(100)), { code: 'BUSY' });
    all.push(quiet('198.51.100.1', 'new here', 'account'));
    await all[MAX_PASSWORD_QUEUE - 2];
    t.same(refused, ['account 100', `account ${MAX_PASSWORD_QUEUE - 1}`]);
    await drain();
    await Promise.all(all);
    t.ok(order.indexOf('ann') <= 2, order.join(', '));
    t.ok(order.includes('new here'));
  },
);

void t.test('a doubted login that comes later takes the place of one of them', async (t) => {
  const { order, refused, ask, quiet, drain } = scene();
  const all = [quiet('x', 'running')];
  for (let n = 1; n < MAX_PASSWORD_QUEUE; n++) all.push(quiet(...account(n)));
  for (const name of ['ann', 'ben']) all.push(quiet(`at ${name}`, name, 'login', doubted));
  await Promise.all(all.slice(-4, -2));
  const last = MAX_PASSWORD_QUEUE - 1;
  t.same(refused, [`account ${last}`, `account ${last - 1}`]);
  await t.rejects(ask(...account(100)), { code: 'BUSY' });
  await drain();
  await Promise.all(all);
  t.ok(order.indexOf('ann') <= 2 && order.indexOf('ben') <= 4, order.join(', '));
});

void t.test('a doubted login takes nothing from accounts that are no crowd', async (t) => {
  const { refused, ask, quiet, drain } = scene();
  const all = [quiet('x', 'running')];
  for (let n = 1; n < MAX_PASSWORD_QUEUE; n++) all.push(quiet(`place ${n}`, `${n}`, 'account'));
  await t.rejects(ask('late', 'late', 'login', doubted), { code: 'BUSY' });
  t.same(refused, ['late']);
  await drain();
  await Promise.all(all);
});

void t.test('a crowd of guessers goes before a smaller one that makes accounts', async (t) => {
  const { refused, quiet, drain } = scene();
  const all = [quiet('x', 'running')];
  for (let n = 0; n < 4; n++) all.push(quiet(`192.0.2.${n}`, `colleague ${n}`, 'account'));
  for (let n = 5; n < MAX_PASSWORD_QUEUE; n++) {
    all.push(quiet(`198.51.100.${n}`, `guess ${n}`, 'login', doubted));
  }
  all.push(quiet('192.0.2.9', 'one more colleague', 'account'));
  await all[MAX_PASSWORD_QUEUE - 1];
  t.same(refused, [`guess ${MAX_PASSWORD_QUEUE - 1}`]);
  await drain();
  await Promise.all(all);
});

void t.test('logins of one neighbourhood throw out no doubted one from elsewhere', async (t) => {
  const { order, refused, ask, quiet, drain } = scene();
  const all = [quiet('x', 'running'), quiet('192.0.2.1', 'ann', 'login', doubted)];
  for (let n = 2; n < MAX_PASSWORD_QUEUE; n++) all.push(quiet(`198.51.100.${n}`));
  await t.rejects(ask('198.51.100.250'), { code: 'BUSY' });
  t.same(refused, ['198.51.100.250']);
  await drain();
  await Promise.all(all);
  t.ok(order.indexOf('ann') <= 2, order.join(', '));
});
