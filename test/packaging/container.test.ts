/** The container's file, held to what makes a container safe, and the health check that it names, run for real. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { P2pProcess, runP2p, startTracker } from '../e2e/p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

/** Instructions with their words, continued lines put together. */
const instructions = readFileSync(inPackage('packaging/Dockerfile'), 'utf8')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line.trim()) ?? [];
    return { name, rest: rest.trim() };
  });
const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const ofLast = (wanted: string) =>
  last.filter(({ name }) => name === wanted).map(({ rest }) => rest);

t.test('every line is an instruction, and of each image a version is named', (t) => {
  const known = [
    'FROM',
    'WORKDIR',
    'COPY',
    'RUN',
    'USER',
    'ENV',
    'VOLUME',
    'EXPOSE',
    'HEALTHCHECK',
    'STOPSIGNAL',
    'ENTRYPOINT',
    'CMD',
  ];
  for (const { name, rest } of instructions) t.ok(known.includes(name), `${name} ${rest}`);
  for (const { rest } of instructions.filter(({ name }) => name === 'FROM')) {
    t.match(rest, /^node:\d+-[a-z-]+( AS build)?$/);
  }
  t.end();
});

t.test('it runs as no root, keeps its data in a volume, and hears signals itself', (t) => {
  t.same(ofLast('USER'), ['node']);
  t.same(
    ofLast('VOLUME').map((rest) => JSON.parse(rest) as unknown),
    [['/data']],
  );
  t.match(ofLast('ENV'), ['P2P_HOME=/data']);
  t.same(
    ofLast('ENTRYPOINT').map((rest) => JSON.parse(rest) as unknown),
    [['p2p']],
  );
  t.same(
    ofLast('CMD').map((rest) => JSON.parse(rest) as unknown),
    [['tracker', '::', '8000']],
  );
  t.notOk(
    ofLast('COPY').some((rest) => !rest.startsWith('--from=build ')),
    'no sources',
  );
  const user = last.findIndex(({ name }) => name === 'USER');
  t.notOk(
    last.slice(user).some(({ name }) => name === 'RUN'),
    'root has done its work before',
  );
  t.end();
});

t.test('what it names is in the package', (t) => {
  const { name, files } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as {
    name: string;
    files: string[];
  };
  const [check = ''] = ofLast('HEALTHCHECK');
  const path = /node_modules\/(@[^/]+\/[^/]+)\/([^"]+)"/.exec(check);
  t.equal(path?.[1], name);
  t.ok(existsSync(inPackage(path?.[2] ?? '')));
  t.ok(files.includes('packaging'));
  t.end();
});

/** The exit status of the health check. */
function health(words: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const script = inPackage('packaging/healthcheck.mjs');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...words], {
      env: { ...process.env, ...env },
    });
    child.once('close', (status) => resolve(status ?? -1));
  });
}

async function scene(t: Test) {
  const folder = testFolder(t, { tracker: {} });
  const home = join(folder, 'ann');
  mkdirSync(home, { mode: 0o700 });
  return { home, ...(await startTracker(t, join(folder, 'tracker'))) };
}

t.test('a tracker that answers is well, and one that is gone is not', async (t) => {
  const { tracker, port } = await scene(t);
  const words = ['node', '/usr/local/bin/p2p', 'tracker', '127.0.0.1', String(port)];
  t.equal(await health(words, {}), 0);
  t.equal(await health(['x'], { P2P_HEALTH_URL: `https://127.0.0.1:${port}/healthz` }), 0);
  t.equal(await health(['x'], { P2P_HEALTH_URL: `https://127.0.0.1:${port}/nothing` }), 1);
  await tracker.kill('SIGTERM');
  t.equal(await health(words, {}), 1);
});

t.test('a client that serves is well', async (t) => {
  const { home, port } = await scene(t);
  const env = { P2P_PASSWORD: 'secret', P2P_TRACKER: `127.0.0.1:${port}` };
  await runP2p(t, { home, env, args: ['create-user', 'ann'] });
  await runP2p(t, { home, env, args: ['login', 'ann'] });
  t.equal(await health(['p2p', 'serve'], { P2P_HOME: home }), 1);
  const serving = new P2pProcess(t, { home, args: ['serve', '--host', '127.0.0.1'] });
  await serving.printed(/^serving/);
  t.equal(await health(['p2p', 'serve'], { P2P_HOME: home }), 0);
  t.match(await serving.kill('SIGTERM'), { status: 0 });
});
