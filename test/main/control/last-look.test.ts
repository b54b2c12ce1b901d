import t, { type Test } from 'tap';
import { hasToMove } from '../../../src/main/control/last-look.js';
import { deferred } from '../../../src/net/deferred.js';
import { serveEngine } from './control-fixture.js';

const endless = {
  ...{ groupId: 'g1', fileName: 'endless', destination: '/got', overwrite: true, timeoutMs: 0 },
};

/** A process that is done, while another command is attached to its engine. */
async function scene(t: Test) {
  const { engine, server, connect } = await serveEngine(t);
  const remote = await connect();
  const told = deferred<undefined>();
  let tellCount = 0;
  const end = new AbortController();
  const look = (patienceMs = 1): Promise<boolean> =>
    hasToMove(server, {
      signal: end.signal,
      patienceMs,
      onWaiting: async () => {
        tellCount++;
        told.resolve(undefined);
      },
    });
  return { engine, server, connect, remote, look, told: told.promise, end, tells: () => tellCount };
}

t.test('nobody is waited for where nobody is', async (t) => {
  const { server, remote, look, tells } = await scene(t);
  remote.close();
  await server.whenIdle();
  t.equal(await look(2 ** 30), false);
  t.equal(tells(), 0);
});

t.test('who is done in time is not told of', async (t) => {
  const { remote, look, tells } = await scene(t);
  const moves = look(2 ** 30);
  remote.close();
  t.equal(await moves, false);
  t.equal(tells(), 0);
});

t.test('a command between two calls is waited for, until it has gone', async (t) => {
  const { remote, look, told, tells } = await scene(t);
  const moves = look();
  await told;
  for (let count = 0; count < 3; count++) await remote.status();
  t.equal(await Promise.race([moves, remote.status().then(() => 'goes on')]), 'goes on');
  remote.close();
  t.equal(await moves, false);
  t.equal(tells(), 1);
});

t.test(
  'a download that was started moves as soon as nothing else runs, also one not waited for yet',
  async (t) => {
    const { remote, look, told, tells, engine, connect } = await scene(t);
    const moves = look();
    await told;
    const held = deferred<undefined>();
    const begun = deferred<undefined>();
    engine.whoami = async () => {
      begun.resolve(undefined);
      await held.promise;
      throw new Error('never answered otherwise');
    };
    const other = await connect();
    const unmovable = other.whoami().catch(() => undefined);
    await begun.promise;
    await remote.startDownload(endless);
    t.equal(await Promise.race([moves, remote.status().then(() => 'goes on')]), 'goes on');
    held.resolve(undefined);
    await unmovable;
    t.equal(await moves, true);
    t.equal(tells(), 1);
  },
);

t.test('somebody who ends both is not kept waiting', async (t) => {
  const { remote, look, end, tells } = await scene(t);
  const moves = look(2 ** 30);
  end.abort();
  t.equal(await moves, false, 'nothing would be gone on with');
  await remote.startDownload(endless);
  t.equal(await look(2 ** 30), true);
  t.equal(tells(), 0);
});

t.test('what would begin anew elsewhere moves only when this process has to end', async (t) => {
  const { engine, remote, look, told, end } = await scene(t);
  const held = deferred<undefined>();
  const begun = deferred<undefined>();
  engine.upload = async () => {
    begun.resolve(undefined);
    await held.promise;
    throw new Error('never answered otherwise');
  };
  const request = { path: '/film', groupId: 'g1', sha256: false };
  const upload = remote.upload(request, () => undefined).catch(() => undefined);
  await begun.promise;
  const moves = look();
  await told;
  t.equal(await Promise.race([moves, remote.status().then(() => 'goes on')]), 'goes on');
  end.abort();
  t.equal(await moves, true);
  held.resolve(undefined);
  await upload;
});
