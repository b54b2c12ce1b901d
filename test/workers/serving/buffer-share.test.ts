/** Whose the send buffers of a thread are; users are names, a buffer is of the largest block. */
import t from 'tap';
import {
  MAX_BLOCK_LENGTH,
  MAX_SEND_BUFFER_BYTES_PER_USER,
  SEND_BUFFER_BYTES,
} from '../../../src/net/limits.js';
import { BufferShares, type SessionBuffers } from '../../../src/workers/serving/buffer-share.js';
import { SendBuffers } from '../../../src/workers/serving/send-buffers.js';

const QUARTER = MAX_SEND_BUFFER_BYTES_PER_USER / MAX_BLOCK_LENGTH;

function scene() {
  const pool = new SendBuffers();
  const shares = new BufferShares(pool);
  const session = (userId: string): SessionBuffers => {
    const buffers = shares.forSession();
    buffers.belongTo(userId);
    return buffers;
  };
  return { pool, shares, session };
}

/** Takes as many as there are. */
function takeAll(buffers: SessionBuffers): Buffer[] {
  const held: Buffer[] = [];
  for (let one = buffers.take(MAX_BLOCK_LENGTH); one; one = buffers.take(MAX_BLOCK_LENGTH))
    held.push(one);
  return held;
}

t.test('a user has a quarter, over all sessions', async (t) => {
  const { session } = scene();
  const [first, second] = [session('mallory'), session('mallory')];
  const held = takeAll(first);
  t.equal(held.length, QUARTER - 1);
  t.equal(first.take(1), undefined, 'one is left for the other session');
  t.ok(second.take(MAX_BLOCK_LENGTH));
  t.equal(second.take(1), undefined);
  t.ok(session('anna').take(MAX_BLOCK_LENGTH), 'another user finds some');
  first.give(held.pop()!);
  t.equal(takeAll(second).length, 1);
});

t.test('however many users fill theirs, the next one finds a buffer', async (t) => {
  const { session, pool } = scene();
  const counts = Array.from({ length: 8 }, (_, user) => takeAll(session(`user ${user}`)).length);
  t.equal(counts[0], QUARTER);
  t.ok(
    counts.every((count) => count > 0),
    counts.join(' '),
  );
  t.ok(pool.heldBytes <= SEND_BUFFER_BYTES);
});

t.test('what one gives back wakes whoever waits', async (t) => {
  const { session } = scene();
  const [anna, bert] = [session('anna'), session('bert')];
  const [one] = takeAll(anna);
  let wakes = 0;
  const retry = (): void => void wakes++;
  bert.whenFree(retry);
  anna.give(one!);
  bert.whenFree(retry);
  bert.forget(retry);
  takeAll(anna).forEach((buffer) => anna.discard(buffer));
  t.equal(wakes, 1);
});

t.test('a user of whom nothing is left is forgotten, not before', async (t) => {
  const { session, shares, pool } = scene();
  const mallory = session('mallory');
  const held = takeAll(mallory);
  mallory.leave();
  mallory.leave();
  t.equal(shares.userCount, 1, 'a closing socket holds buffers yet');
  const again = session('mallory');
  t.equal(again.take(1), undefined, 'a new connection does not start from nothing');
  again.leave();
  for (const buffer of held) mallory.give(buffer);
  t.same([shares.userCount, pool.heldBytes], [0, 0]);
  shares.forSession().leave();
});

t.test('each session of a user that holds nothing finds one', async (t) => {
  const { session } = scene();
  const sessions = Array.from({ length: 8 }, () => session('anna'));
  const counts = sessions.map((one) => takeAll(one).length);
  t.same(counts.slice(1), [1, 1, 1, 1, 1, 1, 1]);
  t.equal(counts[0], QUARTER - 7);
});

t.test('a session that has shown no ticket has no buffers', async (t) => {
  t.throws(() => scene().shares.forSession().take(1), /^bug: /);
});
