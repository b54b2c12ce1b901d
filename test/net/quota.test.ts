import t from 'tap';
import { allowanceOf, useOf } from '../../src/net/quota.js';

void t.test('an exception holds for what it says, the default for the rest', async (t) => {
  const general = { files: 10, bytes: 1_000 };
  t.same(allowanceOf(undefined, undefined), {});
  t.same(allowanceOf(undefined, general), general);
  t.same(allowanceOf({ files: 3 }, general), { files: 3, bytes: 1_000 });
  t.same(allowanceOf({ files: 'none' }, general), { bytes: 1_000 });
  t.same(allowanceOf({ files: 0, members: 2 }, undefined), { files: 0, members: 2 });
});

void t.test('what is used is told of what is bounded', async (t) => {
  t.same(useOf({}, { files: 3 }), {});
  t.same(useOf({ files: 0, members: 2 }, { files: 3, bytes: 5 }), {
    files: { used: 3, allowed: 0 },
    members: { used: 0, allowed: 2 },
  });
});
