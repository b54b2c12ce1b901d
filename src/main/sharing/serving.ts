/**
 * The listeners of this client: one per transfer thread where Node lets threads share a port
 * (22.12 and newer), else one; so many for each host. Owns their tasks; what they say goes to Uploads.
 *
 *   stopped → listening → stopped; a change of transport, or of the machine's addresses, restarts on
 *   the same port
 */
import { isDeepStrictEqual } from 'node:util';
import { bug, PeerError, type P2pError } from '../../net/errors.js';
import { isIPAddress } from '../../net/ip-address.js';
import type { OwnAddress } from '../../net/own-addresses.js';
import type { PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type {
  ListenTask,
  ListenerToMain,
  MainToListener,
} from '../../workers/messages/listener.js';
import type { SharedRates } from '../../workers/messages/thread.js';
import type { DeviceKey } from '../account/device-key.js';
import type { RunningTask, TransferPool } from '../threads/transfer-pool.js';
import { ListenHosts } from './listen-hosts.js';
import type { OnRelayed, RelayedTraffic } from './relayed-traffic.js';
import type { Uploads } from './uploads.js';

/** What the tickets of strangers are checked against. */
export interface TrustedTracker {
  /** Raw Ed25519 public key. */
  readonly ticketKey: Uint8Array;
  /** How far the tracker's time is ahead of `uptimeMs`. */
  readonly clockOffsetMs: number;
}

/** The threads that listen. */
type ListeningPool = Pick<TransferPool, 'threadCount' | 'startListener'>;

export interface ServingOptions {
  /** The threads, started when first asked for. */
  readonly pool: () => ListeningPool;
  readonly uploads: Pick<Uploads, 'addListener' | 'removeListener' | 'onMessage'>;
  readonly listen: PeerAddress;
  /** Further hosts to listen on, at the same port. @default none */
  readonly furtherHosts?: readonly string[];
  readonly own: () => readonly OwnAddress[];
  readonly key: Pick<DeviceKey, 'load'>;
  readonly rates: SharedRates;
  /** The rate at which it relays between members, and who counts that. @default it does not */
  readonly relaying?: { readonly rate: SharedArrayBuffer; readonly traffic: RelayedTraffic };
}

/** A connection of somebody who was called waits in the thread of this task. */
export type AnsweredIn = Pick<RunningTask<MainToListener>, 'settled'>;

interface RunningListener extends RunningTask<MainToListener> {
  readonly address: PeerAddress;
}

/** How one of the listeners is started. */
type ListenerStart = Pick<
  ListenTask,
  'host' | 'transport' | 'portNumber' | 'reusePort' | 'credentials'
> & { readonly onRelayed: OnRelayed | undefined };

export class Serving {
  readonly #options: ServingOptions;
  readonly #hosts: ListenHosts;
  #listeners: RunningListener[] = [];
  /** Where the listeners were told to listen. */
  #at: readonly string[] = [];
  #transport: PeerTransport | undefined;
  #trust: TrustedTracker | undefined;
  /** Calls that may be answered: who was called, and who wants to know. */
  readonly #calls = new Map<string, { deviceId: string; onAnswer: (at: AnsweredIn) => void }>();
  #answers = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#hosts = new ListenHosts([options.listen.host, ...(options.furtherHosts ?? [])]);
  }

  /** Where it listens, or where first if that is several; undefined while nothing listens. */
  get address(): PeerAddress | undefined {
    return this.#listeners[0]?.address;
  }

  /** Everywhere it listens. */
  get addresses(): readonly PeerAddress[] {
    const all = this.#listeners.map(({ address }) => [formatKey(address), address] as const);
    return [...new Map(all).values()];
  }

  /**
   * Listens in the given transport; nothing happens when it does already.
   * @throws PeerError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE
   */
  async start(transport: PeerTransport): Promise<PeerAddress> {
    if (this.#transport === transport && this.address) return this.address;
    return this.#startAt(transport, this.#hosts.at(this.#options.own()));
  }

  /**
   * The addresses of this machine are others: listens anew, at the same port, if an address on which
   * it listens has gone and another one took its place. True when it did.
   * @throws PeerError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE
   */
  async follow(): Promise<boolean> {
    const hosts = this.#hosts.at(this.#options.own());
    if (!this.address || !this.#transport || isDeepStrictEqual(hosts, this.#at)) return false;
    await this.#startAt(this.#transport, hosts);
    return true;
  }

  async #startAt(transport: PeerTransport, hosts: readonly string[]): Promise<PeerAddress> {
    const port = this.address?.port ?? this.#options.listen.port;
    await this.stop();
    try {
      const address = await this.#listen(transport, port, hosts);
      this.#at = hosts;
      this.#transport = transport;
      if (this.#trust) this.trust(this.#trust);
      return address;
    } catch (error) {
      // All threads listen, or none.
      await this.stop();
      throw error;
    }
  }

  async #listen(
    transport: PeerTransport,
    port: number,
    hosts: readonly string[],
  ): Promise<PeerAddress> {
    const credentials = await this.#options.key.load();
    // Both sides of a meeting have to come to one thread.
    const isSpread = canSharePorts() && !this.#options.relaying;
    const count = isSpread ? this.#options.pool().threadCount : 1;
    const onRelayed = this.#options.relaying?.traffic.begin();
    const common = { transport, reusePort: count > 1, credentials, onRelayed };
    // Every host at the port that the first one got.
    let portNumber = port;
    for (const host of hosts) {
      for (let thread = 0; thread < count; thread++) {
        const listener = await this.#startListener({ ...common, host, portNumber });
        this.#listeners.push(listener);
        portNumber = listener.address.port;
      }
    }
    return this.address ?? bug('it listens nowhere');
  }

  /** Tickets of this tracker are good from now on. */
  trust(trust: TrustedTracker): void {
    this.#trust = trust;
    for (const listener of this.#listeners) listener.post({ type: 'trust', ...trust });
  }

  /**
   * A device is called and is to come here, until that is taken back by the answered function; whoever
   * calls takes its connection where it waits.
   */
  expect(callId: string, deviceId: string, onAnswer: (at: AnsweredIn) => void): () => void {
    this.#calls.set(callId, { deviceId, onAnswer });
    const tell = (isExpected: boolean): void => {
      for (const one of this.#listeners) one.post({ type: 'expect', callId, deviceId, isExpected });
    };
    tell(true);
    return () => {
      if (this.#calls.delete(callId)) tell(false);
    };
  }

  /** Goes to a device that has called, and serves it; the listeners take turns. */
  answer(answer: Omit<Extract<MainToListener, { type: 'answer' }>, 'type'>): void {
    const listener = this.#listeners[this.#answers++ % this.#listeners.length];
    listener?.post({ type: 'answer', ...answer });
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
    this.#options.relaying?.traffic.onEnded();
  }

  async #startListener({ onRelayed, ...how }: ListenerStart): Promise<RunningListener> {
    const { pool, uploads, rates, relaying } = this.#options;
    return new Promise((resolve, reject) => {
      let listener: RunningListener | undefined;
      const onMessage = (message: ListenerToMain): void => {
        if (message.type === 'listening') {
          // A name may mean something else to others, so the address itself is told.
          const host = isIPAddress(how.host) ? how.host : message.address.host;
          listener = { ...task, address: { host, port: message.address.port } };
          uploads.addListener(listener);
          resolve(listener);
        } else if (message.type === 'answered') {
          const call = this.#calls.get(message.callId);
          if (listener && this.#calls.delete(message.callId)) call?.onAnswer(listener);
        } else if (message.type === 'relayed') {
          onRelayed?.(message);
        } else if (listener) {
          uploads.onMessage(listener, message);
        }
      };
      const relayRate = relaying?.rate;
      const beside = relaying && this.#listeners[0];
      const task = pool().startListener({ ...how, rates, relayRate }, onMessage, beside);
      task.settled.then(
        (outcome) => {
          if (!outcome.ok) reject(new PeerError(outcome.code, outcome.message));
        },
        (error: P2pError) => reject(error),
      );
    });
  }
}

function formatKey({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}

/** `reusePort` came with Node 22.12 (and 23.1). */
function canSharePorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return (
    process.platform === 'linux' &&
    (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))
  );
}
