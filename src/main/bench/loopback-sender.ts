/**
 * Entry of a process that sends bytes to whoever connects, as fast as it can, in the clear or
 * by TLS: the other end of measure-loopback.ts. Says its port, serves one connection, ends.
 * Arguments: tls|tcp, and how many bytes.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createDeviceCredentials } from '../../net/device-identity.js';
import { MiB } from '../../net/limits.js';
import { serverTlsOptions } from '../../net/tls-identity.js';

const [transport, count] = process.argv.slice(2);
const block = Buffer.alloc(MiB);

function send(socket: Socket): void {
  let left = Number(count);
  const more = (): void => {
    while (left > 0) {
      const length = Math.min(left, block.length);
      left -= length;
      if (!socket.write(length === block.length ? block : block.subarray(0, length))) return;
    }
    socket.end();
  };
  // The other end may leave early; then there is nothing left to do here.
  socket.on('error', () => process.exit(0));
  socket.on('drain', more);
  socket.on('close', () => process.exit(0));
  more();
}

const server =
  transport === 'tls'
    ? createTlsServer(serverTlsOptions(createDeviceCredentials()), send)
    : createServer(send);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
