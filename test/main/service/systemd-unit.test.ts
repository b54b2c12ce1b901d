import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Service } from '../../../src/main/service/service.js';
import { systemdUnit } from '../../../src/main/service/systemd-unit.js';
import { testFolder } from '../../fixtures/test-folder.js';

const serve: Service = {
  verb: 'serve',
  scope: 'user',
  command: [process.execPath, '/opt/p2p/bin/p2p.js', 'serve', '--port=7001'],
  runsAs: { user: 'ann' },
  homePath: '/home/ann/.local/share/p2p',
  hasLowPort: false,
};
const tracker: Service = {
  ...serve,
  verb: 'tracker',
  scope: 'system',
  command: [process.execPath, '/opt/p2p/bin/p2p.js', 'tracker', '--', '::', '443'],
  runsAs: 'own-user',
  hasLowPort: true,
};
const cases: readonly (readonly [name: string, Service])[] = [
  ['serve of a user', serve],
  ['serve of the machine', { ...serve, scope: 'system' }],
  ['tracker of a user', { ...tracker, scope: 'user' }],
  ['tracker of the machine', tracker],
  [
    'odd words',
    {
      ...serve,
      command: [process.execPath, '/a b/100%/p2p.js', 'serve', '--x=$HOME "q" \\ %h', ''],
      homePath: '/home/o"d %h \\ $USER',
    },
  ],
];

t.test('the words of a command reach it as they are', (t) => {
  const [, odd] = cases.at(-1)!;
  const unit = systemdUnit(odd);
  t.match(unit, '"/a b/100%%/p2p.js" "serve" "--x=$$HOME \\"q\\" \\\\ %%h" ""\n');
  t.match(unit, 'Environment="P2P_HOME=/home/o\\"d %%h \\\\ $USER"\n');
  t.end();
});

t.test('a user of its own has no other place, and a low port is no reason for root', (t) => {
  const unit = systemdUnit(tracker);
  t.match(unit, /^DynamicUser=yes$/m);
  t.match(unit, /^Environment="P2P_HOME=%S\/p2p-tracker"$/m);
  t.match(unit, /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
  t.match(systemdUnit({ ...serve, scope: 'system' }), /^CapabilityBoundingSet=$/m);
  t.end();
});

t.test('the manager of a user is asked for nothing that it may not be able to do', (t) => {
  t.notMatch(systemdUnit(serve), /^(Protect|Private|User=|Capability)/m);
  t.end();
});

t.test('a tracker may take as long as it likes to bring its database up to date', (t) => {
  t.match(systemdUnit(tracker), /^TimeoutStartSec=infinity$/m);
  t.match(systemdUnit(serve), /^TimeoutStartSec=60$/m);
  t.end();
});

const hasAnalyzer = spawnSync('systemd-analyze', ['--version']).status === 0;

t.test('systemd understands all of it', { skip: !hasAnalyzer && 'no systemd-analyze' }, (t) => {
  const folder = testFolder(t, {});
  /** What it says of ours: other units of the machine are not judged here. */
  const complaints = (service: Service, text: string): string[] => {
    const path = join(folder, `p2p-${service.verb}.service`);
    writeFileSync(path, text);
    const words = ['verify', '--man=no', service.scope === 'user' ? '--user' : '--system', path];
    const env = { ...process.env, XDG_RUNTIME_DIR: '/tmp' };
    const { stderr } = spawnSync('systemd-analyze', words, { encoding: 'utf8', env });
    return stderr.split('\n').filter((line) => /p2p-|Failed to init/.test(line));
  };
  for (const [name, service] of cases) t.same(complaints(service, systemdUnit(service)), [], name);
  for (const broken of ['WatchdogSec=soon', 'Protect=all', 'ExecStart="/bin/sh']) {
    const text = systemdUnit(serve).replace('[Service]', `[Service]\n${broken}`);
    t.not(complaints(serve, text).length, 0, `${broken} is complained of`);
  }
  t.end();
});
