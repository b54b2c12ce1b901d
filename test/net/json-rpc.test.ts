import t from 'tap';
import { PeerError, TrackerError } from '../../src/net/errors.js';
import { JsonRpcConnection, type JsonRpcOptions } from '../../src/net/json-rpc.js';

const lost = new TrackerError('CONNECTION_LOST', 'the connection was lost');

/** Options that remember what was sent and heard; requests are echoed unless told otherwise. */
function recording(overrides: Partial<JsonRpcOptions> = {}) {
  const sent: string[] = [];
  const heard: [string, unknown][] = [];
  const options: JsonRpcOptions = {
    send: (text) => void sent.push(text),
    onRequest: (method, params) => Promise.resolve({ method, params }),
    onNotification: (method, params) => void heard.push([method, params]),
    maxPending: 4,
    requestTimeoutMs: 0,
    ...overrides,
  };
  return { sent, heard, connection: new JsonRpcConnection(options) };
}

/** Two connections whose texts reach each other at once. */
function pair(serverOptions: Partial<JsonRpcOptions> = {}) {
  const client = recording({ send: (text) => server.connection.receive(text) });
  const server = recording({
    ...serverOptions,
    send: (text) => client.connection.receive(text),
  });
  return { client, server };
}

/** A promise and the function that fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

t.test('calls get their own answers, in both directions', async (t) => {
  const { client, server } = pair();
  const calls = [client.connection.call('a', { x: 1 }), client.connection.call('b', [2])];
  t.same(await Promise.all(calls), [
    { method: 'a', params: { x: 1 } },
    { method: 'b', params: [2] },
  ]);
  t.same(await server.connection.call('c', undefined), { method: 'c', params: {} });
});

t.test('notifications arrive in order and are not answered', (t) => {
  const { client, server } = pair();
  server.connection.notify('epoch', { epoch: 1 });
  server.connection.notify('epoch', { epoch: 2 });
  t.same(client.heard, [
    ['epoch', { epoch: 1 }],
    ['epoch', { epoch: 2 }],
  ]);
  t.end();
});

t.test('a refusal arrives with its code and text, whatever its class was', async (t) => {
  const { client } = pair({
    onRequest: () => Promise.reject(new PeerError('NOT_A_MEMBER', 'you are no member')),
  });
  const call = client.connection.call('listFiles', {});
  await t.rejects(call, {
    name: 'TrackerError',
    code: 'NOT_A_MEMBER',
    message: 'you are no member',
  });
});

t.test('an unforeseen error keeps its text at home and is heard there', async (t) => {
  const bug = new Error('secret detail');
  const unforeseen: unknown[] = [];
  const { client } = pair({
    onRequest: () => {
      throw bug;
    },
    onUnforeseen: (error) => void unforeseen.push(error),
  });
  const call = client.connection.call('login', {});
  await t.rejects(call, { code: 'INTERNAL', message: 'internal error' });
  t.same(unforeseen, [bug]);
});

t.test('a result that has no JSON form is an unforeseen error', async (t) => {
  const { client } = pair({ onRequest: () => Promise.resolve(1n) });
  await t.rejects(client.connection.call('m', {}), { code: 'INTERNAL' });
});

t.test('a request past the bound is refused with BUSY, and later ones are served', async (t) => {
  const { opened, open } = gate();
  const { client } = pair({ maxPending: 2, onRequest: () => opened });
  const accepted = [client.connection.call('a', {}), client.connection.call('b', {})];
  await t.rejects(client.connection.call('c', {}), { code: 'BUSY' });
  open();
  t.same(await Promise.all(accepted), [null, null]);
  t.equal(await client.connection.call('d', {}), null);
});

t.test('a call past the bound is refused here, without sending it', async (t) => {
  const { connection, sent } = recording({ maxPending: 1 });
  const waiting = connection.call('a', {});
  await t.rejects(connection.call('b', {}), { code: 'BUSY' });
  t.equal(sent.length, 1);
  connection.receive('{"jsonrpc":"2.0","id":1,"result":7}');
  t.equal(await waiting, 7);
});

t.test('close rejects what waits, silences the rest, and may be called again', async (t) => {
  const { opened, open } = gate();
  const { connection, sent, heard } = recording({ onRequest: () => opened });
  const calls = [connection.call('a', {}), connection.call('b', {})];
  connection.receive('{"jsonrpc":"2.0","id":1,"method":"slow"}');
  t.equal(connection.isClosed, false);
  connection.close(lost);
  connection.close(new TrackerError('INTERNAL', 'another reason'));
  t.equal(connection.isClosed, true);
  for (const call of calls) await t.rejects(call, lost);
  await t.rejects(connection.call('c', {}), lost);
  connection.notify('n', {});
  connection.receive('{"jsonrpc":"2.0","method":"n"}');
  connection.receive('garbage');
  open();
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(sent.length, 2);
  t.same(heard, []);
});

t.test('a call without an answer ends with TIMEOUT, and a late answer is ignored', async (t) => {
  const { connection, sent } = recording({ requestTimeoutMs: 1 });
  // The connection's own timer is unref'ed; a test has nothing else that waits.
  const alive = setInterval(() => undefined, 1000);
  await t.rejects(connection.call('whoami', {}), {
    code: 'TIMEOUT',
    message: 'no answer to whoami within 0.001 s; try again',
  });
  clearInterval(alive);
  connection.receive('{"jsonrpc":"2.0","id":1,"result":7}');
  t.equal(sent.length, 1);
});

t.test('malformed input is answered and hurts nothing', async (t) => {
  const { connection, sent } = recording();
  connection.receive('{');
  connection.receive('[]');
  connection.receive('{"jsonrpc":"2.0","id":99,"result":1}');
  connection.receive('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}');
  t.same(
    sent.map((text) => (JSON.parse(text) as { error: { code: number } }).error.code),
    [-32700, -32600],
  );
  const call = connection.call('m', {});
  connection.receive('{"jsonrpc":"2.0","id":1,"result":true}');
  t.equal(await call, true);
});

t.test('params that have no JSON form reject the call and leave nothing waiting', async (t) => {
  const { connection, sent } = recording({ maxPending: 1 });
  await t.rejects(connection.call('m', 1n), TypeError);
  void connection.call('m', {});
  t.equal(sent.length, 1);
});
