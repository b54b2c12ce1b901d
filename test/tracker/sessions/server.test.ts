/** The port of a tracker when more come than it takes at a time, and when it closes on many. */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { isBusyAlert } from '../../../src/net/busy-alert.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import { MAX_ANONYMOUS_PER_ADDRESS, MAX_NEWCOMER_WAIT_MS } from '../../../src/net/limits.js';
import { encodeReturnAdvice } from '../../../src/net/return-advice.js';
import { clientTlsOptions } from '../../../src/net/tls-identity.js';
import { TrackerServer } from '../../../src/tracker/sessions/server.js';
import type { Session } from '../../../src/tracker/sessions/session.js';
import { TokenBucket } from '../../../src/net/token-bucket.js';
import { FakeClock } from '../fake-clock.js';

const credentials = createDeviceCredentials();

/** A server on whose connections somebody is logged in by any request. */
async function scene(t: Test) {
  const clock = new FakeClock();
  const sentBack: string[] = [];
  const server = new TrackerServer({
    host: '127.0.0.1',
    port: 0,
    credentials: createDeviceCredentials(),
    onRequest: async (session: Session) => {
      session.beginLogin({ userId: 'ann', tokenHash: '' }, new TokenBucket(1_000, 1_000, 0));
      return {};
    },
    onSessionClosed: () => undefined,
    onExcess: () => t.fail('nobody sends too much'),
    onDropped: () => undefined,
    onSentBack: (network) => sentBack.push(network),
    onUnforeseen: (error) => t.error(error),
    pages: undefined,
    clock,
    relay: undefined,
    ticketMs: () => 0,
  });
  const { port } = await server.listen();
  t.teardown(() => server.close());
  const dial = (): TLSSocket => {
    const socket = connect({ ...clientTlsOptions(credentials), host: '127.0.0.1', port });
    t.teardown(() => socket.destroy());
    return socket;
  };
  const logIn = async (): Promise<WebSocket> => {
    const { key, cert } = clientTlsOptions(credentials);
    const url = `wss://127.0.0.1:${port}/v1`;
    const socket = new WebSocket(url, { key, cert, rejectUnauthorized: false });
    t.teardown(() => socket.terminate());
    await once(socket, 'open');
    socket.send('{"jsonrpc":"2.0","id":1,"method":"login","params":{}}');
    await once(socket, 'message');
    return socket;
  };
  return { server, clock, sentBack, dial, logIn };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

t.test('who would wait too long is told so before TLS, and can tell it', async (t) => {
  const { server, clock, sentBack, dial } = await scene(t);
  const idle = Array.from({ length: MAX_ANONYMOUS_PER_ADDRESS }, dial);
  await Promise.all(idle.map((socket) => once(socket, 'secureConnect')));
  for (const socket of idle) socket.on('error', () => undefined);
  const late = Array.from({ length: 4 }, dial);
  const outcomes = late.map((socket) =>
    once(socket, 'secureConnect').then(
      () => 'taken',
      (error: unknown) => (isBusyAlert(error) ? 'sent back' : String(error)),
    ),
  );
  await until(() => server.counts().waiting === late.length);
  clock.advance(MAX_NEWCOMER_WAIT_MS);
  const seen = await Promise.all(outcomes);
  t.same(seen.toSorted(), ['sent back', 'sent back', 'sent back', 'taken']);
  t.same(sentBack, ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  await until(() => server.counts().all === MAX_ANONYMOUS_PER_ADDRESS);
});

t.test('a server that closes tells many when to come back, and few nothing', async (t) => {
  for (const count of [1, 120]) {
    const { server, logIn } = await scene(t);
    const farewells: Promise<unknown>[] = [];
    for (let n = 0; n < count; n++) farewells.push(once(await logIn(), 'close'));
    await server.close();
    for (const farewell of await Promise.all(farewells)) {
      const [code, reason] = farewell as [number, Buffer];
      t.equal(code, 1001);
      t.equal(String(reason), count === 1 ? '' : encodeReturnAdvice(count));
    }
  }
});
