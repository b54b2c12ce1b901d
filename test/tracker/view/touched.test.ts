import t from 'tap';
import { openTestStore } from '../../fixtures/test-store.js';
import { recording, type Touched } from '../../../src/tracker/view/touched.js';
import { INCARNATION } from '../../fixtures/incarnations.js';

void t.test('changes say what they touch, and are carried out', async (t) => {
  const store = await openTestStore(t);
  const touched: Touched[] = [];
  await store.transaction(async (plain) => {
    const tx = recording(plain, (one) => touched.push(one));
    await tx.addUser('anna', 'hash', 1);
    await tx.addUser('ben', 'hash', 1);
    t.same(touched, []);
    await tx.addGroup({ groupId: 'g', creatorId: 'anna', incarnation: INCARNATION }, 1);
    await tx.addMember('g', 'anna', 'owner', 1);
    await tx.addMember('g', 'ben', 'member', 1);
    t.same(touched.splice(0), [
      { fact: 'group', groupId: 'g' },
      { fact: 'role', groupId: 'g', userId: 'anna' },
      { fact: 'role', groupId: 'g', userId: 'ben' },
    ]);
    await tx.setRole('g', 'ben', 'admin');
    t.equal(await tx.findRole('g', 'ben'), 'admin');
    await tx.removeMember('g', 'ben');
    t.equal(await tx.raiseEpoch('g'), 2);
    await tx.removeSomeSharesOf('g', 'ben');
    t.same(touched.splice(0), [
      { fact: 'role', groupId: 'g', userId: 'ben' },
      { fact: 'role', groupId: 'g', userId: 'ben' },
      { fact: 'standing', groupId: 'g' },
      { fact: 'contents', groupId: 'g' },
    ]);
    t.same(await tx.endGroup('g'), []);
    t.equal(await tx.removeSomeOfGroup('g'), true);
    t.equal(await tx.removeLeftShares('g', 'cat'), undefined);
    t.same(touched.splice(0), [{ fact: 'group', groupId: 'g' }]);
  });
});

void t.test(
  'shares that end touch the contents of their group, and none that do not',
  async (t) => {
    const store = await openTestStore(t);
    const touched: Touched[] = [];
    await store.transaction(async (plain) => {
      const tx = recording(plain, (one) => touched.push(one));
      await tx.addUser('anna', 'hash', 1);
      await tx.addGroup({ groupId: 'g', creatorId: 'anna', incarnation: INCARNATION }, 1);
      await tx.addMember('g', 'anna', 'owner', 1);
      await tx.addDescription('cat', { size: 5 }, new Uint8Array(3), 'anna');
      await tx.addFile({ groupId: 'g', name: 'cat', fileId: 'cat', size: 5 }, 1);
      const sharer = { groupId: 'g', userId: 'anna', deviceId: 'pc' };
      await tx.addShare({ ...sharer, name: 'cat' }, 1);
      touched.length = 0;
      t.same(await tx.removeShares(sharer, ['dog']), []);
      t.same(touched, []);
      t.match(await tx.removeShares(sharer, ['cat', 'dog']), [{ name: 'cat' }]);
      t.same(touched, [{ fact: 'contents', groupId: 'g' }]);
    });
  },
);
