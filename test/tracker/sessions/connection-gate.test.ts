import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import t from 'tap';
import {
  ANONYMOUS_IDLE_MS,
  LEAST_HANDSHAKES_AT_A_TIME,
  MAX_ANONYMOUS_CONNECTIONS,
  MAX_ANONYMOUS_PER_ADDRESS,
  MAX_CONNECTIONS_PER_ADDRESS,
  MAX_NEWCOMER_WAIT_MS,
  MAX_SILENT_CONNECTIONS,
  MAX_SILENT_PER_ADDRESS,
  MAX_WAITING_NEWCOMERS,
  NEWCOMER_LOOK_MS,
  NEWCOMER_PATIENCE_MS,
} from '../../../src/net/limits.js';
import { ConnectionGate } from '../../../src/tracker/sessions/connection-gate.js';
import { FakeClock } from '../fake-clock.js';

class FakeConnection extends EventEmitter {
  readonly remoteAddress: string;
  readonly localAddress = '192.0.2.1';
  readonly localPort = 4000;
  readonly remotePort: number | undefined;
  destroyed = false;

  constructor(remoteAddress: string, remotePort: number | undefined) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

function scene() {
  const clock = new FakeClock();
  const dropped: string[] = [];
  const sentBack: Socket[] = [];
  const begun: Socket[] = [];
  const gate = new ConnectionGate({
    clock,
    begin: (socket) => begun.push(socket),
    sendBack: (socket) => {
      sentBack.push(socket);
      socket.destroy();
    },
    onDropped: (network) => dropped.push(network),
    onSentBack: () => undefined,
  });
  let lastPort = 0;
  const enter = (address = '192.0.2.7', port: number | undefined = ++lastPort) => {
    const connection = new FakeConnection(address, port);
    gate.enter(connection as unknown as Socket);
    return connection;
  };
  /** So many fresh connections of an address, oldest first. */
  const crowd = (count: number, address?: string) =>
    Array.from({ length: count }, () => enter(address));
  /** The same with their first message there. */
  const knocking = (count: number, address?: string) =>
    Array.from({ length: count }, () => {
      const connection = enter(address);
      gate.onHandshake(connection);
      return connection;
    });
  const wasBegun = (connection: FakeConnection) => begun.includes(connection as unknown as Socket);
  const wasSentBack = (connection: FakeConnection) =>
    sentBack.includes(connection as unknown as Socket);
  /** The same, once TLS is done and a session speaks on them. */
  const entered = async (count: number, address?: string) => {
    const connections = knocking(count, address);
    while (!connections.every(wasBegun)) await round();
    for (const connection of connections) gate.onOccupied(connection, { isWorking: false });
    return connections;
  };
  return {
    ...{ gate, clock, dropped, begun, enter, crowd, knocking, entered },
    ...{ wasBegun, wasSentBack },
  };
}
const round = () => new Promise((resolve) => setImmediate(resolve));
const rounds = async (count: number) => {
  for (let n = 0; n < count; n++) await round();
};
/** An address for each. */
const addressAt = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
const alive = (connections: FakeConnection[]) =>
  connections.filter(({ destroyed }) => !destroyed).length;

void t.test('an address has so many places in silence; its oldest goes', async (t) => {
  const { crowd, enter, dropped } = scene();
  const flood = crowd(MAX_SILENT_PER_ADDRESS + 1_000);
  t.equal(alive(flood), MAX_SILENT_PER_ADDRESS);
  t.equal(alive(flood.slice(-MAX_SILENT_PER_ADDRESS)), MAX_SILENT_PER_ADDRESS, 'the newest');
  t.notOk(enter().destroyed, 'who comes from there now is let in');
  t.same([...new Set(dropped)], ['192.0.2.7']);
});

void t.test('all of an IPv6 /64 count as one address', async (t) => {
  const { enter } = scene();
  const flood = Array.from({ length: MAX_SILENT_PER_ADDRESS + 68 }, (_, n) =>
    enter(`2001:db8:1:2::${n.toString(16)}`),
  );
  t.equal(alive(flood), MAX_SILENT_PER_ADDRESS);
  t.notOk(enter('2001:db8:1:3::1').destroyed);
});

void t.test('where all are silent the address with most such loses its oldest', async (t) => {
  const { crowd, enter } = scene();
  const busiest = crowd(MAX_SILENT_PER_ADDRESS, '198.51.100.1');
  const others: FakeConnection[] = [];
  while (others.length < MAX_SILENT_CONNECTIONS - busiest.length) {
    others.push(enter(addressAt(others.length)));
  }
  t.equal(alive([...busiest, ...others]), MAX_SILENT_CONNECTIONS);
  const honest = crowd(10, '203.0.113.5');
  t.equal(alive(honest), 10);
  t.equal(alive(busiest), busiest.length - 10);
  t.equal(alive(others), others.length);
});

void t.test('one begins in each round of the event loop, and networks take turns', async (t) => {
  const { knocking, begun } = scene();
  const [first, second, third] = knocking(3, '198.51.100.1');
  const [other] = knocking(1, '198.51.100.2');
  t.same(begun, []);
  for (let count = 1; count <= 4; count++) {
    await round();
    t.equal(begun.length, count);
  }
  t.strictSame(begun, [first, other, second, third]);
});

void t.test('so many handshakes run at a time; who is done makes room', async (t) => {
  const { gate, knocking, begun } = scene();
  const count = 3 * LEAST_HANDSHAKES_AT_A_TIME;
  const crowd = Array.from({ length: count }, (_, n) => knocking(1, addressAt(n))[0]!);
  await rounds(count);
  t.equal(begun.length, LEAST_HANDSHAKES_AT_A_TIME);
  gate.onOccupied(begun[0]!, { isWorking: false });
  await rounds(5);
  t.equal(begun.length, LEAST_HANDSHAKES_AT_A_TIME + 2, 'a quick one makes room for one more');
  begun[1]!.destroy();
  await rounds(5);
  t.equal(begun.length, LEAST_HANDSHAKES_AT_A_TIME + 3);
  t.equal(alive(crowd), crowd.length - 1);
});

void t.test('who asks for a page is done as well, and takes no room from others', async (t) => {
  const { gate, knocking, begun } = scene();
  for (let n = 0; n < 2 * LEAST_HANDSHAKES_AT_A_TIME; n++) knocking(1, addressAt(n));
  await rounds(LEAST_HANDSHAKES_AT_A_TIME + 5);
  t.equal(begun.length, LEAST_HANDSHAKES_AT_A_TIME);
  const scraper = begun[0]!;
  gate.onAsked(scraper);
  gate.onAsked(scraper);
  await rounds(5);
  t.equal(begun.length, LEAST_HANDSHAKES_AT_A_TIME + 2);
  t.notOk(scraper.destroyed);
});

void t.test('stalled handshakes of hundreds of networks keep nobody out', async (t) => {
  const { gate, clock, knocking, wasBegun, wasSentBack } = scene();
  const networks = 600;
  const stalled: FakeConnection[] = [];
  const stall = (): void => {
    for (let n = 0; n < networks; n++) {
      const present = stalled[n];
      // As hard as it goes: each comes again, with a fresh handshake, once the one before is left out.
      if (present && !present.destroyed && !wasBegun(present)) continue;
      stalled[n] = knocking(1, addressAt(n))[0]!;
    }
  };
  let honestOnes = 0;
  for (let second = 0; second < 20; second++) {
    stall();
    const [honest] = knocking(1, addressAt(100_000 + second));
    for (let waitedMs = 0; !wasBegun(honest!) && !wasSentBack(honest!); waitedMs += 250) {
      await rounds(300);
      if (waitedMs > 0 && waitedMs % 1_000 === 0) stall();
      clock.advance(250);
    }
    if (wasBegun(honest!)) honestOnes++;
    gate.onOccupied(honest!, { isWorking: false });
    gate.onLoginChanged(honest!, true);
    clock.advance(1_000);
  }
  t.equal(honestOnes, 20);
  gate.destroyAll();
  t.equal(clock.timerCount, 0);
});

void t.test('a crowd behind one address waits for its places, and all get one', async (t) => {
  const { gate, knocking, begun, wasSentBack } = scene();
  const office = knocking(3 * MAX_ANONYMOUS_PER_ADDRESS);
  await rounds(MAX_ANONYMOUS_PER_ADDRESS + 10);
  t.equal(begun.length, MAX_ANONYMOUS_PER_ADDRESS);
  const [stranger] = knocking(1, '198.51.100.1');
  await rounds(2);
  t.ok(begun.includes(stranger as unknown as Socket), 'others do not wait for them');
  for (const connection of office) {
    while (!begun.includes(connection as unknown as Socket)) await round();
    gate.onLoginChanged(connection, true);
  }
  t.equal(alive(office), office.length);
  t.notOk(office.some(wasSentBack));
  t.equal(gate.counts().waiting, 0);
});

void t.test('who waits too long is told to come back', async (t) => {
  const { gate, clock, entered, knocking, wasSentBack } = scene();
  const slow = await entered(MAX_ANONYMOUS_PER_ADDRESS);
  for (const connection of slow) gate.onOccupied(connection, { isWorking: true });
  const [late] = knocking(1);
  clock.advance(MAX_NEWCOMER_WAIT_MS - 1);
  await rounds(3);
  t.notOk(late!.destroyed);
  clock.advance(1);
  t.ok(wasSentBack(late!));
  t.equal(alive(slow), slow.length, 'a login that is being judged takes as long as it takes');
  t.equal(gate.counts().waiting, 0);
});

void t.test('whoever begins and says no more gives its place to one that waits', async (t) => {
  const { clock, entered, knocking, wasBegun, dropped } = scene();
  const idle = await entered(MAX_ANONYMOUS_PER_ADDRESS);
  const [honest] = knocking(1);
  await rounds(3);
  clock.advance(NEWCOMER_PATIENCE_MS - 1);
  t.notOk(wasBegun(honest!));
  t.equal(alive(idle), idle.length);
  clock.advance(NEWCOMER_LOOK_MS);
  t.ok(wasBegun(honest!));
  t.equal(alive(idle), idle.length - 1);
  t.same(dropped, ['192.0.2.7']);
});

void t.test('where all places are taken the address with most loses its oldest', async (t) => {
  const { clock, entered, knocking, wasBegun, wasSentBack } = scene();
  const busiest = await entered(3, '198.51.100.1');
  const others: FakeConnection[] = [];
  while (others.length < MAX_ANONYMOUS_CONNECTIONS - busiest.length) {
    others.push(...(await entered(1, addressAt(others.length))));
  }
  const honest = [...knocking(1, '203.0.113.5'), ...knocking(1, '203.0.113.6')];
  await rounds(4);
  t.ok(honest.every(wasBegun));
  t.equal(alive(busiest), 1);
  const [last] = knocking(1, '203.0.113.7');
  await rounds(4);
  t.notOk(wasBegun(last!), 'nobody has more than it would have');
  t.notOk(wasSentBack(last!));
  t.equal(alive(others), others.length);
  clock.advance(NEWCOMER_PATIENCE_MS + NEWCOMER_LOOK_MS);
  t.ok(wasBegun(last!), 'until one has had its time');
});

void t.test('more than can wait are told to come back at once, each address its own', async (t) => {
  const { gate, knocking, wasSentBack } = scene();
  const flood = knocking(MAX_WAITING_NEWCOMERS + 100, '198.51.100.1');
  const refused = flood.filter(wasSentBack).length;
  t.equal(refused, 100);
  t.equal(gate.counts().waiting, flood.length - refused);
  t.notOk(knocking(1, '203.0.113.5').some(wasSentBack), 'another address has its own turn');
});

void t.test('one that goes while it waits leaves nothing behind', async (t) => {
  const { gate, clock, knocking, begun } = scene();
  for (const connection of knocking(5)) connection.destroy();
  await rounds(3);
  t.same(begun, []);
  t.same(gate.counts(), { all: 0, anonymous: 0, waiting: 0 });
  t.equal(clock.timerCount, 0);
});

void t.test('a login frees the place of one who is anonymous, its end takes it back', async (t) => {
  const { gate, entered } = scene();
  const [anna] = await entered(1);
  gate.onLoginChanged(anna!, true);
  gate.onLoginChanged(anna!, true);
  await entered(MAX_ANONYMOUS_PER_ADDRESS);
  t.same(gate.counts(), {
    all: MAX_ANONYMOUS_PER_ADDRESS + 1,
    anonymous: MAX_ANONYMOUS_PER_ADDRESS,
    waiting: 0,
  });
  t.notOk(anna!.destroyed, 'nobody takes the place of a user');
  gate.onLoginChanged(anna!, false);
  t.equal(gate.counts().anonymous, MAX_ANONYMOUS_PER_ADDRESS + 1);
  anna!.destroy();
  gate.onLoginChanged(anna!, false);
  t.equal(gate.counts().anonymous, MAX_ANONYMOUS_PER_ADDRESS, 'who is gone takes no place');
});

void t.test('an address has so many connections in all', async (t) => {
  const { gate, enter } = scene();
  for (let n = 0; n < MAX_CONNECTIONS_PER_ADDRESS; n++) gate.onLoginChanged(enter(), true);
  t.ok(enter().destroyed);
  t.notOk(enter('198.51.100.1').destroyed);
});

void t.test('who has not logged in is let go after a while', async (t) => {
  const { gate, clock, enter } = scene();
  const [idle, user] = [enter(), enter()];
  gate.onLoginChanged(user, true);
  clock.advance(ANONYMOUS_IDLE_MS - 1);
  t.notOk(idle.destroyed);
  clock.advance(1);
  t.ok(idle.destroyed);
  t.notOk(user.destroyed);
  t.same(gate.counts(), { all: 1, anonymous: 0, waiting: 0 });
});

void t.test('who waits for an answer has three times as long', async (t) => {
  const { gate, clock, entered } = scene();
  const [slow, answered] = (await entered(2)) as [FakeConnection, FakeConnection];
  const session = { isWorking: true };
  gate.onOccupied(slow, { isWorking: true });
  gate.onOccupied(answered, session);
  clock.advance(ANONYMOUS_IDLE_MS);
  t.notOk(slow.destroyed);
  session.isWorking = false;
  clock.advance(ANONYMOUS_IDLE_MS);
  t.ok(answered.destroyed);
  t.notOk(slow.destroyed);
  clock.advance(ANONYMOUS_IDLE_MS);
  t.ok(slow.destroyed);
});

void t.test(
  'the numbers of a connection may be used again before its end is heard of',
  async (t) => {
    const { gate, enter } = scene();
    const first = enter('192.0.2.7', 5000);
    const second = enter('192.0.2.7', 5000);
    first.destroy();
    gate.onLoginChanged(second, true);
    t.same(gate.counts(), { all: 1, anonymous: 0, waiting: 0 });
    second.destroy();
    t.same(gate.counts(), { all: 0, anonymous: 0, waiting: 0 });
  },
);

void t.test('a connection that is gone already is not let in', async (t) => {
  const { gate } = scene();
  const gone = new FakeConnection('192.0.2.7', undefined);
  gate.enter(gone as unknown as Socket);
  t.ok(gone.destroyed);
  t.same(gate.counts(), { all: 0, anonymous: 0, waiting: 0 });
});

void t.test('closing destroys everyone, logged in or not, and leaves no timer', async (t) => {
  const { gate, clock, enter } = scene();
  const [anna, ben] = [enter(), enter()];
  gate.onLoginChanged(anna, true);
  gate.destroyAll();
  t.ok(anna.destroyed && ben.destroyed);
  t.equal(clock.timerCount, 0);
});
