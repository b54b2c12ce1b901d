/**
 * The control socket of a home, on the engine's side: lets in other processes of the same user
 * (the socket is 0600) and knows who is there. Started only by the holder of the home's lock,
 * so a socket file that is already there is a dead process's.
 */
import { createServer, type Socket } from 'node:net';
import { CancelledError } from '../../net/errors.js';
import { MAX_CONTROL_CLIENTS } from '../../net/limits.js';
import { listenPrivately } from '../../net/private-socket.js';
import { ControlCaller, type ControlHost } from './control-caller.js';

/** A running control server. */
export interface ControlServer {
  /** Resolves when no other process is in the middle of something; says first that one is. */
  whenIdle(onBusy?: () => void): Promise<void>;
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
    whenIdle: (onBusy) => callers.whenIdle(onBusy),
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

  constructor(host: ControlHost) {
    this.#host = host;
  }

  accept(socket: Socket): void {
    const caller = new ControlCaller(this.#host, socket);
    const gone = caller.gone().then(() => void this.#present.delete(caller));
    this.#present.set(caller, gone);
  }

  async whenIdle(onBusy?: () => void): Promise<void> {
    for (let isTold = false; ; isTold = true) {
      const attached = [...this.#present].filter(([caller]) => caller.isAttached);
      if (attached.length === 0) return;
      if (!isTold) onBusy?.();
      await Promise.race(attached.map(([, gone]) => gone));
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
