/** Work that nobody waits for, and its gate. */
import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { TrackerError } from '../../../src/net/errors.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';

function scene() {
  const events: ClientEvent[] = [];
  return { events, background: new BackgroundWork((event) => events.push(event)) };
}

const refused = new TrackerError('NOT_A_MEMBER', 'out');
const told = {
  type: 'background-failed',
  error: { code: 'NOT_A_MEMBER', message: 'out' },
} as const;

t.test('it begins at once, and what is refused is an event', async (t) => {
  const { background, events } = scene();
  const done: string[] = [];
  background.run(async () => done.push('first'));
  t.same(done, ['first']);
  background.run(() => Promise.reject(refused));
  background.run(async () => done.push('last'));
  await background.settled();
  t.same(done, ['first', 'last']);
  t.same(events, [told]);
});

t.test('it has settled when all of it has', async (t) => {
  const { background } = scene();
  const gates = [deferred<void>(), deferred<void>()];
  const done: string[] = [];
  for (const [at, { promise }] of gates.entries()) {
    background.run(() => promise.then(() => done.push(`${at}`)));
  }
  background.close();
  const settled = background.settled().then(() => done.push('settled'));
  gates[1]?.resolve();
  gates[0]?.resolve();
  await settled;
  t.same(done.sort(), ['0', '1', 'settled']);
  await background.settled();
});

t.test('behind the closed gate nothing starts, and what runs is heard no more', async (t) => {
  const { background, events } = scene();
  const gate = deferred<void>();
  background.run(() => gate.promise);
  background.close();
  background.close();
  background.run(async () => t.fail('the gate is closed'));
  gate.reject(refused);
  await background.settled();
  t.same(events, []);
});
