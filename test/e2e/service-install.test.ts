/** What `service install` refuses before anything is written, and what it says a service does not get. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { testFolder } from '../fixtures/test-folder.js';
import { runP2p } from './p2p-process.js';

const isKnown = process.platform === 'linux' || process.platform === 'darwin';
const URL_WITH_PASSWORD = 'postgres://p2p:SECRET@db.example/p2p';

t.test('no password comes into the file of a service', { skip: !isKnown }, async (t) => {
  const home = testFolder(t, {});
  const install = (env: Record<string, string>, ...further: string[]) => {
    const args = ['service', 'install', '--dry-run', 'tracker', '--', '::', '8000', ...further];
    return runP2p(t, { home, args, env });
  };
  const refused = await install({}, '--database', URL_WITH_PASSWORD);
  t.match(refused, { status: 2, stdout: '' });
  t.match(refused.stderr, /^error: a password is never taken from the argument list; .*0600/);
  t.notMatch(refused.stderr, 'SECRET');
  const without = await install({}, '--database', 'postgres://p2p@db.example/p2p');
  t.match(without, { status: 0, stdout: /postgres:\/\/p2p@db\.example\/p2p/ });
  const around = await install({ P2P_DATABASE: URL_WITH_PASSWORD });
  t.match(around, { status: 0, stderr: /the service does not get P2P_DATABASE from here/ });
  t.notMatch(around.stdout + around.stderr, 'SECRET');
  t.match(await install({}, '--database', 'nowhere'), {
    status: 2,
    stderr: /no address of a data/,
  });
});

t.test(
  'who has no manager is told what helps',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const home = testFolder(t, { bin: {} });
    const bin = join(home, 'bin');
    writeFileSync(join(bin, 'systemctl'), '#!/bin/sh\necho no bus\nexit 1\n', { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env.PATH}`, XDG_CONFIG_HOME: join(home, 'config') };
    const install = await runP2p(t, { home, args: ['service', 'install', 'serve'], env });
    t.match(install, { status: 7, stdout: '' });
    t.match(
      install.stderr,
      /^error: .* is written, but systemctl --user daemon-reload failed: no bus; do it in a login/,
    );
  },
);
