/** Where peers were met, over a store that is a variable. */
import t from 'tap';
import { MetPeers } from '../../../src/main/downloads/met-peers.js';
import type { MetPeersRecord } from '../../../src/main/home/met-peers-file.js';
import {
  MAX_MET_GROUPS,
  MAX_MET_PEERS_PER_GROUP,
  TICKET_LIFETIME_MS,
} from '../../../src/net/limits.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { account } from '../../fixtures/temporary-library.js';

const at = (latencyMs = 80, port = 1) => ({ address: { host: '192.0.2.1', port }, latencyMs });

function scene() {
  const kept: { record: MetPeersRecord | undefined; writes: number; nowMs: number } = {
    record: undefined,
    writes: 0,
    nowMs: 1_000_000_000,
  };
  const open = (): MetPeers =>
    new MetPeers({
      read: async () => kept.record,
      write: async (record) => {
        kept.record = record;
        kept.writes++;
      },
      clear: async () => void (kept.record = undefined),
      nowMs: () => kept.nowMs,
    });
  return { kept, open };
}

t.test('the ticket that opened a file is kept for as long as it is good', async (t) => {
  const { kept, open } = scene();
  const ticket = (byte: number) => ({ bytes: Buffer.of(byte), leftMs: 60_000 });
  await open().onMet(account, 'chess', onlinePeer('ann'), at(1), ticket(1));
  await open().onMet(account, 'chess', onlinePeer('ann'), at(1), ticket(9));
  t.same(await open().ticketOf(account, 'chess'), Buffer.of(1), 'near by a newer one is no news');
  await open().onMet(account, 'chess', onlinePeer('bob'), at(), ticket(2));
  t.same(await open().ticketOf(account, 'chess'), Buffer.of(2));
  await open().onMet(account, 'chess', onlinePeer('bob'), at(), ticket(3));
  await open().onMet(account, 'chess', onlinePeer('bob'), at(), ticket(3));
  t.equal(kept.writes, 3, 'one that is kept already is not written again');
  await open().onGone(account, 'chess', 'ann');
  t.same(await open().ticketOf(account, 'chess'), Buffer.of(3));
  t.equal(await open().ticketOf(account, 'go'), undefined);
  t.equal(await open().ticketOf({ ...account, userId: 'somebody' }, 'chess'), undefined);
  kept.nowMs += 60_000;
  t.equal(await open().ticketOf(account, 'chess'), undefined, 'it is over');
  kept.nowMs -= 2 * TICKET_LIFETIME_MS;
  t.equal(await open().ticketOf(account, 'chess'), undefined, 'the clock was set back');
  await open().forgetGroup(account, 'chess');
  t.same(kept.record?.groups, []);
});

t.test('a later command finds who was met last first, and nothing is written twice', async (t) => {
  const { kept, open } = scene();
  const met = open();
  await met.onMet(account, 'chess', onlinePeer('ann'), at());
  await met.onMet(account, 'chess', onlinePeer('bob'), at());
  await met.onMet(account, 'chess', onlinePeer('bob'), at(100));
  t.equal(kept.writes, 2, 'a little slower is the same way');
  await met.onMet(account, 'chess', onlinePeer('ann'), at(80, 2));
  await met.onMet(account, 'chess', onlinePeer('cat'), at(Infinity));
  t.equal(kept.writes, 3);
  t.match(await open().of(account, 'chess'), [
    { deviceId: 'ann', userId: 'user of ann', address: { port: 2 }, latencyMs: 80 },
    { deviceId: 'bob' },
  ]);
  t.same(await open().of(account, 'go'), []);
});

t.test('what is of another account counts for nothing', async (t) => {
  const { kept, open } = scene();
  await open().onMet(account, 'chess', onlinePeer('ann'), at());
  const other = { ...account, userId: 'somebody' };
  t.same(await open().of(other, 'chess'), []);
  await open().onMet(other, 'go', onlinePeer('bob'), at());
  t.same(
    kept.record?.groups.map(({ groupId }) => groupId),
    ['go'],
  );
});

t.test('who is gone, a group one left, and everything at a logout are forgotten', async (t) => {
  const { kept, open } = scene();
  const met = open();
  for (const group of ['chess', 'go'])
    for (const id of ['ann', 'bob']) await met.onMet(account, group, onlinePeer(id), at());
  await met.onGone(account, 'chess', 'ann');
  await met.onGone(account, 'chess', 'nobody');
  t.match(await met.of(account, 'chess'), [{ deviceId: 'bob' }]);
  await met.forgetGroup(account, 'go');
  t.same(await open().of(account, 'go'), []);
  await met.clear();
  t.equal(kept.record, undefined);
  t.same(await met.of(account, 'chess'), []);
});

t.test('who was removed from a group is forgotten there, with all devices', async (t) => {
  const { kept, open } = scene();
  const met = open();
  const mallory = (id: string) => ({ ...onlinePeer(id), userId: 'mallory' });
  for (const group of ['chess', 'go'])
    for (const peer of [mallory('one'), onlinePeer('ann'), mallory('two')])
      await met.onMet(account, group, peer, at());
  await met.forgetUsers(account, 'chess', ['mallory', 'nobody']);
  t.match(await open().of(account, 'chess'), [{ deviceId: 'ann' }]);
  t.equal((await open().of(account, 'chess')).length, 1);
  t.equal((await open().of(account, 'go')).length, 3);
  const { writes } = kept;
  await met.forgetUsers(account, 'chess', ['mallory']);
  t.equal(kept.writes, writes, 'and once');
});

t.test('groups and their peers are bounded, the oldest are forgotten', async (t) => {
  const { kept, open } = scene();
  const met = open();
  for (let one = 0; one <= MAX_MET_PEERS_PER_GROUP; one++)
    await met.onMet(account, 'chess', onlinePeer(`device ${one}`), at());
  const peers = await met.of(account, 'chess');
  t.equal(peers.length, MAX_MET_PEERS_PER_GROUP);
  t.equal(peers.at(-1)?.deviceId, 'device 1');
  for (let one = 0; one < MAX_MET_GROUPS; one++)
    await met.onMet(account, `group ${one}`, onlinePeer('ann'), at());
  t.equal(kept.record?.groups.length, MAX_MET_GROUPS);
  t.same(await met.of(account, 'chess'), []);
});

t.test('a store that fails once holds up nothing later', async (t) => {
  let isFull = true;
  const met = new MetPeers({
    read: async () => undefined,
    write: async () => {
      if (isFull) throw new Error('full');
    },
    clear: async () => undefined,
    nowMs: () => 0,
  });
  await t.rejects(met.onMet(account, 'chess', onlinePeer('ann'), at()), /full/);
  isFull = false;
  await met.onMet(account, 'chess', onlinePeer('bob'), at());
  t.match(await met.of(account, 'chess'), [{ deviceId: 'bob' }, { deviceId: 'ann' }]);
});
