/** Which certificate guests are shown before and after SIGHUP. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { gatewayCertificate } from '../../../src/main/gateway/gateway-certificate.js';
import { renewOnHangUp } from '../../../src/main/processes/renewed-certificate.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import { guestScene } from '../../fixtures/guest-scene.js';

async function scene(t: Test) {
  const { ann, server } = await guestScene(t);
  const files = { certPath: ann.path('cert.pem'), keyPath: ann.path('key.pem') };
  const pair = async () => {
    const { certPem, keyPem } = createDeviceCredentials();
    await writeFile(files.certPath, certPem);
    await writeFile(files.keyPath, keyPem);
    return certPem;
  };
  const home = { gatewayKeyPath: ann.path('gateway.pem') };
  const read = async () => (await gatewayCertificate(home, files)).credentials;
  const notes: string[] = [];
  const told = { next: (_line: string): void => undefined };
  const note = (line: string): void => {
    notes.push(line);
    told.next(line);
  };
  const ending = new AbortController();
  const out = { note } as unknown as Parameters<typeof renewOnHangUp>[2]['out'];
  const listeners = process.listenerCount('SIGHUP');
  const stop = renewOnHangUp(read, (found) => server.show(found), { out, signal: ending.signal });
  t.teardown(stop);
  const hangUp = async (): Promise<string> => {
    const next = new Promise<string>((resolve) => (told.next = resolve));
    process.emit('SIGHUP');
    return next;
  };
  const shown = async (): Promise<string> => {
    const { port } = server.address;
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const certificate = socket.getPeerX509Certificate()!.toString();
    socket.destroy();
    return certificate;
  };
  return { files, pair, notes, ending, listeners, stop, hangUp, shown };
}

t.test('guests are shown the one that lies there by then', async (t) => {
  const { files, pair, notes, ending, listeners, stop, hangUp, shown } = await scene(t);
  const before = await shown();
  const first = await pair();
  t.equal(await shown(), before, 'nothing changes by itself');
  t.match(await hangUp(), /was read again/);
  t.equal((await shown()).trim(), first.trim());
  await writeFile(files.keyPath, 'garbage');
  t.match(await hangUp(), /certificate of before: .*does not hold a private key/);
  t.equal((await shown()).trim(), first.trim(), 'a broken pair changes nothing');
  const second = await pair();
  t.match(await hangUp(), /was read again/);
  t.equal((await shown()).trim(), second.trim());
  ending.abort();
  process.emit('SIGHUP');
  stop();
  t.equal(process.listenerCount('SIGHUP'), listeners, 'its handler is gone');
  t.equal(notes.length, 3, 'of a process that ends nothing is read');
});
