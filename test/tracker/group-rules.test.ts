import t from 'tap';
import {
  MAX_GROUPS_PER_USER,
  MAX_REQUESTS_PER_GROUP,
  MAX_REQUESTS_PER_GROUP_AND_ADDRESS,
} from '../../src/net/limits.js';
import { checkGroupCount, checkJoin, existing, notMember } from '../../src/tracker/group-rules.js';
import { at } from '../fixtures/incarnations.js';

const group = { groupId: 'pictures', ...at(3) };
const stranger = {
  isMember: false,
  hasRequest: false,
  isShutOut: false,
  groupCount: 0,
  requestCount: 0,
  networkRequestCount: 0,
};

void t.test('a group that does not exist is refused', async (t) => {
  t.equal(existing(group), group);
  t.throws(() => existing(undefined), { code: 'NO_SUCH_GROUP' });
});

void t.test('who is no member is told how to become one', async (t) => {
  t.match(notMember(group), { code: 'NOT_A_MEMBER', message: /`join`$/ });
  t.match(notMember(group, true), {
    code: 'NOT_A_MEMBER',
    message: /^you asked to join .*; its owner has not answered yet$/,
  });
});

void t.test('whoever is no member and has not asked may ask to join, within limits', async (t) => {
  t.doesNotThrow(() => checkJoin(group, stranger));
  const refused = [
    { facts: { isMember: true }, code: 'ALREADY_MEMBER' },
    { facts: { hasRequest: true }, code: 'ALREADY_REQUESTED' },
    { facts: { isShutOut: true }, code: 'BANNED' },
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
