/** Whose ticket is good for how long; both clocks are numbers. */
import t from 'tap';
import { TICKET_EPOCH_GRACE_MS } from '../../../src/net/limits.js';
import { TicketEpochs } from '../../../src/main/sharing/ticket-epochs.js';

const GROUP = 'chess';
/** On the steady clock, when epoch 5 was learnt. */
const LEARNT_MS = 1_000;
/** On the tracker's clock. */
const EXPIRES_MS = 50;

/** Epoch 5 of `chess` is known. */
function scene(): TicketEpochs {
  const epochs = new TicketEpochs();
  epochs.learn(GROUP, 5, LEARNT_MS);
  return epochs;
}

t.test('a ticket is outdated when its group has a newer epoch', (t) => {
  const cases: [groupId: string, epoch: number, isOutdated: boolean][] = [
    [GROUP, 4, true],
    [GROUP, 5, false],
    [GROUP, 6, false],
    ['music', 0, false],
  ];
  for (const [groupId, epoch, isOutdated] of cases) {
    t.equal(scene().isOutdated({ groupId, epoch }), isOutdated, `${epoch} of ${groupId}`);
  }
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
    const ticket = { groupId: GROUP, epoch, expiresAtMs: EXPIRES_MS };
    const name = `epoch ${epoch} at ${trackerMs} and ${nowMs}`;
    t.equal(scene().lapseOf(ticket, trackerMs, nowMs), lapse, name);
    const elsewhere = { ...ticket, groupId: 'music' };
    const expired = trackerMs >= EXPIRES_MS ? 'TICKET_EXPIRED' : undefined;
    t.equal(scene().lapseOf(elsewhere, trackerMs, nowMs), expired, `${name}, elsewhere`);
  }
  t.end();
});

t.test('an epoch that is heard of again, or late, gives no new time', (t) => {
  for (const epoch of [5, 3]) {
    const epochs = scene();
    const later = LEARNT_MS + TICKET_EPOCH_GRACE_MS + 1;
    epochs.learn(GROUP, epoch, later);
    const ticket = { groupId: GROUP, epoch: 4, expiresAtMs: EXPIRES_MS };
    t.equal(epochs.lapseOf(ticket, 0, later), 'EPOCH_OUTDATED');
  }
  t.end();
});

t.test('a newer one gives time from then on', (t) => {
  const epochs = scene();
  const later = LEARNT_MS + 10 * TICKET_EPOCH_GRACE_MS;
  epochs.learn(GROUP, 6, later);
  const ticket = { groupId: GROUP, epoch: 5, expiresAtMs: EXPIRES_MS };
  t.equal(epochs.lapseOf(ticket, 0, later + TICKET_EPOCH_GRACE_MS), undefined);
  t.equal(epochs.lapseOf(ticket, 0, later + TICKET_EPOCH_GRACE_MS + 1), 'EPOCH_OUTDATED');
  t.end();
});

t.test('what is forgotten counts no more', (t) => {
  const forget: [name: string, forget: (epochs: TicketEpochs) => void, isOutdated: boolean][] = [
    ['its group', (epochs) => epochs.forget(GROUP), false],
    ['another group', (epochs) => epochs.forget('music'), true],
    ['everything', (epochs) => epochs.clear(), false],
  ];
  for (const [name, act, isOutdated] of forget) {
    const epochs = scene();
    act(epochs);
    t.equal(epochs.isOutdated({ groupId: GROUP, epoch: 4 }), isOutdated, name);
  }
  t.end();
});
