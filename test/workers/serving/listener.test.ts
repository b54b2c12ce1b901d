/** Who finds a place at a listener, beside others who hold as many as they can. */
import { once } from 'node:events';
import t from 'tap';
import {
  MAX_UNPROVEN_UPLOAD_SESSIONS,
  MAX_UPLOAD_SESSIONS_PER_DEVICE,
} from '../../../src/net/limits.js';
import { listen, memberOf } from './listener-scene.js';

for (const transport of ['tls', 'tcp'] as const) {
  t.test(`${transport}: bare connections of one address shut nobody out`, async (t) => {
    const scene = await listen(t, transport);
    const bare = [];
    for (let count = 0; count < 2 * MAX_UNPROVEN_UPLOAD_SESSIONS; count++)
      bare.push(await scene.connectBare());
    const anna = await scene.welcome(memberOf('anna'));
    t.match(await scene.said.nextOf('proven'), { userId: 'anna' });
    const first = bare[0]!;
    if (!first.closed) await once(first, 'close');
    t.ok(first.destroyed, 'the oldest made room');
    for (let count = 0; count < 2 * MAX_UNPROVEN_UPLOAD_SESSIONS; count++)
      bare.push(await scene.connectBare());
    anna.send({ type: 'open', fileRef: 0, fileId: 'f1'.repeat(32) });
    await scene.said.nextOf('open');
    t.pass('whoever has shown a ticket keeps the place');
  });
}

t.test('handshakes that are over count as long as no ticket was shown', async (t) => {
  const scene = await listen(t, 'tls');
  const mute = await scene.dial(memberOf('mallory'));
  for (let count = 0; count < MAX_UNPROVEN_UPLOAD_SESSIONS; count++) await scene.connectBare();
  t.same(await mute.stream.untilEnd(), [], 'it had the oldest place');
  t.match(await scene.said.nextOf('closed'), { reason: undefined });
  await scene.welcome(memberOf('anna'));
});

t.test('a connection that breaks gives its place back', async (t) => {
  const scene = await listen(t, 'tcp');
  const kept = await scene.dial(memberOf('anna'));
  for (let count = 0; count < MAX_UNPROVEN_UPLOAD_SESSIONS + 2; count++) {
    const socket = await scene.connectBare();
    const challenged = once(socket, 'data');
    await challenged;
    socket.resetAndDestroy();
    await scene.said.nextOf('closed');
  }
  await kept.greet(scene.ticketOf(memberOf('anna'), 'chess')).catch(() => undefined);
  t.match(await scene.said.next(), { type: 'closed', reason: { code: 'TICKET_INVALID' } });
});

t.test('a ticket of a group of which nothing is shared here takes no place', async (t) => {
  const scene = await listen(t, 'tcp');
  const mallory = memberOf('mallory');
  const refused = { code: 'NOT_SHARED' };
  const first = await scene.greet(mallory, 'of mallory');
  t.match(await first.stream.nextOf('error'), refused);
  t.match(await scene.said.next(), { type: 'closed', reason: refused }, 'main never hears of it');
  scene.tell({ type: 'group', groupId: 'of mallory', isOffered: true });
  const second = await scene.welcome(mallory, 'of mallory');
  scene.tell({ type: 'group', groupId: 'of mallory', isOffered: false });
  second.send({ type: 'ticket', ticket: scene.ticketOf(mallory, 'of mallory') });
  t.match(await second.stream.nextOf('error'), refused, 'nor is it renewed');
});

t.test('a device has its share of connections, and loses an idle one for the next', async (t) => {
  const scene = await listen(t, 'tcp');
  const mallory = memberOf('mallory');
  const held = [];
  for (let count = 0; count < MAX_UPLOAD_SESSIONS_PER_DEVICE; count++)
    held.push(await scene.welcome(mallory));
  await scene.welcome(mallory);
  t.match(await held[0]!.stream.nextOf('error'), { code: 'BUSY' });
  t.equal(held[1]!.stream.waiting, 0);
});
