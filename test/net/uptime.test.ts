/** The clock that nobody sets. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { pathToFileURL } from 'node:url';
import { uptimeMs } from '../../src/net/uptime.js';

/** The system tells hundredths of a second, and each thread asks by itself. */
const GRAIN_MS = 20;

t.test('it is the same clock in every thread', async (t) => {
  const { href } = pathToFileURL(inPackage('dist/src/net/uptime.js'));
  const code = `import(${JSON.stringify(href)}).then(({ uptimeMs }) =>
    require('node:worker_threads').parentPort.postMessage(uptimeMs()))`;
  const beforeMs = uptimeMs();
  const worker = new Worker(code, { eval: true });
  const [thereMs] = (await once(worker, 'message')) as [number];
  const isBetween = thereMs >= beforeMs - GRAIN_MS && thereMs <= uptimeMs() + GRAIN_MS;
  t.ok(isBetween, 'between two readings here');
  await worker.terminate();
});
