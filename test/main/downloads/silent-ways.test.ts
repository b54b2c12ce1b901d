/** Who is looked for beside silent connections, over a clock of numbers. */
import t, { type Test } from 'tap';
import { SilentWays, type SilentPeer } from '../../../src/main/downloads/silent-ways.js';
import { deferred } from '../../../src/net/deferred.js';
import { laterByTimer } from '../../../src/net/later.js';
import {
  BACK_PEER_GRACE_MS,
  MAX_SILENT_PEERS_LOOKED_FOR,
  SILENT_PEER_LOOK_MS,
  SILENT_PEER_PAUSE_MS,
  SLOW_PEER_PAUSE_MS,
} from '../../../src/net/limits.js';
import { numberClock } from '../../fixtures/number-clock.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const peer = (deviceId: string): SilentPeer => ({ deviceId, address: { host: 'h', port: 1 } });
const ann = peer('ann');

function scene(t: Test) {
  const clock = numberClock(t);
  const back: string[] = [];
  const looks: { found: (isThere: boolean) => void; signal: AbortSignal }[] = [];
  const ways = new SilentWays({
    later: laterByTimer,
    onBack: (deviceId) => back.push(deviceId),
    look: (_, signal) => {
      const { promise, resolve } = deferred<boolean>();
      // As a dial that is called off.
      signal.addEventListener('abort', () => resolve(false));
      looks.push({ found: resolve, signal });
      return promise;
    },
  });
  return { clock, ways, looks, back };
}

t.test('one that is looked for in vain and then found was away', async (t) => {
  const { clock, ways, looks, back } = scene(t);
  ways.onSilent([ann]);
  for (let times = 1; times < 9; times++) {
    t.equal(looks.length, times);
    clock.pass(SILENT_PEER_LOOK_MS);
    await turn();
    ways.onSilent([ann]);
    clock.pass(SILENT_PEER_PAUSE_MS);
  }
  looks.at(-1)?.found(true);
  await turn();
  clock.pass(BACK_PEER_GRACE_MS - 1);
  t.same(back, [], 'what it sends may be on its way');
  ways.onSilent([ann]);
  clock.pass(1);
  t.same(back, ['ann']);
  t.equal(clock.timerCount, 0);
});

t.test('one that was away and is heard again goes on as it is', async (t) => {
  const { clock, ways, looks, back } = scene(t);
  ways.onSilent([ann]);
  clock.pass(SILENT_PEER_LOOK_MS);
  await turn();
  clock.pass(SILENT_PEER_PAUSE_MS);
  looks.at(-1)?.found(true);
  await turn();
  ways.onSilent([]);
  clock.pass(60_000);
  t.same(back, []);
  t.equal(clock.timerCount, 0);
});

t.test('one that is found at once is slow, and left in peace', async (t) => {
  const { clock, ways, looks, back } = scene(t);
  ways.onSilent([ann]);
  looks[0]?.found(true);
  await turn();
  ways.onSilent([]);
  clock.pass(SLOW_PEER_PAUSE_MS - 1);
  ways.onSilent([ann]);
  t.equal(looks.length, 1, 'whatever it says in between');
  clock.pass(1);
  ways.onSilent([ann]);
  t.equal(looks.length, 2);
  t.same(back, []);
  ways.close();
  await turn();
  t.equal(clock.timerCount, 0);
});

t.test('one that is heard is looked for no more', async (t) => {
  const { clock, ways, looks, back } = scene(t);
  ways.onSilent([ann]);
  ways.onSilent([]);
  t.ok(looks[0]?.signal.aborted);
  await turn();
  ways.onSilent([ann]);
  clock.pass(SILENT_PEER_LOOK_MS);
  await turn();
  ways.onSilent([]);
  clock.pass(60_000);
  t.equal(looks.length, 2);
  t.same(back, []);
  t.equal(clock.timerCount, 0);
});

t.test('of many only some are looked for at a time', async (t) => {
  const { ways, looks } = scene(t);
  ways.onSilent(
    Array.from({ length: 2 * MAX_SILENT_PEERS_LOOKED_FOR }, (_, one) => peer(`${one}`)),
  );
  t.equal(looks.length, MAX_SILENT_PEERS_LOOKED_FOR);
  ways.close();
  t.ok(looks.every(({ signal }) => signal.aborted));
});
