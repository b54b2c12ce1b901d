/** The program of docs/control.md, as it stands there, at a client that serves. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { readDoc } from '../docs/read-doc.js';
import { sampleBytes } from '../fixtures/sample-bytes.js';
import { P2pProcess, runP2p, startTracker } from './p2p-process.js';
import { prepareGroup } from './prepared-group.js';

const run = promisify(execFile);

void t.test('twenty lines of Python list downloads, start one, and wait for its end', async (t) => {
  // Short, so that the socket lies in the home.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'p2p-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['ann', 'ben', 'tracker', 'got']) mkdirSync(join(folder, name));
  const { port } = await startTracker(t, join(folder, 'tracker'));
  const env = { P2P_TRACKER: `127.0.0.1:${port}`, P2P_PASSWORD: 'a pass word' };
  const p2p = async (home: string, ...args: string[]) => {
    const { status, stderr } = await runP2p(t, { home: join(folder, home), args, env });
    t.equal(status, 0, `p2p ${args.join(' ')}: ${stderr}`);
  };
  const serve = async (home: string) => {
    const args = ['serve', '--host', '127.0.0.1', '--no-lan', '--no-map'];
    const process = new P2pProcess(t, { home: join(folder, home), args, env });
    await process.printed(/^serving /);
    return process;
  };
  const homes = { ann: join(folder, 'ann'), ben: join(folder, 'ben') };
  await prepareGroup({ port, password: env.P2P_PASSWORD, groupId: 'club', homes });
  const film = sampleBytes(700_000);
  for (const name of ['a film.mkv', 'an other.mkv']) {
    writeFileSync(join(folder, name), Buffer.concat([film, Buffer.from(name)]));
    await p2p('ann', 'upload', join(folder, name), 'club');
  }
  const ann = await serve('ann');
  const ben = await serve('ben');

  const [, program = ''] = /```python\n([\s\S]*?)```/.exec(readDoc('docs/control.md')) ?? [];
  t.ok(program.trimEnd().split('\n').length <= 25, 'it is short');
  writeFileSync(join(folder, 'example.py'), program);
  const python = (name: string) =>
    run('python3', [join(folder, 'example.py'), 'club', name, join(folder, 'got')], {
      env: { PATH: process.env['PATH'], P2P_HOME: join(folder, 'ben') },
    });
  const path = join(folder, 'got', 'a film.mkv');
  t.equal((await python('a film.mkv')).stdout, `${path} ${700_000 + 'a film.mkv'.length}\n`);
  t.ok(readFileSync(path).equals(readFileSync(join(folder, 'a film.mkv'))));
  const second = await python('an other.mkv');
  t.match(second.stdout, /^complete club a film\.mkv\n.*an other\.mkv 700012\n$/);
  await t.rejects(python('no film.mkv'), { code: 1, stderr: /^no such file in this group/ });
  for (const process of [ann, ben]) t.match(await process.kill('SIGINT'), { status: 0 });
});
