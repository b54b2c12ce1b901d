import t from 'tap';
import {
  MAX_SHARES_PER_USER,
  MAX_STORED_BYTES_IN_TOTAL,
  MAX_STORED_BYTES_PER_USER,
  STORED_SHARE_OF_FREE,
} from '../../src/net/limits.js';
import { decideShare, type ShareFacts } from '../../src/tracker/share-rules.js';

const present = { groupId: 'pictures', name: 'cat.jpg', fileId: 'cat', size: 5 };
const fresh: ShareFacts = {
  present: undefined,
  isShared: false,
  hasDescription: true,
  shareCount: 0,
  newBytes: 1_000,
  userBytes: 0,
  totalBytes: 0,
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

const full = { code: 'LIMIT_REACHED', message: /one user/ };

void t.test('a user brings a bounded number of bytes of descriptions', async (t) => {
  const userBytes = MAX_STORED_BYTES_PER_USER - 1_000;
  t.equal(decide({ userBytes }), 'created');
  t.throws(() => decide({ userBytes: userBytes + 1 }), full);
  const known = { userBytes: MAX_STORED_BYTES_PER_USER, newBytes: 0 };
  t.equal(decide(known), 'created', 'what is stored already costs nothing');
  t.equal(decide({ ...known, newBytes: 9, present }), 'source-added');
});

void t.test('the fuller the tracker, the less one who has much may add', async (t) => {
  const free = 16 * STORED_SHARE_OF_FREE * 1_000;
  const totalBytes = MAX_STORED_BYTES_IN_TOTAL - free;
  t.throws(() => decide({ totalBytes, userBytes: 16_000 }), full);
  t.equal(decide({ totalBytes, userBytes: 15_000 }), 'created');
  t.equal(decide({ totalBytes }), 'created', 'others still can');
  t.throws(() => decide({ totalBytes: MAX_STORED_BYTES_IN_TOTAL }), full);
});
