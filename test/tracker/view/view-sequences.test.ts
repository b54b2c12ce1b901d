/**
 * Whatever members do, in whatever order and however many at the same time: what is kept in memory is what the
 * store holds, who is no member is answered nothing, and nobody offers what is unknown.
 */
import fc from 'fast-check';
import t from 'tap';
import { P2pError } from '../../../src/net/errors.js';
import type { TrackerMethod, TrackerMethods } from '../../../src/net/tracker-api.js';
import { decodeTicket } from '../../../src/net/ticket.js';
import type { StoreFacts } from '../../../src/tracker/store/store.js';
import { sampleFile } from '../tracker-client.js';
import { diskFull, openScene, type FakeClient, type TrackerScene } from '../tracker-scene.js';

const users = ['ann', 'ben', 'cat'] as const;
const groups = ['g', 'h'] as const;
const names = ['one', 'two'] as const;
const samples = [1, 2, 3].map((seed) => sampleFile(seed));

const record = {
  by: fc.constantFrom(...users),
  whom: fc.constantFrom(...users),
  groupId: fc.constantFrom(...groups),
  name: fc.constantFrom(...names),
  file: fc.constantFrom(...samples),
};
const methods = [
  ...['createGroup', 'joinGroup', 'acceptRequest', 'acceptRequest', 'kick', 'leaveGroup'],
  ...['setRole', 'ban', 'unban', 'shareFile', 'shareFile', 'shareFiles', 'replace', 'stopShare'],
  ...['announce', 'announce', 'announce', 'gone', 'watch', 'watch', 'ticket', 'describeFiles'],
] as const;
type Doing = (typeof methods)[number];

const step = fc.record({ what: fc.constantFrom(...methods), ...record });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The steps of a round are begun at the same moment; of its commits those fail at which a 0 stands. */
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  commits: fc.array(fc.nat(7), { maxLength: 8 }),
});
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;
const rounds = fc.array(round, { minLength: 5, maxLength: 40 });

function callOf({ what, whom, groupId, name, file }: Step): readonly [TrackerMethod, unknown] {
  const { fileId, description } = file;
  const content = { groupId, fileId };
  const named = { name, fileId, description };
  const calls: Readonly<Record<Doing, readonly [TrackerMethod, unknown]>> = {
    createGroup: ['createGroup', { groupId }],
    joinGroup: ['joinGroup', { groupId }],
    acceptRequest: ['acceptRequest', { groupId, userId: whom }],
    kick: ['kick', { groupId, userId: whom }],
    leaveGroup: ['leaveGroup', { groupId }],
    setRole: ['setRole', { groupId, userId: whom, role: name === 'one' ? 'admin' : 'reader' }],
    ban: ['ban', { groupId, userId: whom }],
    unban: ['unban', { groupId, userId: whom }],
    shareFile: ['shareFile', { groupId, ...named }],
    shareFiles: ['shareFiles', { groupId, files: [named], announce: true }],
    replace: ['shareFile', { groupId, ...named, replace: true }],
    stopShare: ['stopShare', { groupId, name }],
    announce: ['announce', { files: [{ ...content, state: 'complete' }] }],
    gone: ['announce', { files: [{ ...content, state: 'gone' }] }],
    watch: ['watch', content],
    ticket: ['ticket', { groupId }],
    describeFiles: ['describeFiles', { groupId, names: [...names], wantPeers: true }],
  };
  return calls[what];
}

async function carryOut(scene: TrackerScene, client: FakeClient, one: Step): Promise<boolean> {
  const [method, params] = callOf(one);
  try {
    await scene.call(client, method, params as TrackerMethods[typeof method]['params']);
    return true;
  } catch (error) {
    if (error instanceof P2pError) return false;
    if (error instanceof Error && error.message.includes(diskFull.message)) return false;
    throw error;
  }
}

/** How often something was answered from memory alone. */
let atOnce = 0;

/** How often none of the turns that share a commit was stored. */
let failures = 0;

/** Carries out the steps of a round; between its turns nothing that is kept is untrue either. */
async function carryOutAll(
  scene: TrackerScene,
  clients: ReadonlyMap<string, FakeClient>,
  { steps, commits }: Round,
): Promise<void> {
  let commit = 0;
  scene.failsToCommit = () => {
    const fails = commits[commit++] === 0;
    if (fails) failures++;
    return fails;
  };
  let isOver = false;
  const all = Promise.all(steps.map((one) => carryOut(scene, clients.get(one.by)!, one)));
  const over = all.finally(() => (isOver = true));
  while (!isOver) {
    await new Promise(setImmediate);
    await requireKeptIsStored(scene, clients);
  }
  await over;
  scene.failsToCommit = undefined;
}

async function requireKeptIsStored(
  { context: { store, turns, view } }: TrackerScene,
  clients: ReadonlyMap<string, FakeClient>,
): Promise<void> {
  const read = store.read.bind(store);
  await turns.look(() => read(requireStored));

  async function requireStored(facts: StoreFacts): Promise<void> {
    for (const groupId of groups) {
      const kept = view.group(groupId);
      if (kept) t.same(kept, await facts.findGroup(groupId), 'the group is as it is kept');
      for (const userId of clients.keys()) {
        const known = view.role(groupId, userId);
        if (known) t.equal(known, await facts.findRole(groupId, userId), 'so is the member');
      }
    }
  }
}

async function requireTrue(scene: TrackerScene, clients: ReadonlyMap<string, FakeClient>) {
  const { store, view, presence, turns, watches } = scene.context;
  await turns.idle();
  for (const groupId of groups) {
    const kept = view.group(groupId);
    const group = await store.read((facts) => facts.findGroup(groupId));
    if (kept) t.same(kept, group, 'the group is as it is kept');
    for (const [userId, client] of clients) {
      const role = await store.read((facts) => facts.findRole(groupId, userId));
      const known = view.role(groupId, userId);
      if (known) t.equal(known, role, 'the member is what is kept');
      if (known && kept) atOnce++;
      const answer = await scene.call(client, 'ticket', { groupId }).catch(() => undefined);
      t.equal(answer?.epoch, role && group?.epoch, 'members get tickets of now, others none');
      const ticket = answer && decodeTicket(Buffer.from(answer.ticket, 'base64'));
      t.equal(ticket?.incarnation, role && group?.incarnation, 'and of this group');
      for (const { fileId } of samples) {
        const isOffered = presence.peer(groupId, fileId, client.deviceId) !== undefined;
        const standing = await store.read((facts) => facts.contentStanding(groupId, fileId));
        if (view.isShared(groupId, fileId)) t.equal(standing, 'shared', 'so is the content');
        const isWatched = [...watches.watchersOf(groupId, fileId)].includes(client.session);
        if (isWatched) t.ok(role, 'watched by a member');
        if (isOffered) t.ok(role && standing, 'offered by a member, and known');
      }
    }
  }
}

void t.test('what is kept is what the store holds', async (t) => {
  const property = fc.asyncProperty(rounds, async (steps) => {
    const scene = await openScene(t);
    const clients = new Map<string, FakeClient>();
    for (const user of users) {
      const client = await scene.enter(user);
      await scene.goOnline(client);
      clients.set(user, client);
    }
    await scene.makeGroup('g', clients.get('ann')!, clients.get('ben')!);
    for (const round of steps) {
      await carryOutAll(scene, clients, round);
      await requireTrue(scene, clients);
    }
  });
  await fc.assert(property, { numRuns: 40, seed: 16 });
  t.ok(atOnce > 100, `${atOnce} memberships were known`);
  t.ok(failures > 20, `${failures} commits failed`);
});
