import t from 'tap';
import { SHARES_LOOKED_AHEAD } from '../../src/net/limits.js';
import { SharingAhead, type WantedShare } from '../../src/tracker/sharing-ahead.js';
import type { StoredSharing } from '../../src/tracker/store/stored.js';

const nothing: StoredSharing = {
  ...{ isShared: false, present: undefined, stored: undefined, isKnown: false },
  ...{ shareCount: 10, userBytes: 100, totalBytes: 1_000 },
};

const wanted = (name: string, fileId = `id of ${name}`): WantedShare => ({
  share: { groupId: 'g', name, userId: 'anna', deviceId: 'pc' },
  fileId,
});

/** What was asked of the store so far. */
function storeOf(found: Partial<StoredSharing> = {}) {
  const asked: string[] = [];
  const findSharing = async ({ name }: WantedShare['share'], fileId: string) => {
    asked.push(`${name}: ${fileId}`);
    return { ...nothing, ...found };
  };
  return { asked, tx: { findSharing } };
}

void t.test('some are looked up together, and the next ones when it is their turn', async (t) => {
  const { asked, tx } = storeOf();
  const count = SHARES_LOOKED_AHEAD + 2;
  const ahead = new SharingAhead(
    tx,
    Array.from({ length: count }, (_, n) => wanted(`f${n}`)),
  );
  t.equal(asked.length, SHARES_LOOKED_AHEAD);
  for (let n = 0; n < SHARES_LOOKED_AHEAD; n++) t.same(await ahead.sharingOf(n), nothing);
  t.equal(asked.length, SHARES_LOOKED_AHEAD);
  await ahead.sharingOf(SHARES_LOOKED_AHEAD);
  t.equal(asked.length, count);
  t.same(await ahead.sharingOf(count - 1), nothing);
});

void t.test('what was taken in counts for those behind it, until they are looked up', async (t) => {
  const { tx } = storeOf();
  const all = Array.from({ length: SHARES_LOOKED_AHEAD + 1 }, (_, n) => wanted(`f${n}`));
  const ahead = new SharingAhead(tx, all);
  await ahead.sharingOf(0);
  ahead.onTakenIn(0, 'created', 7);
  ahead.onTakenIn(1, 'source-added', 0);
  ahead.onTakenIn(2, 'already-shared', 0);
  t.match(await ahead.sharingOf(3), { shareCount: 12, userBytes: 107, totalBytes: 1_007 });
  t.same(await ahead.sharingOf(SHARES_LOOKED_AHEAD), nothing);
});

void t.test('a name or a content that came a moment ago is looked up anew', async (t) => {
  const { asked, tx } = storeOf();
  const ahead = new SharingAhead(tx, [
    ...[wanted('cat'), wanted('cat', 'id of another'), wanted('same', 'id of cat')],
  ]);
  await ahead.sharingOf(0);
  ahead.onTakenIn(0, 'created', 7);
  const before = asked.length;
  t.same(await ahead.sharingOf(1), nothing, 'as the store says, with nothing added');
  t.same(await ahead.sharingOf(2), nothing);
  t.same(asked.slice(before), ['cat: id of another', 'same: id of cat']);
});

void t.test('after something was replaced all that follow are looked up anew', async (t) => {
  const { asked, tx } = storeOf();
  const ahead = new SharingAhead(tx, [wanted('cat'), wanted('dog'), wanted('bird')]);
  await ahead.sharingOf(0);
  ahead.onTakenIn(0, 'replaced', 7);
  t.same(await ahead.sharingOf(1), nothing);
  t.same(asked.slice(3), ['dog: id of dog', 'bird: id of bird']);
});

void t.test('when something else has changed they are looked up anew', async (t) => {
  const { asked, tx } = storeOf();
  const ahead = new SharingAhead(tx, [wanted('cat'), wanted('dog')]);
  ahead.forget();
  await ahead.sharingOf(0);
  t.equal(asked.length, 4);
});

void t.test('what fails is told to whoever asks for it, and to nobody else', async (t) => {
  const failing = { findSharing: () => Promise.reject(new Error('away')) };
  const ahead = new SharingAhead(failing, [wanted('cat'), wanted('dog')]);
  await t.rejects(ahead.sharingOf(0), { message: 'away' });
});
