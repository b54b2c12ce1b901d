import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { MAX_ANONYMOUS_CONNECTIONS } from '../../../src/net/limits.js';
import { ConnectionGate } from '../../../src/tracker/sessions/connection-gate.js';

class FakeConnection extends EventEmitter {
  readonly remoteAddress = '192.0.2.7';
  readonly localAddress = '192.0.2.1';
  readonly localPort = 4000;
  readonly remotePort: number | undefined;
  destroyed = false;

  constructor(remotePort: number | undefined) {
    super();
    this.remotePort = remotePort;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

/** A gate at which all anonymous places but one are taken. */
function scene(t: Test) {
  const gate = new ConnectionGate();
  t.teardown(() => gate.destroyAll());
  let lastPort = 0;
  const enter = (port: number | undefined = ++lastPort): FakeConnection => {
    const connection = new FakeConnection(port);
    gate.enter(connection as unknown as Socket);
    return connection;
  };
  for (let n = 1; n < MAX_ANONYMOUS_CONNECTIONS; n++) enter();
  return { gate, enter };
}

void t.test('so many may be anonymous, one more is turned away', async (t) => {
  const { enter } = scene(t);
  const last = enter();
  t.notOk(last.destroyed);
  t.ok(enter().destroyed);
  last.destroy();
  t.notOk(enter().destroyed, 'one place was free again');
});

void t.test('a login makes room, its end takes the place back', async (t) => {
  const { gate, enter } = scene(t);
  const anna = enter();
  gate.onLoginChanged(anna, true);
  gate.onLoginChanged(anna, true);
  const ben = enter();
  t.notOk(ben.destroyed);
  t.ok(enter().destroyed, 'twice is once');
  gate.onLoginChanged(ben, true);
  gate.onLoginChanged(anna, false);
  t.ok(enter().destroyed);
  anna.destroy();
  gate.onLoginChanged(anna, false);
  t.notOk(enter().destroyed, 'who is gone takes no place');
});

void t.test('a connection that is gone already is not let in', async (t) => {
  const { gate } = scene(t);
  const gone = new FakeConnection(undefined);
  gate.enter(gone as unknown as Socket);
  t.ok(gone.destroyed);
});

void t.test('closing destroys everyone, logged in or not', async (t) => {
  const gate = new ConnectionGate();
  const [anna, ben] = [new FakeConnection(1), new FakeConnection(2)];
  for (const one of [anna, ben]) gate.enter(one as unknown as Socket);
  gate.onLoginChanged(anna, true);
  gate.destroyAll();
  t.ok(anna.destroyed && ben.destroyed);
});
