import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t from 'tap';
import { LeanClient } from '../../../native-bench/tracker-load/lean-client.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

void t.test('who waits for an answer hears of the end of the connection', async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head: Buffer) => {
      const key = /Sec-WebSocket-Key: (\S+)/.exec(head.toString())![1]!;
      const accept = createHash('sha1')
        .update(key + GUID)
        .digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  let closed = 0;
  const open = (): Promise<LeanClient> =>
    LeanClient.open({
      port,
      localAddress: '127.0.0.1',
      path: '/',
      secure: undefined,
      onClosed: () => void closed++,
    });
  const lost = await open();
  const waiting = lost.answer('{}');
  sockets[0]!.destroy();
  await t.rejects(waiting, { message: 'the connection was closed' });
  t.notOk(lost.isOpen);
  await t.rejects(lost.answer('{}'), { message: 'the connection was closed' }, 'later too');
  t.equal(closed, 1);
  const ended = await open();
  const last = ended.answer('{}');
  ended.close();
  await t.rejects(last, { message: 'the connection was closed' });
  t.equal(closed, 1, 'its own end is no news');
});
