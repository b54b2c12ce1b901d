/** What was true of a group before opens nothing now: real clients, a real tracker. */
import { join } from 'node:path';
import t from 'tap';
import { KiB } from '../../src/net/limits.js';
import { openSqliteStore } from '../../src/tracker/store/sqlite/store-sqlite.js';
import type { StoreTransaction } from '../../src/tracker/store/store.js';
import { dialServing } from '../fixtures/fake-dialler.js';
import { OTHER_INCARNATION } from '../fixtures/incarnations.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { removeGroup, removeSharesOf } from '../tracker/store/whole-removals.js';

const content = sampleBytes(300 * KiB);

/** Changes what the tracker has stored, while it is stopped. */
async function whileStopped(
  swarm: TestSwarm,
  change: (tx: StoreTransaction) => Promise<unknown>,
): Promise<void> {
  await swarm.stopTracker();
  const store = await openSqliteStore(join(swarm.trackerFolder, 'tracker.db'));
  await store.transaction(change);
  await store.close();
  await swarm.restartTracker();
}

t.test('a ticket of a group that has ended opens nothing in a new one of that name', async (t) => {
  const swarm = await startSwarm(t);
  const mallory = await swarm.member('mallory', '');
  await mallory.link.call('createGroup', { groupId: 'board' });
  const ticket = await mallory.ticket('board');
  await mallory.link.call('leaveGroup', { groupId: 'board' });
  const ann = await swarm.client('ann', { group: 'board' });
  const { fileId } = await ann.share('minutes', content, { group: 'board' });
  const { deviceId, listening } = await ann.engine.status();
  const dialler = await dialServing({
    address: listening!,
    transport: 'tls',
    credentials: mallory.credentials,
    servingDeviceId: deviceId!,
  });
  swarm.closeLater({ close: async () => dialler.close() });
  await dialler.greet(ticket);
  dialler.send({ type: 'open', fileRef: 0, fileId });
  const frames = await dialler.stream.untilEnd();
  t.notOk(frames.some(({ type }) => type === 'opened'));
  t.match(frames.at(-1), { type: 'error', code: 'TICKET_INVALID' });
  t.match(await ann.engine.status(), { sharedFiles: 1 });
});

const changes = {
  removed: async (tx: StoreTransaction): Promise<void> => {
    await removeSharesOf(tx, GROUP, 'ann');
    await tx.removeMember(GROUP, 'ann');
    await tx.raiseEpoch(GROUP);
  },
  replaced: async (tx: StoreTransaction): Promise<void> => {
    await removeGroup(tx, GROUP);
    await tx.addGroup({ groupId: GROUP, creatorId: 'bob', incarnation: OTHER_INCARNATION }, 1);
    await tx.addMember(GROUP, 'bob', 'owner', 1);
    await tx.addMember(GROUP, 'ann', 'member', 1);
  },
};
const told = { removed: /no longer a member of/, replaced: /has ended; you are in another one/ };

for (const how of ['removed', 'replaced'] as const) {
  t.test(`a client leaves a group from which its user was ${how} while it was away`, async (t) => {
    const swarm = await startSwarm(t);
    const bob = await swarm.client('bob', { up: 64 * KiB });
    const ann = await swarm.client('ann');
    await ann.share('film', content);
    await bob.share('song', sampleBytes(4 * 256 * KiB));
    const id = await ann.start('song');
    await ann.whenProgress(id, ({ fetched }) => fetched > 0);
    const ended = t.rejects(ann.finish(id), { code: 'NOT_A_MEMBER' }, 'its downloads end');
    await whileStopped(swarm, changes[how]);
    await ann.whenLogged(/connected again/);
    await ann.whenLogged(told[how]);
    await ended;
    t.match(await ann.engine.status(), { sharedFiles: 0, runningDownloads: 0 });
    t.same(await ann.logIn(), { userId: 'ann', restored: 0, skipped: [] }, 'it is forgotten');
    if (how === 'replaced') t.same(await ann.engine.listFiles(GROUP), []);
  });

  t.test(`likewise when it was not running at all: ${how}`, async (t) => {
    const swarm = await startSwarm(t);
    await swarm.client('bob');
    const before = await swarm.client('ann');
    await before.share('film', content);
    await before.close();
    await whileStopped(swarm, changes[how]);
    const ann = await swarm.openClient('ann');
    await ann.serve();
    const { restored, skipped } = await ann.logIn();
    t.equal(restored, 0);
    t.match(skipped, [{ groupId: GROUP, name: 'film', reason: /no longer|has ended/ }]);
    t.match(await ann.engine.status(), { sharedFiles: 0 });
    t.same(await ann.logIn(), { userId: 'ann', restored: 0, skipped: [] }, 'it is forgotten');
    if (how === 'replaced') t.same(await ann.engine.listFiles(GROUP), []);
  });
}
