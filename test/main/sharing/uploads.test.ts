/**
 * Who may read a file. Groups are `chess` and `music`; a session is a number, a file that it
 * reads is `session/fileRef`.
 */
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import type { Uploads } from '../../../src/main/sharing/uploads.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import { deferred } from '../../../src/net/deferred.js';
import { StorageError, type WireError } from '../../../src/net/errors.js';
import { TICKET_EPOCH_GRACE_MS } from '../../../src/net/limits.js';
import { FakeListener } from './fake-listener.js';
import { FakeOffer, PIECE_COUNT } from './fake-offer.js';
import { Scene, type Proof } from './uploads-scene.js';

/** More than the time between two looks at the tickets. */
const NEXT_SWEEP_MS = 1_000;

/** Time that passes only when told to, for what looks at tickets once in a while. */
function holdTime(t: Test): (ms: number) => void {
  mock.timers.enable({ apis: ['setInterval', 'Date'] });
  t.teardown(() => mock.timers.reset());
  return (ms) => mock.timers.tick(ms);
}

const refused = { code: 'NO_SUCH_FILE', message: 'this file is not shared here' };

t.test('a member is given a descriptor, the layout and the pieces there are', async (t) => {
  const scene = new Scene(t);
  const pieces = new Bitfield(PIECE_COUNT);
  pieces.add(1);
  const offer = scene.offer('chess', 'a', 10, pieces);
  scene.prove(1);
  const { layout } = offer;
  const opened = { type: 'opened', session: 1, fileRef: 3, fd: 10, layout } as const;
  const answer = await scene.open(1, 'a', 3);
  t.same(answer, { ...opened, bits: Uint8Array.of(0b0100_0000) });
  pieces.add(2);
  t.same(
    answer,
    { ...opened, bits: Uint8Array.of(0b0100_0000) },
    'later pieces do not change what was sent',
  );
  t.notOk(offer.files[0]!.isReleased);
});

t.test('whoever asks for what is not for them learns only that it is not here', async (t) => {
  const cases: [name: string, proof: Proof, fileId: string][] = [
    ['a file that nobody offers', {}, 'x'],
    ['a file of another group', {}, 'song'],
    ['a group in which nothing is offered', { groupId: 'cooking' }, 'a'],
    ['a file that was withdrawn', {}, 'old'],
    ['a file that is gone', {}, 'gone'],
  ];
  for (const [name, proof, fileId] of cases) {
    const scene = new Scene(t);
    scene.offer('chess', 'a');
    const song = scene.offer('music', 'song');
    scene.offer('chess', 'old');
    scene.uploads.withdraw('chess', 'old', 'NO_SUCH_FILE');
    scene.offer('chess', 'gone').error = new StorageError('FILE_NOT_FOUND', '/home/me/gone');
    scene.prove(1, proof);
    const answer = await scene.open(1, fileId);
    t.same(answer, { type: 'refused', session: 1, fileRef: 0, error: refused }, name);
    t.same(song.files, []);
  }
});

t.test('a file in two groups is each time opened by the offer of the group', async (t) => {
  const scene = new Scene(t);
  scene.offer('chess', 'a', 10);
  scene.offer('music', 'a', 20);
  scene.prove(1, { groupId: 'chess' });
  scene.prove(2, { groupId: 'music' });
  t.match(await scene.open(1, 'a'), { fd: 10 });
  t.match(await scene.open(2, 'a'), { fd: 20 });
  scene.uploads.withdraw('music', 'a', 'NO_SUCH_FILE');
  t.same(scene.listener.takeWords(), ['withdraw 2/0 NO_SUCH_FILE']);
});

t.test('a new session must show a ticket of the newest epoch that is known', async (t) => {
  const cases: [name: string, known: (scene: Scene) => void, epoch: number, words: string[]][] = [
    ['of the epoch pushed', (scene) => scene.uploads.onEpoch('chess', 5, []), 5, []],
    ['older', (scene) => scene.uploads.onEpoch('chess', 5, []), 4, ['drop 1 EPOCH_OUTDATED']],
    ['newer than the push', (scene) => scene.uploads.onEpoch('chess', 5, []), 6, []],
    ['older than a peer’s', (scene) => scene.prove(2, { epoch: 5 }), 4, ['drop 1 EPOCH_OUTDATED']],
    ['older than another group’s', (scene) => scene.uploads.onEpoch('music', 5, []), 4, []],
    ['after a late push of an old one', learnTwice, 4, ['drop 1 EPOCH_OUTDATED']],
    ['after the group was left', leave, 4, []],
    ['after a logout', (scene) => learnAndLogOut(scene), 4, []],
  ];
  for (const [name, known, epoch, words] of cases) {
    const scene = new Scene(t);
    known(scene);
    scene.prove(1, { epoch });
    t.same(scene.listener.takeWords(), words, name);
  }
  function learnTwice(scene: Scene): void {
    scene.uploads.onEpoch('chess', 5, []);
    scene.uploads.onEpoch('chess', 3, []);
  }
  function leave(scene: Scene): void {
    scene.uploads.onEpoch('chess', 5, []);
    scene.uploads.withdrawGroup('chess', 'REVOKED');
  }
  function learnAndLogOut(scene: Scene): void {
    scene.uploads.onEpoch('chess', 5, []);
    scene.uploads.withdrawAll('REVOKED');
  }
});

t.test('a removed user is dropped at once, on all devices; the others must renew', async (t) => {
  const tick = holdTime(t);
  const scene = new Scene(t);
  scene.prove(1, { userId: 'anna' });
  scene.prove(2, { userId: 'anna' });
  scene.prove(3, { userId: 'bert' });
  scene.prove(4, { userId: 'carl' });
  scene.prove(5, { userId: 'anna', groupId: 'music' });
  scene.uploads.onEpoch('chess', 2, ['anna']);
  t.same(scene.listener.takeWords(), ['drop 1 REVOKED', 'drop 2 REVOKED']);
  scene.closed(1);
  scene.closed(2);
  scene.prove(3, { userId: 'bert', epoch: 2 });
  tick(TICKET_EPOCH_GRACE_MS);
  t.same(scene.listener.takeWords(), [], 'there is time to renew');
  tick(NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), ['drop 4 EPOCH_OUTDATED']);
});

t.test('a ticket that was not renewed in time ends its session', async (t) => {
  const tick = holdTime(t);
  const scene = new Scene(t);
  scene.prove(1, { expiresAtMs: 500 });
  scene.prove(2, { expiresAtMs: 500 });
  scene.nowMs = 499;
  tick(NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), []);
  scene.prove(2, { expiresAtMs: 900 });
  scene.nowMs = 500;
  tick(NEXT_SWEEP_MS);
  t.same(scene.listener.takeWords(), ['drop 1 TICKET_EXPIRED']);
  scene.closed(1);
  scene.uploads.close();
  scene.nowMs = 1_000;
  tick(NEXT_SWEEP_MS);
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
    ['a user', (uploads) => uploads.onEpoch('chess', 2, ['user 2']), ['drop 2 REVOKED']],
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

t.test('what is offered is listed, and is not after it was taken back', async (t) => {
  const { uploads } = new Scene(t);
  const verified = new Bitfield(PIECE_COUNT);
  const list = (): string[] => [...uploads.offers()].map((o) => `${o.groupId}/${o.fileId}`);
  for (const [groupId, fileId] of [
    ['chess', 'a'],
    ['chess', 'b'],
    ['music', 'a'],
  ] as const)
    uploads.offer(new FakeOffer(groupId, fileId));
  uploads.offer(new FakeOffer('chess', 'c', 10, verified));
  t.same(list(), ['chess/a', 'chess/b', 'chess/c', 'music/a']);
  t.notOk(uploads.withdrawGrowing('chess', 'a', verified), 'not what this download has verified');
  t.ok(uploads.withdrawGrowing('chess', 'c', verified));
  uploads.withdraw('chess', 'b', 'NO_SUCH_FILE');
  t.same(list(), ['chess/a', 'music/a']);
  t.ok(uploads.hasOffer('chess', 'a'));
  t.notOk(uploads.hasOffer('chess', 'b'));
  uploads.withdrawGroup('chess', 'REVOKED');
  t.same(list(), ['music/a']);
  uploads.withdrawAll('REVOKED');
  t.same(list(), []);
});

t.test('a file that is gone or changed is offered no longer, and the engine is told', async (t) => {
  for (const code of ['FILE_NOT_FOUND', 'FILE_CHANGED'] as const) {
    const scene = new Scene(t);
    const offer = scene.offer('chess', 'a');
    scene.prove(1);
    scene.prove(2);
    await scene.open(1, 'a');
    offer.error = new StorageError(code, '/home/me/a');
    t.match(await scene.open(2, 'a'), { type: 'refused', session: 2, error: refused });
    t.same(scene.listener.takeWords(), ['withdraw 1/0 NO_SUCH_FILE'], 'nor read by others');
    t.same(scene.broken, [{ offer, error: { code, message: '/home/me/a' } }]);
    t.notOk(scene.uploads.hasOffer('chess', 'a'));
  }
});

t.test('a read that fails breaks the offer, once, and only the one that was read', async (t) => {
  const scene = new Scene(t);
  const error: WireError = { code: 'FILE_CHANGED', message: 'shorter' };
  const fail = (session: number): void =>
    scene.uploads.onMessage(scene.listener, { type: 'read-failed', session, fileRef: 0, error });
  const offer = scene.offer('chess', 'a');
  scene.prove(1);
  scene.prove(2);
  await scene.open(1, 'a');
  await scene.open(2, 'a');
  fail(1);
  fail(2);
  t.same(scene.listener.takeWords(), ['withdraw 1/0 NO_SUCH_FILE', 'withdraw 2/0 NO_SUCH_FILE']);
  t.same(scene.broken, [{ offer, error }]);
  scene.offer('chess', 'a');
  fail(1);
  t.ok(scene.uploads.hasOffer('chess', 'a'), 'the file was shared anew since');
  t.equal(scene.broken.length, 1);
});

t.test('pieces that a growing file gains are told where somebody may hear of them', async (t) => {
  const scene = new Scene(t);
  const deserted = new FakeListener();
  scene.uploads.addListener(deserted);
  const verified = new Bitfield(PIECE_COUNT);
  scene.offer('chess', 'a', 10, verified);
  scene.prove(1);
  await scene.open(1, 'a');
  scene.uploads.onPiecesGained('chess', 'a', verified, [0, 2]);
  t.same(scene.listener.takeWords(), ['have chess/a 0 2']);
  scene.uploads.onPiecesGained('chess', 'a', new Bitfield(PIECE_COUNT), [1]);
  scene.uploads.onPiecesGained('music', 'a', verified, [1]);
  t.same(scene.listener.takeWords(), [], 'pieces of another download are not served');
  scene.closed(1);
  scene.uploads.onPiecesGained('chess', 'a', verified, [3]);
  t.same([...scene.listener.takeWords(), ...deserted.takeWords()], []);
});

t.test('a file is let go when its reader has let go, by whatever way that ends', async (t) => {
  const cases: [name: string, end: (scene: Scene) => void][] = [
    ['released', (scene) => scene.release(1)],
    ['closed', (scene) => scene.closed(1)],
    ['its listener has settled', (scene) => scene.uploads.removeListener(scene.listener)],
  ];
  for (const [name, end] of cases) {
    const scene = new Scene(t);
    const offer = scene.offer('chess', 'a');
    scene.prove(1);
    await scene.open(1, 'a');
    t.equal(scene.uploads.sessionCount, 1);
    end(scene);
    t.ok(offer.files[0]!.isReleased, name);
    t.equal(scene.uploads.sessionCount, name === 'released' ? 1 : 0);
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

t.test('bytes sent are counted; strangers are not heard', async (t) => {
  const scene = new Scene(t);
  const sent = (session: number, listener = scene.listener): void =>
    scene.uploads.onMessage(listener, { type: 'sent', session, bytes: 5 });
  scene.prove(1);
  sent(1);
  sent(2);
  scene.prove(1, {}, new FakeListener());
  sent(1, new FakeListener());
  t.equal(scene.sentBytes, 5);
  t.equal(scene.uploads.sessionCount, 1);
});
