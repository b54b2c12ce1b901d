/** The limits of a client: what is given, kept and changed, and what the cells of all threads say of it. */
import t from 'tap';
import { GroupLimiter } from '../../../src/net/group-rates.js';
import { StorageError, type P2pError } from '../../../src/net/errors.js';
import { MAX_LIMIT_RULES } from '../../../src/net/limits.js';
import { SharedRateLimiter } from '../../../src/net/shared-rate-limiter.js';
import type { LimitRule } from '../../../src/main/api/rate-limits.js';
import { createRates } from '../../../src/main/engine/client-rates.js';
import { RateLimits } from '../../../src/main/engine/rate-limits.js';

const all = { kind: 'all' } as const;
const lan = { kind: 'lan' } as const;
const chess = { kind: 'group', groupId: 'chess' } as const;

function scene({ kept = [], given = [] }: { kept?: LimitRule[]; given?: LimitRule[] } = {}) {
  const rates = createRates({});
  const disk = { rules: kept as readonly LimitRule[], fault: undefined as Error | undefined };
  const set: (number | undefined)[][] = [];
  const time = { minute: 12 * 60 };
  const looks = new Set<() => void>();
  const told: P2pError[] = [];
  const limits = new RateLimits({
    rates,
    given,
    read: async () => {
      if (disk.fault) throw disk.fault;
      return disk.rules;
    },
    write: async (rules) => {
      if (disk.fault) throw disk.fault;
      disk.rules = rules;
    },
    setAll: (...both) => set.push(both),
    minute: () => time.minute,
    later: (_ms, work) => {
      looks.add(work);
      return () => looks.delete(work);
    },
    onUnreadable: (error) => told.push(error),
  });
  const near = () => new SharedRateLimiter(rates.lan.up);
  const group = new GroupLimiter(rates.groups, 'chess', 'up');
  const look = (): void => {
    const [work] = looks;
    looks.clear();
    work?.();
  };
  return { limits, disk, set, time, looks, look, near, group, rates, told };
}

t.test('what is set holds at once, and is kept', async (t) => {
  const { limits, disk, set, near, group } = scene();
  t.ok(near().isAside, 'as all else');
  await limits.change({ scope: all, up: 5 });
  await limits.change({ scope: all, down: 6 });
  await limits.change({ scope: lan, up: 7 });
  await limits.change({ scope: chess, up: 8 });
  t.same(set, [
    [5, undefined],
    [5, 6],
  ]);
  t.ok(near().isLimited && !near().isAside);
  t.ok(group.isLimited);
  t.same(disk.rules, [
    { scope: all, up: 5, down: 6 },
    { scope: lan, up: 7 },
    { scope: chess, up: 8 },
  ]);
  await limits.change({ scope: lan, up: 'none' });
  t.notOk(near().isLimited || near().isAside);
  for (const scope of [lan, chess, all]) await limits.change({ scope, isCleared: true });
  t.ok(near().isAside);
  t.notOk(group.isLimited);
  t.same(set.at(-1), [undefined, undefined]);
  t.same(await limits.report(), { rules: [], holding: [] });
});

t.test(
  'what was kept holds from the first session on; what was given goes before it',
  async (t) => {
    const kept: LimitRule[] = [
      { scope: all, up: 1, down: 2 },
      { scope: chess, up: 3 },
    ];
    const { limits, set, disk } = scene({ kept, given: [{ scope: all, up: 9 }] });
    t.same(limits.holdingOf(all), { scope: all, up: 9 });
    await limits.load();
    await limits.load();
    t.same(set, [[9, 2]]);
    t.match(await limits.report(), { rules: [{ isGiven: false }, {}, { up: 9, isGiven: true }] });
    await limits.change({ scope: all, up: 4 });
    t.same(limits.holdingOf(all), { scope: all, up: 4, down: 2 });
    t.same(disk.rules[0], { scope: all, up: 4, down: 2 }, 'what was given is not kept');
  },
);

t.test('a rule for a time of day comes and goes with it', async (t) => {
  const { limits, set, time, looks, look } = scene();
  const between = { from: 8 * 60, to: 18 * 60 };
  await limits.change({ scope: all, up: 100 });
  t.equal(looks.size, 0, 'nobody looks at the time without such a rule');
  await limits.change({ scope: all, between, up: 5 });
  t.same(set.at(-1), [5, undefined]);
  look();
  t.equal(set.length, 2, 'what holds on is not set again');
  time.minute = 18 * 60;
  look();
  t.same(set.at(-1), [100, undefined]);
  time.minute = 8 * 60;
  look();
  t.same(set.at(-1), [5, undefined]);
  await limits.change({ scope: all, between, isCleared: true });
  t.same(set.at(-1), [100, undefined]);
  t.equal(looks.size, 0);
  await limits.change({ scope: all, between, up: 5 });
  limits.close();
  t.equal(looks.size, 0);
});

t.test('a file that cannot be read holds up nothing, and is told once', async (t) => {
  const { limits, disk, told } = scene({ given: [{ scope: all, up: 9 }] });
  disk.fault = new StorageError('IO_ERROR', 'it is damaged');
  await limits.load();
  await limits.load();
  t.match(told, [{ code: 'IO_ERROR' }]);
  t.equal(told.length, 1);
  t.same(limits.holdingOf(all), { scope: all, up: 9 });
  await t.rejects(limits.report(), { code: 'IO_ERROR' });
  await t.rejects(limits.change({ scope: all, up: 5 }), { code: 'IO_ERROR' });
  t.same(limits.holdingOf(all), { scope: all, up: 9 }, 'what is not kept does not hold');
  disk.fault = undefined;
  await limits.change({ scope: all, up: 5 });
  t.same(limits.holdingOf(all), { scope: all, up: 5 }, 'it was mended meanwhile');
});

t.test('any number of groups have had limits, one after the other', async (t) => {
  const { limits, rates, disk, time, look } = scene();
  const scopeOf = (group: number) => ({ kind: 'group', groupId: `g${group}` }) as const;
  const isLimited = (group: number): boolean =>
    new GroupLimiter(rates.groups, `g${group}`, 'up').isLimited;
  for (let group = 0; group < 2 * MAX_LIMIT_RULES; group++) {
    await limits.change({ scope: scopeOf(group), up: 1 });
    await limits.change({ scope: scopeOf(group), isCleared: true });
  }
  const between = { from: 18 * 60, to: 20 * 60 };
  for (let group = 0; group < MAX_LIMIT_RULES; group++)
    await limits.change({ scope: scopeOf(group), between, up: 1 });
  t.notOk(isLimited(0));
  time.minute = between.from;
  look();
  t.ok(isLimited(0) && isLimited(MAX_LIMIT_RULES - 1));
  const { rules } = disk;
  const oneMore = { scope: scopeOf(MAX_LIMIT_RULES), up: 1 };
  await t.rejects(limits.change(oneMore), { code: 'LIMIT_REACHED' });
  t.same(disk.rules, rules, 'nothing is kept of it');
  t.notOk(isLimited(MAX_LIMIT_RULES));
  await limits.change({ scope: scopeOf(0), between, isCleared: true });
  await limits.change(oneMore);
  t.ok(isLimited(MAX_LIMIT_RULES));
  t.notOk(isLimited(0));
});

t.test('rules are bounded', async (t) => {
  const kept = Array.from({ length: MAX_LIMIT_RULES }, (_, from) => {
    return { scope: all, between: { from, to: from + 1 }, up: 1 };
  });
  const { limits } = scene({ kept });
  await t.rejects(limits.change({ scope: chess, up: 1 }), { code: 'LIMIT_REACHED' });
  await limits.change({ ...kept[0]!, up: 2 });
});

t.test(
  'what is kept is read again when somebody asks, and holds on when it cannot be',
  async (t) => {
    const { limits, disk, set, near } = scene({ kept: [{ scope: all, up: 5 }] });
    await limits.load();
    disk.rules = [{ scope: lan, up: 7 }];
    t.match(await limits.reread(), { holding: [{ scope: lan, up: 7 }] });
    t.same(set.at(-1), [undefined, undefined], 'a rule that is gone holds nothing');
    t.ok(near().isLimited);
    disk.fault = new StorageError('IO_ERROR', 'the file is damaged');
    await t.rejects(limits.reread(), { message: 'the file is damaged' });
    t.ok(near().isLimited);
    t.match(await limits.report(), { holding: [{ scope: lan, up: 7 }] }, 'and is still told');
    disk.fault = undefined;
    disk.rules = [];
    t.same(await limits.reread(), { rules: [], holding: [] });
    t.ok(near().isAside);
  },
);

t.test('what is outside the own network has cells of its own', async (t) => {
  const { limits, rates, set, disk } = scene();
  const wan = { kind: 'wan' } as const;
  await limits.change({ scope: wan, up: 3 });
  const [up, down] = [new SharedRateLimiter(rates.wan.up), new SharedRateLimiter(rates.wan.down)];
  t.same([up.isLimited, down.isLimited], [true, false]);
  t.same(set, [], 'what holds over all is as it was');
  t.same(disk.rules, [{ scope: wan, up: 3 }]);
  await limits.change({ scope: wan, isCleared: true });
  t.notOk(up.isLimited);
});
