import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { KeptHeads } from '../../../src/main/home/kept-heads.js';
import { MAX_HEADS_PER_GROUP } from '../../../src/net/limits.js';
import { INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { testFolder } from '../../fixtures/test-folder.js';

const group = { trackerId: 'ef'.repeat(32), groupId: 'a/b \u202e' };
const head = {
  incarnation: INCARNATION,
  count: 3,
  hash: 'ab'.repeat(32),
  signature: 'A'.repeat(88),
};

void t.test('of each group of a name the last head is kept', async (t) => {
  const folder = join(testFolder(t), 'histories');
  const kept = new KeptHeads(folder, group);
  t.same(await kept.read(), []);
  await kept.keep(head);
  await kept.keep({ ...head, incarnation: OTHER_INCARNATION });
  await kept.keep({ ...head, count: 4 });
  const expected = [
    { ...head, incarnation: OTHER_INCARNATION },
    { ...head, count: 4 },
  ];
  t.same(await new KeptHeads(folder, group).read(), expected);
  await kept.keep({ ...head, count: 2 });
  t.same(await kept.read(), expected, 'nobody goes back');
  t.same(await new KeptHeads(folder, { ...group, groupId: 'b' }).read(), []);
  t.same(await new KeptHeads(folder, { ...group, trackerId: 'x' }).read(), []);
  t.equal((await stat(folder)).mode & 0o777, 0o700);
  t.match(await readdir(folder), [/^[0-9a-f]{32}\.json$/]);
});

void t.test('of two that are noted at a time the one that goes further stays', async (t) => {
  const folder = testFolder(t);
  for (const counts of [
    [5, 4],
    [6, 7],
  ]) {
    const notes = counts.map((count) => new KeptHeads(folder, group).keep({ ...head, count }));
    await Promise.all(notes);
    t.same(await new KeptHeads(folder, group).read(), [{ ...head, count: Math.max(...counts) }]);
  }
});

void t.test('of many groups of a name the oldest are forgotten', async (t) => {
  const kept = new KeptHeads(testFolder(t), group);
  for (let n = 0; n <= MAX_HEADS_PER_GROUP; n++) {
    await kept.keep({ ...head, incarnation: n.toString(16).padStart(16, '0') });
  }
  const heads = await kept.read();
  t.equal(heads.length, MAX_HEADS_PER_GROUP);
  t.match(heads[0], { incarnation: '0000000000000001' });
});

void t.test('a note that is damaged is said, and not taken for none', async (t) => {
  const folder = testFolder(t);
  const kept = new KeptHeads(folder, group);
  await kept.keep(head);
  const [name] = await readdir(folder);
  for (const text of ['', '{}', '[{"count":-1}]', '[', JSON.stringify([{ ...head, hash: 'x' }])]) {
    await writeFile(join(folder, name!), text);
    await t.rejects(kept.read(), { code: 'IO_ERROR', message: /is damaged; move it away/ });
    await t.rejects(kept.keep(head), { code: 'IO_ERROR' });
  }
});
