/** A file that a dialler asks for by its name: what it is sent unasked, and what main hears. */
import t from 'tap';
import { content, fileId, LAST_LENGTH, PIECE, setUp, type Scene } from './upload-session-scene.js';

const question = { nameHash: 'ab'.repeat(32), part: 0, parts: 1, start: 0, length: 1_000 };

/** A dialler that has asked. */
async function asked(scene: Scene, more: object = {}): Promise<void> {
  await scene.greet();
  scene.dialler.send({ type: 'find', fileRef: 3, ...question, ...more });
  const heard = await scene.said.nextOf('find');
  t.same(heard, { type: 'find', session: 7, fileRef: 3, nameHash: question.nameHash });
}

t.test('it is told what the name stands for, and sent the beginning of a piece', async (t) => {
  const scene = await setUp(t);
  await asked(scene);
  scene.answerOpen(3, [1, 2]);
  const found = await scene.dialler.stream.nextOf('found');
  t.match(found, { fileRef: 3, fileId, layout: { size: content.length, pieceLength: PIECE } });
  t.same(found.promised, { pieceIndex: 1, length: 1_000 });
  t.same([...found.bits], [0b0110_0000]);
  const block = await scene.dialler.stream.nextOf('block');
  t.match(block, { fileRef: 3, pieceIndex: 1, offset: 0, length: 1_000 });
  t.ok(block.bytes.equals(content.subarray(PIECE, PIECE + 1_000)));
  scene.request(2, 0, LAST_LENGTH, 3);
  t.match(await scene.dialler.stream.nextOf('block'), { pieceIndex: 2 }, 'it is open as any other');
  scene.dialler.send({ type: 'close', fileRef: 3 });
  const released = { type: 'released', fileRef: 3, sentBytes: 1_000 + LAST_LENGTH };
  t.match(await scene.said.nextOf('released'), released, 'what was sent unasked is counted');
});

t.test('what was promised is taken back like a request', async (t) => {
  const scene = await setUp(t, { isHeldUp: true });
  await asked(scene);
  scene.answerOpen(3);
  const { promised } = await scene.dialler.stream.nextOf('found');
  t.match(scene.session.queue.requests, [{ ...promised, fileRef: 3, offset: 0, fileId }]);
  scene.dialler.send({ type: 'cancel', fileRef: 3, offset: 0, ...promised! });
  t.match(await scene.dialler.stream.nextOf('reject'), { code: 'REQUEST_CANCELLED' });
  t.same(scene.session.queue.requests, []);
});

t.test('where nothing is to be sent, it is only told', async (t) => {
  const scene = await setUp(t);
  await asked(scene, { part: 1, parts: 2 });
  scene.answerOpen(3);
  t.equal((await scene.dialler.stream.nextOf('found')).promised, undefined);
  t.same(scene.session.queue.requests, []);
});

t.test('where there is no such file, or it is wanted no more, nothing is sent', async (t) => {
  const scene = await setUp(t);
  await asked(scene);
  scene.session.onWithdrawn(3, 'NO_SUCH_FILE');
  t.match(await scene.dialler.stream.nextOf('refused'), { fileRef: 3, code: 'NO_SUCH_FILE' });
  const closing = await setUp(t);
  await asked(closing);
  closing.dialler.send({ type: 'close', fileRef: 3 });
  closing.request(0, 0, 10, 9);
  await closing.dialler.stream.nextOf('reject');
  closing.answerOpen(3);
  t.match(await closing.said.nextOf('released'), { fileRef: 3, sentBytes: 0 });
  closing.request(0, 0, 10, 9);
  t.match(await closing.dialler.stream.next(), { type: 'reject' }, 'and nothing was said of it');
});

t.test('a second question ends the connection, as one before the ticket does', async (t) => {
  const scene = await setUp(t);
  await asked(scene);
  scene.dialler.send({ type: 'find', fileRef: 4, ...question });
  t.match(await scene.dialler.stream.nextOf('error'), { code: 'PROTOCOL_VIOLATION' });
  const early = await setUp(t);
  early.dialler.send({ type: 'find', fileRef: 0, ...question });
  t.match(await early.dialler.stream.nextOf('error'), { code: 'PROTOCOL_VIOLATION' });
  t.notOk(
    early.said.take().some(({ type }) => type === 'find'),
    'main hears nothing of it',
  );
});
