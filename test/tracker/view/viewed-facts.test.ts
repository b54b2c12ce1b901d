import t, { type Test } from 'tap';
import { openTestStore } from '../../fixtures/test-store.js';
import type { Store, StoreFacts } from '../../../src/tracker/store/store.js';
import { FactView } from '../../../src/tracker/view/fact-view.js';
import { throughView } from '../../../src/tracker/view/viewed-facts.js';
import { INCARNATION } from '../../fixtures/incarnations.js';

async function opened(t: Test): Promise<Store> {
  const store = await openTestStore(t);
  await store.transaction(async (tx) => {
    await tx.addUser('anna', 'hash', 1);
    await tx.addGroup({ groupId: 'g', creatorId: 'anna', incarnation: INCARNATION }, 1);
    await tx.addMember('g', 'anna', 'owner', 1);
    await tx.addDescription('cat', { size: 1 }, new Uint8Array(1), 'anna');
    await tx.addFile({ groupId: 'g', name: 'cat.jpg', fileId: 'cat', size: 1 }, 1);
    await tx.addShare({ groupId: 'g', name: 'cat.jpg', userId: 'anna', deviceId: 'pc' }, 1);
  });
  return store;
}

/** Facts that count what is asked of the store. */
function counted(tx: StoreFacts): { facts: StoreFacts; asked: string[] } {
  const asked: string[] = [];
  const note =
    <A extends unknown[], R>(name: string, statement: (...args: A) => R) =>
    (...args: A): R => {
      asked.push(name);
      return statement(...args);
    };
  const facts = {
    ...tx,
    findGroup: note('findGroup', tx.findGroup),
    findRole: note('findRole', tx.findRole),
    contentStanding: note('contentStanding', tx.contentStanding),
  };
  return { facts, asked };
}

void t.test('what was read is not read again; what is not there is', async (t) => {
  const store = await opened(t);
  const view = new FactView();
  await store.read(async (tx) => {
    const { facts, asked } = counted(tx);
    for (const look of [1, 2]) {
      const viewed = throughView(view, facts);
      t.equal(await viewed.findRole('g', 'anna'), 'owner', `look ${look}`);
      t.match(await viewed.findGroup('g'), { groupId: 'g', epoch: 1 });
      t.equal(await viewed.contentStanding('g', 'cat'), 'shared');
      t.equal(await viewed.hasContent('g', 'cat'), true);
      if (look === 1) t.same(asked.splice(0), ['findRole', 'findGroup', 'contentStanding']);
      t.equal(await viewed.findRole('g', 'ben'), undefined);
      t.equal(await viewed.hasContent('g', 'dog'), false);
      t.equal(await viewed.findGroup('h'), undefined);
      t.same(asked.splice(0), ['findRole', 'contentStanding', 'findGroup']);
      t.equal(await viewed.sharesName('g', 'cat.jpg', 'anna'), true, 'the others are as they were');
    }
  });
});

void t.test('a look that began before something changed keeps nothing', async (t) => {
  const store = await opened(t);
  const view = new FactView();
  await store.read(async (tx) => {
    const viewed = throughView(view, tx);
    view.forget([{ fact: 'role', groupId: 'g', userId: 'anna' }]);
    t.equal(await viewed.findRole('g', 'anna'), 'owner');
    t.equal(await viewed.contentStanding('g', 'cat'), 'shared');
    t.match(await viewed.findGroup('g'), { groupId: 'g' });
    t.equal(view.size, 0);
  });
});

void t.test('which group it is is kept only with something else of it', async (t) => {
  const store = await opened(t);
  const view = new FactView();
  await store.read(async (tx) => {
    const viewed = throughView(view, tx);
    t.match(await viewed.findGroup('g'), { groupId: 'g' });
    t.equal(await viewed.findRole('g', 'ben'), undefined);
    t.match(await viewed.findGroup('g'), { groupId: 'g' });
    t.equal(view.size, 0);
    await viewed.findRole('g', 'anna');
    await viewed.findGroup('g');
    t.match(view.group('g'), { groupId: 'g' });
  });
});
