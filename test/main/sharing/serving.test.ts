/** The listeners of a client, over a pool without threads. */
import { untoldFiles } from '../../fixtures/untold-files.js';
import t, { type Test } from 'tap';
import { createRates } from '../../../src/main/engine/client-rates.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import type { OwnAddress } from '../../../src/net/own-addresses.js';
import { Serving, type ServingOptions } from '../../../src/main/sharing/serving.js';
import { Uploads } from '../../../src/main/sharing/uploads.js';
import { FakeTransferPool } from '../../fixtures/fake-transfer-pool.js';
import { at } from '../../fixtures/incarnations.js';

const credentials = createDeviceCredentials();
const listen = { host: 'here', port: 0 };
/** Port that the system picks. */
const PICKED = 4_000;
const trusted = { ticketKey: Uint8Array.of(1), clockOffsetMs: 5 };

/** The listeners under test; each listens as soon as it is started, and ends when it is told to. */
function scene(t: Test, options: Partial<ServingOptions> = {}) {
  const pool = new FakeTransferPool();
  pool.onListener = (listener) => {
    const { host, portNumber } = listener.request;
    const address = { host, port: portNumber || PICKED };
    setImmediate(() => listener.say({ type: 'listening', address }));
    listener.onPosted = ({ type }) => {
      if (type === 'close') setImmediate(() => listener.settle());
    };
  };
  const uploads = new Uploads(
    { onOfferBroken: () => {} },
    { trackerMs: () => 0, steadyMs: () => 0 },
    untoldFiles(),
  );
  t.teardown(() => uploads.close());
  let own: OwnAddress[] = [];
  const rates = createRates({});
  const common = {
    pool: () => pool,
    uploads,
    listen,
    key: { load: async () => credentials },
    rates,
    own: () => own,
  };
  const serving = new Serving({ ...common, ...options });
  const setOwn = (addresses: OwnAddress[]): void => void (own = addresses);
  return { pool, serving, uploads, listeners: pool.listeners, setOwn };
}

t.test('it listens where it was told to, in as many threads as may share a port', async (t) => {
  const { serving, listeners } = scene(t);
  t.equal(serving.address, undefined);
  t.same(await serving.start('tls'), { host: 'here', port: PICKED });
  t.same(serving.address, { host: 'here', port: PICKED });
  const [first, ...others] = listeners.map(({ request }) => request);
  t.match(first, { host: 'here', portNumber: 0, transport: 'tls' });
  t.equal(first?.reusePort, others.length > 0);
  for (const other of others) t.match(other, { portNumber: PICKED, reusePort: true });
});

t.test('starting again changes nothing, unless the transport is another', async (t) => {
  const { serving, listeners } = scene(t);
  await serving.start('tls');
  const count = listeners.length;
  t.same(await serving.start('tls'), { host: 'here', port: PICKED });
  t.equal(listeners.length, count);
  const before = [...listeners];
  t.same(await serving.start('tcp'), { host: 'here', port: PICKED });
  for (const { orders } of before) t.same(orders, ['close']);
  const after = listeners.slice(count).map(({ request }) => request);
  t.equal(after.length, count);
  for (const request of after) t.match(request, { portNumber: PICKED, transport: 'tcp' });
});

t.test('every listener knows whose tickets are good, later ones too', async (t) => {
  const { serving, listeners } = scene(t);
  await serving.start('tls');
  serving.trust(trusted);
  await serving.start('tcp');
  for (const { posted } of listeners) t.same(posted[0], { type: 'trust', ...trusted });
});

t.test('what a listener says goes to the uploads, until it has stopped', async (t) => {
  const { serving, listeners, uploads } = scene(t);
  await serving.start('tls');
  const [listener] = listeners;
  const who = { userId: 'ann', deviceId: 'ann', groupId: 'group', remote: 'h' };
  uploads.onStanding({ groupId: 'group', ...at(1) });
  listener?.say({ type: 'proven', session: 1, ...who, ...at(1), expiresAtMs: Infinity });
  t.equal(uploads.peerCount, 1);
  listener?.say({ type: 'sent', session: 1, bytes: 7 });
  t.equal(uploads.sentBytes, 7);
  await serving.stop();
  t.equal(uploads.peerCount, 0);
  listener?.say({ type: 'sent', session: 1, bytes: 7 });
  t.equal(uploads.sentBytes, 7);
});

t.test('stop closes every listener, once, and nothing listens then', async (t) => {
  const { serving, listeners } = scene(t);
  await serving.stop();
  await serving.start('tls');
  await Promise.all([serving.stop(), serving.stop()]);
  for (const { orders } of listeners) t.same(orders, ['close']);
  t.equal(serving.address, undefined);
});

t.test('a port that is taken is refused, and may be tried again', async (t) => {
  const { serving, pool } = scene(t, { listen: { host: 'here', port: 80 } });
  const { onListener } = pool;
  pool.onListener = (listener) => {
    listener.settle({ ok: false, code: 'ADDRESS_IN_USE', message: 'port 80 is taken' });
  };
  await t.rejects(serving.start('tls'), { code: 'ADDRESS_IN_USE', message: 'port 80 is taken' });
  t.equal(serving.address, undefined);
  pool.onListener = onListener;
  t.same(await serving.start('tls'), { host: 'here', port: 80 });
});

t.test('a thread that crashed does not leave anybody waiting', async (t) => {
  const { serving, pool } = scene(t);
  pool.onListener = (listener) => listener.crash(new Error('the thread is gone'));
  await t.rejects(serving.start('tls'), { message: 'the thread is gone' });
});

t.test('all threads listen, or none: one that fails takes the others back', async (t) => {
  const { serving, pool, listeners, uploads } = scene(t);
  const { onListener } = pool;
  // One listener, where threads cannot share a port, fails for itself.
  await serving.start('tls');
  const count = listeners.length;
  await serving.stop();
  listeners.length = 0;
  pool.onListener = (listener) => {
    if (listeners.length < count) onListener(listener);
    else listener.settle({ ok: false, code: 'ADDRESS_IN_USE', message: 'taken meanwhile' });
  };
  await t.rejects(serving.start('tls'), { code: 'ADDRESS_IN_USE' });
  t.equal(serving.address, undefined);
  for (const { orders } of listeners.slice(0, -1)) t.same(orders, ['close']);
  t.equal(uploads.peerCount, 0);
  pool.onListener = onListener;
  t.same(await serving.start('tls'), { host: 'here', port: PICKED });
  t.equal(listeners.length, 2 * count);
});

t.test(
  'a restart that fails leaves nothing listening, and is a start when tried again',
  async (t) => {
    const { serving, pool, listeners } = scene(t);
    const { onListener } = pool;
    await serving.start('tls');
    const before = [...listeners];
    pool.onListener = (listener) => {
      listener.settle({ ok: false, code: 'ADDRESS_IN_USE', message: 'taken meanwhile' });
    };
    await t.rejects(serving.start('tcp'), { code: 'ADDRESS_IN_USE' });
    for (const { orders } of before) t.same(orders, ['close']);
    t.equal(serving.address, undefined);
    pool.onListener = onListener;
    await serving.start('tls');
    t.ok(serving.address);
  },
);

t.test('every host is listened on at one port', async (t) => {
  const listen = { host: '192.0.2.1', port: 0 };
  const { serving } = scene(t, { listen, furtherHosts: ['2001:db8::1', '192.0.2.1'] });
  t.same(await serving.start('tls'), { host: '192.0.2.1', port: PICKED });
  t.same(serving.addresses, [
    { host: '192.0.2.1', port: PICKED },
    { host: '2001:db8::1', port: PICKED },
  ]);
});

t.test('an address that has gone is followed to what its interface has now', async (t) => {
  const at = (host: string): OwnAddress => ({ host, interfaceName: 'eth0', isInternal: false });
  const { serving, setOwn, listeners } = scene(t, { listen: { host: '192.0.2.1', port: 0 } });
  t.notOk(await serving.follow(), 'nothing listens yet');
  setOwn([at('192.0.2.1')]);
  await serving.start('tls');
  t.notOk(await serving.follow());
  const before = [...listeners];
  setOwn([at('192.0.2.9')]);
  t.ok(await serving.follow());
  t.same(serving.addresses, [{ host: '192.0.2.9', port: PICKED }]);
  for (const { orders } of before) t.same(orders, ['close']);
});
