/**
 * What an audit did to a tracker, each for some seconds beside an honest client: noise, idle
 * connections, wrong logins, accounts, one account that asks on and on, figures, descriptions,
 * notices. Checked: the honest client is never refused. Its times alone and beside each attack are
 * printed; attackers run in this very process, so they are upper figures.
 */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import { DESCRIPTION_SLICE_BYTES, MiB } from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { startTracker } from '../../src/tracker/tracker.js';
import { runCampaign } from '../fixtures/campaign.js';
import { HonestClient } from '../fixtures/honest-client.js';
import { connect, createDevice, type TrackerClient } from '../tracker/tracker-client.js';

const ATTACK_MS = 5_000;
const password = 'secret';

interface Attack {
  readonly address: PeerAddress;
  readonly isOver: () => boolean;
}

/** A connection on which somebody is logged in. */
async function member(
  { address }: Pick<Attack, 'address'>,
  userId: string,
): Promise<TrackerClient> {
  const client = await connect(address, createDevice().credentials);
  await client.call('createUser', { userId, password }).catch(() => undefined);
  await client.call('login', { userId, password });
  return client;
}

/** Calls on and on, so many at a time, whatever is answered. */
async function flood(
  client: TrackerClient,
  attack: Attack,
  width: number,
  call: (n: number) => [string, unknown],
): Promise<void> {
  let n = 0;
  const lane = async (): Promise<void> => {
    while (!attack.isOver() && client.socket.readyState === client.socket.OPEN) {
      await client.callRaw(...call(n++)).catch(() => wait(1));
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  await client.close();
}

/** One after the other, each as soon as the one before it is over. */
async function again(attack: Attack, work: () => Promise<void>): Promise<void> {
  while (!attack.isOver()) await work().catch(() => wait(5));
}

function lanes(count: number, lane: (n: number) => Promise<void>): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, (_, n) => lane(n)));
}

function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

const attacks: Readonly<Record<string, (attack: Attack) => Promise<unknown>>> = {
  'noise without an account': (attack) =>
    lanes(8, () =>
      again(attack, async () => {
        const { host, port } = attack.address;
        const socket = connectTls({ host, port, rejectUnauthorized: false });
        socket.on('error', () => undefined).resume();
        await once(socket, 'secureConnect');
        const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n';
        const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
        socket.write(`GET /v1 HTTP/1.1\r\nHost: x\r\n${upgrade}${key}\r\n`);
        socket.write(Buffer.concat(Array.from({ length: 9_000 }, () => frame('{'))));
        await once(socket, 'close');
      }),
    ),
  'idle connections': async (attack) => {
    const open = new Set<Socket>();
    await again(attack, async () => {
      const socket = connectTcp(attack.address);
      open.add(socket.on('error', () => undefined).on('close', () => open.delete(socket)));
      if (open.size % 50 === 0) await wait(10);
      await once(socket, 'connect');
    });
    for (const socket of open) socket.destroy();
  },
  'wrong logins': (attack) =>
    lanes(8, (lane) =>
      again(attack, async () => {
        const client = await connect(attack.address, undefined);
        await flood(client, attack, 8, (n) => [
          'login',
          { userId: `u-${lane}-${n}`, password: 'wrong' },
        ]);
      }),
    ),
  'new accounts': (attack) =>
    lanes(4, (lane) =>
      again(attack, async () => {
        const client = await connect(attack.address, undefined);
        const tag = Math.floor(performance.now());
        await flood(client, attack, 8, (n) => [
          'createUser',
          { userId: `sock-${lane}-${tag}-${n}`, password },
        ]);
      }),
    ),
  'one account asks on and on': (attack) =>
    lanes(6, async () => {
      const client = await member(attack, 'mallory');
      await flood(client, attack, 64, () => ['listMemberships', {}]);
    }),
  'figures are asked for': (attack) =>
    lanes(8, () =>
      again(attack, async () => {
        const { host, port } = attack.address;
        const socket = connectTls({ host, port, rejectUnauthorized: false });
        socket.on('error', () => undefined).resume();
        await once(socket, 'secureConnect');
        socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20));
        await once(socket, 'close');
      }),
    ),
  'descriptions that nobody shares': async (attack) => {
    const client = await member(attack, 'mallory');
    const bytes = Buffer.alloc(DESCRIPTION_SLICE_BYTES).toString('base64');
    const slices = (16 * MiB) / DESCRIPTION_SLICE_BYTES;
    await flood(client, attack, 1, (n) => [
      'putDescription',
      {
        fileId: 'ab'.repeat(32),
        offset: Math.floor(n % slices) * DESCRIPTION_SLICE_BYTES,
        totalBytes: 16 * MiB,
        bytes,
      },
    ]);
  },
  'notices to an owner': async (attack) => {
    const client = await member(attack, 'mallory');
    await flood(client, attack, 2, (n) => [
      n % 2 ? 'leaveGroup' : 'joinGroup',
      { groupId: 'honest-group' },
    ]);
  },
};

await runCampaign('tracker-attacks', async ({ folder, isShort, check, say }) => {
  const options = { host: '127.0.0.1', port: 0, dataDir: folder, peerTransport: 'tls' } as const;
  const tracker = await startTracker({ ...options, log: () => undefined });
  const { address } = tracker;
  const honest = await HonestClient.enter(address, 'honest');
  await honest.call('createGroup', { groupId: 'honest-group' });
  await member(tracker, 'mallory').then((client) => client.close());
  const durationMs = isShort ? ATTACK_MS : 10 * ATTACK_MS;
  for (const [name, run] of Object.entries(attacks)) {
    const alone = await honest.measure(1_000);
    const untilMs = performance.now() + durationMs;
    const beside = honest.begin();
    await run({ address, isOver: () => performance.now() > untilMs });
    say(`${name}: alone ${alone}; beside it ${await beside.end()}`);
    const refused = honest.refusals.splice(0);
    check(refused.length === 0, `${name}: the honest client is never refused ${refused[0] ?? ''}`);
  }
  await honest.close();
  await tracker.close();
});
