import t from 'tap';
import { MAX_DESCRIPTION_BYTES, MAX_STAGED_DESCRIPTION_BYTES } from '../../../src/net/limits.js';
import {
  checkDescription,
  StagedDescription,
  StagingBudget,
} from '../../../src/tracker/sessions/staged-description.js';
import { sampleFile } from '../tracker-client.js';

const cat = sampleFile(1);
const dog = sampleFile(2);

function stage(fileId = cat.fileId, totalBytes = cat.bytes.length) {
  const budget = new StagingBudget();
  return { budget, staged: new StagedDescription(fileId, totalBytes, budget) };
}

void t.test('slices in order make the whole', async (t) => {
  const { staged } = stage();
  const total = cat.bytes.length;
  staged.append(0, total, cat.bytes.subarray(0, 10));
  t.equal(staged.finish(), undefined, 'not yet');
  staged.append(10, total, cat.bytes.subarray(10));
  const { bytes, size } = staged.finish()!;
  t.equal(Buffer.compare(bytes, cat.bytes), 0);
  t.equal(size, cat.size);
});

void t.test('slices that do not follow each other are refused', async (t) => {
  const { staged, budget } = stage();
  const total = cat.bytes.length;
  const slice = cat.bytes.subarray(0, 10);
  staged.append(0, total, slice);
  for (const [offset, totalBytes, bytes] of [
    [0, total, slice],
    [11, total, slice],
    [10, total + 1, slice],
    [10, total, cat.bytes],
  ] as const) {
    t.throws(() => staged.append(offset, totalBytes, bytes), { code: 'BAD_REQUEST' });
  }
  t.equal(budget.bytes, 10, 'what was refused costs nothing');
});

void t.test('bytes must be those of their id', async (t) => {
  const { staged } = stage(dog.fileId);
  staged.append(0, cat.bytes.length, cat.bytes);
  t.throws(() => staged.finish(), { code: 'BAD_REQUEST' });
  t.throws(() => checkDescription(dog.fileId, cat.bytes), { code: 'BAD_REQUEST' });
  t.equal(checkDescription(cat.fileId, cat.bytes).size, cat.size);
});

void t.test('one is bounded, and so are all together', async (t) => {
  t.throws(() => stage(cat.fileId, MAX_DESCRIPTION_BYTES + 1), { code: 'BAD_REQUEST' });
  const { staged, budget } = stage();
  staged.append(0, cat.bytes.length, cat.bytes);
  const rest = MAX_STAGED_DESCRIPTION_BYTES - cat.bytes.length;
  budget.take(rest);
  t.throws(() => budget.take(1), { code: 'BUSY' });
  budget.giveBack(rest);
  staged.discard();
  staged.discard();
  t.equal(budget.bytes, 0);
});
