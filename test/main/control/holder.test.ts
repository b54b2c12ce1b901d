import t from 'tap';
import { askHolder, askToMakeRoom, whenGone } from '../../../src/main/control/holder.js';
import { noSignal, serveEngine, startImpostor } from './control-fixture.js';

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
