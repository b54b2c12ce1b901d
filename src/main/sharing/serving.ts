/**
 * The listeners of this client: one per transfer thread where Node lets threads share a port
 * (22.12 and newer), else one. Owns their tasks; what they say goes to Uploads.
 *
 *   stopped → listening → stopped; a change of transport restarts on the same port
 */
import { PeerError, type P2pError } from '../../net/errors.js';
import type { PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type {
  DeviceCredentials,
  ListenerToMain,
  MainToListener,
  SharedRates,
} from '../../workers/messages.js';
import type { RunningTask, TransferPool } from '../threads/transfer-pool.js';
import type { Uploads } from './uploads.js';

/** What the tickets of strangers are checked against. */
export interface TrustedTracker {
  /** Raw Ed25519 public key. */
  readonly ticketKey: Uint8Array;
  readonly clockOffsetMs: number;
}

export interface ServingOptions {
  readonly pool: TransferPool;
  readonly uploads: Uploads;
  readonly listen: PeerAddress;
  readonly credentials: DeviceCredentials;
  readonly rates: SharedRates;
}

interface RunningListener extends RunningTask<MainToListener> {
  readonly address: PeerAddress;
}

export class Serving {
  readonly #options: ServingOptions;
  #listeners: RunningListener[] = [];
  #transport: PeerTransport | undefined;
  #trust: TrustedTracker | undefined;

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  /** Where peers reach us; undefined while nothing listens. */
  get address(): PeerAddress | undefined {
    return this.#listeners[0]?.address;
  }

  /**
   * Listens in the given transport; nothing happens when it does already.
   * @throws PeerError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE
   */
  async start(transport: PeerTransport): Promise<PeerAddress> {
    if (this.#transport === transport && this.address) return this.address;
    const port = this.address?.port ?? this.#options.listen.port;
    await this.stop();
    this.#transport = transport;
    const count = canSharePorts() ? this.#options.pool.threadCount : 1;
    const first = await this.#startListener(transport, port, count > 1);
    this.#listeners.push(first);
    while (this.#listeners.length < count) {
      this.#listeners.push(await this.#startListener(transport, first.address.port, true));
    }
    if (this.#trust) this.trust(this.#trust);
    return first.address;
  }

  /** Tickets of this tracker are good from now on. */
  trust(trust: TrustedTracker): void {
    this.#trust = trust;
    for (const listener of this.#listeners) listener.post({ type: 'trust', ...trust });
  }

  /** Closes every listener and session; idempotent. */
  async stop(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener.post({ type: 'close' });
    for (const listener of listeners) {
      await listener.settled;
      this.#options.uploads.removeListener(listener);
    }
  }

  async #startListener(
    transport: PeerTransport,
    portNumber: number,
    reusePort: boolean,
  ): Promise<RunningListener> {
    const { pool, uploads, listen, credentials, rates } = this.#options;
    return new Promise((resolve, reject) => {
      let listener: RunningListener | undefined;
      const onMessage = (message: ListenerToMain): void => {
        if (message.type === 'listening') {
          listener = { ...task, address: { host: listen.host, port: message.address.port } };
          uploads.addListener(listener);
          resolve(listener);
        } else if (listener) {
          uploads.onMessage(listener, message);
        }
      };
      const task = pool.startListener(
        { host: listen.host, portNumber, reusePort, transport, credentials, rates },
        onMessage,
      );
      task.settled.then(
        (outcome) => {
          if (!outcome.ok) reject(new PeerError(outcome.code, outcome.message));
        },
        (error: P2pError) => reject(error),
      );
    });
  }
}

/** `reusePort` came with Node 22.12 (and 23.1). */
function canSharePorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return (
    process.platform === 'linux' &&
    (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))
  );
}
