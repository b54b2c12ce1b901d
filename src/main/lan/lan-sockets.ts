/**
 * The sockets by which letters come and go. One for each family
 * hears what is asked of everybody (`ear`); one for each address of this machine asks, and hears the
 * answers (`mouth`). Owns them; they keep no process alive. What the system refuses costs that socket.
 *
 *   closed → open → closed
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { scopeOf, withoutZone } from '../../net/address-scope.js';
import type { LanInterface } from './lan-interfaces.js';

/** Where everybody is asked: groups of addresses that no router passes on, and a port of our own. */
export const LAN_PORT = 41_870;
export const LAN_GROUPS = { 4: '239.255.112.50', 6: 'ff12::7032:7032' } as const;

/** From where a letter came, and where an answer goes. */
export interface LetterSource {
  readonly host: string;
  readonly port: number;
}

export interface LanSocketEvents {
  onAsked(bytes: Buffer, source: LetterSource): void;
  onAnswer(bytes: Buffer, source: LetterSource): void;
  /** A socket is ready to ask by. */
  onReady(): void;
}

interface Mouth extends LanInterface {
  readonly socket: Socket;
  isReady: boolean;
}

export class LanSockets {
  readonly #events: LanSocketEvents;
  readonly #ears = new Map<4 | 6, Socket>();
  readonly #mouths: Mouth[] = [];
  #faults: string[] = [];

  constructor(events: LanSocketEvents) {
    this.#events = events;
  }

  /** Addresses of this machine from which it can be asked. */
  get readyHosts(): string[] {
    return this.#mouths.filter(({ isReady }) => isReady).map(({ host }) => host);
  }

  /** What the system refused since they were opened, as its codes. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  open(interfaces: readonly LanInterface[]): void {
    this.#faults = [];
    for (const family of [4, 6] as const) {
      const its = interfaces.filter((one) => one.family === family);
      if (its.length > 0) this.#listen(family, its);
      for (const one of its) this.#openMouth(one);
    }
  }

  /** Asks everybody, from each address with a letter of its own. */
  ask(letterFor: () => Buffer | undefined): void {
    for (const { socket, family, isReady } of this.#mouths) {
      const letter = isReady ? letterFor() : undefined;
      if (letter) this.#send(socket, letter, { host: LAN_GROUPS[family], port: LAN_PORT });
    }
  }

  /**
   * Answers somebody. `isAnywhere`: this client serves at all its addresses, so that the system may
   * choose which one the answer names.
   */
  answer(letter: Buffer, to: LetterSource, isAnywhere: boolean): void {
    const family = to.host.includes(':') ? 6 : 4;
    const ear = this.#ears.get(family);
    if (isAnywhere && ear) this.#send(ear, letter, to);
    if (isAnywhere) return;
    const isLoopback = (host: string): boolean => scopeOf(withoutZone(host)) === 'loopback';
    for (const { socket, family: its, host, isReady } of this.#mouths) {
      if (!isReady || its !== family || isLoopback(host) !== isLoopback(to.host)) continue;
      this.#send(socket, letter, to);
    }
  }

  /** Resolves when none is open. Idempotent. */
  async close(): Promise<void> {
    const sockets = [...this.#ears.values(), ...this.#mouths.map(({ socket }) => socket)];
    this.#ears.clear();
    this.#mouths.length = 0;
    await Promise.all(sockets.map(closeSocket));
  }

  #listen(family: 4 | 6, interfaces: readonly LanInterface[]): void {
    const ear = this.#create(family);
    this.#ears.set(family, ear);
    ear.on('message', (bytes, source) => this.#events.onAsked(bytes, sourceOf(source)));
    ear.bind({ port: LAN_PORT, address: family === 4 ? '0.0.0.0' : '::', exclusive: true }, () => {
      // An interface is joined once, however many addresses it has: the system refuses a second time.
      const joined = new Map(interfaces.map((one) => [one.interfaceName, one]));
      for (const { host, interfaceName } of joined.values()) {
        const at = family === 4 ? host : `::%${interfaceName}`;
        this.#attempt(() => ear.addMembership(LAN_GROUPS[family], at));
      }
    });
  }

  #openMouth(one: LanInterface): void {
    const { family, host, interfaceName } = one;
    const socket = this.#create(family);
    const mouth: Mouth = { ...one, socket, isReady: false };
    this.#mouths.push(mouth);
    socket.on('message', (bytes, source) => this.#events.onAnswer(bytes, sourceOf(source)));
    const address = family === 4 ? host : `${host}%${interfaceName}`;
    socket.bind({ port: 0, address, exclusive: true }, () => {
      this.#attempt(() => {
        socket.setMulticastInterface(family === 4 ? host : `::%${interfaceName}`);
        socket.setMulticastTTL(1);
        mouth.isReady = true;
      });
      if (mouth.isReady) this.#events.onReady();
    });
  }

  #create(family: 4 | 6): Socket {
    const socket = createSocket(
      family === 4
        ? { type: 'udp4', reuseAddr: true }
        : { type: 'udp6', reuseAddr: true, ipv6Only: true },
    );
    socket.unref();
    socket.on('error', (error) => this.#onFault(error));
    return socket;
  }

  #send(socket: Socket, letter: Buffer, { host, port }: LetterSource): void {
    this.#attempt(() => {
      socket.send(letter, port, host, (error) => {
        if (error) this.#onFault(error);
      });
    });
  }

  /** An interface may have gone, or know no multicast: then there is nobody to be asked by it. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFault(error as Error);
    }
  }

  #onFault(error: Error): void {
    const code = 'code' in error ? String(error.code) : error.message;
    if (!this.#faults.includes(code)) this.#faults.push(code);
    if (this.#faults.length > MAX_FAULTS_NAMED) this.#faults.shift();
  }
}

const MAX_FAULTS_NAMED = 8;

function sourceOf({ address: host, port }: RemoteInfo): LetterSource {
  return { host, port };
}

async function closeSocket(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  try {
    socket.close();
  } catch {
    // It never ran.
    return;
  }
  await closed;
}
