import t from 'tap';
import { MAX_EFFECTS_PER_OUTBOX_ROW } from '../../../src/net/limits.js';
import type { Effect } from '../../../src/tracker/effects.js';
import { decodeChange, encodeChange } from '../../../src/tracker/fellows/change-codec.js';
import type { Touched } from '../../../src/tracker/view/touched.js';
import { at } from '../../fixtures/incarnations.js';

const g = { groupId: 'g' };
const removed: Effect = { type: 'member-removed', ...g, userId: 'ben', ...at(3) };
const role: Touched = { fact: 'role', groupId: 'g', userId: 'ben' };

void t.test('a change comes back as it was, without what is felt at its own tracker alone', (t) => {
  const online: Effect = {
    type: 'device-online',
    ...{ deviceId: 'd', userId: 'ben', addresses: [], local: [], relays: false },
  };
  const [entry, ...more] = encodeChange(7, [role, role], [removed, online]);
  t.same(more, []);
  const change = decodeChange(entry!);
  t.same(change, { id: 7, touched: [role], effects: [removed] });
  t.same(encodeChange(8, [], [online]), [], 'nobody is told of nothing');
  t.end();
});

void t.test('a large one is told in parts, of which the last one names it', (t) => {
  const effects = Array.from({ length: 2 * MAX_EFFECTS_PER_OUTBOX_ROW + 1 }, (_, index): Effect => {
    return { type: 'content-gone', ...g, fileId: String(index) };
  });
  const parts = encodeChange(1, [role], effects).map((entry) => decodeChange(entry)!);
  t.same(
    parts.map(({ id, effects: { length } }) => [id, length]),
    [
      [undefined, MAX_EFFECTS_PER_OUTBOX_ROW],
      [undefined, MAX_EFFECTS_PER_OUTBOX_ROW],
      [1, 1],
    ],
  );
  t.same(
    parts.flatMap((part) => part.effects),
    effects,
  );
  t.end();
});

void t.test('what a newer version tells is not taken for something else', (t) => {
  const [entry = ''] = encodeChange(1, [], [removed]);
  t.equal(decodeChange(entry.replace('"v":1', '"v":2')), undefined);
  t.equal(decodeChange(entry.replace('member-removed', 'member-renamed')), undefined);
  t.end();
});

void t.test('a damaged one is told from one that is not known', (t) => {
  const [entry = ''] = encodeChange(1, [], [removed]);
  for (const text of [
    '',
    '{',
    'null',
    entry.slice(1),
    '{"v":1}',
    '{"v":1,"touched":[7],"effects":[]}',
  ])
    t.throws(() => decodeChange(text), { code: 'TRACKER_STORAGE' }, text);
  t.throws(() => decodeChange(entry.replace('"id":1', '"id":"1"')), { code: 'TRACKER_STORAGE' });
  t.equal(decodeChange('[]'), undefined, 'a list has no version');
  t.end();
});
