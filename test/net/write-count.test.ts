/** Writes that are counted over threads. */
import t from 'tap';
import { countedWrite, createWriteCell, writesIn } from '../../src/net/write-count.js';

t.test('a write is counted while it lasts and when it is over, also when it fails', (t) => {
  const cell = createWriteCell();
  t.same(writesIn(cell), { begun: 0, ended: 0 });
  const seen = countedWrite(cell, () => writesIn(cell));
  t.same(seen, { begun: 1, ended: 0 });
  const fail = (): never => {
    throw new Error('the disk is full');
  };
  t.throws(() => countedWrite(cell, fail), { message: 'the disk is full' });
  t.same(writesIn(cell), { begun: 2, ended: 2 });
  t.end();
});
