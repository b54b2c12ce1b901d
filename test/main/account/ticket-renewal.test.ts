/** Tickets that are renewed in time; the clock is a number, the book a fake. */
import t, { type Test } from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import { TrackerError } from '../../../src/net/errors.js';
import { BackgroundWork } from '../../../src/main/account/background-work.js';
import { TicketRenewal } from '../../../src/main/account/ticket-renewal.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import { numberClock } from '../../fixtures/number-clock.js';

/** More than the time between two looks. */
const NEXT_SWEEP_MS = 5_000;

/** The renewal under test: something is downloaded in `chess` and `music`, and both are due. */
function scene(t: Test) {
  const clock = numberClock(t);
  const due = new Set(['chess', 'music', 'nobody is there']);
  const asked: string[] = [];
  const renew = { of: async (groupId: string) => Buffer.from(`fresh ${groupId}`) };
  const tickets = {
    isDue: (groupId: string) => due.has(groupId),
    renew: (groupId: string): Promise<Uint8Array> => {
      asked.push(groupId);
      return renew.of(groupId);
    },
  };
  const events: ClientEvent[] = [];
  const emit = (event: ClientEvent): void => void events.push(event);
  const background = new BackgroundWork(emit);
  const shown: string[] = [];
  const active = ['chess', 'music'];
  const renewal = new TicketRenewal({
    tickets,
    background,
    activeGroups: () => active,
    onTicket: (_, ticket) => shown.push(Buffer.from(ticket).toString()),
    emit,
  });
  t.teardown(() => renewal.close());
  const sweep = async (): Promise<void> => {
    clock.pass(NEXT_SWEEP_MS);
    await background.settled();
  };
  return { clock, due, asked, renew, events, background, shown, active, renewal, sweep };
}

const refused = new TrackerError('NOT_A_MEMBER', 'out');

t.test('what is due in a group where something is downloaded is renewed and shown', async (t) => {
  const { renewal, asked, shown, due, events } = scene(t);
  await renewal.renewDue();
  t.same(asked, ['chess', 'music']);
  t.same(shown, ['fresh chess', 'fresh music']);
  due.clear();
  await renewal.renewDue();
  t.equal(asked.length, 2);
  t.same(events, []);
});

t.test('a renewal that gets no answer yet is not asked for again', async (t) => {
  const { renewal, asked, renew, shown } = scene(t);
  const answer = deferred<Buffer>();
  renew.of = () => answer.promise as Promise<never>;
  const first = renewal.renewDue();
  await renewal.renewDue();
  t.same(asked, ['chess', 'music']);
  answer.resolve(Buffer.from('late'));
  await first;
  t.same(shown, ['late', 'late']);
});

t.test('it looks by itself, until it is closed', async (t) => {
  const { renewal, asked, sweep, clock } = scene(t);
  t.same(asked, []);
  await sweep();
  t.same(asked, ['chess', 'music']);
  renewal.close();
  await sweep();
  t.equal(asked.length, 2);
  t.equal(clock.timerCount, 0);
});

t.test('soon is in the background, behind its gate', async (t) => {
  const { renewal, asked, background } = scene(t);
  renewal.soon();
  await background.settled();
  t.same(asked, ['chess', 'music']);
  background.close();
  renewal.soon();
  t.equal(asked.length, 2);
});

t.test('a group that is refused, or gets no answer, costs no other its ticket', async (t) => {
  for (const how of ['refused', 'no answer'] as const) {
    await t.test(how, async (t) => {
      const { renew, renewal, shown, active } = scene(t);
      const { of } = renew;
      const answer = deferred<Buffer<ArrayBuffer>>();
      renew.of = (groupId) => (groupId === 'chess' ? answer.promise : of(groupId));
      active.push('nobody is there');
      if (how === 'refused') answer.reject(refused);
      const renewing = renewal.renewDue();
      await new Promise(setImmediate);
      t.same(shown, ['fresh music', 'fresh nobody is there']);
      if (how === 'no answer') answer.resolve(Buffer.from('late'));
      await renewing;
      t.equal(shown.length, how === 'refused' ? 2 : 3);
    });
  }
});

t.test('a refusal is told once, and again when it was good meanwhile', async (t) => {
  const { renew, sweep, events, shown } = scene(t);
  const { of } = renew;
  const refuse = (groupId: string) => (groupId === 'chess' ? Promise.reject(refused) : of(groupId));
  renew.of = refuse;
  const told = { type: 'background-failed', error: { code: 'NOT_A_MEMBER', message: 'out' } };
  await sweep();
  await sweep();
  t.same(events, [told]);
  renew.of = of;
  await sweep();
  t.ok(shown.includes('fresh chess'));
  renew.of = refuse;
  await sweep();
  t.same(events, [told, told]);
});
