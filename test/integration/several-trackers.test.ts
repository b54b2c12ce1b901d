/** Several real trackers on one real database and one real presence server, as clients see them. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { TrackerNotifications } from '../../src/net/tracker-api.js';
import { systemClock } from '../../src/tracker/clock.js';
import type { Tracker, TrackerOptions } from '../../src/tracker/tracker.js';
import { PostgresCable } from '../fixtures/postgres-cable.js';
import { noPostgres, PostgresServer } from '../fixtures/postgres-server.js';
import { noRedis, RedisServer } from '../fixtures/redis-server.js';
import { testFolder } from '../fixtures/test-folder.js';
import {
  admit,
  connect,
  createDevice,
  enter,
  openTracker,
  sampleFile,
  type Person,
} from '../tracker/tracker-client.js';

const missing = noPostgres() ?? noRedis();
if (missing !== undefined) t.plan(0, missing);
else {
  const server = await PostgresServer.start(t);
  const NO_DIAL = { dialBack: () => Promise.reject(new Error('nobody dials here')) };

  /** So many trackers, and the servers that they share. */
  const scene = async (t: Test, count: number, more: Partial<TrackerOptions> = {}) => {
    const redis = await RedisServer.start(t);
    const databaseUrl = await server.createDatabase();
    const shared = { databaseUrl, presenceUrl: redis.url, ...more };
    const folder = testFolder(t);
    let folders = 0;
    const dataDir = (): string => join(folder, String(folders++));
    const start = (own: Partial<TrackerOptions> = {}) =>
      openTracker(t, { dataDir: dataDir(), ...shared, ...own });
    const trackers: Tracker[] = [];
    for (let index = 0; index < count; index++) trackers.push(await start());
    return { redis, databaseUrl, shared, trackers, start, dataDir };
  };

  /** Peers of a file as somebody is told of them, in the end those whom `isRight` accepts. */
  const peersUntil = async (
    { client }: Person,
    file: { readonly groupId: string; readonly fileId: string },
    isRight: (peers: readonly string[]) => boolean,
  ): Promise<readonly string[]> => {
    const known = new Set<string>();
    const learn = ({ online, gone }: Pick<TrackerNotifications['peers'], 'online' | 'gone'>) => {
      for (const { deviceId } of online) known.add(deviceId);
      for (const deviceId of gone) known.delete(deviceId);
    };
    learn({ online: (await client.call('watch', file)).peers, gone: [] });
    while (!isRight([...known])) {
      const told = await client.next('peers');
      if (told.fileId === file.fileId) learn(told);
    }
    return [...known];
  };

  const online = async (person: Person, port = 4_000): Promise<void> => {
    await person.client.call('goOnline', { addresses: [{ host: '127.0.0.1', port }] });
  };

  /** Dials find every device, so that others are told of it. */
  const found = (people: () => readonly Person[]): Partial<TrackerOptions> => ({
    dialBack: async ({ port }) => people()[port - 4_000]?.deviceId ?? '',
  });

  void t.test('they show one key, and who is kicked at one is out at the other', async (t) => {
    const { trackers } = await scene(t, 2, NO_DIAL);
    const [a, b] = trackers as [Tracker, Tracker];
    t.equal(a.deviceId, b.deviceId);
    const anna = await enter(a, 'anna');
    const ben = await enter(b, 'ben');
    const cora = await enter(b, 'cora');
    await anna.client.call('createGroup', { groupId: 'g' });
    await ben.client.call('joinGroup', { groupId: 'g' });
    t.match(await anna.client.next('joinRequest'), { groupId: 'g', userId: 'ben' });
    await anna.client.call('acceptRequest', { groupId: 'g', userId: 'ben' });
    t.match(await ben.client.next('membership'), { groupId: 'g', state: 'member' });
    await admit(anna, 'g', cora);
    const { epoch } = await ben.client.call('ticket', { groupId: 'g' });
    await anna.client.call('kick', { groupId: 'g', userId: 'ben' });
    t.match(await ben.client.next('membership'), { groupId: 'g', state: 'removed' });
    t.match(await cora.client.next('epoch'), { groupId: 'g', removedUsers: ['ben'] });
    await t.rejects(ben.client.call('ticket', { groupId: 'g' }), { code: 'NOT_A_MEMBER' });
    const ticket = await cora.client.call('ticket', { groupId: 'g' });
    t.equal(ticket.epoch, epoch + 1);
    t.same(await anna.client.call('listGroups', {}), await cora.client.call('listGroups', {}));
  });

  void t.test('what is shared at one is found at the others', async (t) => {
    const people: Person[] = [];
    const { trackers } = await scene(
      t,
      3,
      found(() => people),
    );
    const [a, b, c] = trackers as [Tracker, Tracker, Tracker];
    const anna = await enter(a, 'anna');
    const ben = await enter(b, 'ben');
    const cora = await enter(c, 'cora');
    people.push(anna, ben, cora);
    await anna.client.call('createGroup', { groupId: 'g' });
    await admit(anna, 'g', ben);
    await admit(anna, 'g', cora);
    const { fileId, description } = sampleFile(1);
    const file = { groupId: 'g', fileId };
    await anna.client.call('shareFile', { groupId: 'g', name: 'film', fileId, description });
    t.match((await ben.client.call('watch', file)).peers, []);
    await online(anna, 4_000);
    await anna.client.call('announce', { files: [{ ...file, state: 'complete' }] });
    t.same(await peersUntil(ben, file, (peers) => peers.length === 1), [anna.deviceId]);
    t.same(await peersUntil(cora, file, (peers) => peers.length === 1), [anna.deviceId]);
    await online(ben, 4_001);
    await ben.client.call('announce', { files: [{ ...file, state: 'partial' }] });
    await peersUntil(cora, file, (peers) => peers.length === 2);
    await anna.client.call('kick', { groupId: 'g', userId: 'ben' });
    t.same(await peersUntil(cora, file, (peers) => peers.length === 1), [anna.deviceId]);
    await anna.client.close();
    await peersUntil(cora, file, (peers) => peers.length === 0);
  });

  void t.test('a device is online at one tracker, where it came last', async (t) => {
    const people: Person[] = [];
    const { trackers } = await scene(
      t,
      2,
      found(() => people),
    );
    const [a, b] = trackers as [Tracker, Tracker];
    const device = createDevice();
    const first = await enter(a, 'anna', device);
    const ben = await enter(a, 'ben');
    people.push(first);
    await first.client.call('createGroup', { groupId: 'g' });
    await admit(first, 'g', ben);
    const { fileId, description } = sampleFile(2);
    const file = { groupId: 'g', fileId };
    await first.client.call('shareFile', { groupId: 'g', name: 'film', fileId, description });
    await online(first);
    await first.client.call('announce', { files: [{ ...file, state: 'complete' }] });
    await peersUntil(ben, file, (peers) => peers.length === 1);
    const second = await enter(b, 'anna', device);
    await online(second);
    t.match(await first.client.next('sessionEnded'), { code: 'HOME_IN_USE' });
    await second.client.call('announce', { files: [{ ...file, state: 'complete' }] });
    t.same(await peersUntil(ben, file, (peers) => peers.length === 1), [device.deviceId]);
    await second.client.call('logout', {});
    await peersUntil(ben, file, (peers) => peers.length === 0);
  });

  void t.test(
    'the time on tickets is that of the database, whatever each machine says',
    async (t) => {
      const { trackers, start } = await scene(t, 1, NO_DIAL);
      const HOUR_MS = 3_600_000;
      const clock = { ...systemClock, nowMs: () => Date.now() + 5 * HOUR_MS };
      const told: number[] = [];
      for (const tracker of [trackers[0]!, await start({ clock })]) {
        const { client, token } = await enter(tracker, `user-${told.length}`);
        told.push((await client.call('resume', { token })).nowMs);
      }
      t.ok(Math.abs(told[0]! - told[1]!) < HOUR_MS);
    },
  );

  void t.test('who logs out at one on a device is logged out at the other', async (t) => {
    const { trackers } = await scene(t, 2, NO_DIAL);
    const [a, b] = trackers as [Tracker, Tracker];
    const device = createDevice();
    const first = await enter(a, 'anna', device);
    const second = await enter(b, 'anna', device);
    await first.client.call('logout', {});
    t.match(await second.client.next('sessionEnded'), { code: 'NOT_LOGGED_IN' });
  });

  void t.test('the presence server is away, empty and back', async (t) => {
    const people: Person[] = [];
    const metricsAddress = { host: '127.0.0.1', port: 0 };
    const { redis, trackers } = await scene(t, 2, {
      ...found(() => people),
      metricsAddress,
    });
    const [a, b] = trackers as [Tracker, Tracker];
    const health = async (tracker: Tracker): Promise<string> => {
      const { host, port } = tracker.metricsAddress!;
      return (await fetch(`http://${host}:${port}/healthz`)).text();
    };
    const untilHealth = async (tracker: Tracker, text: string): Promise<void> => {
      while ((await health(tracker)) !== text) await new Promise(setImmediate);
    };
    const anna = await enter(a, 'anna');
    const ben = await enter(b, 'ben');
    people.push(anna, ben);
    await anna.client.call('createGroup', { groupId: 'g' });
    await admit(anna, 'g', ben);
    const [one, two] = [sampleFile(3), sampleFile(4)];
    for (const [name, { fileId, description }] of [
      ['one', one],
      ['two', two],
    ] as const) {
      await anna.client.call('shareFile', { groupId: 'g', name, fileId, description });
    }
    await online(anna);
    const offer = ({ fileId }: { fileId: string }, state: 'complete' | 'gone') =>
      anna.client.call('announce', { files: [{ groupId: 'g', fileId, state }] });
    await offer(one, 'complete');
    const ofOne = { groupId: 'g', fileId: one.fileId };
    const ofTwo = { groupId: 'g', fileId: two.fileId };
    await peersUntil(ben, ofOne, (peers) => peers.length === 1);

    await untilHealth(a, 'ok\n');
    await redis.stop();
    for (const tracker of trackers) {
      await untilHealth(tracker, 'ok, but the presence server does not answer\n');
    }
    await offer(one, 'gone');
    await offer(two, 'complete');
    t.equal((await ben.client.call('watch', ofOne)).peers.length, 1, 'what is known is served');
    // What is committed is heard all the same.
    const cora = await enter(b, 'cora');
    await cora.client.call('joinGroup', { groupId: 'g' });
    t.match(await anna.client.next('joinRequest'), { userId: 'ben' });
    t.match(await anna.client.next('joinRequest'), { userId: 'cora' });

    await redis.startAgain();
    await untilHealth(a, 'ok\n');
    t.same(await peersUntil(ben, ofTwo, (peers) => peers.length === 1), [anna.deviceId]);
    await peersUntil(ben, ofOne, (peers) => peers.length === 0);

    t.match(await redis.ask('FLUSHALL'), 'OK');
    await offer(one, 'complete');
    await peersUntil(ben, ofOne, (peers) => peers.length === 1);
    redis.cutAll();
    await offer(one, 'gone');
    await peersUntil(ben, ofOne, (peers) => peers.length === 0);
  });

  void t.test('one that is cut off from the database answers BUSY and nothing stale', async (t) => {
    const { databaseUrl, start, trackers } = await scene(t, 1, NO_DIAL);
    const cable = await PostgresCable.lay(t, databaseUrl);
    const [a] = trackers as [Tracker];
    const b = await start({ databaseUrl: cable.url });
    const anna = await enter(a, 'anna');
    const ben = await enter(b, 'ben');
    await anna.client.call('createGroup', { groupId: 'g' });
    await admit(anna, 'g', ben);
    await ben.client.call('ticket', { groupId: 'g' });
    cable.unplug();
    await anna.client.call('kick', { groupId: 'g', userId: 'ben' });
    const refusal = async (code: string): Promise<void> => {
      for (;;) {
        const ended = await ben.client.call('ticket', { groupId: 'g' }).then(
          () => 'given',
          (error: { code: string }) => error.code,
        );
        if (ended === code) return;
        await new Promise(setImmediate);
      }
    };
    await refusal('BUSY');
    t.pass('no ticket is given any more');
    cable.mend();
    await refusal('NOT_A_MEMBER');
    t.match(await ben.client.next('membership'), { state: 'removed' });
  });

  void t.test('one alone and several that share keep each other out', async (t) => {
    const { databaseUrl, shared, start, dataDir } = await scene(t, 1, NO_DIAL);
    await t.rejects(openTracker(t, { databaseUrl, dataDir: dataDir() }), {
      code: 'HOME_IN_USE',
      message: /--presence/,
    });
    await t.rejects(openTracker(t, { presenceUrl: shared.presenceUrl, dataDir: dataDir() }), {
      code: 'BAD_ARGUMENT',
    });
    const other = dataDir();
    const elsewhere = { dataDir: other, databaseUrl: await server.createDatabase() };
    await (await openTracker(t, elsewhere)).close();
    await t.rejects(start({ dataDir: other }), {
      code: 'DESTINATION_EXISTS',
      message: /not those of the trackers that share this database/,
    });
  });

  void t.test('one with an empty folder waits for the one that has the keys', async (t) => {
    const { databaseUrl, start, dataDir } = await scene(t, 0, NO_DIAL);
    const first = dataDir();
    const alone = await openTracker(t, { databaseUrl, dataDir: first, ...NO_DIAL });
    const { deviceId } = alone;
    await (await enter(alone, 'anna')).client.close();
    await alone.close();
    await t.rejects(start(), { code: 'STATE_MISSING', message: /start that one first/ });
    t.equal((await start({ dataDir: first })).deviceId, deviceId);
    t.equal((await start()).deviceId, deviceId);
  });

  void t.test('a tracker that ends takes nothing with it', async (t) => {
    const people: Person[] = [];
    const { trackers, start } = await scene(
      t,
      2,
      found(() => people),
    );
    const [a] = trackers as [Tracker, Tracker];
    const c = await start();
    const device = createDevice();
    const anna = await enter(c, 'anna', device);
    const ben = await enter(a, 'ben');
    people.push(anna, ben);
    await anna.client.call('createGroup', { groupId: 'g' });
    await admit(anna, 'g', ben);
    const { fileId, description } = sampleFile(5);
    const file = { groupId: 'g', fileId };
    await anna.client.call('shareFile', { groupId: 'g', name: 'film', fileId, description });
    await online(anna);
    await anna.client.call('announce', { files: [{ ...file, state: 'complete' }] });
    await peersUntil(ben, file, (peers) => peers.length === 1);
    await c.close();
    await peersUntil(ben, file, (peers) => peers.length === 0);
    const client = await connect(a.address, device.credentials);
    const again = { ...anna, client };
    await client.call('resume', { token: anna.token });
    await online(again);
    await client.call('announce', { files: [{ ...file, state: 'complete' }] });
    t.same(await peersUntil(ben, file, (peers) => peers.length === 1), [anna.deviceId]);
    await client.close();
  });
}
