import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import t from 'tap';
import {
  ANONYMOUS_IDLE_MS,
  MAX_ANONYMOUS_CONNECTIONS,
  MAX_ANONYMOUS_PER_ADDRESS,
  MAX_CONNECTIONS_PER_ADDRESS,
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
  const gate = new ConnectionGate({ clock, onDropped: (network) => dropped.push(network) });
  let lastPort = 0;
  const enter = (address = '192.0.2.7', port: number | undefined = ++lastPort) => {
    const connection = new FakeConnection(address, port);
    gate.enter(connection as unknown as Socket);
    return connection;
  };
  /** So many fresh connections of an address, oldest first. */
  const crowd = (count: number, address?: string) =>
    Array.from({ length: count }, () => enter(address));
  return { gate, clock, dropped, enter, crowd };
}
const alive = (connections: FakeConnection[]) =>
  connections.filter(({ destroyed }) => !destroyed).length;

void t.test('an address has so many places without a login; its oldest goes', async (t) => {
  const { crowd, enter, dropped } = scene();
  const flood = crowd(MAX_ANONYMOUS_PER_ADDRESS + 1_000);
  t.equal(alive(flood), MAX_ANONYMOUS_PER_ADDRESS);
  t.equal(alive(flood.slice(-MAX_ANONYMOUS_PER_ADDRESS)), MAX_ANONYMOUS_PER_ADDRESS, 'the newest');
  t.notOk(enter().destroyed, 'who comes from there now is let in');
  t.same([...new Set(dropped)], ['192.0.2.7']);
});

void t.test('all of an IPv6 /64 count as one address', async (t) => {
  const { enter } = scene();
  const flood = Array.from({ length: 100 }, (_, n) => enter(`2001:db8:1:2::${n.toString(16)}`));
  t.equal(alive(flood), MAX_ANONYMOUS_PER_ADDRESS);
  t.notOk(enter('2001:db8:1:3::1').destroyed);
});

void t.test('where all places are taken the address with most loses its oldest', async (t) => {
  const { crowd, enter } = scene();
  const busiest = crowd(MAX_ANONYMOUS_PER_ADDRESS, '198.51.100.1');
  const others: FakeConnection[] = [];
  for (let n = 0; others.length < MAX_ANONYMOUS_CONNECTIONS - busiest.length; n++) {
    others.push(enter(`10.0.${n >> 8}.${n & 255}`));
  }
  t.equal(alive([...busiest, ...others]), MAX_ANONYMOUS_CONNECTIONS);
  const honest = crowd(10, '203.0.113.5');
  t.equal(alive(honest), 10);
  t.equal(alive(busiest), busiest.length - 10);
  t.equal(alive(others), others.length);
});

void t.test('a login frees the place of one who is anonymous, its end takes it back', async (t) => {
  const { gate, crowd, enter } = scene();
  const anna = enter();
  gate.onLoginChanged(anna, true);
  gate.onLoginChanged(anna, true);
  crowd(MAX_ANONYMOUS_PER_ADDRESS);
  t.same(gate.counts(), {
    all: MAX_ANONYMOUS_PER_ADDRESS + 1,
    anonymous: MAX_ANONYMOUS_PER_ADDRESS,
  });
  t.notOk(anna.destroyed, 'nobody takes the place of a user');
  gate.onLoginChanged(anna, false);
  t.equal(gate.counts().anonymous, MAX_ANONYMOUS_PER_ADDRESS + 1);
  anna.destroy();
  gate.onLoginChanged(anna, false);
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
  t.same(gate.counts(), { all: 1, anonymous: 0 });
});

void t.test('who waits for an answer has three times as long', async (t) => {
  const { gate, clock, enter } = scene();
  const [slow, answered] = [enter(), enter()];
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
    t.same(gate.counts(), { all: 1, anonymous: 0 });
    second.destroy();
    t.same(gate.counts(), { all: 0, anonymous: 0 });
  },
);

void t.test('a connection that is gone already is not let in', async (t) => {
  const { gate } = scene();
  const gone = new FakeConnection('192.0.2.7', undefined);
  gate.enter(gone as unknown as Socket);
  t.ok(gone.destroyed);
  t.same(gate.counts(), { all: 0, anonymous: 0 });
});

void t.test('closing destroys everyone, logged in or not, and leaves no timer', async (t) => {
  const { gate, clock, enter } = scene();
  const [anna, ben] = [enter(), enter()];
  gate.onLoginChanged(anna, true);
  gate.destroyAll();
  t.ok(anna.destroyed && ben.destroyed);
  t.equal(clock.timerCount, 0);
});
