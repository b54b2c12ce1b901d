/** Who is let in by a link while the tracker, or the disk, takes its time or refuses. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { GuestBook, type GuestBookOptions } from '../../../src/main/guests/guest-book.js';
import { deferred } from '../../../src/net/deferred.js';
import { TrackerError } from '../../../src/net/errors.js';
import { GUEST_NOTES_OF_NETWORK_BURST } from '../../../src/net/limits.js';
import type { Role } from '../../../src/net/roles.js';
import { testFolder } from '../../fixtures/test-folder.js';

const account = { trackerId: 't', userId: 'ann' };
const fileId = 'a'.repeat(64);
const whole = { network: 'n', isResuming: false };
const rest = { network: 'n', isResuming: true };

async function scene(t: Test) {
  const guestLinksPath = join(testFolder(t), 'guest-links.json');
  const tracker = { notes: 0, role: 'member' as Role, answer: () => Promise.resolve() };
  const call = async (method: string): Promise<unknown> => {
    if (method === 'fileInfo') return { fileId, size: 9 };
    tracker.notes++;
    await tracker.answer();
    return {};
  };
  const session = { account };
  const link = {
    promptCalls: () => Promise.resolve({ call }),
    requireSession: () => session,
    session,
    nowMs: () => 1_000,
  } as unknown as GuestBookOptions['link'];
  const book = new GuestBook({
    ...{ home: { guestLinksPath }, link },
    memberships: {
      incarnationOf: () => 'i',
      roleIn: () => tracker.role,
      endOf: () => undefined,
    },
    steadyMs: () => 0,
    library: () => Promise.resolve({ sharesByFileId: () => [], description: () => undefined }),
    shares: { hasUnchanged: () => Promise.resolve(false), isOlder: () => false },
    batches: { describeUnlessKnown: () => Promise.resolve({ fileId }) },
    spool: { isForGuests: () => false },
  });
  book.openAt({ host: 'h', port: 1 });
  const made = async (downloads?: number) =>
    book.make({
      ...{ groupId: 'g', fileName: 'f', lifetimeMs: 1e6 },
      ...(downloads !== undefined && { downloads }),
    });
  const taken = async () => (await book.list(account, 'g')).map((one) => one.taken);
  return { book, tracker, made, taken, guestLinksPath };
}

t.test('what comes at once from one network is one download', async (t) => {
  const { book, tracker, made, taken } = await scene(t);
  const { link } = await made(1);
  const both = await Promise.all([book.admit(link.id, whole), book.admit(link.id, rest)]);
  t.same(both, ['admitted', 'admitted']);
  t.same(await taken(), [1]);
  t.equal(tracker.notes, 1);
  t.equal(await book.admit(link.id, { network: 'other', isResuming: true }), 'over');
});

t.test('nobody goes on with what the group has not heard of', async (t) => {
  const { book, tracker, made, taken } = await scene(t);
  const { link } = await made(1);
  const away = deferred<void>();
  tracker.answer = () => away.promise;
  const first = t.rejects(book.admit(link.id, whole), { code: 'BUSY' });
  while (tracker.notes === 0) await nextTurn();
  const second = t.rejects(book.admit(link.id, rest), { code: 'BUSY' });
  away.reject(new TrackerError('BUSY', 'not now'));
  await Promise.all([first, second]);
  t.equal(tracker.notes, 2, 'it was told apart');
  t.same(await taken(), [0]);
  tracker.answer = () => Promise.resolve();
  t.equal(await book.admit(link.id, rest), 'admitted');
  t.same(await taken(), [1]);
});

t.test('a refusal takes no pass of before away', async (t) => {
  const { book, tracker, made, taken } = await scene(t);
  const { link } = await made(2);
  t.equal(await book.admit(link.id, whole), 'admitted');
  tracker.answer = () => Promise.reject(new TrackerError('BUSY', 'not now'));
  await t.rejects(book.admit(link.id, whole), { code: 'BUSY' });
  t.equal(await book.admit(link.id, rest), 'admitted');
  t.same(await taken(), [1]);
});

t.test('an end holds at once, whatever becomes of the disk', async (t) => {
  const { book, made, taken, guestLinksPath } = await scene(t);
  const { link, secret } = await made();
  const ended: string[] = [];
  book.onEnded((id) => ended.push(id));
  // Where a folder is, no file can be put.
  await rm(guestLinksPath);
  await mkdir(join(guestLinksPath, 'in-the-way'), { recursive: true });
  await t.rejects(book.endGroup(account, 'g'), { name: 'StorageError' });
  t.same(ended, [link.id]);
  t.equal(await book.find(secret, 'n'), undefined);
  t.equal(await book.admit(link.id, whole), 'over');
  await rm(guestLinksPath, { recursive: true });
  await made();
  t.same(await taken(), [0], 'what is written then does not bring it back');
});

t.test('who is a reader has no guests, also of those who have begun', async (t) => {
  const { book, tracker, made } = await scene(t);
  const { link, secret } = await made();
  const ended: string[] = [];
  book.onEnded((id) => ended.push(id));
  t.equal(await book.admit(link.id, whole), 'admitted');
  await book.onRole('g', 'owner');
  t.equal(await book.admit(link.id, rest), 'admitted');
  tracker.role = 'reader';
  t.equal(await book.admit(link.id, rest), 'over');
  t.equal(await book.find(secret, 'n'), undefined);
  await book.onRole('g', 'reader');
  t.same(ended, [link.id]);
});

t.test('what is replaced is taken no more', async (t) => {
  const { book, made } = await scene(t);
  const { link } = await made();
  const ended: string[] = [];
  book.onEnded((id) => ended.push(id));
  await book.onReplaced(account, { groupId: 'g', name: 'f', fileId: 'b'.repeat(64) });
  await book.onReplaced(account, { groupId: 'g', name: 'other', fileId });
  t.same(ended, []);
  await book.onReplaced(account, { groupId: 'g', name: 'f', fileId });
  t.same(ended, [link.id]);
});

t.test('who was too often is not counted, and what was not counted costs no share', async (t) => {
  const { book, tracker, made, taken } = await scene(t);
  const [first, second] = [await made(), await made()];
  tracker.answer = () => Promise.reject(new TrackerError('BUSY', 'not now'));
  for (let guest = 0; guest < 2 * GUEST_NOTES_OF_NETWORK_BURST; guest++) {
    await t.rejects(book.admit(first.link.id, whole), { code: 'BUSY' });
  }
  tracker.answer = () => Promise.resolve();
  for (let guest = 0; guest < GUEST_NOTES_OF_NETWORK_BURST; guest++) {
    t.equal(await book.admit(first.link.id, whole), 'admitted');
  }
  t.equal(await book.admit(first.link.id, whole), 'too-often');
  t.equal(await book.admit(second.link.id, whole), 'too-often', 'by no other link either');
  t.equal(await book.admit(first.link.id, rest), 'admitted', 'what goes on does');
  t.equal(await book.admit(first.link.id, { ...whole, network: 'other' }), 'admitted');
  t.same(await taken(), [GUEST_NOTES_OF_NETWORK_BURST + 1, 0]);
});
