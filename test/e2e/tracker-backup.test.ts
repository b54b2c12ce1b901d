/** How an operator backs a tracker up, looks at it and restores it, with the whole program. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { LineRunner } from './line-runner.js';
import { startTracker } from './p2p-process.js';
import { testFolder } from '../fixtures/test-folder.js';

const lines = new LineRunner(t);

t.test('a tracker is backed up while it runs, looked at, and restored', async (t) => {
  const folder = testFolder(t, { home: {} });
  const [data, file, other] = ['data', 'file', 'other'].map((name) => join(folder, name));
  const of = (...args: string[]) =>
    lines.run({ home: join(folder, 'home'), args: ['tracker', ...args] });
  const first = await startTracker(t, folder, 0, ['--data', data!]);
  t.match(await of('backup', file!, '--data', data!), { status: 0, stdout: /a backup of \d/ });
  t.match(await of('backup', file!, '--data', data!), { status: 1, stderr: /--overwrite/ });
  t.match(await of('backup', file!, '-o', '--data', data!), { status: 0 });
  const checked = await of('check', '--data', data!, '--json');
  const { identity } = JSON.parse(checked.stdout) as { identity: string };
  t.match(JSON.parse(checked.stdout), { isSound: true, flaws: [] });
  t.match(await of('check', file!), { status: 0, stdout: new RegExp(identity) });
  t.match(await of('check', file!, '--data', data!), { status: 2 });
  t.match(await of('restore', file!, '--data', data!), { status: 1, stderr: /another tracker/ });
  t.match(await of('restore', file!, '--data', other!), { status: 0, stdout: /as it was on/ });
  const second = await startTracker(t, folder, 0, ['--data', other!]);
  t.not(second.port, first.port);
  t.match((await of('check', '--data', other!)).stdout, new RegExp(identity));
  chmodSync(join(other!, 'identity.json'), 0o644);
  const open = await of('check', '--data', other!);
  t.match(open, {
    status: 6,
    stdout: /: 1 flaw\n[^]*identity\.json is open to others \(mode 644\)/,
  });
  appendFileSync(file!, 'x');
  t.match(await of('check', file!), { status: 6, stderr: /no whole backup/ });
  t.match(await of('check'), { status: 4 });
});

t.test('a disk that takes no more leaves nothing under the name', async (t) => {
  const folder = testFolder(t, { home: {}, backups: {} });
  const data = join(folder, 'data');
  await startTracker(t, folder, 0, ['--data', data]);
  const file = join(folder, 'backups', 'file');
  // The shell's `ulimit -f` counts blocks of 512 bytes: a write beyond them fails as on a full disk.
  const line = 'ulimit -f 100; trap "" XFSZ; exec "$@"';
  const words = [process.execPath, inPackage('bin/p2p.js'), 'tracker', 'backup', file];
  const env = { ...process.env, P2P_HOME: join(folder, 'home') };
  const { status, stderr } = spawnSync('sh', ['-c', line, 'sh', ...words, '--data', data], {
    env,
    encoding: 'utf8',
  });
  t.equal(status, 7, stderr);
  t.same(readdirSync(join(folder, 'backups')), []);
});
