/**
 * Every valid conversation, cut at every byte boundary, says the same as a whole one: the link to a
 * tracker with its TLS records, WebSocket frames and texts, both real ends. Many cuts share a
 * connection; each boundary is one of them, once with whole pieces around it and once byte by byte.
 */
import t, { type Test } from 'tap';
import { KnownTrackers } from '../../src/main/tracker-link/known-trackers.js';
import { openHome } from '../../src/main/home/home.js';
import { TrackerLink } from '../../src/main/tracker-link/tracker-link.js';
import { toWireError } from '../../src/net/errors.js';
import { everyBytes, startCuttingProxy, type NextCut } from '../fixtures/cutting-proxy.js';
import { createDevice, enter, openTracker } from '../tracker/tracker-client.js';
import { testFolder } from '../fixtures/test-folder.js';
import { TrackerAddresses } from '../../src/main/tracker-link/tracker-addresses.js';

/** Bytes between two cuts of a connection. */
const STRIDE = 61;

async function startScene(t: Test) {
  const tracker = await openTracker(t);
  const device = createDevice();
  const ann = await enter(tracker, 'ann', device);
  await ann.client.call('createGroup', { groupId: 'chess' });
  await ann.client.close();
  const aside = await enter(tracker, 'ann', createDevice());
  t.teardown(() => aside.client.close());
  let nextCut: NextCut = () => Infinity;
  const proxy = await startCuttingProxy(t, { to: tracker.address, nextCut: () => nextCut });
  const home = await openHome({ P2P_HOME: testFolder(t) });
  /** Calls, refusals and a push, by a connection that is cut so; answers what was said. */
  const converse = async (cut: NextCut): Promise<unknown[]> => {
    nextCut = cut;
    const said: unknown[] = [];
    let onPush: (() => void) | undefined;
    const link = await TrackerLink.connect({
      addresses: new TrackerAddresses({ said: [{ host: '127.0.0.1', port: proxy.port }] }),
      credentials: device.credentials,
      knownTrackers: new KnownTrackers(home),
      onConnected: async (calls) => {
        const session = await calls.call('resume', { token: ann.token });
        said.push({ ...session, nowMs: 0 });
      },
      onNotification: ({ name }) => {
        said.push(name);
        onPush?.();
      },
      onEvent: (event) => void said.push(event.type),
    });
    const groupId = 'chess';
    said.push(await link.call('listMemberships', {}));
    const refused = link.call('fileInfo', { groupId, name: 'schach – фильм.mkv' });
    said.push(await refused.catch((error: unknown) => toWireError(error)));
    const pushed = new Promise<void>((resolve) => (onPush = resolve));
    await aside.client.call('createGroup', { groupId: 'aside' });
    await pushed;
    const left = new Promise<void>((resolve) => (onPush = resolve));
    await aside.client.call('leaveGroup', { groupId: 'aside' });
    await left;
    await link.close();
    return said;
  };
  return { converse };
}

t.test('a conversation with a tracker is the same wherever its bytes are cut', async (t) => {
  const { converse } = await startScene(t);
  const whole = await converse(() => Infinity);
  t.ok(whole.length >= 5, 'it holds answers, a refusal and pushes');
  t.match(JSON.stringify(whole), /NO_SUCH_FILE/);
  t.same(await converse(everyBytes(1, 1)), whole, 'byte by byte');
  for (let first = 1; first <= STRIDE; first++) {
    t.same(await converse(everyBytes(STRIDE, first)), whole, `cut at ${first} and on`);
  }
});
