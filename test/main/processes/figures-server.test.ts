/** `serve --metrics`: where it may listen, who is answered, and that asking costs the tracker nothing. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import type { ProcessContext } from '../../../src/main/cli/process-context.js';
import type { EngineHost } from '../../../src/main/control/engine-host.js';
import { openEngine } from '../../../src/main/engine/engine.js';
import { openHome } from '../../../src/main/home/home.js';
import { figuresAddress, startFigures } from '../../../src/main/processes/figures-server.js';
import { TestSwarm } from '../../fixtures/start-swarm.js';
import { testFolder } from '../../fixtures/test-folder.js';

const listen = { host: '127.0.0.1', port: 0 };
const password = 'a pass word';

t.test('this machine may be named, others only where that is said', (t) => {
  const at = (metrics: string, isOpen = false) =>
    figuresAddress({ args: {}, options: { metrics, ...(isOpen && { 'metrics-open': true }) } });
  const here = { host: '127.0.0.1', port: 9465 };
  t.same(at('9465'), here);
  t.same(at('localhost:9465'), here);
  t.same(at('LOCALHOST:9465', true), here);
  t.same(at('[::1]:9465'), { host: '::1', port: 9465 });
  for (const host of ['0.0.0.0', '192.168.1.5', 'ann.example', 'localhost.evil.example']) {
    t.throws(() => at(`${host}:9465`), { message: /others reach .*--metrics-open/ });
    t.same(at(`${host}:9465`, true), { host, port: 9465 });
  }
  t.end();
});

/** The status of a page for who names `host`. */
async function ask(port: number, path: string, host: string): Promise<number | undefined> {
  const request = get({ host: 'localhost', port, path, agent: false, headers: { host } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

t.test(
  'figures are told of what is known here, and only who means this machine hears them',
  async (t) => {
    const folder = testFolder(t, {});
    const swarm = await TestSwarm.start(folder);
    const home = await openHome({ P2P_HOME: join(folder, 'home') });
    const first = await openEngine({ home, tracker: swarm.address, listen, remember: true });
    await first.createUser({ userId: 'ann', password });
    await first.login({ userId: 'ann', password });
    t.equal(first.isTrackerConnected, true);
    t.match(await first.statusAsKnown(), {
      userId: 'ann',
      isTrackerConnected: true,
      quotas: undefined,
    });
    await first.close();
    await swarm.close();

    const engine = await openEngine({ home, listen, remember: true });
    const events: ClientEvent['type'][] = [];
    engine.events(({ type }) => void events.push(type), 'all');
    const notes: string[] = [];
    const out = { note: (line: string) => void notes.push(line) } as ProcessContext['out'];
    // A name that stands for this machine, whoever answers for it.
    const at = { host: 'localhost', port: 0 };
    const figures = await startFigures({ engine, home } as unknown as EngineHost, at, out);
    const port = Number(/:(\d+)\/metrics$/.exec(notes[0]!)![1]);
    for (const path of ['/healthz', '/metrics'])
      t.equal(await ask(port, path, 'evil.example'), 421);
    t.equal(await ask(port, '/healthz', 'localhost'), 503);
    t.equal(await ask(port, '/metrics', 'localhost'), 200);
    t.match(await engine.statusAsKnown(), { userId: 'ann', isTrackerConnected: false });
    t.same(events, [], 'nobody was dialled');
    await engine.status();
    t.ok(events.includes('tracker-unreachable'), 'as who asks for more does');
    await figures.close();
    await engine.close();
  },
);
