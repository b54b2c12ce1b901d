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
  encodeRelayOpening,
  RELAY_OPENING_BYTES,
  type RelaySide,
} from '../../../src/net/relay-opening.js';
import { Relay, type RelayedPair } from '../../../src/tracker/relay/relay.js';

const RATE = 1_000 * KiB;
const pair: RelayedPair = { users: ['ann', 'ben'], devices: ['a', 'b'] };

interface Wait {
  readonly work: () => void;
  readonly delayMs: number;
}

async function scene(t: Test) {
  const waits = new Set<Wait>();
  const relay = new Relay({
    bytesPerSecond: RATE,
    delay: (work, delayMs) => {
      const wait = { work, delayMs };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
  });
  const entered: Promise<unknown>[] = [];
  const server: Server = createServer((socket) => {
    entered.push(
      once(socket, 'readable').then(() =>
        relay.enter(socket, socket.read(RELAY_OPENING_BYTES) as Buffer),
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
  return { relay, come, elapse, waits };
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
