/**
 * What a serving client says is the same wherever the network cuts it: handshake, frames and blocks, in the records of
 * TLS and in the clear. Many cuts share a connection; each boundary is one of them, and once it goes byte by byte.
 */
import t, { type Test } from 'tap';
import type { PeerTransport } from '../../src/net/tracker-api.js';
import { everyBytes, startCuttingProxy, type NextCut } from '../fixtures/cutting-proxy.js';
import { dialServing } from '../fixtures/fake-dialler.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

/** Bytes between two cuts of a connection. */
const STRIDE = 61;

const content = sampleBytes(900);

async function startScene(t: Test, transport: PeerTransport) {
  const swarm = await startSwarm(t, { transport });
  const ann = await swarm.client('ann');
  const { fileId } = await ann.share('film.mkv', content);
  const mallory = await swarm.member('mallory');
  const { deviceId, listening } = await ann.engine.status();
  const ticket = await mallory.ticket(GROUP);
  let nextCut: NextCut = () => Infinity;
  const proxy = await startCuttingProxy(t, { to: listening!, nextCut: () => nextCut });
  const address = { host: '127.0.0.1', port: proxy.port };
  const { credentials } = mallory;
  /** Opens the file, asks for two blocks and for one that is not there; answers what was said. */
  const converse = async (cut: NextCut): Promise<unknown[]> => {
    nextCut = cut;
    const servingDeviceId = deviceId!;
    const dialler = await dialServing({ address, transport, credentials, servingDeviceId });
    await dialler.greet(ticket);
    dialler.send({ type: 'open', fileRef: 3, fileId });
    const said: unknown[] = [await dialler.stream.nextOf('opened')];
    for (const [offset, length] of [
      [0, 500],
      [500, 400],
    ] as const) {
      dialler.send({ type: 'request', fileRef: 3, pieceIndex: 0, offset, length });
      said.push(await dialler.stream.nextOf('block'));
    }
    dialler.send({ type: 'open', fileRef: 4, fileId: 'ab'.repeat(32) });
    said.push(await dialler.stream.nextOf('refused'));
    dialler.close();
    return said;
  };
  return { converse };
}

for (const transport of ['tls', 'tcp'] as const) {
  t.test(`what is served over ${transport} is the same wherever it is cut`, async (t) => {
    const { converse } = await startScene(t, transport);
    const whole = await converse(() => Infinity);
    t.match(whole, [
      { type: 'opened' },
      { type: 'block', bytes: content.subarray(0, 500) },
      { type: 'block', bytes: content.subarray(500) },
      { type: 'refused', code: 'NO_SUCH_FILE' },
    ]);
    t.same(await converse(everyBytes(1, 1)), whole, 'byte by byte');
    let differing = 0;
    for (let first = 1; first <= STRIDE; first++) {
      const said = await converse(everyBytes(STRIDE, first));
      if (JSON.stringify(said) !== JSON.stringify(whole)) differing++;
    }
    t.equal(differing, 0, 'each byte is a place of a cut once');
  });
}
