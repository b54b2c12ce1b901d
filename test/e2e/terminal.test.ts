/** Terminals that are taken away and given back: background, Ctrl-Z, a closed window. */
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';
import { P2pProcess } from './p2p-process.js';
import { hasPtyShell, PtyShell } from './pty-shell.js';
import { testFolder } from '../fixtures/test-folder.js';

const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

if (!hasPtyShell) {
  t.comment('left out: no script or no bash on this machine');
} else {
  t.test('a tracker in the background is not stopped for reading', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}));
    await shell.run('"$NODE" "$P2P" tracker 127.0.0.1 0 --data d &');
    await shell.seen(/tracker listening on/);
    // Read by the shell; a tracker that tried to read it too would be stopped.
    shell.type('jobs\n');
    t.match(await shell.seen(/(Running|Stopped).*tracker/), /Running/);
    await shell.run('kill %1; wait %1; echo "status $?"');
    await shell.seen(/status 0/);
  });

  t.test('a tracker reads its terminal again after Ctrl-Z and fg', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}));
    await shell.run('"$NODE" "$P2P" tracker 127.0.0.1 0 --data d');
    await shell.seen(/tracker listening on/);
    shell.type('\u001a');
    await shell.seen(/Stopped/);
    await shell.run('fg');
    await shell.seen(/fg\r\n/);
    shell.type('quit\n');
    await shell.run('echo "status $?"');
    await shell.seen(/status 0/);
  });

  for (const words of ['tracker 127.0.0.1 0 --data d', 'serve']) {
    t.test(`p2p ${words} ends with its terminal`, async (t) => {
      const shell = new PtyShell(t, testFolder(t, {}));
      const program = words === 'serve' ? '$FAKE' : '$P2P';
      await shell.run(`echo "pid $BASHPID"; exec "$NODE" "${program}" ${words}`);
      const pid = Number(/pid (\d+)\r/.exec(await shell.seen(/pid \d+\r/))?.[1]);
      await shell.seen(/listening on|serving \d/);
      await shell.close();
      while (isAlive(pid)) await delay(20);
      t.notOk(isAlive(pid));
    });
  }

  t.test('a prompt for a password ends by a signal', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}), { P2P_TRACKER: '127.0.0.1:1' });
    await shell.run('(echo "pid $BASHPID"; exec "$NODE" "$FAKE" login bob); echo "status $?"');
    const pid = Number(/pid (\d+)\r/.exec(await shell.seen(/pid \d+\r/))?.[1]);
    await shell.seen(/password of bob: /);
    process.kill(pid, 'SIGTERM');
    await shell.seen(/status 143\r/);
    t.notOk(isAlive(pid));
  });

  t.test('without any terminal SIGHUP is meant for others', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}));
    await shell.run('nohup "$NODE" "$FAKE" serve >out 2>&1 </dev/null & echo "pid $!"');
    const pid = Number(/pid (\d+)\r/.exec(await shell.seen(/pid \d+\r/))?.[1]);
    await shell.run('until grep serving out; do sleep 0.05; done');
    await shell.seen(/serving \d/);
    await shell.close();
    process.kill(pid, 'SIGHUP');
    // Answered after the signal was: a process that still reads its signals is there.
    process.kill(pid, 'SIGCONT');
    await delay(0);
    t.ok(isAlive(pid));
    process.kill(pid, 'SIGTERM');
    while (isAlive(pid)) await delay(20);
  });

  t.test('Ctrl-Z in the interactive client, then fg', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}));
    await shell.run('"$NODE" "$FAKE" client 127.0.0.1 0 127.0.0.1 1');
    await shell.seen(/p2p> /);
    shell.type('whoami\r');
    await shell.seen(/alice/);
    shell.type('\u001a');
    await shell.seen(/Stopped/);
    await shell.run('fg');
    await shell.seen(/p2p> /);
    shell.type('list_requests g1\r');
    await shell.seen(/0123/);
    shell.type('quit\r');
    await shell.seen(/sh> /);
  });

  t.test('Ctrl-R finds an earlier line, clear empties the screen', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}));
    await shell.run('"$NODE" "$FAKE" client 127.0.0.1 0 127.0.0.1 1');
    await shell.seen(/p2p> /);
    for (const line of ['list_requests g1', 'whoami']) {
      shell.type(`${line}\r`);
      await shell.seen(/(0123|alice)\r\n[^]*p2p> /);
    }
    shell.type('\u0012requ');
    await shell.seen(/\(search\) requ: list_requests g1/);
    shell.type('\r');
    await shell.seen(/p2p> list_requests g1[^]*0123/);
    shell.type('\u0012nowhere');
    await shell.seen(/\(nothing found\) nowhere: /);
    shell.type('\u0007');
    await shell.seen(/p2p> /);
    // Found, and gone on with: the end of the line is where the cursor is.
    shell.type('\u0012requ\u001b[F1\r');
    await shell.seen(/search[^]*list_requests g1[^]*1\r\r?\n[^]*0123/);
    shell.type('clear\r');
    await shell.seen(/\u001b\[1;1H\u001b\[0J[^]*p2p> /);
    shell.type('quit\r');
    await shell.seen(/sh> /);
  });

  t.test(
    'Ctrl-C at an empty prompt says how to leave, and leaves when it comes again',
    async (t) => {
      const shell = new PtyShell(t, testFolder(t, {}));
      await shell.run('"$NODE" "$FAKE" client 127.0.0.1 0 127.0.0.1 1');
      await shell.seen(/p2p> /);
      shell.type('who\u0003');
      shell.type('\u0003');
      await shell.seen(/"quit", Ctrl-D or Ctrl-C again leaves; running downloads are saved/);
      shell.type('whoami\r');
      await shell.seen(/alice/);
      shell.type('\u0003');
      await shell.seen(/Ctrl-C again leaves[^]*p2p> /);
      shell.type('\u0003');
      await shell.run('echo "status $?"');
      await shell.seen(/status 0/);
    },
  );

  t.test('Ctrl-Z during a download gives the cursor back, and fg draws a new bar', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}));
    await shell.run('"$NODE" "$FAKE" download g1 endless .');
    await shell.seen(/endless.*0 %|0 %.*endless/);
    shell.type('\u001a');
    const stopped = await shell.seen(/Stopped/);
    t.ok(stopped.lastIndexOf(SHOW_CURSOR) > stopped.lastIndexOf(HIDE_CURSOR));
    // It waits for the process, which takes it as soon as it goes on.
    await shell.run('kill -INT %1; fg');
    const ended = await shell.seen(/interrupted/);
    t.ok(ended.lastIndexOf(SHOW_CURSOR) >= ended.lastIndexOf(HIDE_CURSOR));
  });

  t.test('who lets a process work that is halted is told so, and can go', async (t) => {
    const home = testFolder(t, {});
    const shell = new PtyShell(t, home);
    await shell.run('"$NODE" "$FAKE" download g1 endless .');
    await shell.seen(/endless.*0 %|0 %.*endless/);
    const fake = inPackage('dist/test/main/fake-p2p.js');
    const other = (): P2pProcess =>
      new P2pProcess(t, {
        program: fake,
        home,
        args: ['download', 'g1', 'endless', '.', '--port', '5'],
      });
    const [first, second] = [other(), other()];
    // From then on both are known there.
    await Promise.all([first.noted(/--port has no effect/), second.noted(/--port/)]);
    shell.type('\u001a');
    await shell.seen(/Stopped/);
    await first.noted(/\(pid \d+\) was halted by Ctrl-Z in its terminal; fg there/);
    await second.noted(/was halted/);
    const { status, stderr } = await first.kill('SIGINT');
    t.equal(status, 130);
    t.match(stderr, /^error: interrupted/m);
    const third = await other().ended;
    t.equal(third.status, 1);
    t.match(
      third.stderr,
      /^error: the client that runs for this home \(pid \d+\) was halted, as by Ctrl-Z/,
    );
    await shell.run('fg');
    await second.noted(/\(pid \d+\) goes on/);
    await second.kill('SIGINT');
    shell.type('\u0003');
    await shell.seen(/interrupted/);
  });

  t.test('a download in the background draws nothing', async (t) => {
    const shell = new PtyShell(t, testFolder(t, {}));
    await shell.run('"$NODE" "$FAKE" download g1 endless . &');
    await shell.seen(/\[1\] \d+/);
    await shell.run(
      'until [ -e engine.pid ]; do sleep 0.05; done; kill %1; wait %1; echo "over $?"',
    );
    const shown = await shell.seen(/over \d/);
    t.notMatch(shown, /0 %/);
    t.notOk(shown.includes(HIDE_CURSOR));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
