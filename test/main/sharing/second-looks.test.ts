import t from 'tap';
import type { Offer, OfferedContent } from '../../../src/main/sharing/offers.js';
import type { ServedFile } from '../../../src/main/sharing/file-quota.js';
import { SecondLooks } from '../../../src/main/sharing/second-looks.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import { StorageError } from '../../../src/net/errors.js';
import { MAX_FILES_LOOKED_AT } from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';

const layout = pieceLayout(1, 256 * 1024)!;

/** An offer that counts how often it was looked at, and a descriptor that counts its users. */
function served(fileId: string, isChanged = false) {
  const counts = { looks: 0, users: 0 };
  const file = {
    isWatched: true,
    content: { type: 'file', fd: 0 } as const,
    check: async () => {
      counts.looks++;
      if (isChanged) throw new StorageError('FILE_CHANGED', 'changed');
    },
    retain: (): OfferedContent => {
      counts.users++;
      return { ...file, release: async () => void counts.users-- };
    },
    release: async () => undefined,
  };
  const offer: Offer = {
    fileId,
    groupId: 'g',
    name: fileId,
    layout,
    pieces: Bitfield.full(1),
    open: async () => file,
  };
  return { counts, offer, file };
}

function sessionOf(...all: readonly { offer: Offer; file: ServedFile }[]) {
  return { files: new Map(all.map((one, index) => [index, one])) };
}

t.test(
  'a file is looked at once for all that read it, and only after bytes have left',
  async (t) => {
    const a = served('a');
    const looks = new SecondLooks(() => t.fail('nothing has changed'));
    const sessions = [sessionOf(a), sessionOf(a), sessionOf(a)];
    await looks.look();
    t.equal(a.counts.looks, 0);
    for (const session of sessions) looks.onSent(session);
    await looks.look();
    t.same(a.counts, { looks: 1, users: 0 });
    await looks.look();
    t.equal(a.counts.looks, 1, 'nothing has left since');
    looks.onSent(sessions[0]!);
    await looks.look();
    t.equal(a.counts.looks, 2);
  },
);

t.test(
  'one that has changed is told of, the others are not; each descriptor is let go',
  async (t) => {
    const [a, b] = [served('a'), served('b', true)];
    const changed: string[] = [];
    const looks = new SecondLooks((offer, error) => changed.push(`${offer.fileId} ${error.code}`));
    looks.onSent(sessionOf(a, b));
    await looks.look();
    t.same(changed, ['b FILE_CHANGED']);
    t.same([a.counts.users, b.counts.users], [0, 0]);
  },
);

t.test('a session that has let go of everything, and a growing file, cost nothing', async (t) => {
  const { offer, file } = served('a');
  const { fileId, groupId, pieces } = offer;
  const growing: Offer = { fileId, groupId, name: 'b', layout, pieces, open: async () => file };
  const looks = new SecondLooks(() => t.fail('nothing was looked at'));
  looks.onSent({ files: new Map() });
  looks.onSent(sessionOf({ offer: growing, file }));
  await looks.look();
});

t.test('of many files all have their turn', async (t) => {
  const all = Array.from({ length: 3 * MAX_FILES_LOOKED_AT }, (_, index) => served(`${index}`));
  const looks = new SecondLooks(() => t.fail('nothing has changed'));
  for (const one of all) looks.onSent(sessionOf(one));
  for (const done of [1, 2, 3]) {
    await looks.look();
    t.equal(all.filter(({ counts }) => counts.looks === 1).length, done * MAX_FILES_LOOKED_AT);
  }
});
