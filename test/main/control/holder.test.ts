import t from 'tap';
import { openHome } from '../../../src/main/home/home.js';
import { askHolder, askToEnd, askToMakeRoom, whenGone } from '../../../src/main/control/holder.js';
import { fakeEngine, noSignal, serveEngine, serveHome, startImpostor } from './control-fixture.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('who runs for a home is told without a greeting', async (t) => {
  const { home } = await serveEngine(t);
  t.same(await askHolder(home), { pid: process.pid, isEngineStaying: true, isInBackground: true });
  const nowhere = { socketPath: '/nowhere', lockPidPath: '/nowhere' };
  t.equal(await askHolder(nowhere), undefined);
});

t.test('only who goes on with what others wait for makes room', async (t) => {
  const { home } = await serveEngine(t);
  await t.rejects(askToMakeRoom(home), { code: 'BAD_REQUEST' });
});

t.test('what runs in the background ends when it is asked to', async (t) => {
  const { home, asked } = await serveEngine(t);
  await askToEnd(home);
  t.same(asked, ['end']);
});

t.test('what a terminal has does not end for others', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t, {}) });
  const { asked } = await serveHome(t, home, fakeEngine(home), { isInBackground: false });
  await t.rejects(askToEnd(home), { code: 'BAD_REQUEST' });
  t.same(asked, []);
});

t.test('a version that knows no such request refuses to end', async (t) => {
  const older = await startImpostor(t, (socket) => {
    const error = { code: -32601, message: 'unknown', data: { code: 'BAD_REQUEST' } };
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, error })}\n`);
  });
  await t.rejects(askToEnd(older), { code: 'BAD_REQUEST' });
});

t.test('there may be nobody left to end', async (t) => {
  await t.resolves(askToEnd({ socketPath: '/nowhere', lockPidPath: '/nowhere' }));
});

t.test('one that went away before it answered is nobody', async (t) => {
  t.equal(await askHolder(await startImpostor(t, (socket) => void socket.destroy())), undefined);
});

t.test('an answer that says nobody is of another version', async (t) => {
  const other = await startImpostor(t, (socket) => {
    socket.write('{"jsonrpc":"2.0","id":1,"result":{"pid":0}}\n');
  });
  await t.rejects(askHolder(other), { code: 'BAD_REQUEST' });
});

t.test('who has not gone is waited for until somebody has had enough', async (t) => {
  t.equal(await whenGone(process.pid, AbortSignal.abort()), false);
  // No system gives such a pid.
  t.equal(await whenGone(2 ** 31 - 2, noSignal), true);
});
