/** Shares that are not served: proven one at a time, looked at now and then. Files are real. */
import { rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { MAX_UNSERVED_LOOKED_AT } from '../../../src/net/limits.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import type { LibraryShare } from '../../../src/main/home/library-records.js';
import { UnservedShares } from '../../../src/main/sharing/unserved-shares.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { LocalHashing } from '../../fixtures/local-hashing.js';
import { account, temporaryLibrary } from '../../fixtures/temporary-library.js';

const { content, description, encoded, fileId } = describedBytes(2);
const { pieceLength } = description.layout;
const other = Buffer.alloc(content.length);

async function scene(t: Test) {
  const { library, folder } = await temporaryLibrary(t);
  const background = new BackgroundWork(() => undefined);
  const hashing = new LocalHashing();
  const told: string[] = [];
  const timers = new Set<() => void>();
  const unserved = new UnservedShares({
    library: async () => library,
    ...{ hashing, background },
    pace: { rest: async () => undefined },
    onChecked: async (_account, { name }, { state }) => {
      told.push(`${name} ${state}`);
    },
    later: (_ms, work) => {
      timers.add(work);
      return () => timers.delete(work);
    },
  });
  const add = async (name: string): Promise<LibraryShare> => {
    const path = join(folder, name);
    await writeFile(path, content);
    const stamp = stampOf(await stat(path, { bigint: true }));
    const group = { groupId: 'group', incarnation: INCARNATION };
    const share = { ...group, name, fileId, path, stamp, sharedAtMs: 1 };
    library.addShare(account, share, { fileId, pieceLength, encoded });
    return { ...share, pieceLength };
  };
  /** A look may lead to a proof, and that to what is told of it. */
  const settled = async (): Promise<void> => {
    for (let follows = 0; follows < 3; follows++) await background.settled();
  };
  /** The time for a look has come; resolves when it is over. */
  const look = async (): Promise<void> => {
    const due = [...timers];
    timers.clear();
    for (const work of due) work();
    await settled();
  };
  return { library, unserved, hashing, told, timers, add, look, settled };
}

t.test('what only hashing can tell is hashed, one file after the other', async (t) => {
  const { unserved, hashing, told, add, settled } = await scene(t);
  let running = 0;
  hashing.before = async () => {
    t.equal(++running, 1);
    await new Promise(setImmediate);
    running--;
  };
  for (const name of ['a', 'b', 'c']) {
    const share = await add(name);
    if (name === 'b') await writeFile(share.path, other);
    unserved.enter(account, share, { state: 'unproven' });
  }
  await settled();
  t.same(told, ['a whole', 'b changed', 'c whole']);
  t.equal(unserved.size, 0, 'whoever hears it enters what is still not served');
});

t.test('what was taken back, or shared anew, while it was hashed is not told', async (t) => {
  for (const [what, change] of [
    ['taken back', (unserved: UnservedShares) => unserved.delete('group', 'a')],
    ['offline', (unserved: UnservedShares) => unserved.end()],
  ] as const) {
    await t.test(what, async (t) => {
      const { unserved, hashing, told, add, settled } = await scene(t);
      const share = await add('a');
      hashing.before = async () => change(unserved);
      unserved.enter(account, share, { state: 'unproven' });
      await settled();
      t.same(told, []);
      t.equal(unserved.size, 0);
    });
  }
});

t.test('a share that the library does not know any more is forgotten', async (t) => {
  const { library, unserved, told, add, look, settled } = await scene(t);
  const share = await add('a');
  library.removeShare(account, 'group', 'a');
  unserved.enter(account, share, { state: 'unproven' });
  await settled();
  unserved.enter(account, share, { state: 'away' });
  await look();
  t.same(told, []);
  t.equal(unserved.size, 0);
});

t.test('a file that comes back as it was is believed', async (t) => {
  const { unserved, hashing, told, add, look, timers } = await scene(t);
  const share = await add('a');
  await rename(share.path, `${share.path}.unplugged`);
  unserved.enter(account, share, { state: 'away' });
  await look();
  t.same(told, []);
  await rename(`${share.path}.unplugged`, share.path);
  const stamp = stampOf(await stat(share.path, { bigint: true }));
  t.not(stamp.ctimeNs, share.stamp.ctimeNs, 'a rename touches it');
  await look();
  t.same(told, [], 'touched: it has to be at rest for two looks');
  await look();
  t.same(told, ['a whole']);
  t.ok(hashing.read.length > 0);
  t.equal(timers.size, 0, 'nothing is left to look at');
});

t.test('one that is written to at each look is never hashed', async (t) => {
  const { unserved, hashing, told, add, look } = await scene(t);
  const share = await add('a');
  unserved.enter(account, share, { state: 'away' });
  for (let second = 1; second < 5; second++) {
    await utimes(share.path, second, second);
    await look();
  }
  t.same([told, hashing.read], [[], []]);
  t.match(unserved.whyNot('group', 'a'), { state: 'away' });
});

t.test('what was refuted is hashed again only when it was touched again', async (t) => {
  const { unserved, told, add, look } = await scene(t);
  const share = await add('a');
  await writeFile(share.path, other);
  const stamp = stampOf(await stat(share.path, { bigint: true }));
  unserved.enter(account, share, { state: 'refuted', stamp });
  for (let looks = 0; looks < 3; looks++) await look();
  t.same(told, []);
  t.match(unserved.whyNot('group', 'a'), { state: 'refuted' });
  await writeFile(share.path, content);
  await utimes(share.path, 7, 7);
  await look();
  await look();
  t.same(told, ['a whole']);
});

t.test('a damaged file that is still as it was is left alone', async (t) => {
  const { library, unserved, hashing, told, add, look } = await scene(t);
  const share = await add('a');
  library.noteDamage(account, share, share.stamp, 5);
  unserved.enter(account, share, { state: 'refuted', stamp: share.stamp });
  await look();
  t.same([told, hashing.read], [[], []]);
  t.match(unserved.whyNot('group', 'a'), { state: 'refuted' });
});

t.test('many are looked at in turns', async (t) => {
  const { library, unserved, told, add, look } = await scene(t);
  const share = await add('a 0');
  const count = MAX_UNSERVED_LOOKED_AT + 3;
  for (let index = 0; index < count; index++) {
    const row = { ...share, name: `a ${index}` };
    library.addShare(account, row, { fileId, pieceLength, encoded });
    unserved.enter(account, row, { state: 'away' });
  }
  await look();
  t.equal(told.length, MAX_UNSERVED_LOOKED_AT);
  await look();
  t.equal(new Set(told).size, count);
});

t.test('the next user starts with nothing', async (t) => {
  const { unserved, timers, add } = await scene(t);
  const share = await add('a');
  unserved.enter(account, share, { state: 'away' });
  unserved.enter({ ...account, userId: 'other' }, { ...share, name: 'b' }, { state: 'away' });
  t.equal(unserved.whyNot('group', 'a'), undefined);
  t.match(unserved.whyNot('group', 'b'), { state: 'away' });
  t.equal(timers.size, 1);
  unserved.end();
  t.equal(timers.size, 0);
});
