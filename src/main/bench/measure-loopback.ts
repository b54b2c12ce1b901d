/**
 * How fast bytes pass between two processes of this machine, in the clear and by TLS 1.3, when
 * nobody looks at them: one connection, read into one buffer as a download reads.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createDeviceCredentials } from '../../net/device-identity.js';
import { StorageError } from '../../net/errors.js';
import { MiB } from '../../net/limits.js';
import { clientTlsOptions } from '../../net/tls-identity.js';
import type { PeerTransport } from '../../net/tracker-api.js';

const SENDER = fileURLToPath(new URL('./loopback-sender.js', import.meta.url));

/** Bytes per second over `byteCount` bytes, from the first byte to the last. */
export async function measureLoopback(
  transport: PeerTransport,
  byteCount: number,
  signal: AbortSignal,
): Promise<number> {
  const args = [SENDER, transport, String(byteCount)];
  const sender = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(sender, 'close');
  try {
    const [port] = (await once(sender.stdout, 'data', { signal })) as [Buffer];
    return await receive(transport, Number(port.toString()), byteCount, signal);
  } finally {
    sender.kill('SIGKILL');
    await closed;
  }
}

async function receive(
  transport: PeerTransport,
  port: number,
  byteCount: number,
  signal: AbortSignal,
): Promise<number> {
  let received = 0;
  let firstMs = 0;
  const onread: OnReadOpts = {
    buffer: Buffer.alloc(MiB),
    callback: (length: number): boolean => {
      if (received === 0) firstMs = performance.now();
      received += length;
      return true;
    },
  };
  const socket = dial(transport, port, onread);
  try {
    // The end comes right after the last byte.
    await once(socket, 'end', { signal });
  } finally {
    socket.destroy();
  }
  if (received !== byteCount) {
    throw new StorageError('IO_ERROR', `loopback lost bytes: ${received} of ${byteCount} came`);
  }
  return (byteCount * 1000) / (performance.now() - firstMs);
}

function dial(transport: PeerTransport, port: number, onread: OnReadOpts): Socket {
  const address = { host: '127.0.0.1', port, onread };
  if (transport === 'tcp') return connect(address);
  return connectTls({ ...clientTlsOptions(createDeviceCredentials()), ...address });
}
