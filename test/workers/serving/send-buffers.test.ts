import t from 'tap';
import { KiB, MAX_BLOCK_LENGTH, SEND_BUFFER_BYTES } from '../../../src/net/limits.js';
import { BLOCK_HEAD_BYTES } from '../../../src/net/peer-frames.js';
import { SendBuffers } from '../../../src/workers/serving/send-buffers.js';

t.test('a buffer has room for the head and the block, and is used again', async (t) => {
  const buffers = new SendBuffers();
  for (const length of [1, 16 * KiB, 16 * KiB + 1, MAX_BLOCK_LENGTH]) {
    const buffer = buffers.take(length)!;
    t.ok(buffer.length >= BLOCK_HEAD_BYTES + length);
    buffers.give(buffer);
    t.equal(buffers.take(length), buffer);
  }
});

t.test('all buffers of a thread together are bounded', async (t) => {
  const buffers = new SendBuffers();
  const held: Buffer[] = [];
  for (let buffer = buffers.take(MAX_BLOCK_LENGTH); buffer; buffer = buffers.take(MAX_BLOCK_LENGTH))
    held.push(buffer);
  t.equal(held.length, SEND_BUFFER_BYTES / MAX_BLOCK_LENGTH);
  t.equal(buffers.take(1), undefined);
  t.equal(buffers.heldBytes, SEND_BUFFER_BYTES);
  let wakes = 0;
  buffers.whenFree(() => wakes++);
  buffers.give(held.pop()!);
  buffers.give(held.pop()!);
  t.equal(wakes, 1);
  t.ok(buffers.take(1), 'free buffers of another size make room');
  for (const buffer of held.splice(0, 3)) buffers.discard(buffer);
  t.ok(buffers.take(MAX_BLOCK_LENGTH), 'a discarded one no longer counts');
  buffers.whenFree(() => wakes++);
  buffers.discard(held.pop()!);
  t.equal(wakes, 2, 'whoever waits hears of it');
});
