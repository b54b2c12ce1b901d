/** What is asked of a fake tracker at about the same time, and what becomes of it. */
import t from 'tap';
import { TrackerError } from '../../../src/net/errors.js';
import type { DescribedFile } from '../../../src/net/tracker-api.js';
import { TicketBook } from '../../../src/main/account/ticket-book.js';
import { TrackerBatches } from '../../../src/main/account/tracker-batches.js';
import { describedBytes } from '../../fixtures/described-bytes.js';
import { onlinePeer } from '../../fixtures/online-peer.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';

const { encoded, fileId, description } = describedBytes(2);
/** Its description is too long to come along in a list. */
const large = describedBytes(210);
const peers = [onlinePeer('ann')];

function described(name: string, isLong = false): DescribedFile {
  const bytes = isLong ? large.encoded : encoded;
  return {
    name,
    size: description.layout.size,
    sources: 1,
    sharer: 'ann',
    fileId: isLong ? large.fileId : fileId,
    descriptionBytes: bytes.length,
    peers,
    ...(isLong ? {} : { description: bytes.toString('base64') }),
  };
}

/** The batches under test; every name but `free` stands for a file, `large` for a large one. */
function scene() {
  const calls = new FakeTrackerCalls({
    describeFiles: ({ names, wantPeers }) => ({
      files: names.map((name) =>
        name === 'free'
          ? { code: 'NO_SUCH_FILE', message: 'no such file' }
          : described(name, name === 'large'),
      ),
      ...(wantPeers ? { ticket: { ticket: 'AAAA', epoch: 1, expiresAtMs: 1 } } : {}),
    }),
    getDescription: ({ offset }) => ({ bytes: large.encoded.subarray(offset).toString('base64') }),
    shareFiles: ({ files }) => ({
      outcomes: files.map(({ name }) =>
        name === 'taken'
          ? { code: 'NAME_TAKEN', message: 'other content' }
          : { outcome: 'created' as const },
      ),
    }),
    shareFile: () => ({ outcome: 'created' }),
    announce: () => ({ refused: [] }),
  });
  const link = { calls: async () => calls, earlyCalls: async () => calls, nowMs: () => 0 };
  const tickets = new TicketBook(link);
  return { calls, tickets, batches: new TrackerBatches(link, tickets) };
}

t.test('lookups of one moment are one call for each group', async (t) => {
  const { calls, batches } = scene();
  const asked = ['a', 'b', 'c'].map((name) => batches.lookUp({ groupId: 'group', name }));
  const other = batches.lookUp({ groupId: 'other', name: 'a' });
  for (const found of await Promise.all([...asked, other])) {
    t.equal(found.fileId, fileId);
    t.same(found.description.layout, description.layout);
    t.same(found.peers, peers);
  }
  t.same(calls.paramsOf('describeFiles'), [
    { groupId: 'group', names: ['a', 'b', 'c'], wantPeers: true },
    { groupId: 'other', names: ['a'], wantPeers: true },
  ]);
});

t.test('a description that is here is not asked for again', async (t) => {
  const { calls, batches } = scene();
  const found = await batches.lookUp({ groupId: 'group', name: 'large' }, large);
  t.match(found, { fileId: large.fileId, encoded: large.encoded, peers });
  t.same(found.description.layout, large.description.layout);
  const other = await batches.lookUp({ groupId: 'group', name: 'a' }, large);
  t.match(other, { fileId, encoded }, 'the name stands for something else');
  const damaged = { fileId: large.fileId, encoded };
  const again = await batches.lookUp({ groupId: 'group', name: 'large' }, damaged);
  t.same(again.encoded, large.encoded, 'what is here is not of that id');
  t.equal(calls.paramsOf('getDescription').length, 1);
  t.same(
    calls.paramsOf('describeFiles').map(({ known }) => known),
    [[large.fileId], [large.fileId], [large.fileId]],
  );
});

t.test('a lookup for a download brings a ticket along', async (t) => {
  const { batches, tickets } = scene();
  await batches.describe({ groupId: 'group', name: 'a' });
  t.equal(tickets.held('group'), undefined);
  await batches.lookUp({ groupId: 'group', name: 'a' });
  t.same(tickets.held('group'), Buffer.from('AAAA', 'base64'));
});

t.test('what came before the session is asked for again behind it', async (t) => {
  const notYet = () => {
    throw new TrackerError('NOT_LOGGED_IN', 'log in first');
  };
  const early = new FakeTrackerCalls({ describeFiles: notYet });
  const ready = new FakeTrackerCalls({
    describeFiles: ({ names }) => ({ files: names.map((name) => described(name)) }),
  });
  const link = { calls: async () => ready, earlyCalls: async () => early, nowMs: () => 0 };
  const file = { groupId: 'group', name: 'a' };
  t.match(await new TrackerBatches(link, new TicketBook(link)).lookUp(file), { fileId });
  t.equal(early.paramsOf('describeFiles').length, 1);
  t.equal(ready.paramsOf('describeFiles').length, 1);

  const over = new TrackerError('NOT_LOGGED_IN', 'the remembered login is no longer valid');
  const ended = { ...link, calls: () => Promise.reject(over) };
  await t.rejects(new TrackerBatches(ended, new TicketBook(link)).lookUp(file), over);

  const late = { ...link, calls: async () => early };
  await t.rejects(new TrackerBatches(late, new TicketBook(link)).lookUp(file), {
    code: 'NOT_LOGGED_IN',
  });
  t.equal(early.paramsOf('describeFiles').length, 3, 'with a session it is asked once');
});

t.test('a name that is free fails its own lookup, and describes as nothing', async (t) => {
  const { batches } = scene();
  const found = batches.lookUp({ groupId: 'group', name: 'a' });
  await t.rejects(batches.lookUp({ groupId: 'group', name: 'free' }), { code: 'NO_SUCH_FILE' });
  t.equal((await found).fileId, fileId);
  t.equal(await batches.describe({ groupId: 'group', name: 'free' }), undefined);
  t.same((await batches.describe({ groupId: 'group', name: 'a' }))?.layout, description.layout);
});

t.test('what is refused as a whole fails for everyone who asked', async (t) => {
  const { batches, calls } = scene();
  calls.answers.describeFiles = () => Promise.reject(new TrackerError('NOT_A_MEMBER', 'out'));
  const asked = ['a', 'b'].map((name) => batches.lookUp({ groupId: 'group', name }));
  for (const settled of await Promise.allSettled(asked)) {
    t.match(settled, { status: 'rejected', reason: { code: 'NOT_A_MEMBER' } });
  }
  await t.rejects(batches.describe({ groupId: 'group', name: 'a' }), { code: 'NOT_A_MEMBER' });
});

t.test('a long description is fetched by itself', async (t) => {
  const { batches, calls } = scene();
  const found = await batches.lookUp({ groupId: 'group', name: 'large' });
  t.equal(found.description.layout.pieceCount, 210);
  t.match(calls.paramsOf('getDescription'), [{ fileId: large.fileId, offset: 0 }]);
});

t.test('a description that is not that of the file is refused', async (t) => {
  const { batches, calls } = scene();
  const files = [{ ...described('a'), fileId: large.fileId }];
  calls.answers.describeFiles = () => ({ files });
  await t.rejects(batches.lookUp({ groupId: 'group', name: 'a' }), { code: 'VERIFICATION_FAILED' });
});

t.test('shares of one moment go together, offered ones apart from the others', async (t) => {
  const { batches, calls } = scene();
  const share = (name: string, isOffered: boolean) =>
    batches.share({ groupId: 'group', name, fileId, encoded, replace: name === 'b' }, isOffered);
  const taken = t.rejects(share('taken', true), { code: 'NAME_TAKEN' });
  const outcomes = await Promise.all([share('a', true), share('b', true), share('c', false)]);
  await taken;
  t.same(outcomes, Array(3).fill({ outcome: 'created' }));
  const asked = calls.paramsOf('shareFiles').map(({ announce, files }) => {
    return { announce, names: files.map(({ name }) => name) };
  });
  t.same(asked, [
    { announce: true, names: ['taken', 'a'] },
    { announce: false, names: ['c'] },
  ]);
  t.match(
    calls.paramsOf('shareFile'),
    [{ name: 'b', replace: true }],
    'each by itself, with a key',
  );
});

t.test('a share with a long description goes alone, and is announced after it', async (t) => {
  const { batches, calls } = scene();
  const { fileId, encoded } = large;
  const share = { groupId: 'group', name: 'large', fileId, encoded, replace: false };
  t.same(await batches.share(share, false), { outcome: 'created' });
  t.same(calls.methods, ['shareFile']);
  await batches.share(share, true);
  t.same(calls.methods.slice(1), ['shareFile', 'announce']);
  const files = [{ groupId: 'group', fileId: large.fileId, state: 'complete' }];
  t.same(calls.paramsOf('announce'), [{ files }]);
});

t.test(
  'what the tracker has described goes without its description, which follows if it forgot',
  async (t) => {
    const { batches, calls } = scene();
    const { fileId, encoded } = large;
    const named = { groupId: 'group', name: 'large', fileId };
    const share = { ...named, encoded, replace: false, isDescribedThere: true };
    t.same(await batches.share(share, false), { outcome: 'created' });
    t.same(calls.paramsOf('shareFile'), [named]);
    calls.answers.shareFile = ({ description }) => {
      if (description === undefined) throw new TrackerError('NEED_DESCRIPTION', 'new');
      return { outcome: 'created' };
    };
    t.same(await batches.share(share, false), { outcome: 'created' });
    const asked = [named, { ...named, description: encoded.toString('base64') }];
    t.same(calls.paramsOf('shareFile').slice(1), asked);
  },
);

t.test('announcements go together, and a refused one is no failure', async (t) => {
  const { batches, calls } = scene();
  calls.answers.announce = ({ files }) => ({
    refused: files.slice(0, 1).map((file) => ({ ...file, code: 'NO_SUCH_FILE' })),
  });
  const announcements = [
    { groupId: 'group', fileId, state: 'partial' },
    { groupId: 'other', fileId, state: 'complete' },
  ] as const;
  await Promise.all(announcements.map((one) => batches.announce(one)));
  t.same(calls.paramsOf('announce'), [{ files: announcements }]);
});
