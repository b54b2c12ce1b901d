/** Tickets of several groups on a clock that is a number. */
import t from 'tap';
import { TICKET_LIFETIME_MS, TICKET_RENEW_BEFORE_MS } from '../../../src/net/limits.js';
import type { IssuedTicket } from '../../../src/net/tracker-api.js';
import { TicketBook } from '../../../src/main/account/ticket-book.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';

const ISSUED_AT_MS = 1_000_000;

function issued(text: string, epoch = 1): IssuedTicket {
  const expiresAtMs = ISSUED_AT_MS + TICKET_LIFETIME_MS;
  return { ticket: Buffer.from(text).toString('base64'), epoch, expiresAtMs };
}

/** The book under test, with a ticket for `group`, and its clock. */
function scene() {
  const clock = { nowMs: ISSUED_AT_MS };
  const calls = new FakeTrackerCalls({ ticket: ({ groupId }) => issued(`fresh ${groupId}`, 2) });
  const book = new TicketBook({ calls: async () => calls, nowMs: () => clock.nowMs });
  book.onIssued('group', issued('first'));
  const held = (groupId = 'group'): string | undefined => {
    const bytes = book.held(groupId);
    return bytes && Buffer.from(bytes).toString();
  };
  return { clock, calls, book, held };
}

t.test('a ticket is held until it expires, and due some time before', async (t) => {
  const cases: [ageMs: number, isHeld: boolean, isDue: boolean][] = [
    [0, true, false],
    [TICKET_LIFETIME_MS - TICKET_RENEW_BEFORE_MS, true, false],
    [TICKET_LIFETIME_MS - TICKET_RENEW_BEFORE_MS + 1, true, true],
    [TICKET_LIFETIME_MS - 1, true, true],
    [TICKET_LIFETIME_MS, false, true],
  ];
  for (const [ageMs, isHeld, isDue] of cases) {
    const { clock, book, held } = scene();
    clock.nowMs += ageMs;
    t.equal(held() !== undefined, isHeld, `held after ${ageMs} ms`);
    t.equal(book.isDue('group'), isDue, `due after ${ageMs} ms`);
  }
});

t.test('there is one ticket for each group, the newest', async (t) => {
  const { book, held, calls } = scene();
  t.equal(held(), 'first');
  t.equal(held('other'), undefined);
  t.ok(book.isDue('other'));
  t.equal(Buffer.from(await book.renew('other')).toString(), 'fresh other');
  t.same(calls.paramsOf('ticket'), [{ groupId: 'other' }]);
  t.equal(held('other'), 'fresh other');
  book.onIssued('group', issued('second'));
  t.equal(held(), 'second');
});

t.test('a newer epoch makes a ticket useless, an older one does not', async (t) => {
  const { book, held } = scene();
  t.notOk(book.onEpoch('group', 1));
  t.notOk(book.onEpoch('other', 2), 'there is none to forget');
  t.equal(held(), 'first');
  t.ok(book.onEpoch('group', 2));
  t.equal(held(), undefined);
  t.ok(book.isDue('group'));
  t.notOk(book.onEpoch('group', 3), 'forgotten already');
  await book.renew('group');
  t.notOk(book.onEpoch('group', 2));
  t.equal(held(), 'fresh group');
});

t.test('tickets are forgotten with their group, and all with the login', async (t) => {
  const { book, held } = scene();
  book.onIssued('other', issued('another'));
  book.onIssued('third', issued('one more'));
  book.forget('group');
  t.same([held('group'), held('other'), held('third')], [undefined, 'another', 'one more']);
  book.clear();
  t.same([held('other'), held('third')], [undefined, undefined]);
});

t.test('a refused renewal leaves what is held', async (t) => {
  const { book, held, calls } = scene();
  calls.answers.ticket = () => Promise.reject(new Error('no answer'));
  await t.rejects(book.renew('group'), { message: 'no answer' });
  t.equal(held(), 'first');
});
