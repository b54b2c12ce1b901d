/** Members who want to be relayed: let in with a good ticket that main finds good too, and spliced. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';
import t from 'tap';
import { MAX_RELAY_MEETINGS } from '../../../src/net/limits.js';
import { createRelayKey } from '../../../src/net/relay/relay-opening.js';
import { createRateCell } from '../../../src/net/shared-rate-limiter.js';
import { listen, memberOf, type ListenerScene, type Member } from './listener-scene.js';

async function come(
  scene: ListenerScene,
  member: Member,
  key: string,
  side: 'caller' | 'called',
  groupId = 'chess',
) {
  const dialler = await scene.dial(member);
  dialler.send({ type: 'meet', key, side, ticket: scene.ticketOf(member, groupId) });
  return dialler;
}

t.test('two members meet once main has let both in', async (t) => {
  const scene = await listen(t, 'tls', createRateCell(undefined));
  const key = createRelayKey();
  const first = await come(scene, memberOf('ann'), key, 'caller', 'go');
  const asked = await scene.said.nextOf('meet');
  t.match(asked, { groupId: 'go' }, 'whatever is shared here');
  scene.tell({ type: 'meeting', session: asked.session, isLetIn: true });
  // Told once, and a wait for anything else would pass over it.
  t.match(await scene.said.nextOf('relayed'), { meetings: 1 });
  const second = await come(scene, memberOf('ben'), key, 'called', 'go');
  const { session } = await scene.said.nextOf('meet');
  scene.tell({ type: 'meeting', session, isLetIn: true });
  scene.tell({ type: 'expel', groupId: 'go', userIds: ['ben'] });
  await Promise.all([first.stream.untilEnd(), second.stream.untilEnd()]);
});

t.test('who is relayed takes no socket of those who are served', async (t) => {
  // Node tells of each connection; from there it is a look at its server.
  const bounds: (number | undefined)[] = [];
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket & { server?: Server } };
    if (socket.server) bounds.push(socket.server.maxConnections);
  };
  subscribe('net.server.socket', onSocket);
  t.teardown(() => unsubscribe('net.server.socket', onSocket));
  for (const rate of [undefined, createRateCell(undefined)]) {
    const scene = await listen(t, 'tls', rate);
    await scene.dial(memberOf('ann'));
  }
  const [alone = NaN, relaying] = bounds;
  t.equal(relaying, alone + 2 * MAX_RELAY_MEETINGS);
});

t.test('who is refused by main is cut off', async (t) => {
  const scene = await listen(t, 'tls', createRateCell(undefined));
  const refused = await come(scene, memberOf('ann'), createRelayKey(), 'caller');
  const { session } = await scene.said.nextOf('meet');
  scene.tell({ type: 'meeting', session, isLetIn: false });
  await refused.stream.untilEnd();
});

t.test('a ticket of somebody else, or a device that does not relay, gets nobody in', async (t) => {
  const scene = await listen(t, 'tls', createRateCell(undefined));
  const [ann, mallory] = [memberOf('ann'), memberOf('mallory')];
  const thief = await scene.dial(mallory);
  const key = createRelayKey();
  thief.send({ type: 'meet', key, side: 'caller', ticket: scene.ticketOf(ann, 'chess') });
  t.match(await scene.said.nextOf('closed'), { reason: { code: 'TICKET_INVALID' } });
  const other = await listen(t, 'tls');
  await come(other, ann, key, 'caller');
  t.match(await other.said.nextOf('closed'), { reason: { code: 'PROTOCOL_VIOLATION' } });
});
