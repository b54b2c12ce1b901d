/**
 * The control socket of a home, on the engine's side: lets in other processes of the same user
 * (the socket is 0600) and knows who is there. Started only by the holder of the home's lock,
 * so a socket file that is already there is a dead process's.
 */
import { createServer, type Socket } from 'node:net';
import { deferred } from '../../net/deferred.js';
import { CancelledError } from '../../net/errors.js';
import { MAX_CONTROL_CLIENTS } from '../../net/limits.js';
import { listenPrivately } from '../../net/private-socket.js';
import { ControlCaller, type ControlHost } from './control-caller.js';
import { withFileNames } from './full-titles.js';

/** A running control server. */
export interface ControlServer {
  /** What other processes are in the middle of, for people. */
  readonly titles: readonly string[];
  /** The same, with the names of downloads that they wait for and did not name themselves. */
  fullTitles(): Promise<readonly string[]>;
  /** One of them waits for downloads, or is about to: another engine can go on with those. */
  readonly areDownloadsAwaited: boolean;
  /** The same, or it has something done that another engine can begin anew. */
  readonly isWorkAwaited: boolean;
  /** Nothing runs for them but what another engine can go on with. */
  readonly isMovable: boolean;
  /** Resolves when no other process is in the middle of something. */
  whenIdle(): Promise<void>;
  /** Resolves when so many have come. */
  whenUsed(count?: number): Promise<void>;
  /** Resolves when one comes or goes, and when what runs for one changes. */
  whenChanged(): Promise<void>;
  /** Begins nothing more for them until the answered function is called. */
  hold(): () => void;
  /** Tells them that another engine of this home takes over. */
  tellMoving(): void;
  /** Tells them that this process is about to be halted, or goes on. */
  tellHalted(isHalted: boolean): void;
  /** Takes no more callers, ends what runs for them, removes the socket. Idempotent. */
  close(): Promise<void>;
}

/** Listens on the control socket of a home whose lock this process holds. */
export async function startControlServer(
  socketPath: string,
  host: ControlHost,
): Promise<ControlServer> {
  const callers = new Callers(host);
  const server = createServer((socket) => callers.accept(socket));
  server.maxConnections = MAX_CONTROL_CLIENTS;
  await listenPrivately(server, socketPath);
  return {
    get titles() {
      return callers.users.map(({ title }) => title);
    },
    fullTitles: async () => withFileNames(callers.users, await host.engine.downloads()),
    get areDownloadsAwaited() {
      return callers.users.some(({ awaitsDownloads }) => awaitsDownloads);
    },
    get isWorkAwaited() {
      return callers.users.some(({ awaitsWork }) => awaitsWork);
    },
    whenIdle: () => callers.whenIdle(),
    get isMovable() {
      return callers.users.every(({ isMovable }) => isMovable);
    },
    whenUsed: (count = 1) => callers.whenUsed(count),
    whenChanged: () => callers.whenChanged(),
    hold: () => callers.hold(),
    tellMoving: () => {
      for (const caller of callers.attached) caller.tellMoving();
    },
    tellHalted: (isHalted) => callers.tellHalted(isHalted),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await callers.endAll();
      await closed;
    },
  };
}

/** Those who are connected; whoever is gone is gone from here. */
class Callers {
  readonly #host: ControlHost;
  readonly #present = new Map<ControlCaller, Promise<void>>();
  /** All that have ever had something done. */
  readonly #seen = new WeakSet<ControlCaller>();
  #seenCount = 0;
  #changed = deferred<undefined>();
  /** Settled when calls are begun again. */
  #held: Promise<void> | undefined;

  constructor(host: ControlHost) {
    this.#host = host;
  }

  accept(socket: Socket): void {
    const caller: ControlCaller = new ControlCaller(this.#host, socket, () => {
      if (caller.isUser && !this.#seen.has(caller)) {
        this.#seen.add(caller);
        this.#seenCount++;
      }
      this.#onChange();
    });
    if (this.#held !== undefined) caller.hold(this.#held);
    const gone = caller.gone().then(() => {
      this.#present.delete(caller);
      this.#onChange();
    });
    this.#present.set(caller, gone);
  }

  #onChange(): void {
    this.#changed.resolve(undefined);
    this.#changed = deferred();
  }

  async whenChanged(): Promise<void> {
    await this.#changed.promise;
  }

  async whenUsed(count: number): Promise<void> {
    while (this.#seenCount < count) await this.whenChanged();
  }

  hold(): () => void {
    const { promise, resolve } = deferred<undefined>();
    this.#held = promise;
    for (const caller of this.#present.keys()) caller.hold(promise);
    return () => resolve(undefined);
  }

  get attached(): ControlCaller[] {
    return [...this.#present.keys()].filter(({ isAttached }) => isAttached);
  }

  /** Without those who only listen. */
  get users(): ControlCaller[] {
    return [...this.#present.keys()].filter(({ isUser }) => isUser);
  }

  async whenIdle(): Promise<void> {
    for (;;) {
      const { users } = this;
      if (users.length === 0) return;
      await Promise.race(users.map((caller) => this.#present.get(caller)!));
    }
  }

  tellHalted(isHalted: boolean): void {
    for (const caller of this.#present.keys()) caller.tellHalted(isHalted);
  }

  async endAll(): Promise<void> {
    const reason = new CancelledError('the client that did the work was stopped', 'TERMINATED');
    await Promise.all([...this.#present.keys()].map((caller) => caller.end(reason)));
    await Promise.all(this.#present.values());
  }
}
