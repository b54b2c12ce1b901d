import t from 'tap';
import { DESCRIPTION_SLICE_BYTES, MAX_DESCRIPTION_BYTES } from '../../../src/net/limits.js';
import {
  checkDescription,
  StagedDescription,
} from '../../../src/tracker/sessions/staged-description.js';
import { StagingBudget } from '../../../src/tracker/sessions/staging-budget.js';
import { FakeClock } from '../fake-clock.js';
import { sampleFile } from '../tracker-client.js';

const cat = sampleFile(1);
const dog = sampleFile(2);
/** Three slices, the last of them short. */
const long = sampleFile(3, 5_000);
const SLICE = DESCRIPTION_SLICE_BYTES;

function stage(fileId = long.fileId, totalBytes = long.bytes.length) {
  const budget = new StagingBudget(new FakeClock());
  return { budget, staged: new StagedDescription(fileId, totalBytes, 'anna', budget) };
}
const sliceAt = (offset: number) => long.bytes.subarray(offset, offset + SLICE);

void t.test('slices in order make the whole', async (t) => {
  const { staged, budget } = stage();
  const total = long.bytes.length;
  t.equal(budget.bytes, total, 'its room is taken up front');
  for (let offset = 0; offset < total; offset += SLICE) {
    t.equal(staged.finish(), undefined, 'not yet');
    staged.append(offset, total, sliceAt(offset));
  }
  const checked = staged.finish()!;
  t.equal(Buffer.compare(checked.bytes, long.bytes), 0);
  t.equal(checked.size, long.size);
  t.equal(staged.finish(), checked, 'it is checked once');
});

void t.test('what is begun takes no memory before it is sent', async (t) => {
  const budget = new StagingBudget(new FakeClock());
  const before = process.memoryUsage().arrayBuffers;
  const begun = ['anna', 'ben', 'cleo', 'dora'].map(
    (userId) => new StagedDescription(long.fileId, MAX_DESCRIPTION_BYTES, userId, budget),
  );
  t.equal(budget.bytes, 4 * MAX_DESCRIPTION_BYTES, 'its room is taken');
  t.ok(process.memoryUsage().arrayBuffers - before < MAX_DESCRIPTION_BYTES);
  for (const one of begun) one.discard();
  t.equal(budget.bytes, 0);
});

void t.test('a slice that is not the one that is due is refused and changes nothing', async (t) => {
  const { staged, budget } = stage();
  const total = long.bytes.length;
  staged.append(0, total, sliceAt(0));
  for (const [what, offset, totalBytes, bytes] of [
    ['again', 0, total, sliceAt(0)],
    ['a gap', 2 * SLICE, total, sliceAt(SLICE)],
    ['another total', SLICE, total + 1, sliceAt(SLICE)],
    ['empty', SLICE, total, new Uint8Array(0)],
    ['short', SLICE, total, sliceAt(SLICE).subarray(1)],
    ['too long', SLICE, total, long.bytes.subarray(SLICE, 2 * SLICE + 1)],
  ] as const) {
    t.throws(() => staged.append(offset, totalBytes, bytes), { code: 'BAD_REQUEST' }, what);
  }
  t.equal(budget.bytes, total);
  staged.append(SLICE, total, sliceAt(SLICE));
  staged.append(2 * SLICE, total, sliceAt(2 * SLICE));
  t.throws(() => staged.append(total, total, new Uint8Array(0)), { code: 'BAD_REQUEST' });
  t.ok(staged.finish());
});

void t.test('bytes must be those of their id', async (t) => {
  const { staged } = stage(dog.fileId, cat.bytes.length);
  staged.append(0, cat.bytes.length, cat.bytes);
  t.throws(() => staged.finish(), { code: 'BAD_REQUEST' });
  t.throws(() => checkDescription(dog.fileId, cat.bytes), { code: 'BAD_REQUEST' });
  t.equal(checkDescription(cat.fileId, cat.bytes).size, cat.size);
});

void t.test('one is bounded, and its memory is given back once', async (t) => {
  t.throws(() => stage(cat.fileId, MAX_DESCRIPTION_BYTES + 1), { code: 'BAD_REQUEST' });
  const { staged, budget } = stage();
  staged.discard();
  staged.discard();
  t.equal(budget.bytes, 0);
  const late = () => staged.append(0, long.bytes.length, sliceAt(0));
  t.throws(late, { code: 'BAD_REQUEST', message: /start again/ });
  t.equal(staged.finish(), undefined);
});
