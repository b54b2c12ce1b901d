import t from 'tap';
import { descriptorShare } from '../../src/net/descriptor-share.js';

t.test('of few files everybody gets some, and one at least', (t) => {
  const shares = [20, 48, 64, 256, 1024, Infinity].map(descriptorShare);
  t.same(shares, [1, 1, 1, 17, 81, Infinity]);
  t.ok(descriptorShare() >= 1);
  t.end();
});
