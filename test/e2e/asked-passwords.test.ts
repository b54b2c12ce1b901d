/** A password that is left out at the prompt of the interactive client is asked for, and shown nowhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startTracker } from './p2p-process.js';
import { hasPtyShell, PtyShell } from './pty-shell.js';
import { testFolder } from '../fixtures/test-folder.js';

if (!hasPtyShell) {
  t.comment('left out: no script or no bash on this machine');
} else {
  t.test('the prompt works before, meanwhile and after', async (t) => {
    const folder = testFolder(t, { tracker: {}, home: {} });
    const { port } = await startTracker(t, join(folder, 'tracker'));
    const home = join(folder, 'home');
    const shell = new PtyShell(t, home);
    await shell.run(`"$NODE" "$P2P" client 127.0.0.1 0 127.0.0.1 ${port}`);
    await shell.seen(/p2p> /);
    shell.type('create_user ann\r');
    await shell.seen(/password of ann: /);
    shell.type('hidden words\r');
    await shell.seen(/the same password again: /);
    shell.type('hidden words\r');
    let shown = await shell.seen(/created user ann/);
    shell.type('login ann\r');
    await shell.seen(/password of ann: /);
    shell.type('hidden\u007f\u007f');
    shell.type('\u0003');
    shown += await shell.seen(/error: interrupted[^]*p2p> /);
    shell.type('login ann\r');
    await shell.seen(/password of ann: /);
    shell.type('hidden worx\u007fds\r');
    shown += await shell.seen(/logged in as ann[^]*p2p> /);
    shell.type('whoami\r');
    shown += await shell.seen(/whoami[^]*\nann/);
    t.notMatch(shown, /hid|words/);
    shell.type('quit\r');
    await shell.seen(/sh> /);
    t.equal(readFileSync(join(home, 'history'), 'utf8'), 'whoami\nquit\n', 'nor kept');
  });
}
