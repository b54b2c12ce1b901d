/** Requests and their answers: a fake socket, a real table of files, a real disk. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { StorageError, type WireError } from '../../../src/net/errors.js';
import { FrameBudget } from '../../../src/net/frame-budget.js';
import {
  KiB,
  MAX_BLOCK_LENGTH,
  MAX_CONTROL_FRAMES_PER_SECOND,
  MAX_REQUESTS_IN_FLIGHT,
  SMALL_REQUEST_BYTES,
} from '../../../src/net/limits.js';
import { BLOCK_HEAD_BYTES, readBlockHead, type PeerFrame } from '../../../src/net/peer-frames.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { createRateCell, SharedRateLimiter } from '../../../src/net/shared-rate-limiter.js';
import { RequestQueue } from '../../../src/workers/serving/request-queue.js';
import { SendBuffers } from '../../../src/workers/serving/send-buffers.js';
import { ServedFiles } from '../../../src/workers/serving/served-files.js';
import { UploadScheduler } from '../../../src/workers/serving/upload-scheduler.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;
const content = sampleBytes(2 * PIECE);
const fileId = 'f1'.repeat(32);

/** A queue of which nothing leaves before the socket has room. */
async function setUp(t: Test) {
  const file = await open(join(testFolder(t, { file: content }), 'file'), 'r+');
  t.teardown(() => file.close());
  const files = new ServedFiles();
  files.open(0, fileId);
  const layout = pieceLayout(content.length, PIECE)!;
  files.onOpened(0, {
    fileId,
    content: { type: 'file', fd: file.fd },
    layout,
    bits: Bitfield.full(layout.pieceCount).bytes,
  });
  const buffers = new SendBuffers();
  const limiter = new SharedRateLimiter(createRateCell(undefined));
  const sent: (PeerFrame | Buffer)[] = [];
  const failures: WireError[] = [];
  const shortages: string[] = [];
  const socket = { hasRoom: true };
  const queue = new RequestQueue({
    files,
    buffers,
    scheduler: new UploadScheduler(limiter, () => 0),
    budget: new FrameBudget(() => 0),
    nowMs: () => 0,
    sender: {
      get hasRoom() {
        return socket.hasRoom;
      },
      sendFrame: (frame) => void sent.push(frame),
      sendBlock: (buffer, length, onSent) => {
        sent.push(Buffer.from(buffer.subarray(0, length)));
        buffers.give(buffer);
        onSent();
      },
    },
    onReadFailed: (_fileRef, error) => void failures.push(error),
    onShortage: () => void shortages.push('short'),
  });
  return { queue, buffers, socket, sent, failures, shortages, files, file };
}

function rangeOf(pieceIndex: number, offset = 0, length = 16 * KiB) {
  return { fileRef: 0, pieceIndex, offset, length };
}

t.test('a request is answered with its block, head and bytes in one', async (t) => {
  const { queue, sent } = await setUp(t);
  queue.add(rangeOf(1, 100, 1_000));
  const [block] = sent as [Buffer];
  t.same(readBlockHead(block), rangeOf(1, 100, 1_000));
  t.ok(block.subarray(BLOCK_HEAD_BYTES).equals(content.subarray(PIECE + 100, PIECE + 1_100)));
  t.same(queue.requests, []);
  t.equal(queue.takeSentBytes(), 1_000);
  t.equal(queue.takeSentBytes(), 0);
});

t.test('requests wait for room, in order, and are no more than WELCOME allows', async (t) => {
  const { queue, socket, sent } = await setUp(t);
  socket.hasRoom = false;
  for (let count = 0; count < MAX_REQUESTS_IN_FLIGHT; count++) queue.add(rangeOf(0, count));
  t.throws(() => queue.add(rangeOf(1)), { code: 'PROTOCOL_VIOLATION' });
  queue.cancel(rangeOf(0, 1));
  queue.cancel(rangeOf(0, 1));
  t.match(sent.splice(0), [{ type: 'reject', offset: 1, code: 'REQUEST_CANCELLED' }]);
  socket.hasRoom = true;
  queue.serve();
  const offsets = (sent as Buffer[]).map((block) => readBlockHead(block).offset);
  t.same(offsets.slice(0, 3), [0, 2, 3]);
  t.equal(offsets.length, MAX_REQUESTS_IN_FLIGHT - 1);
});

t.test('without a free buffer a request waits, and is served when one comes back', async (t) => {
  const { queue, buffers, sent } = await setUp(t);
  const held: Buffer[] = [];
  for (let buffer = buffers.take(MAX_BLOCK_LENGTH); buffer; buffer = buffers.take(MAX_BLOCK_LENGTH))
    held.push(buffer);
  queue.add(rangeOf(0));
  t.equal(queue.requests.length, 1);
  t.same(sent, []);
  buffers.give(held.pop()!);
  t.equal(sent.length, 1);
  t.same(queue.requests, []);
});

t.test('without descriptors to read with nothing is said to be broken', async (t) => {
  const { queue, buffers, sent, failures, shortages, files } = await setUp(t);
  const file = files.withPiece(0, 1)!;
  t.intercept(file.content, 'read', {
    value: () => {
      throw new StorageError('SYSTEM_LIMIT', 'too many files are open');
    },
  });
  queue.add(rangeOf(1));
  t.same([sent, failures, shortages], [[], [], ['short']]);
  t.notOk(file.isBroken);
  t.same(queue.requests, []);
  let free = 0;
  while (buffers.take(MAX_BLOCK_LENGTH)) free++;
  t.ok(free > 0, 'its buffer is free again');
});

t.test('what the disk does not give is rejected, its buffer is free again', async (t) => {
  const { queue, buffers, sent, failures, file } = await setUp(t);
  await file.truncate(PIECE);
  queue.add(rangeOf(1));
  t.match(sent, [{ type: 'reject', ...rangeOf(1), code: 'PIECE_NOT_AVAILABLE' }]);
  t.match(failures, [{ code: 'FILE_CHANGED' }]);
  queue.add(rangeOf(1));
  t.equal(failures.length, 1, 'nobody is told twice, and nothing is read again');
  t.equal(queue.takeSentBytes(), 0);
  let free = 0;
  while (buffers.take(MAX_BLOCK_LENGTH)) free++;
  const fresh = new SendBuffers();
  while (fresh.take(MAX_BLOCK_LENGTH)) free--;
  t.equal(free, 0);
});

t.test(
  'requests in vain are bounded by the second, those answered with bytes are not',
  async (t) => {
    const cases: [name: string, range: ReturnType<typeof rangeOf>, isFree: boolean][] = [
      ['whole blocks', rangeOf(0, 0, SMALL_REQUEST_BYTES), true],
      ['single bytes', rangeOf(0, 0, 1), false],
      ['pieces that do not exist', rangeOf(9), false],
    ];
    for (const [name, range, isFree] of cases) {
      const { queue, sent } = await setUp(t);
      const addMany = (): void => {
        for (let count = 0; count <= MAX_CONTROL_FRAMES_PER_SECOND; count++) {
          queue.add(range);
          sent.length = 0;
        }
      };
      if (isFree) t.doesNotThrow(addMany, name);
      else t.throws(addMany, { code: 'PROTOCOL_VIOLATION' }, name);
    }
  },
);

t.test('a closed queue answers nothing any more', async (t) => {
  const { queue, socket, sent } = await setUp(t);
  socket.hasRoom = false;
  queue.add(rangeOf(0));
  queue.close();
  socket.hasRoom = true;
  queue.serve();
  t.same(sent, []);
});

t.test('what comes together with OPEN waits for its file, and no longer', async (t) => {
  const { queue, files, sent } = await setUp(t);
  files.open(1, fileId);
  const early = { ...rangeOf(1), fileRef: 1 };
  queue.add(early);
  queue.add(rangeOf(0));
  t.same(sent, [], 'answers come in the order of the requests');
  files.onWithdrawn(1);
  queue.serve();
  t.match(sent.splice(0, 1), [{ type: 'reject', fileRef: 1, code: 'NOT_SHARED' }]);
  t.match(readBlockHead(sent.pop() as Buffer), rangeOf(0));
  t.same(queue.requests, []);
});
