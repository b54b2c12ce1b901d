/**
 * Who may read a file no longer. Groups are `chess` and `music`; a session is a number, a file that it
 * reads is `session/fileRef`.
 */
import t from 'tap';
import type { Uploads } from '../../../src/main/sharing/uploads.js';
import { deferred } from '../../../src/net/deferred.js';
import { TICKET_EPOCH_GRACE_MS } from '../../../src/net/limits.js';
import { numberClock } from '../../fixtures/number-clock.js';
import { at, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { Scene } from './uploads-scene.js';

/** More than the time between two looks at the tickets. */
const NEXT_SWEEP_MS = 1_000;

const refused = { code: 'NO_SUCH_FILE', message: 'this file is not shared here' };

t.test('a new session must show a ticket of the newest epoch that is known', async (t) => {
  const cases: [name: string, known: (scene: Scene) => void, epoch: number, words: string[]][] = [
    ['of the epoch pushed', (scene) => scene.stand('chess', 5), 5, []],
    ['older', (scene) => scene.stand('chess', 5), 4, ['drop 1 EPOCH_OUTDATED']],
    ['newer than the push', (scene) => scene.stand('chess', 5), 6, []],
    ['older than a peer’s', (scene) => scene.prove(2, { epoch: 5 }), 4, ['drop 1 EPOCH_OUTDATED']],
    ['older than another group’s', (scene) => scene.stand('music', 5), 4, []],
    ['after a late push of an old one', learnTwice, 4, ['drop 1 EPOCH_OUTDATED']],
    ['after the group was left', leave, 4, ['drop 1 TICKET_INVALID']],
    ['after a logout', (scene) => learnAndLogOut(scene), 4, ['drop 1 TICKET_INVALID']],
  ];
  for (const [name, known, epoch, words] of cases) {
    const scene = new Scene(t);
    known(scene);
    scene.prove(1, { epoch });
    t.same(scene.listener.takeWords(), words, name);
  }
  function learnTwice(scene: Scene): void {
    scene.stand('chess', 5);
    scene.stand('chess', 3);
  }
  function leave(scene: Scene): void {
    scene.stand('chess', 5);
    scene.uploads.withdrawGroup('chess', 'REVOKED');
  }
  function learnAndLogOut(scene: Scene): void {
    scene.stand('chess', 5);
    scene.uploads.withdrawAll('REVOKED');
  }
});

t.test('a ticket of another group that has or had the name opens nothing', async (t) => {
  const { length } = OTHER_INCARNATION;
  for (const incarnation of [OTHER_INCARNATION, '0'.repeat(length), 'f'.repeat(length)]) {
    for (const epoch of [0, 1, 9]) {
      const scene = new Scene(t);
      const offer = scene.offer('chess', 'a');
      scene.prove(1, { incarnation, epoch });
      t.same(scene.listener.takeWords(), ['drop 1 TICKET_INVALID'], `${incarnation} at ${epoch}`);
      t.match(await scene.open(1, 'a'), { type: 'refused', error: refused });
      scene.prove(2, { epoch: 0 });
      t.same(scene.listener.takeWords(), [], 'and teaches no epoch');
      t.same(offer.files, []);
    }
  }
});

t.test('who holds a ticket of a group is dropped when another one takes its name', async (t) => {
  const scene = new Scene(t);
  const offer = scene.offer('chess', 'a');
  scene.prove(1, { epoch: 7 });
  scene.prove(2, { groupId: 'music' });
  await scene.open(1, 'a');
  scene.listener.takeWords();
  scene.uploads.onStanding({ groupId: 'chess', incarnation: OTHER_INCARNATION, epoch: 1 });
  t.same(scene.listener.takeWords(), ['drop 1 TICKET_INVALID'], 'at whatever epoch it begins');
  scene.prove(3, { incarnation: OTHER_INCARNATION, epoch: 1 });
  t.same(scene.listener.takeWords(), [], 'a ticket of the new one is good');
  scene.closed(1);
  t.ok(offer.files[0]!.isReleased);
});

t.test('a removed user is dropped at once, on all devices; the others must renew', async (t) => {
  const clock = numberClock(t);
  const scene = new Scene(t, clock);
  scene.prove(1, { userId: 'anna' });
  scene.prove(2, { userId: 'anna' });
  scene.prove(3, { userId: 'bert' });
  scene.prove(4, { userId: 'carl' });
  scene.prove(5, { userId: 'anna', groupId: 'music' });
  scene.stand('chess', 2, 'anna');
  t.same(scene.listener.takeWords(), ['drop 1 REVOKED', 'drop 2 REVOKED']);
  scene.closed(1);
  scene.closed(2);
  scene.prove(3, { userId: 'bert', epoch: 2 });
  clock.pass(TICKET_EPOCH_GRACE_MS);
  t.same(scene.listener.takeWords(), [], 'there is time to renew');
  clock.pass(NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), ['drop 4 EPOCH_OUTDATED']);
});

t.test('a ticket that was not renewed in time ends its session', async (t) => {
  const clock = numberClock(t);
  const scene = new Scene(t, clock);
  scene.prove(1, { expiresAtMs: 500 });
  scene.prove(2, { expiresAtMs: 500 });
  scene.nowMs = 499;
  clock.pass(NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), []);
  scene.prove(2, { expiresAtMs: 900 });
  scene.nowMs = 500;
  clock.pass(NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), ['drop 1 TICKET_EXPIRED']);
  clock.pass(5 * NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), [], 'it is told once, however long it takes to end');
  scene.closed(1);
  scene.uploads.close();
  scene.nowMs = 1_000;
  clock.pass(NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), [], 'nobody looks after the close');
});

t.test('what is taken back is taken from those who read it, and from nobody else', async (t) => {
  const cases: [name: string, revoke: (uploads: Uploads) => void, words: string[]][] = [
    [
      'a file',
      (uploads) => uploads.withdraw('chess', 'a', 'REVOKED'),
      ['withdraw 1/0 REVOKED', 'withdraw 2/0 REVOKED'],
    ],
    ['a file of another group', (uploads) => uploads.withdraw('music', 'b', 'NO_SUCH_FILE'), []],
    ['a group', (uploads) => uploads.withdrawGroup('music', 'REVOKED'), ['drop 3 REVOKED']],
    [
      'a user',
      (uploads) => uploads.onStanding({ groupId: 'chess', ...at(2) }, ['user 2']),
      ['drop 2 REVOKED'],
    ],
    [
      'everything',
      (uploads) => uploads.withdrawAll('REVOKED'),
      ['drop 1 REVOKED', 'drop 2 REVOKED', 'drop 3 REVOKED'],
    ],
  ];
  for (const [name, revoke, words] of cases) {
    const scene = new Scene(t);
    const offers = [
      scene.offer('chess', 'a'),
      scene.offer('chess', 'b'),
      scene.offer('music', 'a'),
    ];
    scene.prove(1);
    scene.prove(2);
    scene.prove(3, { groupId: 'music' });
    await scene.open(1, 'a', 0);
    await scene.open(1, 'b', 1);
    await scene.open(2, 'a', 0);
    await scene.open(3, 'a', 0);
    revoke(scene.uploads);
    t.same([...new Set(scene.listener.takeWords())].sort(), words, name);
    const files = offers.flatMap((offer) => offer.files);
    t.notOk(
      files.some((file) => file.isReleased),
      `${name}: a thread may still be reading`,
    );
  }
});

t.test('what opens after it was taken back is closed again and not handed out', async (t) => {
  const cases: [name: string, meanwhile: (scene: Scene) => void][] = [
    ['the file', ({ uploads }) => uploads.withdraw('chess', 'a', 'NO_SUCH_FILE')],
    ['the group', ({ uploads }) => uploads.withdrawGroup('chess', 'REVOKED')],
    ['everything', ({ uploads }) => uploads.withdrawAll('REVOKED')],
    ['the session has ended', (scene) => scene.closed(1)],
    ['the listener has settled', ({ uploads, listener }) => uploads.removeListener(listener)],
  ];
  for (const [name, meanwhile] of cases) {
    const scene = new Scene(t);
    const gate = deferred<void>();
    const offer = scene.offer('chess', 'a');
    offer.gate = gate.promise;
    scene.prove(1);
    scene.ask(1, 'a');
    meanwhile(scene);
    scene.listener.posted.take();
    gate.resolve();
    t.match(
      await scene.listener.posted.next(),
      { type: 'refused', session: 1, error: refused },
      name,
    );
    t.same(
      offer.files.map((file) => file.isReleased),
      [true],
      name,
    );
    t.same(scene.broken, [], 'the file is in order');
  }
});

t.test(
  'a file that is offered anew while it is opened is the one that is handed out',
  async (t) => {
    const scene = new Scene(t);
    const gate = deferred<void>();
    const growing = scene.offer('chess', 'a', 10);
    growing.gate = gate.promise;
    scene.prove(1);
    scene.ask(1, 'a');
    const complete = scene.offer('chess', 'a', 20);
    gate.resolve();
    t.match(await scene.listener.posted.next(), {
      type: 'opened',
      session: 1,
      fileRef: 0,
      content: { fd: 20 },
    });
    t.ok(growing.files[0]!.isReleased);
    scene.release(1);
    t.ok(complete.files[0]!.isReleased);
  },
);

t.test('a session that was told to end opens nothing more', async (t) => {
  const cases: [name: string, epoch: number, drop: (scene: Scene) => void][] = [
    ['its user was removed', 1, (scene) => scene.stand('chess', 2, 'user 1')],
    ['this user left the group', 1, ({ uploads }) => uploads.withdrawGroup('chess', 'REVOKED')],
    ['this user logged out', 1, ({ uploads }) => uploads.withdrawAll('REVOKED')],
    ['it came with an old ticket', 0, () => undefined],
  ];
  for (const [name, epoch, drop] of cases) {
    const scene = new Scene(t);
    scene.stand('chess', 1);
    scene.prove(1, { epoch });
    drop(scene);
    scene.listener.posted.take();
    const offer = scene.offer('chess', 'a');
    t.match(await scene.open(1, 'a'), { type: 'refused', error: refused }, name);
    scene.prove(1, { epoch: 3 });
    t.match(await scene.open(1, 'a'), { type: 'refused', error: refused }, `${name}: for good`);
    t.same(offer.files, [], name);
  }
});

t.test('a ticket that has expired opens nothing, until it is renewed', async (t) => {
  const scene = new Scene(t);
  const offer = scene.offer('chess', 'a');
  scene.prove(1, { expiresAtMs: 500 });
  scene.nowMs = 500;
  t.match(await scene.open(1, 'a'), { type: 'refused', error: refused });
  t.same(offer.files, [], 'nobody looked at the disk');
  scene.prove(1, { expiresAtMs: 900 });
  t.match(await scene.open(1, 'a'), { type: 'opened' });
  const gate = deferred<void>();
  offer.gate = gate.promise;
  scene.ask(1, 'a', 1);
  scene.nowMs = 900;
  gate.resolve();
  t.match(await scene.listener.posted.next(), { type: 'refused', fileRef: 1, error: refused });
  t.ok(offer.files[1]!.isReleased, 'it expired meanwhile');
});

t.test('who wants to be relayed needs what a session needs, and loses it with it', async (t) => {
  const scene = new Scene(t);
  for (const epoch of [1, 2, 3, 4, 5]) scene.stand('chess', epoch);
  const meet = (session: number, groupId: string, epoch: number): void =>
    scene.uploads.onMessage(scene.listener, { type: 'meet', session, groupId, ...at(epoch) });
  meet(1, 'chess', 5);
  meet(2, 'chess', 4);
  meet(3, 'go', 5);
  t.same(scene.listener.takeWords(), ['meeting 1 true', 'meeting 2 false', 'meeting 3 false']);
  scene.stand('chess', 6, 'ben');
  scene.uploads.withdrawGroup('music', 'REVOKED');
  scene.uploads.withdrawAll('REVOKED');
  t.same(scene.listener.expelled, [['chess', 'ben'], ['music'], [undefined]]);
});

t.test('who is relayed meets anew when somebody may be out who was not named', async (t) => {
  const changes: [name: string, change: (scene: Scene) => void][] = [
    ['this client was away', ({ uploads }) => uploads.onStanding({ groupId: 'chess', ...at(1) })],
    ['one was missed', (scene) => scene.stand('chess', 2, 'ben')],
    [
      'another group has the name',
      ({ uploads }) =>
        uploads.onStanding({ groupId: 'chess', incarnation: OTHER_INCARNATION, epoch: 0 }),
    ],
  ];
  for (const [name, change] of changes) {
    const scene = new Scene(t);
    change(scene);
    t.same(scene.listener.expelled, [['chess']], name);
    change(scene);
    t.equal(scene.listener.expelled.filter(([, ...users]) => users.length === 0).length, 1);
  }
});
