import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { KiB, MAX_BLOCK_LENGTH, MAX_SEND_QUEUE_BYTES } from '../../../src/net/limits.js';
import { BLOCK_HEAD_BYTES } from '../../../src/net/peer-frames.js';
import { createRateCell, SharedRateLimiter } from '../../../src/net/shared-rate-limiter.js';
import { BlockSender } from '../../../src/workers/serving/block-sender.js';
import { SendBuffers } from '../../../src/workers/serving/send-buffers.js';

interface Ends {
  readonly near: Socket;
  readonly far: Socket;
  readonly sender: BlockSender;
  readonly buffers: SendBuffers;
}

/** A connection whose far end reads nothing until it is told to. */
async function setUp(t: Test): Promise<Ends> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [Socket],
    unknown,
  ];
  server.close();
  t.teardown(() => {
    near.destroy();
    far.destroy();
  });
  const buffers = new SendBuffers();
  const limiter = new SharedRateLimiter(createRateCell(undefined));
  return { near, far, buffers, sender: new BlockSender(near, buffers, limiter) };
}

t.test('blocks stop short of the queue, and go on when the peer has read', async (t) => {
  const { near, far, sender, buffers } = await setUp(t);
  let sent = 0;
  while (sender.hasRoom) {
    const buffer = buffers.take(MAX_BLOCK_LENGTH);
    if (!buffer) break;
    sender.sendBlock(buffer, BLOCK_HEAD_BYTES + MAX_BLOCK_LENGTH, () => sent++);
  }
  t.ok(sent > 0);
  t.ok(near.writableLength <= MAX_SEND_QUEUE_BYTES);
  t.notOk(sender.hasRoom);
  t.notOk(sender.isOverfull, 'a slow reader of blocks is no offence');
  far.resume();
  await once(near, 'drain');
  t.ok(sender.hasRoom);
});

t.test('frames that nobody reads are noticed', async (t) => {
  const { near, sender } = await setUp(t);
  const bits = new Uint8Array(64 * KiB);
  while (!sender.isOverfull) sender.sendFrame({ type: 'opened', fileRef: 0, bits });
  t.ok(near.writableLength > MAX_SEND_QUEUE_BYTES);
  t.ok(near.writableLength <= MAX_SEND_QUEUE_BYTES + bits.length + BLOCK_HEAD_BYTES);
  sender.close({ type: 'error', code: 'LIMIT_REACHED', message: 'not read' });
  await once(near, 'close');
});

t.test('bytes that wait are stuck while the peer takes none of them', async (t) => {
  const { near, far, sender, buffers } = await setUp(t);
  t.notOk(sender.checkStuck(), 'nothing waits');
  while (sender.hasRoom)
    sender.sendBlock(buffers.take(MAX_BLOCK_LENGTH)!, MAX_BLOCK_LENGTH, () => {});
  const looks = [sender.checkStuck(), sender.checkStuck()];
  t.ok(looks[1], 'the kernel takes no more');
  sender.sendFrame({ type: 'ping' });
  t.ok(sender.checkStuck(), 'nor does it help that more is to be sent');
  far.resume();
  await once(near, 'drain');
  t.notOk(sender.checkStuck());
});
