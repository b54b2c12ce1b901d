/** An engine that is closed in the middle of whatever it does leaves nothing alive. */
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { P2pError } from '../../src/net/errors.js';
import { openEngine } from '../../src/main/engine/engine.js';
import { openHome } from '../../src/main/home/home.js';
import type { Engine } from '../../src/main/api/engine.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { startSwarm } from '../fixtures/start-swarm.js';
import { GROUP } from '../fixtures/swarm-names.js';

/** Turns of the event loop before the end: from before anything was dialled to after it was answered. */
const MOMENTS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 60, 90];

const works: readonly (readonly [string, (engine: Engine, folder: string) => Promise<unknown>])[] =
  [
    ['a list', (engine) => engine.listGroups()],
    [
      'a download',
      (engine, destination) =>
        engine.startDownload({
          ...{ groupId: GROUP, fileName: 'film', destination, overwrite: true, timeoutMs: 0 },
        }),
    ],
    ['a listener', (engine) => engine.startServing()],
  ];

for (const [name, work] of works) {
  t.test(`${name} that is overtaken by the end`, async (t) => {
    const swarm = await startSwarm(t);
    const ann = await swarm.client('ann');
    await ann.share('film', sampleBytes(600_000));
    const folder = join(swarm.folder, 'bob');
    const home = await openHome({ P2P_HOME: folder });
    const open = (): Promise<Engine> =>
      openEngine({
        ...{ home, tracker: swarm.address, listen: { host: '127.0.0.1', port: 0 } },
        ...{ remember: true, threads: 1 },
      });
    const account = { userId: 'bob', password: 'a password of his' };
    const first = await open();
    await first.createUser(account);
    await first.login(account);
    await first.joinGroup(GROUP);
    await ann.engine.acceptRequest(GROUP, 'bob');
    await first.close();
    for (const moment of MOMENTS) {
      const engine = await open();
      const working = work(engine, folder);
      const failed = working.then(
        () => undefined,
        (error: unknown) => error,
      );
      for (let passed = 0; passed < moment; passed++) await turn();
      await engine.close();
      const error = await failed;
      t.ok(
        error === undefined || error instanceof P2pError,
        `after ${moment} turns: ${String(error)}`,
      );
    }
  });
}
