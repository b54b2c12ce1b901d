/** Which of the rules about rates holds, and when. */
import t from 'tap';
import type { LimitRule } from '../../../src/main/api/rate-limits.js';
import { holdingAt, withoutRules, withRule } from '../../../src/main/engine/limit-rules.js';

const all = { kind: 'all' } as const;
const chess = { kind: 'group', groupId: 'chess' } as const;
const day = { from: 8 * 60, to: 18 * 60 };
const night = { from: 22 * 60, to: 6 * 60 };

t.test('a rule for a time goes before one without, each way for itself', (t) => {
  const rules: LimitRule[] = [
    { scope: all, between: day, up: 1 },
    { scope: all, up: 5, down: 6 },
    { scope: all, between: night, down: 'none' },
    { scope: chess, up: 2 },
  ];
  const cases: [hour: number, all: object][] = [
    [7.99, { up: 5, down: 6 }],
    [8, { up: 1, down: 6 }],
    [17.99, { up: 1, down: 6 }],
    [18, { up: 5, down: 6 }],
    [22, { up: 5, down: 'none' }],
    [0, { up: 5, down: 'none' }],
    [5.99, { up: 5, down: 'none' }],
    [6, { up: 5, down: 6 }],
  ];
  for (const [hour, limits] of cases)
    t.same(
      holdingAt({ kept: rules, given: [] }, Math.floor(60 * hour)),
      [
        { scope: all, ...limits },
        { scope: chess, up: 2 },
      ],
      `at ${hour}`,
    );
  t.same(holdingAt({ kept: [], given: [] }, 0), []);
  t.same(
    holdingAt({ kept: [{ scope: all, between: { from: 60, to: 60 }, up: 3 }], given: [] }, 59),
    [{ scope: all, up: 3 }],
  );
  t.end();
});

t.test('the last of several rules holds', (t) => {
  const rules: LimitRule[] = [
    { scope: all, up: 1, down: 2 },
    { scope: all, up: 3 },
  ];
  t.same(holdingAt({ kept: rules, given: [] }, 0), [{ scope: all, up: 3, down: 2 }]);
  t.end();
});

t.test('what was given with the start goes before what is kept, whatever its time', (t) => {
  const kept: LimitRule[] = [
    { scope: all, up: 1, down: 2 },
    { scope: all, between: day, up: 3, down: 4 },
  ];
  const given: LimitRule[] = [{ scope: all, up: 9 }];
  t.same(holdingAt({ kept, given }, day.from), [{ scope: all, up: 9, down: 4 }]);
  t.same(holdingAt({ kept, given }, day.to), [{ scope: all, up: 9, down: 2 }]);
  t.end();
});

t.test('a change goes into the rule of the same scope and time', (t) => {
  let rules: LimitRule[] = withRule([], { scope: all, up: 1 });
  rules = withRule(rules, { scope: all, between: day, up: 2 });
  rules = withRule(rules, { scope: { kind: 'all' }, down: 3 });
  rules = withRule(rules, { scope: chess, up: 4 });
  rules = withRule(rules, { scope: { ...chess, groupId: 'go' }, up: 5 });
  t.equal(rules.length, 4);
  t.same(rules[0], { scope: all, up: 1, down: 3 });
  t.equal(withoutRules(rules, { scope: chess }).length, 3);
  t.same(
    withoutRules(rules, { scope: all }).map(({ up }) => up),
    [4, 5],
  );
  t.same(withoutRules(rules, { scope: all, between: { ...day } })[0], {
    scope: all,
    up: 1,
    down: 3,
  });
  t.equal(withoutRules(rules, { scope: all, between: night }).length, 4);
  t.end();
});
