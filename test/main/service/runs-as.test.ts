import t from 'tap';
import {
  homeEnvironmentOf,
  installingUser,
  requireOwnHome,
  runsAs,
} from '../../../src/main/service/runs-as.js';
import type { UserEntry } from '../../../src/main/service/user-entry.js';

const root: UserEntry = { user: 'root', uid: 0, homePath: '/root' };
const ann: UserEntry = { user: 'ann', uid: 1000, homePath: '/home/ann' };

t.test('who typed sudo installs it, and root has no other user to be', async (t) => {
  const entryOf = async (user: string) => Promise.resolve({ ...ann, user });
  t.same(await installingUser({ SUDO_USER: 'ann' }, root, 'linux', entryOf), ann);
  t.same(await installingUser({}, root, 'linux', entryOf), root);
  const ben = { ...ann, user: 'ben', uid: 1001 };
  t.same(await installingUser({ SUDO_USER: 'ann' }, ben, 'linux', entryOf), ben, 'sudo -u ben');
});

t.test('the home is that of whom it runs as, unless another is named', (t) => {
  const env = { HOME: '/root', XDG_DATA_HOME: '/root/data', SUDO_USER: 'ann' };
  t.same(homeEnvironmentOf(ann, root, env), {
    ...env,
    HOME: '/home/ann',
    XDG_DATA_HOME: undefined,
  });
  const named = { ...env, P2P_HOME: '/srv/p2p' };
  t.equal(homeEnvironmentOf(ann, root, named), named);
  t.equal(homeEnvironmentOf(root, root, env), env);
  t.end();
});

t.test('only systemd makes a user for a tracker, and launchd runs none as root', (t) => {
  const tracker = { verb: 'tracker', scope: 'system', hasData: false, user: ann } as const;
  t.equal(runsAs({ ...tracker, platform: 'linux' }), 'own-user');
  t.equal(runsAs({ ...tracker, platform: 'linux', user: root }), 'own-user');
  t.same(runsAs({ ...tracker, platform: 'linux', hasData: true }), { user: 'ann' });
  t.same(runsAs({ ...tracker, platform: 'darwin' }), { user: 'ann' });
  t.throws(() => runsAs({ ...tracker, platform: 'darwin', user: root }), {
    code: 'BAD_ARGUMENT',
    message: /as root/,
  });
  t.end();
});

t.test('a home of somebody else is refused', (t) => {
  t.doesNotThrow(() => requireOwnHome('/home/ann/p2p', 1000, ann));
  t.throws(() => requireOwnHome('/root/p2p', 0, ann), {
    code: 'BAD_ARGUMENT',
    message: /run as ann, .*\/root\/p2p does not belong; say with P2P_HOME/,
  });
  t.end();
});
