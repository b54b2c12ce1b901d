import t from 'tap';
import { launchdPlist } from '../../../src/main/service/launchd-plist.js';
import { serviceFile } from '../../../src/main/service/service-manager.js';

const around = { platform: 'linux', env: {}, userHome: '/home/ann', uid: 1000 };

t.test('each manager looks for the file where it lies', (t) => {
  const pathOf = (
    platform: string,
    scope: 'user' | 'system',
    env: Readonly<Record<string, string>> = {},
  ) => serviceFile('tracker', scope, { ...around, platform, env })?.path;
  t.equal(pathOf('linux', 'user'), '/home/ann/.config/systemd/user/p2p-tracker.service');
  t.equal(
    pathOf('linux', 'user', { XDG_CONFIG_HOME: '/c' }),
    '/c/systemd/user/p2p-tracker.service',
  );
  t.equal(pathOf('linux', 'system'), '/etc/systemd/system/p2p-tracker.service');
  t.equal(pathOf('darwin', 'user'), '/home/ann/Library/LaunchAgents/p2p-tracker.plist');
  t.equal(pathOf('darwin', 'system'), '/Library/LaunchDaemons/p2p-tracker.plist');
  t.equal(pathOf('win32', 'user'), undefined);
  t.end();
});

t.test('the manager of a user is another one than that of the machine', (t) => {
  const callOf = (scope: 'user' | 'system') => serviceFile('serve', scope, around)?.status;
  t.same(callOf('user'), ['systemctl', '--user', 'is-active', 'p2p-serve.service']);
  t.same(callOf('system'), ['systemctl', 'is-active', 'p2p-serve.service']);
  t.end();
});

t.test('launchd does not load a job twice, so the one of before is ended first', (t) => {
  const mac = serviceFile('serve', 'user', { ...around, platform: 'darwin' })!;
  t.same(mac.endOlder, [['launchctl', 'bootout', 'gui/1000/p2p-serve']]);
  t.same(mac.begin, [['launchctl', 'bootstrap', 'gui/1000', mac.path]]);
  t.same(serviceFile('serve', 'user', around)!.endOlder, [], 'systemd restarts it');
  t.end();
});

t.test('a property list holds every word as it is', (t) => {
  const service = {
    ...({ verb: 'serve', scope: 'system', runsAs: { user: 'ann' }, hasLowPort: false } as const),
    ...{ command: ['/node', '/p2p.js', '<&>'] as const, homePath: '/home/a&b' },
  };
  const plist = launchdPlist(service, '/log');
  t.match(plist, '<string>&lt;&amp;&gt;</string>');
  t.match(plist, '<string>/home/a&amp;b</string>');
  t.match(plist, '<key>UserName</key>\n<string>ann</string>');
  t.end();
});
