/** Descriptions that take several messages. */
import t from 'tap';
import { fetchDescription, shareFile } from '../../../src/main/account/description-transfer.js';
import { describe, encodeDescription, fileIdOf } from '../../../src/net/description.js';
import {
  DESCRIPTION_SLICES_AT_A_TIME,
  DESCRIPTION_SLICE_BYTES,
  MIN_PIECE_LENGTH,
} from '../../../src/net/limits.js';
import { TrackerError } from '../../../src/net/errors.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';

const SHA1_BYTES = 20;
/** More slices than are asked for at a time. */
const HASH_BYTES = (DESCRIPTION_SLICES_AT_A_TIME + 1) * DESCRIPTION_SLICE_BYTES;
const layout = pieceLayout((HASH_BYTES / SHA1_BYTES) * MIN_PIECE_LENGTH, MIN_PIECE_LENGTH)!;
const { encoded, fileId } = longDescription('one');

function longDescription(seed: string) {
  const bytes = encodeDescription(describe(layout, sampleBytes(HASH_BYTES, seed)));
  return { encoded: Buffer.from(bytes), fileId: fileIdOf(bytes) };
}

t.test('slices of a long description are asked for without waiting for each', async (t) => {
  const answers: (() => void)[] = [];
  const calls = new FakeTrackerCalls({
    getDescription: async ({ offset }) => {
      const slice = encoded.subarray(offset, offset + DESCRIPTION_SLICE_BYTES);
      await new Promise<void>((resolve) => answers.push(resolve));
      return { bytes: slice.toString('base64') };
    },
  });
  const fetched = fetchDescription(calls, 'group', fileId, encoded.length);
  const most = calls.paramsOf('getDescription').length;
  t.equal(most, DESCRIPTION_SLICES_AT_A_TIME);
  const count = Math.ceil(encoded.length / DESCRIPTION_SLICE_BYTES);
  t.ok(count > most);
  // The last one first.
  for (let answered = 0; answered < count; answered++) {
    answers.pop()!();
    await new Promise(setImmediate);
  }
  const { description: decoded, encoded: bytes } = await fetched;
  t.ok(encoded.equals(bytes));
  t.same(decoded.layout, layout);
});

t.test('what is not of the id is refused', async (t) => {
  const calls = new FakeTrackerCalls({
    getDescription: ({ offset }) => ({
      bytes: Buffer.alloc(Math.min(DESCRIPTION_SLICE_BYTES, encoded.length - offset)).toString(
        'base64',
      ),
    }),
  });
  const fetched = fetchDescription(calls, 'group', fileId, encoded.length);
  await t.rejects(fetched, { code: 'VERIFICATION_FAILED' });
});

/** As a session of the tracker takes slices: one description at a time, of which the first slice begins anew. */
function stagingTracker(refuses?: string, losses = 0) {
  const shared: string[] = [];
  let lossesLeft = losses;
  let staged: { fileId: string; length: number } | undefined;
  const calls = new FakeTrackerCalls({
    putDescription: async ({ fileId: id, offset, bytes }) => {
      await new Promise(setImmediate);
      if (offset > 0 && lossesLeft-- > 0) {
        staged = undefined;
        throw new TrackerError('CONNECTION_LOST', 'lost');
      }
      if (id === refuses) throw new TrackerError('BUSY', 'no room');
      if (offset === 0) staged = { fileId: id, length: 0 };
      if (staged?.fileId !== id || staged.length !== offset) {
        throw new TrackerError('BAD_REQUEST', 'no description of this file is under way');
      }
      staged.length += Buffer.from(bytes, 'base64').length;
      return {};
    },
    shareFile: async ({ fileId: id }) => {
      await new Promise(setImmediate);
      if (staged?.fileId !== id) throw new TrackerError('NEED_DESCRIPTION', 'new');
      shared.push(id);
      return { outcome: 'created' };
    },
  });
  return { calls, shared };
}

t.test('long descriptions go over one link one after the other', async (t) => {
  const other = longDescription('other');
  const { calls, shared } = stagingTracker();
  const files = [{ fileId, encoded }, other];
  await Promise.all(
    files.map((one, index) =>
      shareFile(
        calls,
        { groupId: 'group', name: `film ${index}`, fileId: one.fileId },
        one.encoded,
      ),
    ),
  );
  t.same(shared, [fileId, other.fileId]);
});

t.test('one that is refused lets the next one go on', async (t) => {
  const other = longDescription('other');
  const { calls, shared } = stagingTracker(fileId);
  const share = { groupId: 'group', name: 'film' };
  const refused = shareFile(calls, { ...share, fileId }, encoded);
  const next = shareFile(calls, { ...share, fileId: other.fileId }, other.encoded);
  await t.rejects(refused, { code: 'BUSY' });
  t.same(await next, { outcome: 'created' });
  t.same(shared, [other.fileId]);
});

t.test('what goes with a lost connection is brought once more', async (t) => {
  const share = { groupId: 'group', name: 'film', fileId };
  const once = stagingTracker(undefined, 1);
  t.same(await shareFile(once.calls, share, encoded), { outcome: 'created' });
  t.same(once.shared, [fileId]);
  const again = stagingTracker(undefined, 2);
  await t.rejects(shareFile(again.calls, share, encoded), { code: 'CONNECTION_LOST' });
  t.same(again.shared, []);
});
