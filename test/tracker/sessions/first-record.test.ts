import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { createRelayKey, encodeRelayOpening } from '../../../src/net/relay/relay-opening.js';
import { awaitFirstRecord, endWait } from '../../../src/tracker/sessions/first-record.js';

/** A record that begins a handshake, with so many bytes. */
const record = (length: number): Buffer =>
  Buffer.concat([Buffer.from([22, 3, 1, length >> 8, length & 255]), Buffer.alloc(length, 7)]);

/** A server whose connections wait; what was begun stands in a list, and what could be read there. */
async function scene(t: Test, relayed?: Buffer[]) {
  const begun: Socket[] = [];
  const accepted: Socket[] = [];
  const events = {
    onHandshake: (socket: Socket) => begun.push(socket),
    onRelay: relayed && ((_: Socket, opening: Buffer) => relayed.push(opening)),
  };
  const server = createServer((socket) => {
    accepted.push(socket);
    awaitFirstRecord(socket, events);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  const dial = async (): Promise<Socket> => {
    const count = accepted.length;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    while (accepted.length === count) await round();
    return socket;
  };
  return { begun, accepted, dial };
}

const round = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await round();
}

void t.test(
  'a handshake begins when its first message is there, wherever that is cut',
  async (t) => {
    const { begun, accepted, dial } = await scene(t);
    const hello = record(300);
    for (const at of [1, 4, 5, 6, 304]) {
      const socket = await dial();
      const mine = accepted.at(-1)!;
      socket.write(hello.subarray(0, at));
      await until(() => mine.bytesRead === at);
      for (let n = 0; n < 5; n++) await round();
      t.notOk(begun.includes(mine), `not after ${at} bytes`);
      socket.write(hello.subarray(at));
      await until(() => begun.includes(mine));
      t.ok((mine.read() as Buffer).equals(hello), 'and all of it can still be read');
    }
  },
);

void t.test('what came after the first message is kept as well', async (t) => {
  const { begun, dial } = await scene(t);
  const sent = Buffer.concat([record(10), Buffer.from('more')]);
  (await dial()).write(sent);
  await until(() => begun.length === 1);
  t.ok((begun[0]!.read() as Buffer).equals(sent));
});

void t.test('what is no handshake, and what ends before, is dropped', async (t) => {
  const { begun, accepted, dial } = await scene(t);
  const plain = await dial();
  plain.write('GET / HTTP/1.1\r\n\r\n');
  await once(plain, 'close');
  const half = await dial();
  half.end(record(300).subarray(0, 100));
  await until(() => accepted[1]!.destroyed);
  const silent = await dial();
  silent.end();
  await until(() => accepted[2]!.destroyed);
  const reset = await dial();
  reset.write(record(3).subarray(0, 5));
  await until(() => accepted[3]!.bytesRead === 5);
  reset.resetAndDestroy();
  await until(() => accepted[3]!.destroyed);
  t.same(begun, []);
});

void t.test('what wants the relay gets there, and is dropped where there is none', async (t) => {
  const opening = encodeRelayOpening({ key: createRelayKey(), side: 'caller' });
  const relayed: Buffer[] = [];
  const { begun, dial } = await scene(t, relayed);
  const socket = await dial();
  socket.write(opening.subarray(0, 20));
  await round();
  socket.write(opening.subarray(20));
  await until(() => relayed.length === 1);
  t.same(relayed, [opening]);
  t.same(begun, []);
  const none = await scene(t);
  const refused = await none.dial();
  refused.write(opening);
  await once(refused, 'close');
});

const MOST_BYTES = 8 * 1024;

void t.test(
  'a first message that is empty, or longer than any honest one, is dropped',
  async (t) => {
    const { begun, dial } = await scene(t);
    for (const sent of [record(0), record(MOST_BYTES), record(60_000).subarray(0, 5)]) {
      const socket = await dial();
      socket.write(sent);
      await once(socket, 'close');
    }
    t.same(begun, []);
    (await dial()).write(record(MOST_BYTES - 5));
    await until(() => begun.length === 1);
  },
);

void t.test('who says more than it has to until TLS begins is dropped', async (t) => {
  const { begun, accepted, dial } = await scene(t);
  const atOnce = await dial();
  atOnce.write(Buffer.concat([record(10), Buffer.alloc(MOST_BYTES)]));
  await once(atOnce, 'close');
  const behindHalf = await dial();
  behindHalf.write(record(100).subarray(0, 50));
  await until(() => accepted.at(-1)!.bytesRead === 50);
  behindHalf.write(Buffer.alloc(MOST_BYTES));
  await once(behindHalf, 'close');
  t.same(begun, []);
  const later = await dial();
  later.write(record(10));
  await until(() => begun.length === 1);
  for (let n = 0; n < 4; n++) {
    const before = begun[0]!.bytesRead;
    later.write(Buffer.alloc(2_000));
    await until(() => begun[0]!.bytesRead === before + 2_000);
    await round();
    t.notOk(begun[0]!.destroyed, 'a first message in several records');
  }
  later.write(Buffer.alloc(1_000));
  await once(later, 'close');
  t.ok(begun[0]!.destroyed);
});

void t.test('once the wait is over it says what it wants', async (t) => {
  const { begun, dial } = await scene(t);
  const socket = await dial();
  socket.write(record(10));
  await until(() => begun.length === 1);
  endWait(begun[0]!);
  let length = 0;
  begun[0]!.on('data', (bytes: Buffer) => (length += bytes.length));
  socket.write(Buffer.alloc(100_000));
  await until(() => length === 100_015);
  t.notOk(begun[0]!.destroyed);
});
