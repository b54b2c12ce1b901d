/** What programs have listen: it may be left out, and its faults are the program's. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import type { EngineApi } from '../../../src/main/api/engine-api.js';
import { openHome } from '../../../src/main/home/home.js';
import { toldApi } from '../../../src/main/programs/told-api.js';
import { testFolder } from '../../fixtures/test-folder.js';
import { FakeEngine } from '../fake-engine.js';

t.test('who does not want to hear how far something is leaves the listener out', async (t) => {
  const home = await openHome({ P2P_HOME: testFolder(t, {}) });
  const engine = new FakeEngine({ home, listen: { host: '127.0.0.1', port: 0 }, remember: true });
  const told = toldApi(engine);
  const where = { destination: '/got', overwrite: true, timeoutMs: 0 };
  const id = await told.startDownload({ groupId: 'g1', fileName: 'film', ...where });
  t.match(await told.waitForDownload(id), { size: 1000 });
  t.match(await told.upload({ path: '/x', groupId: 'g1', sha256: false }), { size: 1000 });
  await t.resolves(told.followFiles({ groupId: 'g1' }));
  await t.rejects(told.waitForDownload(id, 7 as never), { code: 'BAD_ARGUMENT' });
  t.throws(() => told.events(undefined as never), { code: 'BAD_ARGUMENT' });
  await engine.close();
});

t.test('what a listener throws is an uncaught error, and no half step of the engine', (t) => {
  const module = new URL('../../../src/main/programs/told-api.js', import.meta.url);
  const program = `
    import { toldApi } from ${JSON.stringify(module.href)};
    const said = [];
    process.on('uncaughtException', ({ message }) => said.push(message));
    const engine = new Proxy({}, { get: (_engine, name) => (...asked) => {
      asked.at(name === 'events' ? 0 : -1)({}, 0);
      said.push(name + ' went on');
    } });
    const fail = () => { throw new Error('of the program'); };
    const told = toldApi(engine);
    told.events(fail);
    await told.upload({}, fail);
    await told.verify({}, fail);
    await told.waitForDownload('1', fail);
    setImmediate(() => console.log(JSON.stringify(said)));
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  t.equal(stderr, '');
  const said = JSON.parse(stdout) as string[];
  const methods: (keyof EngineApi)[] = ['events', 'upload', 'verify', 'waitForDownload'];
  t.same(
    said.filter((line) => line !== 'of the program'),
    methods.map((name) => `${name} went on`),
  );
  t.equal(said.length, 2 * methods.length, 'and each fault is told');
  t.end();
});
