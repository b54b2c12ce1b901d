/** What a change that lets the user in says of the groups, on the connection of before and on another one. */
import t from 'tap';
import { Memberships } from '../../../src/main/account/memberships.js';
import { becomeMember } from '../../../src/main/engine/new-membership.js';
import { TrackerError } from '../../../src/net/errors.js';
import { at } from '../../fixtures/incarnations.js';
import { account } from '../../fixtures/temporary-library.js';

const answer = { groupId: 'chess', ...at(1) };

/** `list`: asks the tracker for what the user is in; `learnt` are epochs, and that it was asked. */
function scene(list: () => Promise<void> = async () => undefined) {
  const learnt: (number | 'all')[] = [];
  const memberships = new Memberships();
  memberships.learnAll(account, []);
  const uploads = { onStanding: ({ epoch }: { epoch: number }) => void learnt.push(epoch) };
  const learnMembershipsAgain = (): Promise<void> => {
    learnt.push('all');
    return list();
  };
  const owners = { memberships, uploads, online: { learnMembershipsAgain } };
  return { owners, memberships, learnt };
}

void t.test('an answer on the same connection says what the user is', async (t) => {
  const { owners, memberships, learnt } = scene();
  const become = becomeMember(
    owners,
    async () => answer,
    () => 'owner',
  );
  t.equal(await become, answer);
  t.equal(memberships.roleIn('chess'), 'owner');
  t.same(learnt, [1]);
});

void t.test('one that was asked for again may be over', async (t) => {
  const { owners, memberships, learnt } = scene();
  // The connection is lost, and the user removed meanwhile.
  const change = async () => {
    memberships.learnAll(account, []);
    return answer;
  };
  t.equal(await becomeMember(owners, change, () => 'owner'), answer);
  t.equal(memberships.roleIn('chess'), undefined);
  t.same(learnt, ['all']);
});

void t.test('it is done also when nobody says what the user is now', async (t) => {
  const { owners, memberships } = scene(() =>
    Promise.reject(new TrackerError('CONNECTION_LOST', 'it is gone')),
  );
  const change = async () => {
    memberships.learnAll(account, []);
    return answer;
  };
  t.equal(await becomeMember(owners, change, () => 'owner'), answer);
});
