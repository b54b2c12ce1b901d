/** What a client tells of all groups, by what its tracker knows. */
import t from 'tap';
import { describedGroups } from '../../../src/main/engine/described-groups.js';
import { TrackerError } from '../../../src/net/errors.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';

const memberships = {
  roleIn: (groupId: string) => (groupId === 'chess' ? 'admin' : undefined),
} as const;

t.test('a tracker of now describes them', async (t) => {
  const rows = [{ groupId: 'chess', owner: 'ann', members: 3 }];
  const calls = new FakeTrackerCalls({ describeGroups: () => ({ items: rows }) });
  t.same(await describedGroups(calls, memberships), rows);
  t.same(calls.methods, ['describeGroups']);
});

t.test(
  'a tracker of before tells their names, and what the user is in them is known here',
  async (t) => {
    const calls = new FakeTrackerCalls({
      describeGroups: () => Promise.reject(new TrackerError('BAD_REQUEST', 'no such request')),
      listGroups: () => ({ items: ['chess', 'go'] }),
    });
    t.same(await describedGroups(calls, memberships), [
      { groupId: 'chess', role: 'admin' },
      { groupId: 'go' },
    ]);
  },
);

t.test('any other refusal is told', async (t) => {
  const calls = new FakeTrackerCalls({
    describeGroups: () => Promise.reject(new TrackerError('BUSY', 'later')),
  });
  await t.rejects(describedGroups(calls, memberships), { code: 'BUSY' });
});
