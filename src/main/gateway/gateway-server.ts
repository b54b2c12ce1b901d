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
import { CancelledError, P2pError } from '../../net/errors.js';
import {
  GUEST_CLOSE_WAIT_MS,
  GUEST_IDLE_MS,
  GUEST_REQUEST_TIMEOUT_MS,
  MAX_GUEST_HEADER_BYTES,
} from '../../net/limits.js';
import { laterByTimer } from '../../net/later.js';
import { listenHost } from '../../net/listen-host.js';
import { toListenError } from '../../net/listen-error.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { GuestDoor, GuestItem } from '../api/guest-links.js';
import { isRangeMeant, rangeOf, type ByteRange } from './byte-range.js';
import { GuestAttempts } from './guest-attempts.js';
import { sendBody } from './guest-body.js';
import { GuestConnections, type Asking } from './guest-connections.js';
import type { FetchSurroundings } from './guest-fetch.js';
import { GuestFetches } from './guest-fetches.js';
import { etagOf, headOfFile, SAFETY_HEADERS } from './guest-headers.js';
import { AWAY, NOT_FOUND, TOO_OFTEN, UNSATISFIABLE, WRONG_METHOD } from './guest-pages.js';
import { GuestPasswords } from './guest-passwords.js';
import { guestRequestOf, pathOf, type GuestMethod } from './guest-request.js';
import { sendPage } from './send-page.js';
import { sharedBytes } from './shared-bytes.js';
import type { Span } from './span.js';

export interface GatewayOptions extends FetchSurroundings {
  readonly guests: GuestDoor;
  readonly credentials: DeviceCredentials;
  /** Hears of an error that nobody foresaw. */
  readonly onUnforeseen: (error: unknown) => void;
}

/** A guest who takes what a link gives. */
interface Taking {
  readonly id: string;
  readonly ending: AbortController;
}

/** The bytes of an item on their way to a guest. */
interface TakenBytes {
  readonly bytes: AsyncGenerator<Buffer, void, undefined>;
  readonly release: () => void;
}

export class GatewayServer {
  readonly #options: GatewayOptions;
  readonly #server: Server;
  readonly #connections = new GuestConnections();
  readonly #attempts = new GuestAttempts(() => performance.now());
  readonly #passwords: GuestPasswords;
  readonly #fetches: GuestFetches;
  readonly #taking = new Set<Taking>();
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
    this.#fetches = new GuestFetches(options, laterByTimer);
    this.#stopHearing = guests.onEnded((id) => this.#endAll((taking) => taking.id === id));
    this.#server = createServer({
      key: credentials.keyPem,
      cert: credentials.certPem,
      minVersion: 'TLSv1.2',
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

  get address(): PeerAddress {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  /** Ends every connection, and removes what was fetched for guests. Idempotent. */
  async close(): Promise<void> {
    this.#stopHearing();
    this.#endAll(() => true);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const settled = Promise.allSettled(this.#running);
    await Promise.race([settled, delay(GUEST_CLOSE_WAIT_MS, undefined, { ref: false })]);
    this.#connections.close();
    await closed;
    await this.#fetches.close();
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
    const { secret, method } = asked;
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
      response.writeHead(303, { Location: pathOf(secret, item.fileName), 'Content-Length': '0' });
      return void response.end();
    }
    await this.#deliver(request, response, { item, method, asking });
  }

  async #deliver(
    { headers }: IncomingMessage,
    response: ServerResponse,
    {
      item,
      method,
      asking,
    }: {
      readonly item: GuestItem;
      readonly method: Exclude<GuestMethod, 'POST'>;
      readonly asking: Asking;
    },
  ): Promise<void> {
    // A date says too little, so two entries of it count as one that is not meant.
    const isMeant = method === 'GET' && isRangeMeant(headers['if-range'] as string, etagOf(item));
    const range: ByteRange = isMeant ? rangeOf(headers.range, item.size) : { kind: 'whole' };
    const head = headOfFile(item, range);
    if (range.kind === 'unsatisfiable') {
      return sendPage(response, head.status, UNSATISFIABLE, head.headers);
    }
    if (method === 'HEAD') return void response.writeHead(head.status, head.headers).end();
    if (!asking.prove()) return tooOften(response);
    const { network, ending } = asking;
    const taking = { id: item.id, ending };
    this.#taking.add(taking);
    try {
      await this.#send(response, { item, head, span: spanOf(range, item.size), network, ending });
    } finally {
      this.#taking.delete(taking);
    }
  }

  async #send(
    response: ServerResponse,
    {
      item,
      head,
      span,
      network,
      ending,
    }: {
      readonly item: GuestItem;
      readonly head: ReturnType<typeof headOfFile>;
      readonly span: Span;
      readonly network: string;
      readonly ending: AbortController;
    },
  ): Promise<void> {
    const { signal } = ending;
    const taken = await this.#bytesOf(item, span, signal);
    if (taken === undefined) return sendPage(response, 404, NOT_FOUND);
    const { bytes, release } = taken;
    try {
      // A guest for whom there is nothing yet takes nothing.
      const first = await bytes.next();
      signal.throwIfAborted();
      const guest = { network, isResuming: span.first > 0 };
      if (!(await this.#options.guests.admit(item.id, guest))) {
        return sendPage(response, 404, NOT_FOUND);
      }
      signal.throwIfAborted();
      response.writeHead(head.status, head.headers);
      await sendBody(response, first, bytes, { later: laterByTimer, signal });
    } catch (error) {
      // What is still waited for is waited for no longer.
      ending.abort(error);
      throw error;
    } finally {
      await bytes.return();
      release();
    }
  }

  /** From this disk if all of it is there, else from whoever has it; undefined when the group has it no more. */
  async #bytesOf(
    item: GuestItem,
    span: Span,
    signal: AbortSignal,
  ): Promise<TakenBytes | undefined> {
    const { guests } = this.#options;
    // What was fetched is a share here as well, but goes when no guest is known to take it.
    const file = this.#fetches.has(item) ? undefined : await guests.fileOf(item.id);
    if (file !== undefined) return { bytes: sharedBytes(file, span), release: () => undefined };
    const isCurrent = (): Promise<boolean> => guests.isCurrent(item.id);
    if (!(await isCurrent())) return undefined;
    const { fetch, release } = this.#fetches.take(item, isCurrent);
    return { bytes: fetch.bytes(span, signal), release };
  }

  #endAll(isMeant: (taking: Taking) => boolean): void {
    for (const taking of this.#taking) {
      if (isMeant(taking)) taking.ending.abort(new CancelledError('the link has ended'));
    }
  }
}

function spanOf(range: Exclude<ByteRange, { kind: 'unsatisfiable' }>, size: number): Span {
  return range.kind === 'whole'
    ? { first: 0, end: size }
    : { first: range.first, end: range.last + 1 };
}

function tooOften(response: ServerResponse): void {
  sendPage(response, 429, TOO_OFTEN, { 'Retry-After': '60' });
}
