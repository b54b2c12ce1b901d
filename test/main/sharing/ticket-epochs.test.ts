/** Whose ticket is good for how long; both clocks are numbers. */
import t from 'tap';
import { TICKET_EPOCH_GRACE_MS } from '../../../src/net/limits.js';
import { INCARNATION, OTHER_INCARNATION } from '../../fixtures/incarnations.js';
import { TicketEpochs } from '../../../src/main/sharing/ticket-epochs.js';

const GROUP = 'chess';
/** On the steady clock, when epoch 5 was learnt. */
const LEARNT_MS = 1_000;
/** On the tracker's clock. */
const EXPIRES_MS = 50;

function standing(epoch: number, groupId = GROUP, incarnation = INCARNATION) {
  return { groupId, incarnation, epoch };
}

/** Epoch 5 of `chess` is known. */
function scene(): TicketEpochs {
  const epochs = new TicketEpochs();
  epochs.learn(standing(5), LEARNT_MS, false);
  return epochs;
}

t.test('what is wrong with a ticket, by group, incarnation and epoch', (t) => {
  const cases: [ticket: ReturnType<typeof standing>, flaw: string | undefined][] = [
    [standing(4), 'EPOCH_OUTDATED'],
    [standing(5), undefined],
    [standing(6), undefined],
    [standing(5, 'music'), 'TICKET_INVALID'],
    [standing(5, GROUP, OTHER_INCARNATION), 'TICKET_INVALID'],
    [standing(9, GROUP, OTHER_INCARNATION), 'TICKET_INVALID'],
  ];
  for (const [ticket, flaw] of cases) {
    t.equal(scene().flawOf(ticket), flaw, JSON.stringify(ticket));
  }
  t.end();
});

t.test('a ticket teaches a newer epoch, and never which group has the name', (t) => {
  const cases: [ticket: ReturnType<typeof standing>, flawOf5: string | undefined][] = [
    [standing(6), 'EPOCH_OUTDATED'],
    [standing(4), undefined],
    [standing(6, GROUP, OTHER_INCARNATION), undefined],
    [standing(6, 'music'), undefined],
  ];
  for (const [ticket, flawOf5] of cases) {
    const epochs = scene();
    epochs.learnFrom(ticket, LEARNT_MS);
    t.equal(epochs.flawOf(standing(5)), flawOf5, JSON.stringify(ticket));
    t.equal(epochs.flawOf(standing(6, 'music')), 'TICKET_INVALID');
  }
  t.end();
});

t.test('who is out is known while no epoch is missed', (t) => {
  type Told = [epoch: number, isListed: boolean, isKnown: boolean];
  const cases: [name: string, ticket: number | undefined, told: Told[]][] = [
    [
      'one after the other',
      undefined,
      [
        [6, true, true],
        [7, true, true],
      ],
    ],
    [
      'the same again',
      undefined,
      [
        [5, false, true],
        [4, false, true],
      ],
    ],
    [
      'this client was away',
      undefined,
      [
        [6, false, false],
        [6, true, true],
      ],
    ],
    [
      'one was missed',
      undefined,
      [
        [7, true, false],
        [8, true, true],
      ],
    ],
    ['a ticket came before the word of the tracker', 6, [[6, true, true]]],
    ['a ticket came while this client was away', 6, [[6, false, false]]],
  ];
  for (const [name, ticket, told] of cases) {
    const epochs = scene();
    if (ticket !== undefined) epochs.learnFrom(standing(ticket), LEARNT_MS);
    for (const [epoch, isListed, isKnown] of told) {
      t.equal(epochs.learn(standing(epoch), LEARNT_MS, isListed), isKnown, `${name}: ${epoch}`);
    }
  }
  t.ok(new TicketEpochs().learn(standing(9), LEARNT_MS, false), 'nobody was let in before');
  t.end();
});

t.test('a group that takes the name of another begins anew', (t) => {
  const epochs = scene();
  const successor = standing(1, GROUP, OTHER_INCARNATION);
  t.notOk(epochs.learn(successor, LEARNT_MS, true), 'who was let in for the other may be out');
  t.equal(epochs.flawOf(successor), undefined);
  t.equal(epochs.flawOf(standing(5)), 'TICKET_INVALID');
  const held = { ...standing(5), expiresAtMs: EXPIRES_MS };
  t.equal(epochs.lapseOf(held, 0, LEARNT_MS), 'TICKET_INVALID', 'without a grace');
  t.end();
});

t.test('a session may go on until its ticket expires, or its epoch was over for a while', (t) => {
  const last = LEARNT_MS + TICKET_EPOCH_GRACE_MS;
  const cases: [epoch: number, trackerMs: number, nowMs: number, lapse: string | undefined][] = [
    [5, EXPIRES_MS - 1, last * 10, undefined],
    [6, EXPIRES_MS - 1, last * 10, undefined],
    [5, EXPIRES_MS, LEARNT_MS, 'TICKET_EXPIRED'],
    [4, EXPIRES_MS - 1, LEARNT_MS, undefined],
    [4, EXPIRES_MS - 1, last, undefined],
    [4, EXPIRES_MS - 1, last + 1, 'EPOCH_OUTDATED'],
    [4, EXPIRES_MS, last + 1, 'TICKET_EXPIRED'],
  ];
  for (const [epoch, trackerMs, nowMs, lapse] of cases) {
    const ticket = { ...standing(epoch), expiresAtMs: EXPIRES_MS };
    const name = `epoch ${epoch} at ${trackerMs} and ${nowMs}`;
    t.equal(scene().lapseOf(ticket, trackerMs, nowMs), lapse, name);
    const elsewhere = { ...ticket, groupId: 'music' };
    const expired = trackerMs >= EXPIRES_MS ? 'TICKET_EXPIRED' : 'TICKET_INVALID';
    t.equal(scene().lapseOf(elsewhere, trackerMs, nowMs), expired, `${name}, elsewhere`);
  }
  t.end();
});

t.test('an epoch that is heard of again, or late, gives no new time', (t) => {
  for (const epoch of [5, 3]) {
    const epochs = scene();
    const later = LEARNT_MS + TICKET_EPOCH_GRACE_MS + 1;
    epochs.learn(standing(epoch), later, true);
    const ticket = { ...standing(4), expiresAtMs: EXPIRES_MS };
    t.equal(epochs.lapseOf(ticket, 0, later), 'EPOCH_OUTDATED');
  }
  t.end();
});

t.test('a newer one gives time from then on', (t) => {
  const epochs = scene();
  const later = LEARNT_MS + 10 * TICKET_EPOCH_GRACE_MS;
  epochs.learn(standing(6), later, true);
  const ticket = { ...standing(5), expiresAtMs: EXPIRES_MS };
  t.equal(epochs.lapseOf(ticket, 0, later + TICKET_EPOCH_GRACE_MS), undefined);
  t.equal(epochs.lapseOf(ticket, 0, later + TICKET_EPOCH_GRACE_MS + 1), 'EPOCH_OUTDATED');
  t.end();
});

t.test('what is forgotten counts no more', (t) => {
  const forget: [name: string, forget: (epochs: TicketEpochs) => void, flaw: string][] = [
    ['its group', (epochs) => epochs.forget(GROUP), 'TICKET_INVALID'],
    ['another group', (epochs) => epochs.forget('music'), 'EPOCH_OUTDATED'],
    ['everything', (epochs) => epochs.clear(), 'TICKET_INVALID'],
  ];
  for (const [name, act, flaw] of forget) {
    const epochs = scene();
    act(epochs);
    t.equal(epochs.flawOf(standing(4)), flaw, name);
  }
  t.end();
});
