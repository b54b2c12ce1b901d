import t from 'tap';
import { brokenLine, historyLine, wholeLines } from '../../../src/main/terminal/history-lines.js';

const entry = { seq: 12, atMs: Date.UTC(2026, 10, 25, 10), actor: 'ann', hash: 'ab'.repeat(32) };
const head = { count: 12, hash: 'ab'.repeat(32), signature: '' };
const earlier = { ...head, count: 7, incarnation: '' };

t.test('an entry is a sentence, also one that this version does not know', (t) => {
  const line = (action: string, ...subjects: string[]) =>
    historyLine({ ...entry, action, subjects }).split('Z  ')[1];
  t.equal(
    historyLine({ ...entry, action: 'create', subjects: [] }).split('  ann')[0],
    '12  2026-11-25T10:00:00Z',
  );
  t.equal(line('create'), 'ann made the group');
  t.equal(line('accept', 'bob'), 'ann let bob in');
  t.equal(line('join', 'cd'.repeat(32)), 'ann joined by the invite cdcdcdcdcdcd');
  t.equal(line('appointed'), 'the operator of the tracker made ann an owner of the group');
  t.equal(line('share', 'a'), 'ann shared a');
  t.equal(line('share', 'a', 'b'), 'ann shared 2 files: a, b');
  t.equal(line('paint', 'door', 'blue'), 'ann: paint door blue');
  t.equal(line('toString'), 'ann: toString');
  const none = { ...entry, atMs: 0, actor: '', action: 'unreadable', subjects: [] };
  t.equal(historyLine(none), '12  what the tracker has here cannot be read');
  t.end();
});

t.test('a verdict says how far it goes and what it goes on from', (t) => {
  const whole = { state: 'whole', head, dropped: 0 } as const;
  t.match(wholeLines({ ...whole, since: 'new' }), [/^the history is whole: 12 entries, up to/]);
  t.match(wholeLines({ ...whole, dropped: 11, since: 'gap', earlier }), [
    /: 1 entry, up to number 12/,
    'entries up to number 11 are too old and gone',
    'what followed number 7, verified before, is gone',
  ]);
  t.match(wholeLines({ ...whole, since: 'continued', earlier })[1], /goes on from number 7/);
  t.match(wholeLines({ ...whole, since: 'other-group', earlier })[1], /of another group/);
  const broken = { state: 'broken', head, seq: 57 } as const;
  t.equal(brokenLine({ ...broken, flaw: 'missing' }), 'entry 57 is missing');
  t.end();
});
