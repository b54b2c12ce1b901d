/**
 * Whatever members and strangers of a group do, in whatever order: a group that has members has an owner,
 * nobody gets a right from somebody who did not have it to give, and who is banned is no member.
 */
import fc from 'fast-check';
import t from 'tap';
import { hashInviteCode } from '../../../src/net/invites.js';
import {
  governs,
  INVITED_ROLES,
  isBelow,
  mayDo,
  ROLES,
  type Role,
} from '../../../src/net/roles.js';
import { openScene, type FakeClient, type TrackerScene } from '../tracker-scene.js';
import { removeGroup } from '../store/whole-removals.js';

const DAY_MS = 24 * 3600 * 1000;
const g = { groupId: 'g' };
/** With which each of the calls does something at least once. */
const SEED = 26;
const methods = [
  ...['acceptRequest', 'ban', 'createInvite', 'joinGroup', 'kick', 'leaveGroup'],
  ...['redeemInvite', 'setRole', 'transferOwner', 'unban'],
];
const users = ['ann', 'ben', 'cat', 'dan'] as const;
const user = fc.constantFrom(...users);

const record = { by: user, whom: user, of: user };
const plain = fc.constantFrom('createGroup', 'joinGroup', 'joinGroup', 'leaveGroup');
const aboutSomebody = fc.constantFrom(
  ...(['acceptRequest', 'acceptRequest', 'acceptRequest'] as const),
  ...(['kick', 'ban', 'unban', 'transferOwner'] as const),
);

/** Those that let in come oftener, or nobody would be there for long. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ method: plain, ...record }) },
  { weight: 5, arbitrary: fc.record({ method: aboutSomebody, ...record }) },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constant('setRole' as const),
      role: fc.constantFrom(...ROLES),
      ...record,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constant('createInvite' as const),
      role: fc.constantFrom(...INVITED_ROLES),
      ...record,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ method: fc.constant('redeemInvite' as const), ...record }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Who is what, and who is banned, as the store has it. */
interface State {
  readonly roles: ReadonlyMap<string, Role>;
  readonly banned: readonly string[];
}

async function stateOf(scene: TrackerScene): Promise<State> {
  const range = { after: undefined, limit: 99 };
  return scene.context.store.read(async (facts) => ({
    roles: new Map(
      (await facts.listMembers('g', range)).map(({ userId, role }) => [userId, role] as const),
    ),
    banned: (await facts.listBans('g', range)).map(({ userId }) => userId),
  }));
}

/** The secret of the one link that a user has into the group at a time; they share none. */
const secretOf = (userId: string): string => `the link of ${userId}`;

async function carryOut(scene: TrackerScene, by: FakeClient, step: Step): Promise<void> {
  switch (step.method) {
    case 'createGroup':
    case 'joinGroup':
    case 'leaveGroup':
      await scene.call(by, step.method, g);
      return;
    case 'setRole':
      await scene.call(by, 'setRole', { ...g, userId: step.whom, role: step.role });
      return;
    case 'createInvite': {
      const inviteId = hashInviteCode(secretOf(step.by));
      await scene.call(by, 'revokeInvite', { ...g, inviteId });
      const terms = { uses: 9, lifetimeMs: 300 * DAY_MS, role: step.role };
      await scene.call(by, 'createInvite', { ...g, inviteId, ...terms });
      return;
    }
    case 'redeemInvite':
      await scene.call(by, 'redeemInvite', { ...g, secret: secretOf(step.of) });
      return;
    default:
      await scene.call(by, step.method, { ...g, userId: step.whom });
  }
}

/** True when the step was such that it may make a user more than they were. */
function mayGain(before: State, step: Step, userId: string, gained: Role): boolean {
  const actor = before.roles.get(step.by);
  switch (step.method) {
    case 'createGroup':
      return before.roles.size === 0 && userId === step.by;
    case 'acceptRequest':
      return (
        userId === step.whom && actor !== undefined && mayDo(actor, 'admit') && gained === 'member'
      );
    case 'redeemInvite': {
      const maker = before.roles.get(step.of);
      const isMaker = maker !== undefined && mayDo(maker, 'invite') && governs(maker, gained);
      return userId === step.by && isMaker;
    }
    case 'setRole':
      return userId === step.whom && actor === 'owner' && gained === step.role;
    case 'transferOwner':
      return userId === step.whom && actor === 'owner' && gained === 'owner';
    case 'leaveGroup': {
      const owners = [...before.roles].filter(([, role]) => role === 'owner');
      return owners.length === 1 && actor === 'owner' && gained === 'owner';
    }
    default:
      return false;
  }
}

void t.test('sequences of all that changes who may what', async (t) => {
  const scene = await openScene(t);
  const clients = new Map<string, FakeClient>();
  for (const userId of users) clients.set(userId, await scene.enter(userId));
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }),
      async (steps) => {
        await scene.context.store.transaction((tx) => removeGroup(tx, 'g'));
        await scene.call(clients.get('ann')!, 'createGroup', g);
        await scene.context.store.transaction(async (tx) => {
          await tx.addMember('g', 'ben', 'admin', 1);
          await tx.addMember('g', 'cat', 'member', 1);
          await tx.addMember('g', 'dan', 'reader', 1);
        });
        for (const step of steps) {
          const before = await stateOf(scene);
          // A notice to the owners is given so often and no oftener.
          scene.nowMs += 60_000 * 60;
          const done = await carryOut(scene, clients.get(step.by)!, step).then(
            () => true,
            () => false,
          );
          const after = await stateOf(scene);
          if (done) reached.add(step.method);
          const owners = [...after.roles.values()].filter((role) => role === 'owner');
          if (after.roles.size > 0 && owners.length === 0) return false;
          if (after.banned.some((userId) => after.roles.has(userId))) return false;
          for (const [userId, role] of after.roles) {
            const was = before.roles.get(userId);
            if (was !== undefined && !isBelow(was, role)) continue;
            if (!done || !mayGain(before, step, userId, role)) return false;
          }
        }
        return true;
      },
    ),
    { numRuns: 40, seed: SEED },
  );
  for (const method of methods) t.ok(reached.has(method), `${method} has worked`);
});
