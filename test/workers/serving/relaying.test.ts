/** What a member who relays says of it, over real connections. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import t from 'tap';
import { createRelayKey } from '../../../src/net/relay/relay-opening.js';
import { createRateCell } from '../../../src/net/shared-rate-limiter.js';
import type { Ticket } from '../../../src/net/ticket.js';
import type { ListenerToMain } from '../../../src/workers/messages/listener.js';
import { Relaying } from '../../../src/workers/serving/relaying.js';
import { at } from '../../fixtures/incarnations.js';

t.test('the last word comes when all has ended, and holds all that has passed', async (t) => {
  const said: ListenerToMain[] = [];
  const rate = createRateCell(undefined);
  const relaying = new Relaying({ rate, post: (message) => said.push(message) });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const key = createRelayKey();
  const come = async (session: number, side: 'caller' | 'called'): Promise<Socket> => {
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const socket = connect(port, '127.0.0.1');
    const [far] = await accepted;
    sockets.push(socket, far);
    const ticket = { userId: side, deviceId: side, groupId: 'go', ...at(1) } as unknown as Ticket;
    relaying.onMeet(session, far, { key, side }, ticket);
    relaying.onJudged(session, true);
    return socket;
  };
  const [one, other] = [await come(1, 'caller'), await come(2, 'called')];
  let read = '';
  other.on('data', (chunk: Buffer) => (read += chunk.toString('latin1')));
  one.write('hello');
  while (read.length < 6) await once(other, 'data');
  relaying.close();
  const last = said.filter(({ type }) => type === 'relayed').at(-1);
  t.same(last, { type: 'relayed', meetings: 0, bytes: 5 });
});
