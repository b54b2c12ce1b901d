/** Which groups count, and what has ended since they were known last. */
import t from 'tap';
import { Memberships, membershipEnded } from '../../../src/main/account/memberships.js';
import { INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { account } from '../../fixtures/temporary-library.js';

const chess = { groupId: 'chess', incarnation: INCARNATION };
const music = { groupId: 'music', incarnation: INCARNATION };
const newChess = { groupId: 'chess', incarnation: OTHER_INCARNATION };

t.test('a fresh list says which memberships of before have ended, and how', (t) => {
  const cases: [name: string, list: (typeof chess)[], ended: [string, string][]][] = [
    ['all go on', [chess, music], []],
    ['one is missing', [music], [['chess', 'removed']]],
    ['one has a successor', [newChess, music], [['chess', 'replaced']]],
    [
      'all are missing',
      [],
      [
        ['chess', 'removed'],
        ['music', 'removed'],
      ],
    ],
    ['one more', [chess, music, { ...chess, groupId: 'art' }], []],
  ];
  for (const [name, list, ended] of cases) {
    const memberships = new Memberships();
    t.same(memberships.learnAll(account, [chess]), [], 'nothing was known');
    memberships.learn(music);
    const found = memberships.learnAll(account, list);
    t.same(
      found.map(({ groupId, state }) => [groupId, state]),
      ended,
      name,
    );
    t.same(memberships.learnAll(account, list), [], `${name}: told once`);
  }
  t.end();
});

t.test('a role that has changed meanwhile is told of, of a group that goes on', (t) => {
  const memberships = new Memberships();
  memberships.learnAll(account, [
    { ...chess, role: 'admin' },
    { ...music, role: 'owner' },
  ]);
  t.equal(memberships.roleIn('chess'), 'admin');
  const now = [
    { ...chess, role: 'reader' as const },
    { ...music, role: 'owner' as const },
  ];
  t.same(memberships.learnAll(account, now), [{ groupId: 'chess', state: 'reader' }]);
  t.same(memberships.learnAll(account, now), [], 'once');
  const successor = [{ ...newChess, role: 'owner' as const }, now[1]!];
  t.same(memberships.learnAll(account, successor), [{ groupId: 'chess', state: 'replaced' }]);
  t.equal(memberships.roleIn('art'), undefined);
  t.end();
});

t.test('what is of a group may be used in that very group', (t) => {
  const memberships = new Memberships();
  memberships.learn(chess);
  const cases: [group: typeof chess, end: 'removed' | 'replaced' | undefined][] = [
    [chess, undefined],
    [newChess, 'replaced'],
    [music, 'removed'],
    [{ ...chess, incarnation: '' }, undefined],
    [{ ...music, incarnation: '' }, 'removed'],
  ];
  for (const [group, end] of cases) {
    t.equal(memberships.endOf(group), end, JSON.stringify(group));
    if (end === undefined) t.doesNotThrow(() => memberships.require(group));
    else t.throws(() => memberships.require(group), membershipEnded(group.groupId, end));
  }
  memberships.forget('chess');
  t.equal(memberships.endOf(chess), 'removed');
  t.equal(memberships.incarnationOf('chess'), undefined);
  t.end();
});

t.test('it is known whose memberships they are', (t) => {
  const memberships = new Memberships();
  t.notOk(memberships.isOfOther(account), 'nobody’s yet');
  memberships.learnAll(account, [chess]);
  t.notOk(memberships.isOfOther(account));
  t.ok(memberships.isOfOther({ ...account, userId: 'you' }));
  t.ok(memberships.isOfOther({ ...account, trackerId: 'another' }));
  memberships.clear();
  t.notOk(memberships.isOfOther({ ...account, userId: 'you' }));
  t.end();
});
