/**
 * A tracker at fault: TLS and WebSocket are real, what it answers is up to the test (rubbish,
 * nothing, a cut). It keeps every text it received, so that a test can say what was not sent.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { WebSocketServer, type WebSocket } from 'ws';
import { KEEPS_ANSWERS_HEADER } from '../../../src/net/asked-once.js';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import { serverTlsOptions } from '../../../src/net/tls-identity.js';
import type { DeviceCredentials } from '../../../src/net/device-identity.js';
import type { PeerAddress } from '../../../src/net/tracker-api.js';

/** Answers one request; `undefined` leaves it without an answer. */
export type Answer = (method: string, params: unknown, socket: WebSocket) => unknown;

export interface FaultTrackerOptions {
  readonly answer?: Answer;
  readonly credentials?: DeviceCredentials;
  /** To come back at the address of one that was closed. @default 0 */
  readonly port?: number;
  /** Answers no pings. */
  readonly isMute?: boolean;
  /** Says that it does a change once that is asked for again. */
  readonly keepsAnswers?: boolean;
  /** Sent at once after the upgrade. */
  readonly greeting?: string | Buffer;
}

export class FaultTracker {
  readonly address: PeerAddress;
  /** Methods of the requests received, in order. */
  readonly methods: string[] = [];
  /** HTTP requests of any kind. */
  httpRequestCount = 0;
  readonly sockets = new Set<WebSocket>();
  readonly events = new EventEmitter();
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    this.address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }

  /** Resolves at the next request for `method`. */
  async received(method: string): Promise<void> {
    await once(this.events, method);
  }

  /** Cuts every connection, without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  /** Pushes a text to every client. */
  push(text: string): void {
    for (const socket of this.sockets) socket.send(text);
  }

  async close(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

export async function startFaultTracker(
  t: Test,
  options: FaultTrackerOptions = {},
): Promise<FaultTracker> {
  const credentials = options.credentials ?? createDeviceCredentials();
  const server = createServer(serverTlsOptions(credentials));
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const tracker = new FaultTracker(server);
  t.teardown(() => tracker.close());
  server.prependListener('upgrade', () => tracker.httpRequestCount++);
  const webSockets = new WebSocketServer({
    server,
    path: '/v1',
    autoPong: options.isMute !== true,
  });
  if (options.keepsAnswers === true) {
    webSockets.on('headers', (headers) => headers.push(`${KEEPS_ANSWERS_HEADER}: 1`));
  }
  webSockets.on('connection', (socket) => serve(tracker, socket, options));
  return tracker;
}

function serve(tracker: FaultTracker, socket: WebSocket, options: FaultTrackerOptions): void {
  tracker.sockets.add(socket);
  socket.on('close', () => tracker.sockets.delete(socket));
  socket.on('ping', () => tracker.events.emit('ping'));
  if (options.greeting !== undefined) socket.send(options.greeting);
  socket.on('message', (data: Buffer) => {
    const { id, method, params } = JSON.parse(data.toString()) as Record<string, unknown>;
    tracker.methods.push(String(method));
    const result = options.answer?.(String(method), params, socket);
    if (result !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
    tracker.events.emit(String(method));
  });
}
