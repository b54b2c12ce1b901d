/** The far end of a download's connections: it reads frames, and says only what a test says. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { DeviceCredentials } from '../../../src/net/device-identity.js';
import { peerProtocols, serverTlsOptions } from '../../../src/net/tls-identity.js';
import { BLOCK_HEAD_BYTES, encodeFrame, writeBlockHead } from '../../../src/net/peer-frames.js';
import type { BlockRange, PeerFrame } from '../../../src/net/peer-frames.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';
import { PeerStream } from '../../fixtures/peer-stream.js';

/** One connection, as the serving peer sees it. */
export class ServingEnd {
  readonly stream: PeerStream;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.stream = new PeerStream(socket);
  }

  send(frame: PeerFrame): void {
    this.#socket.write(encodeFrame(frame));
  }

  sendBlock(range: Omit<BlockRange, 'length'>, bytes: Buffer): void {
    const block = Buffer.alloc(BLOCK_HEAD_BYTES + bytes.length);
    writeBlockHead(block, { ...range, length: bytes.length });
    block.set(bytes, BLOCK_HEAD_BYTES);
    this.#socket.write(block);
  }

  close(): void {
    this.stream.close();
  }
}

export interface ServingTls {
  readonly credentials: DeviceCredentials;
  readonly isModern: boolean;
}

export class ServingPeer {
  readonly #server: Server;
  readonly #accepted: string;
  readonly address: PeerAddress;

  constructor(server: Server, address: PeerAddress, accepted: string) {
    this.#server = server;
    this.#accepted = accepted;
    this.address = address;
  }

  /** With a key under TLS; `isModern` when it understands questions by name. */
  static async start(tls?: ServingTls): Promise<ServingPeer> {
    const server = tls
      ? createTlsServer({
          ...serverTlsOptions(tls.credentials),
          ...(tls.isModern && peerProtocols),
        })
      : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const event = tls ? 'secureConnection' : 'connection';
    return new ServingPeer(server, { host: '127.0.0.1', port }, event);
  }

  /** The next connection. */
  async accept(): Promise<ServingEnd> {
    const [socket] = (await once(this.#server, this.#accepted)) as [Socket];
    return new ServingEnd(socket);
  }

  /** Accepts nothing more; resolves when every connection has ended, by whoever's doing. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
