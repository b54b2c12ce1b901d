/** Peers in one network find each other while the tracker is away; letters go over the loopback. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  letterWriterOf,
  openLetter,
  sealLetter,
  type LanLetter,
} from '../../src/main/lan/lan-letter.js';
import { LAN_GROUPS, LAN_PORT } from '../../src/main/lan/lan-sockets.js';
import { createDeviceCredentials } from '../../src/net/device-identity.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm, type TestSwarm } from '../fixtures/start-swarm.js';
import { SwarmClient } from '../fixtures/swarm-client.js';
import { GROUP } from '../fixtures/swarm-names.js';
import { TrackerCable } from '../fixtures/tracker-cable.js';

const MiB = 1024 * 1024;
const HOST = '127.0.0.1';

/** Why this machine carries no letters; false when it does. */
async function obstacle(): Promise<string | false> {
  const ear = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    ear.bind(0, '0.0.0.0');
    await once(ear, 'listening');
    ear.addMembership(LAN_GROUPS[4], HOST);
    ear.setMulticastInterface(HOST);
    const heard = once(ear, 'message', { signal: AbortSignal.timeout(2_000) });
    ear.send('hello', ear.address().port, LAN_GROUPS[4]);
    await heard;
    return false;
  } catch (error) {
    return `no multicast over the loopback: ${(error as Error).message}`;
  } finally {
    ear.close();
  }
}

const skip = await obstacle();

/** A client whose way to the tracker can be cut. */
async function clientOnCable(swarm: TestSwarm, name: string, isServing: boolean) {
  const cable = await TrackerCable.plugIn(swarm.address);
  swarm.closeLater(cable);
  const folder = join(swarm.folder, name);
  await mkdir(folder, { recursive: true });
  const client = await SwarmClient.open({ name, folder, tracker: cable.address, isInLan: true });
  swarm.closeLater(client);
  await client.signUp();
  if (isServing) await client.serve();
  await swarm.join(client, GROUP);
  return { client, cable };
}

/** Asks in the group's name, again and again, until somebody answers. */
async function askUntilAnswered(
  t: Test,
  groupKey: Buffer,
  fileId: string,
): Promise<{ letter: LanLetter; deviceId: string }> {
  const mouth = createSocket('udp4');
  mouth.bind(0, HOST);
  await once(mouth, 'listening');
  mouth.setMulticastInterface(HOST);
  const writer = letterWriterOf(createDeviceCredentials());
  const ask = (): void => {
    const letter = { kind: 'ask', fileIds: [fileId] } as const;
    const bytes = sealLetter(letter, { groupKey, writer, nowMs: Date.now() });
    mouth.send(bytes, LAN_PORT, LAN_GROUPS[4]);
  };
  const asking = setInterval(ask, 250);
  t.teardown(() => clearInterval(asking));
  try {
    const [bytes] = (await once(mouth, 'message')) as [Buffer];
    const opened = openLetter(bytes, groupKey);
    if (typeof opened === 'string') throw new Error(`the answer is ${opened}`);
    return opened;
  } finally {
    clearInterval(asking);
    mouth.close();
  }
}

t.test(
  'a sharer who has lost the tracker is found, and then the tracker goes',
  { skip },
  async (t) => {
    const swarm = await startSwarm(t);
    const { client: ann, cable } = await clientOnCable(swarm, 'ann', true);
    const carl = await swarm.client('carl', { isInLan: true });
    const member = await swarm.member('mia');
    const bytes = sampleBytes(4 * MiB, 'film');
    const { fileId } = await ann.share('film', bytes);

    const { keys } = await member.link.call('lanKeys', { groupIds: [GROUP, 'nobodys'] });
    t.same(
      keys.map(({ groupId }) => groupId),
      [GROUP],
      'of groups in which the user is, no others',
    );
    const groupKey = Buffer.from(keys[0]!.key, 'base64');
    const { letter, deviceId } = await askUntilAnswered(t, groupKey, fileId);
    const { listening, deviceId: annsId } = await ann.engine.status();
    t.equal(deviceId, annsId, 'the device has signed');
    const files = [{ fileId, isComplete: true }];
    t.same(letter, { kind: 'have', port: listening?.port, userId: 'ann', files });

    await cable.pullOut();
    await ann.whenLogged(/lost/);
    while ((await carl.sources('film')) > 0) await new Promise(setImmediate);
    const id = await carl.start('film');
    // Nobody is asked before the group's key is there; it may be whole by then.
    await carl.whenProgress(id, ({ peers }) => peers.length > 0).catch(() => undefined);
    await swarm.stopTracker();
    await carl.finish(id);
    t.ok((await carl.read('film')).equals(bytes));
  },
);
