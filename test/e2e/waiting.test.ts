/** Whoever waits for a command reads what it waits for, in a log and on a terminal. */
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { display } from '../../src/net/display.js';
import { testFolder } from '../fixtures/test-folder.js';
import { WaitingPlaces, type WaitingPlace } from '../fixtures/waiting-places.js';
import { P2pProcess } from './p2p-process.js';
import { hasPtyShell, PtyShell } from './pty-shell.js';

/** Many times what a machine with other work needs: only what is never said is missed. */
const PATIENCE_MS = 180_000;
/** Processes at a time: what is waited for here is no processor. */
const AT_A_TIME = 4;

async function each(
  t: Test,
  places: readonly WaitingPlace[],
  wait: (t: Test, place: WaitingPlace) => Promise<string>,
): Promise<void> {
  const left = [...places];
  const work = async (): Promise<void> => {
    for (let place = left.shift(); place !== undefined; place = left.shift()) {
      const late = delay(PATIENCE_MS, 'nothing', { ref: false });
      const line = await Promise.race([wait(t, place), late]);
      t.match(line, place.sentence, `${place.name}: ${display(place.args.join(' '))}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

async function inLog(t: Test, place: WaitingPlace): Promise<string> {
  const p2p = new P2pProcess(t, place);
  const said = await Promise.race([p2p.noted(place.sentence), p2p.printed(place.sentence)]);
  await p2p.kill('SIGKILL');
  return said;
}

async function onTerminal(t: Test, { home, args, env, sentence }: WaitingPlace): Promise<string> {
  const shell = new PtyShell(t, home, env);
  await shell.run(`"$NODE" "$P2P" ${args.map((word) => `'${word}'`).join(' ')}`);
  const said = await shell.seen(sentence);
  await shell.close();
  return said;
}

t.test('it is said in a log and on a terminal', async (t) => {
  const places = await WaitingPlaces.open(t, testFolder(t));
  const forms = hasPtyShell ? [inLog, onTerminal] : [inLog];
  for (const wait of forms) await each(t, await places.atOthers(), wait);
  await each(t, await places.ofMachine(), inLog);
  for (const wait of forms) await each(t, await places.atTracker(), wait);
});
