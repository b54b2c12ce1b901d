import t, { type Test } from 'tap';
import { firstHead, hashEntry } from '../../src/net/history.js';
import {
  HISTORY_DROPPED_AT_ONCE,
  MAX_HISTORY_BYTES_PER_GROUP,
  MAX_HISTORY_ENTRIES_PER_GROUP,
  MAX_HISTORY_SUBJECT_BYTES,
} from '../../src/net/limits.js';
import { keepHistory, type HistoryNote } from '../../src/tracker/history-keeping.js';
import { openTestStore } from '../fixtures/test-store.js';
import { INCARNATION } from '../fixtures/incarnations.js';
import { sampleEntries } from '../fixtures/sample-history.js';

const group = { groupId: 'g', incarnation: INCARNATION };
const kick: HistoryNote = { groupId: 'g', action: 'kick', actor: 'anna', subjects: ['ben'] };

async function openHistory(t: Test) {
  const store = await openTestStore(t);
  await store.transaction(async (tx) => {
    await tx.addUser('anna', '', 1);
    await tx.addGroup({ ...group, creatorId: 'anna' }, 1);
  });
  return {
    keep: (...notes: HistoryNote[]) => store.transaction((tx) => keepHistory(tx, notes, 5)),
    list: () => store.read((tx) => tx.listHistory('g', 0, { entries: 100_000, bytes: Infinity })),
    find: () => store.read((tx) => tx.findHistory('g')),
    /** As if so many entries of so many bytes had been kept. */
    fill: (count: number, bytes: number) =>
      store.transaction(async (tx) => {
        for (const entry of sampleEntries(firstHead(group), count)) {
          await tx.addHistoryEntry('g', entry, bytes);
        }
      }),
  };
}

void t.test('each entry has the hash that follows from the one before', async (t) => {
  const { keep, list, find } = await openHistory(t);
  t.same(await find(), { incarnation: INCARNATION, head: undefined, dropped: undefined, bytes: 0 });
  await keep(kick, { ...kick, action: 'leave', subjects: [] });
  await keep(kick);
  let { hash } = firstHead(group);
  const entries = await list();
  for (const entry of entries) {
    t.equal(entry.hash, (hash = hashEntry(hash, entry)), `${entry.seq}`);
    t.equal(entry.atMs, 5);
  }
  t.same(
    entries.map(({ seq, action, subjects }) => [seq, action, ...subjects]),
    [
      [1, 'kick', 'ben'],
      [2, 'leave'],
      [3, 'kick', 'ben'],
    ],
  );
  t.match(await find(), { head: { count: 3, hash } });
});

void t.test('many subjects are some entries, in which none is lost', async (t) => {
  const { keep, list } = await openHistory(t);
  const subjects = Array.from({ length: 100 }, (_, n) => `${n} ${'ä'.repeat(120)}`);
  await keep({ ...kick, action: 'share', subjects });
  const entries = await list();
  t.ok(entries.length > 1);
  t.same(
    entries.flatMap((entry) => entry.subjects),
    subjects,
  );
  for (const entry of entries) {
    t.ok(Buffer.byteLength(entry.subjects.join('')) <= MAX_HISTORY_SUBJECT_BYTES);
  }
});

void t.test('nothing is kept of a group that is not there', async (t) => {
  const { keep, list } = await openHistory(t);
  await keep({ ...kick, groupId: 'gone' });
  t.same(await list(), []);
});

void t.test('of too many entries, or bytes, the oldest go', async (t) => {
  const many = await openHistory(t);
  await many.fill(MAX_HISTORY_ENTRIES_PER_GROUP, 1);
  t.match(await many.find(), { dropped: undefined });
  await many.keep(kick);
  const { hash } = sampleEntries(firstHead(group), HISTORY_DROPPED_AT_ONCE).at(-1)!;
  const dropped = { count: HISTORY_DROPPED_AT_ONCE, hash };
  t.match(await many.find(), { dropped, head: { count: MAX_HISTORY_ENTRIES_PER_GROUP + 1 } });
  t.match((await many.list())[0], { seq: HISTORY_DROPPED_AT_ONCE + 1 });

  const large = await openHistory(t);
  await large.fill(3, MAX_HISTORY_BYTES_PER_GROUP / 2);
  await large.keep(kick);
  const found = await large.find();
  t.match(found, { dropped: { count: 3 }, head: { count: 4 } }, 'and the last one stays');
  t.ok(found!.bytes < 1_000);
  t.match(await large.list(), [{ seq: 4 }]);
});
