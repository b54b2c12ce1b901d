import t from 'tap';
import { MAX_SHARES_PER_USER } from '../../src/net/limits.js';
import { decideShare, type ShareFacts } from '../../src/tracker/share-rules.js';

const present = { groupId: 'pictures', name: 'cat.jpg', fileId: 'cat', size: 5 };
const fresh: ShareFacts = {
  present: undefined,
  isShared: false,
  hasDescription: true,
  shareCount: 0,
};
const decide = (facts: Partial<ShareFacts>) =>
  decideShare('cat.jpg', 'cat', { ...fresh, ...facts });

void t.test('new content under a free name is created', async (t) => {
  t.equal(decide({}), 'created');
  t.throws(() => decide({ hasDescription: false }), { code: 'NEED_DESCRIPTION' });
});

void t.test('the same content under the same name adds a source', async (t) => {
  t.equal(decide({ present }), 'source-added');
  t.equal(decide({ present, isShared: true }), 'already-shared');
});

void t.test('other content under a taken name is refused with a hint', async (t) => {
  const facts = { present: { ...present, fileId: 'dog' }, hasDescription: false };
  t.throws(() => decide(facts), { code: 'NAME_TAKEN', message: /--as NAME/ });
});

void t.test('a user shares a bounded number of files', async (t) => {
  t.throws(() => decide({ shareCount: MAX_SHARES_PER_USER }), { code: 'LIMIT_REACHED' });
  t.equal(
    decide({ present, isShared: true, shareCount: MAX_SHARES_PER_USER }),
    'already-shared',
    'what is shared already may be shared again',
  );
});
