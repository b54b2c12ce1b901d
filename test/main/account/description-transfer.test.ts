/** Descriptions that take several messages. */
import t from 'tap';
import { fetchDescription } from '../../../src/main/account/description-transfer.js';
import { describe, encodeDescription, fileIdOf } from '../../../src/net/description.js';
import {
  DESCRIPTION_SLICES_AT_A_TIME,
  DESCRIPTION_SLICE_BYTES,
  MIN_PIECE_LENGTH,
} from '../../../src/net/limits.js';
import { pieceLayout } from '../../../src/net/piece-layout.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';

const SHA1_BYTES = 20;
/** More slices than are asked for at a time. */
const HASH_BYTES = (DESCRIPTION_SLICES_AT_A_TIME + 1) * DESCRIPTION_SLICE_BYTES;
const layout = pieceLayout((HASH_BYTES / SHA1_BYTES) * MIN_PIECE_LENGTH, MIN_PIECE_LENGTH)!;
const encoded = Buffer.from(encodeDescription(describe(layout, sampleBytes(HASH_BYTES))));
const fileId = fileIdOf(encoded);

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
