/** A conversation over the control socket, cut at each of its bytes: both ends say the same as uncut. */
import t, { type Test } from 'tap';
import { RemoteEngine } from '../../../src/main/control/remote-engine.js';
import { toWireError } from '../../../src/net/errors.js';
import { everyBytes, startCuttingProxy, type NextCut } from '../../fixtures/cutting-proxy.js';
import { noSignal, serveEngine } from './control-fixture.js';

async function startScene(t: Test) {
  const { socketPath, home, engine, unforeseen } = await serveEngine(t);
  let nextCut: NextCut = () => Infinity;
  let count = 0;
  const path = `${socketPath}-cut`;
  await startCuttingProxy(t, {
    to: { path: socketPath },
    path,
    // Counted in passing: how long the longer direction was.
    nextCut: () => (at) => {
      count = Math.max(count, at);
      return nextCut(at);
    },
  });
  const converse = async (cut: NextCut): Promise<unknown[]> => {
    nextCut = cut;
    const said: unknown[] = [];
    const remote = (await RemoteEngine.connect({ ...home, socketPath: path }, noSignal))!;
    const heard = new Promise<void>((resolve) => {
      remote.events((event) => {
        said.push(event);
        resolve();
      });
    });
    said.push(await remote.listGroups());
    const account = { tracker: { host: '::1', port: 8000 }, userId: 'bob – Зоя' };
    said.push(await remote.login({ ...account, password: 'pw' }));
    const refused = remote.login({ ...account, password: 'wrong' });
    said.push(await refused.catch((error: unknown) => toWireError(error)));
    for (const listener of engine.listeners)
      listener({ type: 'tracker-back', tracker: '[::1]:8000' }, 7);
    await heard;
    remote.close();
    return said;
  };
  return { converse, unforeseen, longest: () => count };
}

t.test('lines of the control socket are the same wherever they are cut', async (t) => {
  const { converse, unforeseen, longest } = await startScene(t);
  const whole = await converse(() => Infinity);
  t.match(JSON.stringify(whole), /WRONG_PASSWORD.*tracker-back/);
  t.same(await converse(everyBytes(1, 1)), whole, 'byte by byte');
  const length = longest();
  t.ok(length > 300, 'all of it was cut');
  let differing = 0;
  for (let at = 1; at <= length; at++) {
    const said = await converse((from) => (from < at ? at : Infinity));
    if (JSON.stringify(said) !== JSON.stringify(whole)) differing++;
  }
  t.equal(differing, 0, `none of ${length} cuts changes anything`);
  t.same(unforeseen, []);
});
