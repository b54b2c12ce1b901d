/**
 * The port of the tracker: HTTPS over TLS 1.3 for `GET /healthz` and `GET /metrics`, unless they
 * have an address of their own, and
 * WebSocket on `/v1`, each connection of which becomes a session. Owns the listening socket,
 * the sessions and the wheel of pings; `close` ends them in the order written there.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, RequestListener } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { WebSocketServer, type WebSocket } from 'ws';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { BUSY_ALERT } from '../../net/busy-alert.js';
import { KEEPS_ANSWERS_HEADER } from '../../net/asked-once.js';
import { decodeEarlyCalls, EARLY_CALLS_HEADER } from '../../net/early-calls.js';
import { bug, P2pError } from '../../net/errors.js';
import {
  MAX_ANONYMOUS_MESSAGES,
  MAX_CONTROL_FRAME_BYTES,
  TRACKER_CONNECT_TIMEOUT_MS,
  TRACKER_PING_INTERVAL_MS,
} from '../../net/limits.js';
import { isIPv4 } from '../../net/ip-address.js';
import { encodeReturnAdvice } from '../../net/return-advice.js';
import { peerDeviceId, serverTlsOptions } from '../../net/tls-identity.js';
import { encodeToldTime } from '../../net/told-time.js';
import type { Clock } from '../clock.js';
import type { Relay } from '../../net/relay/relay.js';
import { decodeRelayOpening } from '../../net/relay/relay-opening.js';
import { ConnectionGate } from './connection-gate.js';
import { awaitFirstRecord, endWait } from './first-record.js';
import { PingWheel } from './ping-wheel.js';
import { listenHost } from '../../net/listen-host.js';
import { toListenError } from '../../net/listen-error.js';
import { Session, type SessionOptions } from './session.js';
import { statusPages, type StatusPagesOptions } from '../../net/figures/status-pages.js';

/** The path of the WebSocket, with the version of the protocol. */
const RPC_PATH = '/v1';
/** Bytes of the headers of a request. */
const MAX_HEADER_BYTES = 8 * 1024;
/** How often connections are held against their times. */
const CHECK_INTERVAL_MS = 1_000;
/** Frames of one message, and reads of one frame. */
const MAX_MESSAGE_PARTS = 1_024;
/** Time for clients to answer the close of their WebSocket. */
const CLOSE_GRACE_MS = 1_000;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly credentials: DeviceCredentials;
  readonly onRequest: SessionOptions['onRequest'];
  readonly onSessionClosed: SessionOptions['onClosed'];
  readonly onExcess: SessionOptions['onExcess'];
  /** Hears of a connection of this network that was dropped because there were too many. */
  readonly onDropped: (network: string) => void;
  /** Hears of one that was told to come back. */
  readonly onSentBack: (network: string) => void;
  readonly onUnforeseen: (error: unknown) => void;
  /** What plain HTTP is answered; undefined when that has an address of its own. */
  readonly pages: StatusPagesOptions | undefined;
  readonly clock: Clock;
  /** Where others on this port are passed on; undefined when nobody is. */
  readonly relay: Pick<Relay, 'enter'> | undefined;
  /** The time that clients are told. */
  readonly ticketMs: () => number;
}

export class TrackerServer {
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CONTROL_FRAME_BYTES,
    perMessageDeflate: false,
    // One message per turn of the event loop: a read of thousands of tiny ones holds nobody up.
    allowSynchronousEvents: false,
    maxFragments: MAX_MESSAGE_PARTS,
    maxBufferedChunks: MAX_MESSAGE_PARTS,
  });
  readonly #gate: ConnectionGate;
  readonly #sessions = new Set<Session>();
  readonly #pings: PingWheel<Session>;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = createServer({
      ...serverTlsOptions(options.credentials),
      handshakeTimeout: TRACKER_CONNECT_TIMEOUT_MS,
      headersTimeout: TRACKER_CONNECT_TIMEOUT_MS,
      requestTimeout: TRACKER_CONNECT_TIMEOUT_MS,
      // Node looks at these two every 30 s by itself.
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.#server.maxRequestsPerSocket = MAX_ANONYMOUS_MESSAGES;
    this.#gate = this.#letInOneByOne();
    this.#pings = new PingWheel({
      intervalMs: TRACKER_PING_INTERVAL_MS,
      clock: options.clock,
      visit: (sessions) => this.#onBeat(sessions),
    });
    this.#webSockets.on('headers', (headers, request) => {
      headers.push(`${KEEPS_ANSWERS_HEADER}: yes`);
      if (EARLY_CALLS_HEADER in request.headers) headers.push(`${EARLY_CALLS_HEADER}: taken`);
    });
    this.#server.on('request', ({ socket }: IncomingMessage) => this.#gate.onAsked(socket));
    this.#server.on('request', options.pages ? statusPages(options.pages) : noPages);
    this.#server.on('upgrade', (request, socket: TLSSocket, head: Buffer) => {
      // Node takes its own listener off before it hands the socket over.
      socket.on('error', endOnError);
      this.#guarded(socket, () => this.#onUpgrade(request, socket, head));
    });
    this.#server.on('clientError', (_, socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
  }

  /** Opens the port. @throws UsageError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    this.#server.listen({ ...listenHost(host), port });
    await once(this.#server, 'listening').catch((error: unknown) => {
      throw toListenError(error as NodeJS.ErrnoException, host, port);
    });
    return this.#server.address() as AddressInfo;
  }

  /** Connections; those on which nobody is logged in; those that wait for TLS. */
  counts(): { readonly all: number; readonly anonymous: number; readonly waiting: number } {
    return this.#gate.counts();
  }

  /** Shows this certificate to whoever connects from now on. */
  present(credentials: DeviceCredentials): void {
    this.#server.setSecureContext(serverTlsOptions(credentials));
  }

  /** Stops listening, tells every client within which time to come back, then drops whoever does not answer. */
  async close(): Promise<void> {
    this.#pings.close();
    const closed = this.#server.listening ? once(this.#server, 'close') : Promise.resolve();
    if (this.#server.listening) this.#server.close();
    const advice = encodeReturnAdvice(this.#sessions.size);
    for (const session of [...this.#sessions]) session.goAway(advice);
    const grace = setTimeout(() => this.#gate.destroyAll(), CLOSE_GRACE_MS);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(grace);
    this.#webSockets.close();
  }

  /** Node begins TLS on what it accepts before anybody else hears of it; here the gate is first. */
  #letInOneByOne(): ConnectionGate {
    const [begin, another] = this.#server.listeners('connection');
    if (!begin || another) bug('something else than TLS waits for connections');
    this.#server.removeAllListeners('connection');
    const { relay } = this.#options;
    const gate = new ConnectionGate({
      ...this.#options,
      begin: (socket) => {
        endWait(socket);
        begin.call(this.#server, socket);
      },
      sendBack,
    });
    const events = {
      onHandshake: (socket: Socket) => gate.onHandshake(socket),
      onRelay:
        relay && ((socket: Socket, opening: Buffer) => this.#onRelay(relay, socket, opening)),
    };
    this.#server.on('connection', (socket: Socket) => {
      if (gate.enter(socket)) awaitFirstRecord(socket, events);
    });
    return gate;
  }

  /** Who has a key was let in on another connection, and may stay. */
  #onRelay(relay: Pick<Relay, 'enter'>, socket: Socket, opening: Buffer): void {
    if (relay.enter(socket, decodeRelayOpening(opening))) this.#gate.onLoginChanged(socket, true);
  }

  #onUpgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): void {
    if (request.url !== RPC_PATH) return refuseUpgrade(socket, '404 Not Found');
    // Only browsers send it: a page somewhere must not reach a tracker through its reader.
    if (request.headers.origin !== undefined) return refuseUpgrade(socket, '403 Forbidden');
    const header = request.headers[EARLY_CALLS_HEADER];
    const early = typeof header === 'string' ? decodeEarlyCalls(header) : [];
    if (!early) return refuseUpgrade(socket, '400 Bad Request');
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#guarded(socket, () => this.#onWebSocket(webSocket, socket).receiveEarly(early)),
    );
  }

  /** What goes wrong with one connection ends that connection. */
  #guarded(socket: TLSSocket, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.onUnforeseen(error);
      socket.destroy();
    }
  }

  #onWebSocket(webSocket: WebSocket, socket: TLSSocket): Session {
    const { remoteAddress = '', remotePort, localAddress, localPort } = socket;
    const endpoints = { remoteAddress, remotePort, localAddress, localPort };
    const session = new Session({
      socket: webSocket,
      // The library writes head and text apart; nothing of its own waits behind what it was given.
      writeFrame: (frame) => socket.write(frame),
      deviceId: deviceIdOf(socket),
      address: plainAddress(remoteAddress),
      onRequest: this.#options.onRequest,
      onExcess: this.#options.onExcess,
      onUnforeseen: this.#options.onUnforeseen,
      clock: this.#options.clock,
      onLoginChanged: ({ login }) => this.#gate.onLoginChanged(endpoints, login !== undefined),
      onClosed: (closed) => {
        this.#sessions.delete(closed);
        this.#pings.remove(closed);
        this.#options.onSessionClosed(closed);
      },
    });
    this.#sessions.add(session);
    this.#pings.add(session);
    this.#gate.onOccupied(endpoints, session);
    return session;
  }

  #onBeat(sessions: Iterable<Session>): void {
    const time = encodeToldTime(this.#options.ticketMs());
    for (const session of sessions) session.beat(time);
  }
}

/** It stays as long as the connection, so it must know nothing of the request with which that began. */
function endOnError(this: TLSSocket): void {
  this.destroy();
}

/** All that was read of it is its first message, so that the end is no reset, which would overtake the alert. */
function sendBack(socket: Socket): void {
  socket.end(BUSY_ALERT);
  socket.destroySoon();
}

function refuseUpgrade(socket: TLSSocket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const noPages: RequestListener = (_, response) => void response.writeHead(404).end('not found\n');

/** A client without a certificate is let in, but has no device. */
function deviceIdOf(socket: TLSSocket): string | undefined {
  try {
    return peerDeviceId(socket);
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}

/** An IPv4 address without the IPv6 form in which a dual-stack socket shows it. */
function plainAddress(address: string): string {
  const last = address.slice(address.lastIndexOf(':') + 1);
  return address.startsWith('::ffff:') && isIPv4(last) ? last : address;
}
