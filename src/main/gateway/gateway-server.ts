/**
 * The gateway: an HTTPS server for guests, who have nothing but the address of a link. Whatever a guest causes costs
 * that guest. What a link is good for the engine says (`GuestDoor`); here are connections, pages, heads and bytes.
 * Life: listening → closed.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { detach } from '../../net/detach.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { P2pError } from '../../net/errors.js';
import {
  GUEST_CLOSE_WAIT_MS,
  GUEST_IDLE_MS,
  GUEST_REQUEST_TIMEOUT_MS,
  MAX_GUEST_HEADER_BYTES,
} from '../../net/limits.js';
import { listenHost } from '../../net/listen-host.js';
import { toListenError } from '../../net/listen-error.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { GuestDoor } from '../api/guest-links.js';
import { GuestAttempts } from './guest-attempts.js';
import { GuestConnections, type Asking } from './guest-connections.js';
import type { FetchSurroundings } from './guest-fetch.js';
import { GuestDeliveries } from './guest-deliveries.js';
import { SAFETY_HEADERS } from './guest-headers.js';
import { GuestOffers } from './guest-offers.js';
import { AWAY, NOT_FOUND, WRONG_METHOD } from './guest-pages.js';
import { GuestPasswords } from './guest-passwords.js';
import { guestRequestOf, pathOf } from './guest-request.js';
import { sendPage, tooOften } from './send-page.js';

export interface GatewayOptions extends FetchSurroundings {
  readonly guests: GuestDoor;
  readonly credentials: DeviceCredentials;
  /** Hears of an error that nobody foresaw. */
  readonly onUnforeseen: (error: unknown) => void;
}

const MIN_VERSION = 'TLSv1.2';

export class GatewayServer {
  readonly #options: GatewayOptions;
  readonly #server: Server;
  readonly #connections = new GuestConnections();
  readonly #attempts = new GuestAttempts(() => performance.now());
  readonly #passwords: GuestPasswords;
  readonly #offers: GuestOffers;
  readonly #deliveries: GuestDeliveries;
  readonly #running = new Set<Promise<void>>();
  readonly #stopHearing: () => void;

  /** `port` 0 takes any free one. @throws P2pError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE */
  static async listen(address: PeerAddress, options: GatewayOptions): Promise<GatewayServer> {
    const gateway = new GatewayServer(options);
    await gateway.#listen(address);
    return gateway;
  }

  private constructor(options: GatewayOptions) {
    this.#options = options;
    const { guests, credentials } = options;
    const attempts = this.#attempts;
    this.#passwords = new GuestPasswords({ guests, attempts, key: randomBytes(32) });
    this.#offers = new GuestOffers(options);
    this.#deliveries = new GuestDeliveries(guests, this.#offers);
    this.#stopHearing = guests.onEnded((id) => this.#deliveries.end((one) => one === id));
    this.#server = createServer({
      key: credentials.keyPem,
      cert: credentials.certPem,
      minVersion: MIN_VERSION,
      handshakeTimeout: GUEST_REQUEST_TIMEOUT_MS,
      maxHeaderSize: MAX_GUEST_HEADER_BYTES,
      headersTimeout: GUEST_REQUEST_TIMEOUT_MS,
      requestTimeout: GUEST_REQUEST_TIMEOUT_MS,
      keepAliveTimeout: GUEST_IDLE_MS,
      connectionsCheckingInterval: 1_000,
    });
    this.#server.on('connection', (socket: Socket) => this.#connections.open(socket));
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server.on('clientError', (_error, socket) => socket.destroy());
    this.#server.on('request', (request, response) => this.#onRequest(request, response));
  }

  /** What whoever comes from now on is shown. */
  show({ keyPem, certPem }: DeviceCredentials): void {
    this.#server.setSecureContext({ key: keyPem, cert: certPem, minVersion: MIN_VERSION });
  }

  get address(): PeerAddress {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  /** Ends every connection, and removes what was fetched for guests. Idempotent. */
  async close(): Promise<void> {
    this.#stopHearing();
    this.#deliveries.end(() => true);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const settled = Promise.allSettled(this.#running);
    await Promise.race([settled, delay(GUEST_CLOSE_WAIT_MS, undefined, { ref: false })]);
    this.#connections.close();
    await closed;
    await this.#offers.close();
  }

  async #listen({ host, port }: PeerAddress): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(toListenError(error, host, port)));
      this.#server.listen({ ...listenHost(host), port }, resolve);
    });
    this.#server.removeAllListeners('error');
    // Accepting can fail later, for instance for want of descriptors; the next may do.
    this.#server.on('error', () => undefined);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const asking = this.#connections.begin(request, response);
    if (asking === undefined) return;
    const running = this.#answer(request, response, asking).finally(() => {
      asking.end();
      this.#running.delete(running);
    });
    this.#running.add(running);
    detach(
      () => running,
      (error) => {
        if (!(error instanceof P2pError)) this.#options.onUnforeseen(error);
        if (response.headersSent) response.destroy();
        else sendPage(response, 503, AWAY, { 'Retry-After': '30' });
      },
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse, asking: Asking): Promise<void> {
    for (const [name, value] of Object.entries(SAFETY_HEADERS)) response.setHeader(name, value);
    const { network, ending } = asking;
    const asked = guestRequestOf(request.method, request.url);
    if (asked.kind === 'wrong-method') {
      return sendPage(response, 405, WRONG_METHOD, { Allow: 'GET, HEAD, POST' });
    }
    if (asked.kind === 'elsewhere') return sendPage(response, 404, NOT_FOUND);
    const { secret, method, form } = asked;
    const item = await this.#options.guests.find(secret, network);
    if (item === undefined) {
      if (!this.#attempts.miss(network)) return tooOften(response);
      return sendPage(response, 404, NOT_FOUND);
    }
    if (item.hasPassword) {
      const said = await this.#passwords.isSaid(request, response, { item, secret, network });
      if (!said) return;
    }
    ending.signal.throwIfAborted();
    if (method === 'POST') {
      response.writeHead(303, {
        Location: pathOf(secret, item.fileName, form),
        'Content-Length': '0',
      });
      return void response.end();
    }
    await this.#deliveries.deliver(request, response, { item, method, form, asking });
  }
}
