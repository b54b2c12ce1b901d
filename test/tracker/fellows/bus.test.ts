/** The connections to a presence server that runs, is not there, or refuses. */
import t, { type Test } from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { PRESENCE_FIRST_UP_MS } from '../../../src/net/limits.js';
import { Bus } from '../../../src/tracker/fellows/bus.js';
import { noRedis, RedisServer } from '../../fixtures/redis-server.js';
import { FakeClock } from '../fake-clock.js';

const missing = noRedis();
if (missing !== undefined) t.plan(0, missing);
else {
  const scene = (t: Test, url: string) => {
    const clock = new FakeClock();
    const reasons: string[] = [];
    const [up, heard] = [deferred<void>(), deferred<string>()];
    const bus = new Bus({
      url,
      channels: ['all', 'own'],
      onText: (text) => heard.resolve(text),
      onUp: () => up.resolve(),
      onDown: (reason) => void reasons.push(reason),
      delay: clock.delay,
    });
    t.teardown(() => bus.close());
    bus.open();
    return { bus, clock, reasons, up: up.promise, heard: heard.promise };
  };

  void t.test(
    'a server that was never there is told of once, with what is the matter',
    async (t) => {
      const server = await RedisServer.start(t);
      await server.stop();
      const { clock, reasons, up } = scene(t, server.url);
      clock.advance(PRESENCE_FIRST_UP_MS - 1);
      t.same(reasons, []);
      clock.advance(1);
      t.equal(reasons.length, 1);
      clock.advance(10 * PRESENCE_FIRST_UP_MS);
      t.equal(reasons.length, 1);
      await server.startAgain();
      await up;
    },
  );

  void t.test('one that is up in time is not told of as away', async (t) => {
    const server = await RedisServer.start(t);
    const { clock, reasons, up } = scene(t, server.url);
    await up;
    clock.advance(10 * PRESENCE_FIRST_UP_MS);
    t.same(reasons, []);
    t.equal(clock.timerCount, 0);
  });

  void t.test('who may not hear tries again, until it may', async (t) => {
    const server = await RedisServer.start(t);
    t.match(await server.ask('ACL', 'SETUSER', 'default', 'resetchannels'), /OK/);
    const { bus, clock, reasons, up, heard } = scene(t, server.url);
    // The second attempt comes behind the answer to the first one.
    const isDeniedTwice = async (): Promise<boolean> =>
      /count\r\n:[2-9]/.test(await server.ask('ACL', 'LOG'));
    while (!(await isDeniedTwice())) await new Promise(setImmediate);
    clock.advance(PRESENCE_FIRST_UP_MS);
    t.match(reasons, [/NOPERM/]);
    t.equal(bus.isUp, false);
    t.match(await server.ask('ACL', 'SETUSER', 'default', 'allchannels'), /OK/);
    await up;
    t.equal(await bus.say('own', 'text'), true);
    t.equal(await heard, 'text');
  });
}
