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
  presentSharer: undefined,
  isFormerVersion: false,
  wantsReplace: false,
  mayBring: true,
  mayReplace: false,
  isShared: false,
  hasDescription: true,
  shareCount: 0,
  newBytes: 1_000,
  userBytes: 0,
  totalBytes: 0,
  userAllowance: {},
  group: {
    groupId: 'pictures',
    allowance: {},
    ...{ files: 9, bytes: 9_000, ownBytes: 1_000, presentBytes: 600 },
  },
};
const decide = (facts: Partial<ShareFacts>) =>
  decideShare('pictures', 'cat.jpg', 'cat', { ...fresh, ...facts });

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

const other = { ...present, fileId: 'dog' };

void t.test('a name stands for other content only for those who may say so', async (t) => {
  const wanted = { present: other, wantsReplace: true };
  t.equal(decide({ ...wanted, mayReplace: true }), 'replaced');
  t.equal(decide({ ...wanted, mayReplace: true, isFormerVersion: true }), 'replaced', 'and back');
  const refusal = { code: 'NAME_TAKEN', message: /or an owner or admin of the group/ };
  t.throws(() => decide(wanted), refusal);
  t.throws(() => decide({ ...wanted, isFormerVersion: true }), refusal);
  t.throws(() => decide({ present: other, mayReplace: true }), { code: 'NAME_TAKEN' });
  const unknown = { ...wanted, mayReplace: true, hasDescription: false };
  t.throws(() => decide(unknown), { code: 'NEED_DESCRIPTION' });
});

void t.test('to replace what is the same, or is not there, is to share it', async (t) => {
  t.equal(decide({ wantsReplace: true }), 'created');
  t.equal(decide({ wantsReplace: true, present }), 'source-added');
  t.equal(decide({ wantsReplace: true, present, isShared: true }), 'already-shared');
});

void t.test('who shares a former version hears that there is a newer one', async (t) => {
  const facts = { present: other, presentSharer: 'ann', isFormerVersion: true };
  const refusal = {
    code: 'REPLACED',
    message: 'cat.jpg has a newer version, shared by ann; download it to take it',
  };
  t.throws(() => decide(facts), refusal);
  t.throws(() => decide({ ...facts, isShared: true }), refusal);
  t.equal(decide({ isFormerVersion: true }), 'created', 'unless the name is free again');
});

void t.test('a reader shares what the group has, and brings nothing new', async (t) => {
  const reader = { mayBring: false };
  t.equal(decide({ ...reader, present }), 'source-added');
  t.equal(decide({ ...reader, present, isShared: true }), 'already-shared');
  const refusal = { code: 'READ_ONLY', message: /^you are a reader of pictures/ };
  for (const hasDescription of [true, false]) {
    t.throws(() => decide({ ...reader, hasDescription }), refusal, 'a new name');
    t.throws(() => decide({ ...reader, present: other, hasDescription }), refusal, 'a taken one');
  }
  const wanted = { ...reader, present: other, wantsReplace: true };
  t.throws(() => decide({ ...wanted, mayReplace: true }), refusal, 'a version of what they share');
  t.throws(() => decide({ ...wanted, isFormerVersion: true }), refusal, 'an older version');
  t.throws(() => decide({ ...reader, isFormerVersion: true }), refusal, 'one whose name is free');
  const older = { ...reader, present: other, isFormerVersion: true };
  t.throws(() => decide(older), { code: 'REPLACED' }, 'what they have is served on meanwhile');
});

void t.test('who shares a name needs no further share to replace it', async (t) => {
  const facts = { present: other, wantsReplace: true, mayReplace: true };
  const shareCount = MAX_SHARES_PER_USER;
  t.equal(decide({ ...facts, shareCount, isShared: true }), 'replaced');
  t.throws(() => decide({ ...facts, shareCount }), { code: 'LIMIT_REACHED' });
  const userBytes = MAX_STORED_BYTES_PER_USER;
  t.throws(
    () => decide({ ...facts, userBytes }),
    { code: 'LIMIT_REACHED' },
    'room for its description',
  );
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

const quota = { code: 'QUOTA' };

void t.test('what the operator allows a user', async (t) => {
  const user = (facts: Partial<ShareFacts>, userAllowance: ShareFacts['userAllowance']) =>
    decide({ ...facts, userAllowance });
  t.equal(user({ shareCount: 4 }, { files: 5 }), 'created');
  const most = { code: 'QUOTA', message: /^your quota on this tracker is 5 shared files; stop/ };
  t.throws(() => user({ shareCount: 5 }, { files: 5 }), most);
  t.throws(() => user({ shareCount: 5, present }, { files: 5 }), most, 'as a further source too');
  const again = { shareCount: 5, present, isShared: true };
  t.equal(user(again, { files: 5 }), 'already-shared', 'what is shared stays so');
  const mine = { shareCount: 5, present: other, wantsReplace: true, mayReplace: true };
  t.equal(user({ ...mine, isShared: true }, { files: 5 }), 'replaced', 'one before and after');
  t.throws(() => user(mine, { files: 5 }), most);
  t.equal(user({ userBytes: 500 }, { bytes: 1_500 }), 'created');
  t.throws(() => user({ userBytes: 501 }, { bytes: 1_500 }), quota);
  t.equal(user({ userBytes: 9_999, newBytes: 0 }, { bytes: 1 }), 'created', 'nothing new');
});

void t.test('what the operator allows a group', async (t) => {
  const group = (facts: Partial<ShareFacts>, allowance: ShareFacts['userAllowance']) =>
    decide({ ...facts, group: { ...fresh.group, allowance } });
  const replacing = { present: other, wantsReplace: true, mayReplace: true, isShared: true };
  t.equal(group({}, { files: 10, bytes: 10_000 }), 'created');
  t.throws(() => group({}, { files: 9 }), {
    code: 'QUOTA',
    message: /^the quota of the group pictures on this tracker is 9 shared files; /,
  });
  t.throws(() => group({}, { bytes: 9_999 }), quota);
  t.equal(group({ present }, { files: 1, bytes: 1 }), 'source-added', 'takes no room');
  t.equal(group(replacing, { files: 9, bytes: 9_400 }), 'replaced');
  t.throws(() => group(replacing, { bytes: 9_399 }), quota);
  const smaller = { ...fresh.group, ownBytes: 500, allowance: { files: 1, bytes: 1 } };
  t.equal(
    decide({ ...replacing, group: smaller }),
    'replaced',
    'less than before is never refused',
  );
});
