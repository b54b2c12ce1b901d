/** One connection on which pieces are served: what a dialler is answered, and what main hears. */
import { once } from 'node:events';
import t from 'tap';
import {
  KiB,
  MAX_CONTROL_FRAMES_PER_SECOND,
  MAX_FILES_PER_SESSION,
  MAX_REQUESTS_IN_FLIGHT,
  OPEN_FRAME_COST,
  TICKET_FRAME_COST,
  UPLOAD_UNASKED_TIMEOUT_MS,
  UPLOAD_UNOPENED_TIMEOUT_MS,
} from '../../../src/net/limits.js';
import {
  content,
  diallerDeviceId,
  EXPIRES_AT_MS,
  fileId,
  LAST_LENGTH,
  PIECE,
  PIECE_COUNT,
  setUp,
  TICKET,
  type Scene,
} from './upload-session-scene.js';

const proven = {
  type: 'proven',
  session: 7,
  userId: 'anna',
  deviceId: diallerDeviceId,
  groupId: 'chess',
  epoch: 1,
  expiresAtMs: EXPIRES_AT_MS,
};
const released = { type: 'released', session: 7, fileRef: 0, sentBytes: 0 };

t.test('whoever answers the challenge and shows a ticket is welcome', async (t) => {
  const { session, dialler, said, heard } = await setUp(t);
  t.notOk(session.isProven);
  await dialler.greet(Buffer.from(TICKET));
  t.match(await dialler.stream.next(), { type: 'welcome', version: 1 });
  t.match(said.take(), [proven]);
  t.ok(session.isProven);
  t.same(heard, { proven: 1, ended: 0 });
});

t.test('whoever proves nothing is told why, and main hears only of the end', async (t) => {
  const ticket = Buffer.from(TICKET);
  const cases: [name: string, code: string, act: (scene: Scene) => unknown, takenFor?: string][] = [
    ['another frame', 'PROTOCOL_VIOLATION', ({ dialler }) => dialler.send({ type: 'ping' })],
    [
      'a file before the ticket',
      'PROTOCOL_VIOLATION',
      ({ dialler }) => dialler.send({ type: 'open', fileRef: 0, fileId }),
    ],
    ['another version', 'UNSUPPORTED_VERSION', ({ dialler }) => dialler.greet(ticket, 2)],
    ['a bad ticket', 'TICKET_EXPIRED', ({ dialler }) => dialler.greet(Buffer.from('old'))],
    [
      'an answer meant for another device',
      'PEER_IDENTITY',
      ({ dialler }) => dialler.greet(ticket),
      '66'.repeat(32),
    ],
  ];
  for (const [name, code, act, takenFor] of cases) {
    const scene = await setUp(t, takenFor === undefined ? {} : { takenFor });
    await act(scene);
    t.match(await scene.dialler.stream.nextOf('error'), { code }, name);
    t.match(await scene.untilClosed(), [{ type: 'closed', session: 7, reason: { code } }], name);
    t.same(scene.heard, { proven: 0, ended: 1 });
    scene.dialler.close();
  }
});

t.test('a file is opened by main, and its blocks are those of the disk', async (t) => {
  const scene = await setUp(t);
  const { dialler, said } = scene;
  await scene.greet();
  dialler.send({ type: 'open', fileRef: 3, fileId });
  t.same(await said.next(), { type: 'open', session: 7, fileRef: 3, fileId });
  scene.answerOpen(3, [0, 2]);
  const bits = Buffer.of(0b1010_0000);
  t.match(await dialler.stream.next(), { type: 'opened', fileRef: 3, bits });
  const ranges = [
    [0, 0, PIECE],
    [0, 1_000, 16 * KiB],
    [2, 1, LAST_LENGTH - 1],
  ] as const;
  for (const [pieceIndex, offset, length] of ranges) {
    scene.request(pieceIndex, offset, length, 3);
    const block = await dialler.stream.nextOf('block');
    t.match(block, { fileRef: 3, pieceIndex, offset, length });
    const at = pieceIndex * PIECE + offset;
    t.ok(block.bytes.equals(content.subarray(at, at + length)));
  }
  const sentBytes = ranges.reduce((sum, [, , length]) => sum + length, 0);
  dialler.send({ type: 'close', fileRef: 3 });
  t.same(await said.nextOf('released'), { ...released, fileRef: 3, sentBytes });
});

t.test('what is not served is rejected with a reason, and the connection goes on', async (t) => {
  const cases: [name: string, code: string, ...request: Parameters<Scene['request']>][] = [
    ['a piece that is not there yet', 'PIECE_NOT_AVAILABLE', 1],
    ['a piece that the file does not have', 'PROTOCOL_VIOLATION', PIECE_COUNT],
    ['more than the piece', 'PROTOCOL_VIOLATION', 0, PIECE - 1, 2],
    ['more than the last piece', 'PROTOCOL_VIOLATION', 2, 0, LAST_LENGTH + 1],
    ['a file that was never opened', 'NOT_SHARED', 0, 0, 10, 5],
  ];
  const scene = await setUp(t);
  await scene.openFile(0, [0, 2]);
  for (const [name, code, ...request] of cases) {
    scene.request(...request);
    const [pieceIndex] = request;
    t.match(await scene.dialler.stream.next(), { type: 'reject', pieceIndex, code }, name);
  }
  scene.request(0);
  t.match(await scene.dialler.stream.next(), { type: 'block', pieceIndex: 0 });
});

t.test('pieces that a growing file gains are told once, and served', async (t) => {
  const scene = await setUp(t);
  const { session, dialler } = scene;
  await scene.openFile(0, [0]);
  session.onHave('music', fileId, [1]);
  session.onHave('chess', 'e2'.repeat(32), [1]);
  session.onHave('chess', fileId, [0, 2]);
  session.onHave('chess', fileId, [2]);
  t.match(await dialler.stream.next(), { type: 'have', fileRef: 0, pieceIndex: 2 });
  scene.request(2, 0, LAST_LENGTH);
  t.match(await dialler.stream.next(), { type: 'block', pieceIndex: 2 });
  scene.request(1);
  t.match(await dialler.stream.next(), { type: 'reject', code: 'PIECE_NOT_AVAILABLE' });
});

t.test('a file that main refuses or takes back is served no more', async (t) => {
  const scene = await setUp(t);
  const { session, dialler, said } = scene;
  await scene.greet();
  dialler.send({ type: 'open', fileRef: 0, fileId });
  await said.nextOf('open');
  session.onWithdrawn(0, 'NO_SUCH_FILE');
  t.match(await dialler.stream.next(), { type: 'refused', fileRef: 0, code: 'NO_SUCH_FILE' });
  t.same(said.take(), [], 'there was nothing to give back');
  await scene.openFile(0);
  session.onWithdrawn(0, 'REVOKED');
  t.match(await dialler.stream.next(), { type: 'refused', fileRef: 0, code: 'REVOKED' });
  t.same(said.take(), [released]);
  scene.request(0);
  t.match(await dialler.stream.next(), { type: 'reject', code: 'NOT_SHARED' });
});

t.test('a file that was closed before main answered is given back unopened', async (t) => {
  const scene = await setUp(t);
  const { session, dialler, said } = scene;
  await scene.greet();
  for (const fileRef of [0, 1]) {
    dialler.send({ type: 'open', fileRef, fileId });
    dialler.send({ type: 'close', fileRef });
  }
  scene.request(0, 0, 10, 9);
  await dialler.stream.nextOf('reject');
  t.match(said.take(), [{ type: 'open' }, { type: 'open' }], 'its number is taken until then');
  scene.answerOpen(0);
  session.onWithdrawn(1, 'NO_SUCH_FILE');
  t.same(said.take(), [released]);
  scene.request(0);
  t.match(await dialler.stream.next(), { type: 'reject' }, 'nothing was said of either');
  await scene.openFile(0);
});

t.test('a refusal that crossed with the close of its file is not said', async (t) => {
  const scene = await setUp(t);
  const { session, dialler, said } = scene;
  await scene.openFile(0);
  dialler.send({ type: 'close', fileRef: 0 });
  await said.nextOf('released');
  session.onWithdrawn(0, 'NOT_SHARED');
  await scene.openFile(0);
  scene.request(0);
  t.match(await dialler.stream.next(), { type: 'block' });
  t.same(
    dialler.stream.frames.filter(({ type }) => type === 'refused'),
    [],
  );
});

t.test('a file that became shorter costs the piece, and main is told', async (t) => {
  const scene = await setUp(t);
  await scene.openFile();
  await scene.file.truncate(PIECE + 10);
  scene.request(1);
  const code = 'PIECE_NOT_AVAILABLE';
  t.match(await scene.dialler.stream.next(), { type: 'reject', pieceIndex: 1, code });
  const failed = { type: 'read-failed', session: 7, fileRef: 0, error: { code: 'FILE_CHANGED' } };
  t.match(await scene.said.nextOf('read-failed'), failed);
});

t.test('a ticket is renewed for the same user and group, and for no other', async (t) => {
  const scene = await setUp(t);
  const { dialler, said } = scene;
  await scene.greet();
  dialler.send({ type: 'ticket', ticket: Buffer.from('anna chess 2') });
  t.match(await said.next(), { ...proven, epoch: 2 });
  t.equal(scene.heard.proven, 1);
  dialler.send({ type: 'ticket', ticket: Buffer.from('anna chess 2') });
  dialler.send({ type: 'ticket', ticket: Buffer.from('anna chess 3') });
  t.match(await said.next(), { ...proven, epoch: 3 }, 'the same one again is no news');
  for (const ticket of ['anna music 2', 'bert chess 2']) {
    const other = await setUp(t);
    await other.openFile();
    other.dialler.send({ type: 'ticket', ticket: Buffer.from(ticket) });
    t.match(await other.dialler.stream.nextOf('error'), { code: 'TICKET_INVALID' });
    const closed = { type: 'closed', session: 7, reason: { code: 'TICKET_INVALID' } };
    t.match(await other.untilClosed(), [released, closed]);
  }
});

t.test('a request can be taken back while it waits', async (t) => {
  const scene = await setUp(t, { isHeldUp: true });
  const { session, dialler } = scene;
  await scene.openFile();
  scene.request(0);
  scene.request(1);
  const range = { fileRef: 0, pieceIndex: 0, offset: 0, length: 16 * KiB };
  dialler.send({ type: 'cancel', ...range, length: 5 });
  dialler.send({ type: 'cancel', ...range });
  const rejected = { type: 'reject', ...range, code: 'REQUEST_CANCELLED' };
  t.match(await dialler.stream.next(), rejected);
  t.match(session.queue.requests, [{ pieceIndex: 1, fileId }]);
});

t.test('frames that cost work are bounded by the second', async (t) => {
  const cases: [name: string, cost: number, act: (scene: Scene, count: number) => void][] = [
    ['pings', 1, ({ dialler }) => dialler.send({ type: 'ping' })],
    ['haves', 1, ({ dialler }) => dialler.send({ type: 'have', fileRef: 0, pieceIndex: 0 })],
    [
      'cancels of nothing',
      1,
      ({ dialler }) =>
        dialler.send({ type: 'cancel', fileRef: 0, pieceIndex: 0, offset: 0, length: 1 }),
    ],
    [
      'tickets',
      TICKET_FRAME_COST,
      ({ dialler }, count) =>
        dialler.send({ type: 'ticket', ticket: Buffer.from(`anna chess ${count}`) }),
    ],
    [
      'files opened and closed',
      OPEN_FRAME_COST + 1,
      ({ dialler, session }, fileRef) => {
        dialler.send({ type: 'open', fileRef, fileId });
        dialler.send({ type: 'close', fileRef });
        session.onWithdrawn(fileRef, 'NO_SUCH_FILE');
      },
    ],
  ];
  for (const [name, cost, act] of cases) {
    const scene = await setUp(t);
    await scene.greet();
    for (let count = 0; count * cost <= MAX_CONTROL_FRAMES_PER_SECOND; count++) act(scene, count);
    t.match(await scene.dialler.stream.nextOf('error'), { code: 'PROTOCOL_VIOLATION' }, name);
    scene.dialler.close();
  }
});

t.test('what breaks a bound or the order ends the session', async (t) => {
  const cases: [name: string, act: (scene: Scene) => void][] = [
    ['a number that is taken', ({ dialler }) => dialler.send({ type: 'open', fileRef: 0, fileId })],
    [
      'too many files',
      ({ dialler }) => {
        for (let fileRef = 1; fileRef <= MAX_FILES_PER_SESSION; fileRef++)
          dialler.send({ type: 'open', fileRef, fileId });
      },
    ],
    [
      'too many requests',
      (scene) => {
        for (let count = 0; count <= MAX_REQUESTS_IN_FLIGHT; count++) scene.request(0, count);
      },
    ],
    [
      'a frame of the other side',
      ({ dialler }) =>
        dialler.send({ type: 'welcome', version: 1, maxRequests: 1, maxBlockLength: 1 }),
    ],
  ];
  for (const [name, act] of cases) {
    const scene = await setUp(t, { isHeldUp: true });
    await scene.openFile();
    act(scene);
    t.match(await scene.dialler.stream.nextOf('error'), { code: 'PROTOCOL_VIOLATION' }, name);
    const messages = await scene.untilClosed();
    t.match(messages.slice(-2), [released, { type: 'closed' }], name);
    scene.dialler.close();
  }
});

t.test('a session that main drops says why, gives everything back, and ends once', async (t) => {
  const scene = await setUp(t);
  const { session, dialler, said, heard } = scene;
  await scene.openFile();
  scene.request(0);
  await dialler.stream.nextOf('block');
  dialler.send({ type: 'open', fileRef: 1, fileId });
  await said.nextOf('open');
  const reason = { code: 'REVOKED', message: 'no longer a member' } as const;
  session.end(reason);
  session.end(undefined);
  t.match(await dialler.stream.next(), { type: 'error', ...reason });
  t.equal(await dialler.stream.next(), undefined, 'and nothing after it');
  const messages = said.take().filter(({ type }) => type !== 'sent');
  t.same(messages, [
    { ...released, sentBytes: 16 * KiB },
    { type: 'closed', session: 7, reason },
  ]);
  t.same(heard, { proven: 1, ended: 1 });
  t.notOk(session.queue.hasRoom);
  scene.answerOpen(1);
  session.onWithdrawn(1, 'NO_SUCH_FILE');
  t.same(said.take(), [{ ...released, fileRef: 1 }], 'what main opened meanwhile is not used');
});

t.test('a dialler that leaves gives everything back', async (t) => {
  const scene = await setUp(t);
  await scene.openFile();
  scene.request(0, 0, 1_000);
  await scene.dialler.stream.nextOf('block');
  scene.dialler.close();
  const messages = await scene.untilClosed();
  const sent = messages.flatMap((message) => (message.type === 'sent' ? [message.bytes] : []));
  t.same(sent, [1_000]);
  t.match(messages.slice(-2), [{ ...released, sentBytes: 1_000 }, { type: 'closed' }]);
});

t.test('whoever is let in and does nothing is let go after a while, and told why', async (t) => {
  const cases: [name: string, afterMs: number, act: (scene: Scene) => Promise<void>][] = [
    ['opens nothing', UPLOAD_UNOPENED_TIMEOUT_MS, (scene) => scene.greet()],
    ['asks for nothing', UPLOAD_UNASKED_TIMEOUT_MS, (scene) => scene.openFile()],
  ];
  for (const [name, afterMs, act] of cases) {
    const scene = await setUp(t);
    await act(scene);
    scene.clock.nowMs = afterMs;
    scene.dialler.send({ type: 'ping' });
    t.match(await scene.dialler.stream.nextOf('error'), { code: 'TIMEOUT' }, name);
    t.match(await scene.said.nextOf('closed'), { reason: { code: 'TIMEOUT' } }, name);
  }
});

t.test('a mistake of ours that a dialler brings out ends its session, and is told', async (t) => {
  const scene = await setUp(t);
  const warned = once(process, 'warning');
  await scene.dialler.greet(Buffer.from('BUG'));
  t.match(await scene.dialler.stream.nextOf('error'), {
    code: 'INTERNAL',
    message: 'internal error',
  });
  await warned;
});

t.test('pieces that are asked for together with their file come right behind it', async (t) => {
  const scene = await setUp(t);
  const { dialler, said } = scene;
  await scene.greet();
  dialler.send({ type: 'open', fileRef: 0, fileId });
  scene.request(0, 0, PIECE);
  dialler.send({ type: 'open', fileRef: 1, fileId });
  scene.request(0, 0, PIECE, 1);
  dialler.send({ type: 'close', fileRef: 1 });
  await said.nextOf('open');
  await said.nextOf('open');
  scene.answerOpen(0, [0]);
  t.match(await dialler.stream.next(), { type: 'opened', fileRef: 0 });
  t.match(await dialler.stream.next(), { type: 'block', fileRef: 0, pieceIndex: 0 });
  t.match(await dialler.stream.next(), { type: 'reject', fileRef: 1, code: 'NOT_SHARED' });
});
