/**
 * A small client of the tracker for tests: a real WebSocket over real TLS, calls by name, and
 * notifications that can be waited for. Also opens trackers in folders of their own.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Test } from 'tap';
import {
  createDeviceCredentials,
  deviceIdOfCredentials,
  type DeviceCredentials,
} from '../../src/net/device-identity.js';
import { describe, encodeDescription, fileIdOf } from '../../src/net/description.js';
import { TrackerError } from '../../src/net/errors.js';
import { JsonRpcConnection } from '../../src/net/json-rpc.js';
import { MIN_PIECE_LENGTH } from '../../src/net/limits.js';
import { pieceLayout } from '../../src/net/piece-layout.js';
import { clientTlsOptions } from '../../src/net/tls-identity.js';
import type {
  PeerAddress,
  TrackerMethod,
  TrackerMethods,
  TrackerNotification,
  TrackerNotifications,
} from '../../src/net/tracker-api.js';
import { startTracker, type Tracker, type TrackerOptions } from '../../src/tracker/tracker.js';
import { CHEAP_PASSWORDS } from '../fixtures/swarm-names.js';
import { testFolder } from '../fixtures/test-folder.js';

/** Everything a test needs of a device: its key and the id that follows from it. */
export interface Device {
  readonly credentials: DeviceCredentials;
  readonly deviceId: string;
}

/** Makes a fresh device key. */
export function createDevice(): Device {
  const credentials = createDeviceCredentials();
  return { credentials, deviceId: deviceIdOfCredentials(credentials) };
}

interface Heard {
  readonly name: string;
  readonly params: unknown;
}

export class TrackerClient {
  /** What came and was not taken by `next` yet, oldest first. */
  readonly heard: Heard[] = [];
  readonly socket: WebSocket;
  readonly #rpc: JsonRpcConnection;
  #wake: (() => void) | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.#rpc = new JsonRpcConnection({
      send: (text) => socket.send(text),
      onRequest: () => Promise.reject(new TrackerError('BAD_REQUEST', 'a client has no methods')),
      onNotification: (name, params) => {
        this.heard.push({ name, params });
        this.#wake?.();
      },
      maxPending: 1000,
      requestTimeoutMs: 30_000,
    });
    socket.on('message', (data) => this.#rpc.receive((data as Buffer).toString()));
    socket.on('close', () => this.#rpc.close(new TrackerError('CONNECTION_LOST', 'closed')));
  }

  /** Calls a method; rejects with the tracker's refusal. */
  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> {
    return (await this.#rpc.call(method, params)) as TrackerMethods[M]['result'];
  }

  /** Calls a method with params that no type allows. */
  callRaw(method: string, params: unknown): Promise<unknown> {
    return this.#rpc.call(method, params);
  }

  /** The next notification of this name, waiting for it if need be. */
  async next<N extends TrackerNotification>(name: N): Promise<TrackerNotifications[N]> {
    for (;;) {
      const index = this.heard.findIndex((one) => one.name === name);
      if (index !== -1) return this.heard.splice(index, 1)[0]!.params as TrackerNotifications[N];
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}

/** Connects to a tracker, with a device's certificate or without one. */
export async function connect(
  address: PeerAddress,
  credentials: DeviceCredentials | undefined,
  from: { readonly localAddress?: string } = {},
): Promise<TrackerClient> {
  const tls = credentials
    ? clientTlsOptions(credentials)
    : ({ rejectUnauthorized: false, minVersion: 'TLSv1.3' } as const);
  const socket = new WebSocket(`wss://${address.host}:${address.port}/v1`, { ...tls, ...from });
  const client = new TrackerClient(socket);
  await once(socket, 'open');
  return client;
}

/** Starts a tracker for a test; it is closed with the test, after the test's own teardowns. */
export async function openTracker(
  t: Test,
  options: Partial<TrackerOptions> = {},
): Promise<Tracker> {
  const tracker = await startTracker({
    host: '127.0.0.1',
    port: 0,
    // Only when it is needed: testdir empties the folder.
    dataDir: options.dataDir ?? testFolder(t),
    peerTransport: 'tls',
    accountsPerDay: 1_000_000,
    passwordCost: CHEAP_PASSWORDS,
    log: () => undefined,
    ...options,
  });
  t.teardown(() => tracker.close());
  return tracker;
}

/** A fresh account that is logged in on a connection of its own. */
export interface Person extends Device {
  readonly userId: string;
  readonly client: TrackerClient;
  readonly token: string;
}

/** Creates an account (unless it exists) and logs it in, on a new device by default. */
export async function enter(
  tracker: Tracker,
  userId: string,
  device: Device = createDevice(),
): Promise<Person> {
  const client = await connect(tracker.address, device.credentials);
  const account = { userId, password: `password of ${userId}` };
  await client.call('createUser', account).catch((error: unknown) => {
    if (!(error instanceof TrackerError) || error.code !== 'USER_EXISTS') throw error;
  });
  const { token } = await client.call('login', account);
  return { ...device, userId, client, token };
}

/** Lets someone into a group. */
export async function admit(owner: Person, groupId: string, person: Person): Promise<void> {
  await person.client.call('joinGroup', { groupId });
  await owner.client.call('acceptRequest', { groupId, userId: person.userId });
  await person.client.next('membership');
}

/** A description with its id, distinct for each seed. */
export interface SampleFile {
  readonly fileId: string;
  readonly size: number;
  readonly bytes: Buffer;
  /** Base64, as `shareFile` takes it. */
  readonly description: string;
}

/** Describes made-up content of so many pieces. */
export function sampleFile(seed: number, pieceCount = 1): SampleFile {
  const size = pieceCount * MIN_PIECE_LENGTH;
  const layout = pieceLayout(size, MIN_PIECE_LENGTH)!;
  const bytes = encodeDescription(describe(layout, Buffer.alloc(20 * pieceCount, seed)));
  return { fileId: fileIdOf(bytes), size, bytes, description: bytes.toString('base64') };
}
