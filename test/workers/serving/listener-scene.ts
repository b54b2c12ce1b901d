/** One listener in this very thread: main at one end of its port, diallers at the other. */
import { at } from '../../fixtures/incarnations.js';
import { once } from 'node:events';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Test } from 'tap';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
  type DeviceCredentials,
} from '../../../src/net/device-identity.js';
import { createRates } from '../../../src/main/engine/client-rates.js';
import { issueTicket } from '../../../src/net/ticket.js';
import type { PeerAddress, PeerTransport } from '../../../src/net/tracker-api.js';
import { uptimeMs } from '../../../src/net/uptime.js';
import type { ListenerToMain, MainToListener } from '../../../src/workers/messages/listener.js';
import { Listener } from '../../../src/workers/serving/listener.js';
import { dialServing, type FakeDialler } from '../../fixtures/fake-dialler.js';
import { MessageLog } from '../../fixtures/message-log.js';

const servingCredentials = createDeviceCredentials();

/** A device of somebody, as the tracker knows it. */
export interface Member {
  readonly userId: string;
  readonly credentials: DeviceCredentials;
}

export function memberOf(userId: string): Member {
  return { userId, credentials: createDeviceCredentials() };
}

export class ListenerScene {
  readonly said = new MessageLog<ListenerToMain>();
  readonly transport: PeerTransport;
  address!: PeerAddress;
  readonly #port: MessagePort;
  readonly #ticketKey: KeyObject;
  readonly #diallers: FakeDialler[] = [];
  readonly #sockets: Socket[] = [];
  readonly #running: Promise<void>;

  constructor(transport: PeerTransport, relayRate?: SharedArrayBuffer) {
    this.transport = transport;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: ListenerToMain) => this.said.add(message));
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.#ticketKey = privateKey;
    this.#running = new Listener({
      port: port2,
      host: '127.0.0.1',
      portNumber: 0,
      reusePort: false,
      transport,
      credentials: servingCredentials,
      relayRate,
      rates: createRates({}),
    }).run();
    const ticketKey = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    this.tell({ type: 'trust', ticketKey, clockOffsetMs: Date.now() - uptimeMs() });
    this.tell({ type: 'group', groupId: 'chess', isOffered: true });
  }

  tell(message: MainToListener): void {
    this.#port.postMessage(message);
  }

  /** Connects a socket that says nothing. */
  async connectBare(): Promise<Socket> {
    const socket = connect(this.address.port, this.address.host);
    this.#sockets.push(socket);
    socket.on('error', () => {}).resume();
    await once(socket, 'connect');
    return socket;
  }

  /** Connects a member that has said nothing; under TLS the handshake is over. */
  async dial({ credentials }: Member): Promise<FakeDialler> {
    const { address, transport } = this;
    const servingDeviceId = deviceIdOfCredentials(servingCredentials);
    const dialler = await dialServing({ address, transport, credentials, servingDeviceId });
    this.#diallers.push(dialler);
    return dialler;
  }

  /** Connects a member and shows a ticket. */
  async greet(member: Member, groupId = 'chess'): Promise<FakeDialler> {
    const dialler = await this.dial(member);
    await dialler.greet(this.ticketOf(member, groupId));
    return dialler;
  }

  /** Connects a member that is welcome. */
  async welcome(member: Member, groupId = 'chess'): Promise<FakeDialler> {
    const dialler = await this.greet(member, groupId);
    await dialler.stream.nextOf('welcome');
    return dialler;
  }

  ticketOf({ userId, credentials }: Member, groupId: string): Buffer {
    const deviceId = deviceIdOfCredentials(credentials);
    const expiresAtMs = Date.now() + 60_000;
    const fields = { userId, deviceId, groupId, role: 'reader' as const, ...at(1), expiresAtMs };
    return issueTicket(fields, this.#ticketKey);
  }

  async close(): Promise<void> {
    this.tell({ type: 'close' });
    await this.#running;
    for (const dialler of this.#diallers) dialler.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#port.close();
  }
}

/** A listener that listens. */
export async function listen(
  t: Test,
  transport: PeerTransport,
  relayRate?: SharedArrayBuffer,
): Promise<ListenerScene> {
  const scene = new ListenerScene(transport, relayRate);
  t.teardown(() => scene.close());
  scene.address = (await scene.said.nextOf('listening')).address;
  return scene;
}
