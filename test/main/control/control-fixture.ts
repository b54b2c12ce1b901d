/** A control server in front of a fake engine, and ways to talk to it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import {
  startControlServer,
  type ControlServer,
} from '../../../src/main/control/control-server.js';
import { RemoteEngine } from '../../../src/main/control/remote-engine.js';
import { openHome, type Home } from '../../../src/main/home/home.js';
import { FakeEngine } from '../fake-engine.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** Never aborted. */
export const noSignal = new AbortController().signal;

export interface Served<E> {
  readonly engine: E;
  readonly socketPath: string;
  readonly home: Home;
  readonly server: ControlServer;
  /** What nobody foresaw. */
  readonly unforeseen: unknown[];
  /** How often it was asked to end. */
  readonly asked: string[];
  /** Another caller. */
  readonly connect: (title?: string) => Promise<RemoteEngine>;
}

/** Serves an engine; all of it is gone after the test. */
export async function serveEngine<E extends FakeEngine = FakeEngine>(
  t: Test,
  make: (home: Home) => E = (home) => fakeEngine(home) as E,
): Promise<Served<E>> {
  const home = await openHome({ P2P_HOME: testFolder(t, {}) });
  return serveHome(t, home, make(home));
}

/** Serves an engine of a home that is there; all of it is gone after the test. */
export async function serveHome<E extends FakeEngine>(
  t: Test,
  home: Home,
  engine: E,
  { isInBackground = true } = {},
): Promise<Served<E>> {
  const unforeseen: unknown[] = [];
  const asked: string[] = [];
  const server = await startControlServer(home.socketPath, {
    engine,
    isEngineStaying: true,
    isInBackground,
    onEndAsked: () => void asked.push('end'),
    onUnforeseen: (error) => void unforeseen.push(error),
  });
  t.teardown(async () => {
    await server.close();
    await engine.close();
  });
  return {
    engine,
    socketPath: home.socketPath,
    home,
    server,
    unforeseen,
    asked,
    connect: async (title = 'upload film') => {
      const remote = (await RemoteEngine.connect(home, noSignal, { title }))!;
      t.teardown(() => remote.close());
      return remote;
    },
  };
}

export function fakeEngine(home: Home): FakeEngine {
  return new FakeEngine({ home, listen: { host: '127.0.0.1', port: 0 }, remember: true });
}

/** A caller that writes lines as they are. */
export class RawCaller {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly #lines: AsyncIterableIterator<string>;

  constructor(t: Test, socketPath: string) {
    this.socket = connect(socketPath);
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.#lines = createInterface({ input: this.socket })[Symbol.asyncIterator]();
    t.teardown(() => this.socket.destroy());
  }

  send(message: object | string): void {
    this.socket.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  /** The next message that comes. */
  async next(): Promise<Record<string, unknown>> {
    const { value } = (await this.#lines.next()) as { value: string };
    return JSON.parse(value) as Record<string, unknown>;
  }

  async ask(method: string, params: object, id = 1): Promise<Record<string, unknown>> {
    this.send({ jsonrpc: '2.0', id, method, params });
    return this.next();
  }
}

/** A home whose socket answers each line so: an engine of another version, or one that is stuck. */
export async function startImpostor(t: Test, answer: (socket: Socket) => void): Promise<Home> {
  const home = await openHome({ P2P_HOME: testFolder(t, {}) });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  server.listen(home.socketPath);
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return home;
}
