/** The relay with real connections, and waits that pass when the test says so. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import {
  KiB,
  MAX_RELAY_MEETINGS,
  MAX_RELAY_MEETINGS_PER_PAIR,
  MAX_RELAY_MEETINGS_PER_USER,
  RELAY_IDLE_MS,
  RELAY_MEETING_TIMEOUT_MS,
} from '../../../src/net/limits.js';
import {
  createRelayKey,
  decodeRelayOpening,
  encodeRelayOpening,
  RELAY_OPENING_BYTES,
  type RelayOpening,
  type RelaySide,
} from '../../../src/net/relay/relay-opening.js';
import { createRateCell } from '../../../src/net/shared-rate-limiter.js';
import { Relay, type RelayedPair, type RelayGuest } from '../../../src/net/relay/relay.js';

const RATE = 1_000 * KiB;
const pair: RelayedPair = { users: ['ann', 'ben'], devices: ['a', 'b'] };

interface Wait {
  readonly work: () => void;
  readonly delayMs: number;
}

async function scene(t: Test) {
  const waits = new Set<Wait>();
  const relay = new Relay({
    rate: createRateCell(RATE),
    delay: (work, delayMs) => {
      const wait = { work, delayMs };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
  });
  const entered: Promise<unknown>[] = [];
  /** Those that come with these keys have no plan, and are these. */
  const guests = new Map<string, RelayGuest>();
  const enter = (socket: Socket, opening: RelayOpening | undefined): boolean => {
    const guest = guests.get(`${opening?.key} ${opening?.side}`);
    return opening && guest ? relay.join(socket, opening, guest) : relay.enter(socket, opening);
  };
  const server: Server = createServer((socket) => {
    entered.push(
      once(socket, 'readable').then(() =>
        enter(socket, decodeRelayOpening(socket.read(RELAY_OPENING_BYTES) as Buffer)),
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  t.teardown(() => {
    relay.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  /** Comes with a key, as one side of a meeting. */
  const come = async (key: string, side: RelaySide): Promise<Socket> => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(encodeRelayOpening({ key, side }));
    while (entered.length < sockets.length) await new Promise(setImmediate);
    await entered.at(-1);
    return socket;
  };
  /** The waits of that length end. */
  const elapse = (delayMs: number): void => {
    for (const wait of [...waits].filter((one) => one.delayMs === delayMs)) {
      waits.delete(wait);
      wait.work();
    }
  };
  /** Comes as somebody whose ticket was good. */
  const join = (key: string, side: RelaySide, guest: RelayGuest): Promise<Socket> => {
    guests.set(`${key} ${side}`, guest);
    return come(key, side);
  };
  return { relay, come, join, elapse, waits };
}

/** Reads so many bytes. */
async function read(socket: Socket, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let length = 0; length < count;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    chunks.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(chunks);
}

t.test('two that were given a key are spliced, and nobody else', async (t) => {
  const { relay, come } = await scene(t);
  const key = relay.plan(pair) ?? '';
  const stranger = await come(createRelayKey(), 'caller');
  await once(stranger, 'close');
  const ben = await come(key, 'caller');
  const twice = await come(key, 'caller');
  await once(twice, 'close');
  const ann = await come(key, 'called');
  t.same(await Promise.all([read(ben, 1), read(ann, 1)]), [Buffer.of(1), Buffer.of(1)]);
  ben.write('hello');
  t.equal((await read(ann, 5)).toString(), 'hello');
  ann.write('and back');
  t.equal((await read(ben, 8)).toString(), 'and back');
  const late = await come(key, 'called');
  await once(late, 'close');
  ann.destroy();
  await once(ben, 'close');
  t.match(relay.counts(), { meetings: 0, bytes: 13 });
});

t.test('more than the rate waits for as long as the limit says', async (t) => {
  const { relay, come, waits } = await scene(t);
  const key = relay.plan(pair) ?? '';
  const [ben, ann] = [await come(key, 'caller'), await come(key, 'called')];
  await Promise.all([read(ben, 1), read(ann, 1)]);
  ben.write(Buffer.alloc(RATE));
  let passed = 0;
  let paidMs = 0;
  ann.on('data', (chunk: Buffer) => (passed += chunk.length));
  while (passed < RATE) {
    await new Promise(setImmediate);
    for (const wait of [...waits].filter(({ delayMs }) => delayMs !== RELAY_IDLE_MS)) {
      // Time goes on of itself as well, so that what is told grows by less than it would alone.
      paidMs = Math.max(paidMs, wait.delayMs);
      waits.delete(wait);
      wait.work();
    }
  }
  t.ok(paidMs > 100, `a whole second’s worth is not let through at once: ${paidMs} ms`);
});

t.test('who does not come, and what is silent, is let go', async (t) => {
  const { relay, come, elapse } = await scene(t);
  const early = await come(relay.plan(pair) ?? '', 'caller');
  elapse(RELAY_MEETING_TIMEOUT_MS);
  await once(early, 'close');
  const key = relay.plan(pair) ?? '';
  const [ben, ann] = [await come(key, 'caller'), await come(key, 'called')];
  await Promise.all([read(ben, 1), read(ann, 1)]);
  elapse(RELAY_MEETING_TIMEOUT_MS);
  t.equal(relay.counts().meetings, 1, 'who has met stays');
  elapse(RELAY_IDLE_MS);
  await Promise.all([once(ben, 'close'), once(ann, 'close')]);
  t.equal(relay.counts().meetings, 0);
});

t.test('a pair, a user and all together have so many meetings and no more', async (t) => {
  const { relay } = await scene(t);
  const count = (pairOf: (n: number) => RelayedPair): number =>
    Array.from({ length: 1_000 }, (_, n) => relay.plan(pairOf(n))).filter(Boolean).length;
  t.equal(
    count(() => pair),
    MAX_RELAY_MEETINGS_PER_PAIR,
  );
  const ofBen = count((n) => ({ users: ['cleo', 'ben'], devices: [`c${n}`, 'b'] }));
  t.equal(ofBen, MAX_RELAY_MEETINGS_PER_USER - MAX_RELAY_MEETINGS_PER_PAIR);
  const others = count((n) => ({ users: [`u${n}`, `v${n}`], devices: [`c${n}`, `d${n}`] }));
  t.equal(others + MAX_RELAY_MEETINGS_PER_USER, MAX_RELAY_MEETINGS);
  relay.close();
  t.equal(relay.counts().meetings, 0);
});

const ann: RelayGuest = { userId: 'ann', deviceId: 'a', groupId: 'g' };
const ben: RelayGuest = { userId: 'ben', deviceId: 'b', groupId: 'g' };

t.test('two members of one group meet without a plan, and nobody else with them', async (t) => {
  const { relay, join } = await scene(t);
  const key = createRelayKey();
  const first = await join(key, 'caller', ben);
  const other = await join(key, 'called', { ...ann, groupId: 'h' });
  await once(other, 'close');
  const same = await join(key, 'called', ben);
  await once(same, 'close');
  const second = await join(key, 'called', ann);
  t.same(await Promise.all([read(first, 1), read(second, 1)]), [Buffer.of(1), Buffer.of(1)]);
  first.write('hello');
  t.equal((await read(second, 5)).toString(), 'hello');
  t.same(relay.counts(), { meetings: 1, bytes: 5 }, 'what passes is counted at once');
  relay.expel('h');
  relay.expel('g', ['cleo']);
  t.equal(relay.counts().meetings, 1);
  relay.expel('g', ['ann']);
  await Promise.all([once(first, 'close'), once(second, 'close')]);
  t.same(relay.counts(), { meetings: 0, bytes: 5 });
});

t.test('nobody is spliced to who has gone, and a user has so many places', async (t) => {
  const { relay, join } = await scene(t);
  const key = createRelayKey();
  const gone = await join(key, 'caller', ben);
  gone.destroy();
  while (relay.counts().meetings > 0) await new Promise(setImmediate);
  for (let n = 0; n < MAX_RELAY_MEETINGS_PER_USER; n++) await join(createRelayKey(), 'called', ann);
  const excess = await join(createRelayKey(), 'called', ann);
  await once(excess, 'close');
  t.equal(relay.counts().meetings, MAX_RELAY_MEETINGS_PER_USER);
});
