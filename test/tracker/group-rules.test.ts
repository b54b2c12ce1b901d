import t from 'tap';
import {
  MAX_GROUPS_PER_USER,
  MAX_REQUESTS_PER_GROUP,
  MAX_REQUESTS_PER_GROUP_AND_ADDRESS,
} from '../../src/net/limits.js';
import {
  checkGroupCount,
  checkJoin,
  checkMember,
  checkOtherMember,
  checkOwner,
  existing,
  succession,
} from '../../src/tracker/group-rules.js';
import { at } from '../fixtures/incarnations.js';

const group = { groupId: 'pictures', ownerId: 'anna', ...at(3) };
const stranger = {
  isMember: false,
  hasRequest: false,
  groupCount: 0,
  requestCount: 0,
  networkRequestCount: 0,
};

void t.test('a group that does not exist is refused', async (t) => {
  t.equal(existing(group), group);
  t.throws(() => existing(undefined), { code: 'NO_SUCH_GROUP' });
});

void t.test('members and owners are told apart', async (t) => {
  t.doesNotThrow(() => checkMember(true, group));
  t.throws(() => checkMember(false, group), { code: 'NOT_A_MEMBER', message: /`join`$/ });
  t.throws(() => checkMember(false, group, true), {
    code: 'NOT_A_MEMBER',
    message: /^you asked to join .*; its owner has not answered yet$/,
  });
  t.doesNotThrow(() => checkOwner(group, 'anna'));
  t.throws(() => checkOwner(group, 'ben'), { code: 'NOT_OWNER' });
});

void t.test('whoever is no member and has not asked may ask to join, within limits', async (t) => {
  t.doesNotThrow(() => checkJoin(group, stranger));
  const refused = [
    { facts: { isMember: true }, code: 'ALREADY_MEMBER' },
    { facts: { hasRequest: true }, code: 'ALREADY_REQUESTED' },
    { facts: { groupCount: MAX_GROUPS_PER_USER }, code: 'LIMIT_REACHED' },
    { facts: { requestCount: MAX_REQUESTS_PER_GROUP }, code: 'LIMIT_REACHED' },
    {
      facts: { networkRequestCount: MAX_REQUESTS_PER_GROUP_AND_ADDRESS },
      code: 'LIMIT_REACHED',
    },
  ];
  for (const { facts, code } of refused) {
    t.throws(() => checkJoin(group, { ...stranger, ...facts }), { code });
  }
  t.throws(() => checkGroupCount(MAX_GROUPS_PER_USER), { code: 'LIMIT_REACHED' });
});

void t.test('an owner acts on other members only', async (t) => {
  t.doesNotThrow(() => checkOtherMember('anna', 'ben', true));
  t.throws(() => checkOtherMember('anna', 'anna', true), { code: 'BAD_REQUEST' });
  t.throws(() => checkOtherMember('anna', 'cleo', false), { code: 'NO_SUCH_USER' });
});

void t.test('the longest-standing member follows an owner who leaves', async (t) => {
  t.same(succession(group, 'anna', 'ben'), { outcome: 'new-owner', userId: 'ben' });
  t.same(succession(group, 'ben', 'anna'), { outcome: 'owner-stays' });
  t.same(succession(group, 'anna', undefined), { outcome: 'group-ended' });
});
