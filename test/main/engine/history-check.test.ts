import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { checkHistory } from '../../../src/main/engine/history-check.js';
import { firstHead, signHead, type HistoryEntry } from '../../../src/net/history.js';
import { INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { headOf, sampleEntries, told } from '../../fixtures/sample-history.js';
import { seededRandom } from '../../fixtures/seeded-random.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const group = { groupId: 'g', incarnation: INCARNATION };
const entries = sampleEntries(firstHead(group), 200);
const whole = told(group, entries, privateKey);

/** What was verified when the history had so many entries. */
function verifiedAt(count: number, of: readonly HistoryEntry[] = entries) {
  const head = headOf(group, of.slice(0, count));
  return { ...signHead(group, head, privateKey), incarnation: INCARNATION };
}

t.test('a history is whole from its first entry on, also without any', (t) => {
  const verdict = checkHistory(whole, [], publicKey);
  t.same(verdict, { state: 'whole', head: whole.head, dropped: 0, since: 'new' });
  t.match(checkHistory(told(group, [], privateKey), [], publicKey), { state: 'whole' });
  t.end();
});

t.test('whatever one entry is changed in, its number is named', (t) => {
  const random = seededRandom(1);
  const changes: ((entry: HistoryEntry) => HistoryEntry)[] = [
    (entry) => ({ ...entry, atMs: entry.atMs + 1 }),
    (entry) => ({ ...entry, action: 'stop' }),
    (entry) => ({ ...entry, actor: 'ben' }),
    (entry) => ({ ...entry, subjects: [] }),
    (entry) => ({ ...entry, hash: 'ab'.repeat(32) }),
  ];
  for (const change of changes) {
    for (const index of [0, 1, 198, 199, Math.floor(random() * 200)]) {
      const altered = entries.map((entry, at) => (at === index ? change(entry) : entry));
      const expected = { state: 'broken', flaw: 'altered', seq: index + 1 };
      t.match(checkHistory({ ...whole, entries: altered }, [], publicKey), expected);
    }
  }
  t.end();
});

t.test('entries that are missing, moved or made up are found', (t) => {
  const without = (index: number) => entries.filter((_, at) => at !== index);
  const verdictOf = (changed: readonly HistoryEntry[]) =>
    checkHistory({ ...whole, entries: changed }, [], publicKey);
  for (const index of [0, 57, 199]) {
    t.match(verdictOf(without(index)), { flaw: 'missing', seq: index + 1 });
  }
  const [a, b] = [entries[57]!, entries[58]!];
  const swapped = entries.with(57, b).with(58, a);
  t.match(verdictOf(swapped), { flaw: 'missing', seq: 58 });
  const renumbered = entries.with(57, { ...b, seq: 58 }).with(58, { ...a, seq: 59 });
  t.match(verdictOf(renumbered), { flaw: 'altered', seq: 58 });
  t.match(verdictOf([...entries.slice(0, 58), a, ...entries.slice(58)]), {
    flaw: 'misplaced',
    seq: 59,
  });
  t.match(verdictOf([...entries, ...sampleEntries(headOf(group, entries), 1)]), {
    flaw: 'misplaced',
    seq: 201,
  });
  t.match(verdictOf(entries.slice(0, 0)), { flaw: 'missing', seq: 1 });
  // Made anew as a whole, but for the head that was signed.
  t.match(verdictOf(sampleEntries(firstHead(group), 200, 'ben')), { flaw: 'altered', seq: 200 });
  t.end();
});

t.test('what the key of the tracker has not signed is not taken', (t) => {
  const forged = told(group, entries, generateKeyPairSync('ed25519').privateKey);
  t.match(checkHistory(forged, [], publicKey), { flaw: 'unsigned', seq: 200 });
  const dropped = told(group, entries, privateKey, 50);
  const checkpoint = { ...dropped.checkpoint!, signature: whole.head.signature };
  t.match(checkHistory({ ...dropped, checkpoint }, [], publicKey), { flaw: 'unsigned', seq: 50 });
  const ofOther = { ...whole, incarnation: OTHER_INCARNATION };
  t.match(checkHistory(ofOther, [], publicKey), { flaw: 'altered', seq: 1 });
  t.end();
});

t.test('it is held against what was verified before', (t) => {
  for (const count of [0, 1, 120, 200]) {
    const verdict = checkHistory(whole, [verifiedAt(count)], publicKey);
    t.match(verdict, { state: 'whole', since: 'continued', earlier: { count } }, `${count}`);
  }
  const shorter = told(group, entries.slice(0, 150), privateKey);
  t.match(checkHistory(shorter, [verifiedAt(200)], publicKey), {
    state: 'broken',
    flaw: 'truncated',
    seq: 151,
    earlier: { count: 200 },
  });
  // The tracker itself tells another history, and signs it.
  const fork = [
    ...entries.slice(0, 100),
    ...sampleEntries(headOf(group, entries.slice(0, 100)), 120, 'ben'),
  ];
  const forked = told(group, fork, privateKey);
  t.match(checkHistory(forked, [], publicKey), { state: 'whole' });
  t.match(checkHistory(forked, [verifiedAt(100)], publicKey), { since: 'continued' });
  t.match(checkHistory(forked, [verifiedAt(150)], publicKey), { flaw: 'rewritten', seq: 150 });
  t.end();
});

t.test('what is too old is gone behind a signed checkpoint', (t) => {
  const dropped = told(group, entries, privateKey, 50);
  t.match(checkHistory(dropped, [], publicKey), { state: 'whole', dropped: 50, since: 'new' });
  t.match(checkHistory(dropped, [verifiedAt(50)], publicKey), { since: 'continued' });
  t.match(checkHistory(dropped, [verifiedAt(51)], publicKey), { since: 'continued' });
  t.match(checkHistory(dropped, [verifiedAt(49)], publicKey), { since: 'gap' });
  const other = sampleEntries(firstHead(group), 200, 'ben');
  t.match(checkHistory(dropped, [verifiedAt(50, other)], publicKey), { flaw: 'rewritten' });
  t.end();
});

t.test('the history of another group of this name is no measure for this one', (t) => {
  const earlier = { ...verifiedAt(120), incarnation: OTHER_INCARNATION };
  const verdict = checkHistory(whole, [earlier], publicKey);
  t.match(verdict, { state: 'whole', since: 'other-group', earlier });
  t.match(checkHistory(whole, [earlier, verifiedAt(120)], publicKey), { since: 'continued' });
  t.end();
});
