/**
 * Who may read a file. Groups are `chess` and `music`; a session is a number, a file that it
 * reads is `session/fileRef`.
 */
import { once } from 'node:events';
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { StorageError, toStorageError, type WireError } from '../../../src/net/errors.js';
import { MAX_OPEN_FILES_PER_USER } from '../../../src/net/limits.js';
import { FakeListener } from '../../fixtures/fake-listener.js';
import { FakeOffer, PIECE_COUNT } from '../../fixtures/fake-offer.js';
import { Scene, type Proof } from './uploads-scene.js';

const refused = { code: 'NO_SUCH_FILE', message: 'this file is not shared here' };

t.test('a member is given a descriptor, the layout and the pieces there are', async (t) => {
  const scene = new Scene(t);
  const pieces = new Bitfield(PIECE_COUNT);
  pieces.add(1);
  const offer = scene.offer('chess', 'a', 10, pieces);
  scene.prove(1);
  const { layout } = offer;
  const opened = {
    type: 'opened',
    session: 1,
    fileRef: 3,
    fileId: 'a',
    content: { type: 'file', fd: 10 },
    layout,
  } as const;
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

t.test('a member may ask by name, in the group of the ticket, for files', async (t) => {
  const scene = new Scene(t);
  const offer = (groupId: string, fileId: string, name: string, lengths?: Uint32Array): void => {
    const offered = new FakeOffer(groupId, fileId);
    offered.name = name;
    if (lengths) offered.layout = { ...offered.layout, lengths };
    scene.uploads.offer(offered);
  };
  offer('chess', 'a', 'one');
  offer('music', 'song', 'two');
  offer('chess', 'box', 'three', new Uint32Array(PIECE_COUNT));
  scene.prove(1);
  t.match(await scene.find(1, 'one', 3), { type: 'opened', session: 1, fileRef: 3, fileId: 'a' });
  for (const name of ['two', 'three', 'a', 'film']) {
    const answer = await scene.find(1, name, 4);
    t.same(answer, { type: 'refused', session: 1, fileRef: 4, error: refused }, name);
  }
  offer('chess', 'b', 'one');
  t.match(await scene.find(1, 'one'), { fileId: 'b' }, 'the one that was offered last');
  scene.uploads.withdraw('chess', 'a', 'NO_SUCH_FILE');
  t.match(await scene.listener.posted.next(), { type: 'withdraw' });
  t.match(await scene.find(1, 'one'), { fileId: 'b' });
  offer('chess', 'b', 'other');
  t.match(await scene.find(1, 'one'), { type: 'refused' }, 'it has another name now');
  scene.prove(2, { epoch: 1, expiresAtMs: 5 });
  scene.nowMs = 6;
  t.match(await scene.find(2, 'other'), { type: 'refused' }, 'the ticket has run out');
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
  t.match(await scene.open(1, 'a'), { content: { fd: 10 } });
  t.match(await scene.open(2, 'a'), { content: { fd: 20 } });
  scene.uploads.withdraw('music', 'a', 'NO_SUCH_FILE');
  t.same(scene.listener.takeWords(), ['withdraw 2/0 NO_SUCH_FILE']);
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
    t.equal(scene.uploads.peerCount, 1);
    end(scene);
    t.ok(offer.files[0]!.isReleased, name);
    t.equal(scene.uploads.peerCount, name === 'released' ? 1 : 0);
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
  t.equal(scene.uploads.sentBytes, 5);
  t.equal(scene.uploads.peerCount, 1);
});

t.test('listeners know of which groups anything is offered', async (t) => {
  const scene = new Scene(t);
  const { uploads, listener } = scene;
  const groups = (): string[] => [...listener.groups].sort();
  scene.offer('chess', 'a');
  scene.offer('chess', 'b');
  scene.offer('music', 'song');
  t.same(groups(), ['chess', 'music']);
  uploads.withdraw('chess', 'a', 'NO_SUCH_FILE');
  t.same(groups(), ['chess', 'music'], 'something is left');
  uploads.withdraw('chess', 'b', 'NO_SUCH_FILE');
  t.same(groups(), ['music']);
  const late = new FakeListener();
  uploads.addListener(late);
  t.same([...late.groups], ['music'], 'one that comes later is told');
  uploads.withdrawAll('NO_SUCH_FILE');
  t.same([groups(), [...late.groups]], [[], []]);
});

t.test('a shortage of descriptors costs the peer a moment, and the share nothing', async (t) => {
  const scene = new Scene(t);
  const offer = scene.offer('chess', 'a');
  const cause = Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
  offer.error = toStorageError(cause, 'cannot open a');
  scene.prove(1);
  t.match(await scene.open(1, 'a'), { type: 'refused', error: { code: 'BUSY' } });
  t.same(scene.broken, []);
  offer.error = undefined;
  t.match(await scene.open(1, 'a', 1), { type: 'opened' });
});

t.test('a user who holds a file open ever again is refused, another is not', async (t) => {
  const scene = new Scene(t);
  scene.offer('chess', 'a');
  for (const session of [1, 2]) scene.prove(session, { userId: 'mallory' });
  scene.prove(3, { userId: 'anna' });
  for (let fileRef = 0; fileRef < MAX_OPEN_FILES_PER_USER; fileRef++)
    t.match(await scene.open(1 + (fileRef % 2), 'a', fileRef), { type: 'opened' });
  t.match(await scene.open(1, 'a', 1_000), { type: 'refused', error: { code: 'BUSY' } });
  t.match(await scene.open(3, 'a'), { type: 'opened' });
  scene.closed(1);
  t.match(await scene.open(2, 'a', 1_000), { type: 'opened' }, 'what was given back is free');
});

t.test('an error that nobody foresaw costs the session that asked', async (t) => {
  const scene = new Scene(t);
  const offer = scene.offer('chess', 'a');
  offer.open = () => Promise.reject(new TypeError('a mistake of ours'));
  scene.prove(1);
  const warned = once(process, 'warning');
  t.match(await scene.open(1, 'a'), { type: 'drop', session: 1, error: { code: 'INTERNAL' } });
  await warned;
  t.same(scene.broken, []);
});

t.test('what a session got of a file is told, also when it ends in the middle', async (t) => {
  const scene = new Scene(t);
  scene.offer('chess', 'a');
  for (const session of [1, 2]) {
    scene.prove(session, { userId: 'ben' });
    await scene.open(session, 'a');
  }
  scene.release(1, 0, 100);
  scene.uploads.close();
  t.same(scene.taken, [], 'another connection of the same user goes on');
  scene.closed(2);
  scene.uploads.close();
  t.match(scene.taken, [{ type: 'file-taken', userId: 'ben', fileName: 'film', bytes: 100 }]);
  t.match(scene.takers.list(), [{ userId: 'ben', isTaking: false, sent: 100 }]);
});
