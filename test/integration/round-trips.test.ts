/** How often a command waits for a tracker that is far away. */
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import t from 'tap';
import { openEngine } from '../../src/main/engine/engine.js';
import { openHome } from '../../src/main/home/home.js';
import { MIN_PIECE_LENGTH } from '../../src/net/limits.js';
import type { PeerAddress } from '../../src/net/tracker-api.js';
import { startCountingProxy } from '../fixtures/counting-proxy.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { TestSwarm } from '../fixtures/start-swarm.js';
import { GROUP, PASSWORD } from '../fixtures/swarm-names.js';

/** More than comes along with a list of files. */
const PIECES = 300;

t.test(
  'a download asks a tracker far away in three round trips, two of them the way to it',
  async (t) => {
    const swarm = await TestSwarm.start(t.testdir());
    t.teardown(() => swarm.close());
    const anna = await swarm.client('anna');
    await anna.share('film', sampleBytes(PIECES * MIN_PIECE_LENGTH));
    const bert = await swarm.client('bert', { isServing: false });
    await bert.close();
    const folder = join(bert.folder, 'elsewhere');
    await mkdir(folder);
    const proxy = await startCountingProxy(t, swarm.address);
    const command = async (tracker: PeerAddress) =>
      openEngine({
        home: await openHome({ P2P_HOME: join(bert.folder, 'home') }),
        tracker,
        listen: { host: '127.0.0.1', port: 0 },
        remember: true,
        threads: 1,
      });
    const login = await command(proxy.address);
    await login.login({ tracker: proxy.address, userId: 'bert', password: PASSWORD });
    await login.close();
    const engine = await command(proxy.address);
    const before = proxy.ways();
    const request = { groupId: GROUP, fileName: 'film', destination: folder, overwrite: false };
    const id = await engine.startDownload({ ...request, timeoutMs: 0 });
    t.equal(Math.ceil((proxy.ways() - before) / 2), 3);
    await engine.cancelDownload(id);
    await engine.close();
  },
);
