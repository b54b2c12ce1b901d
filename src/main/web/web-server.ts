/**
 * The page of a client, for browsers of this machine: its files, logging in by a link, calls of the engine and of
 * the page itself, and what happens. Whatever a request causes costs that request only. Life: listening → closed.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { detach } from '../../net/detach.js';
import { CancelledError } from '../../net/errors.js';
import {
  MAX_WEB_CONNECTIONS,
  WEB_CLOSE_WAIT_MS,
  WEB_REQUEST_TIMEOUT_MS,
} from '../../net/limits.js';
import { toListenError } from '../../net/listen-error.js';
import { KNOWN_HEADER } from './known-answer.js';
import { loadPage, type PageFile } from './page-files.js';
import { untilAborted } from '../../net/until-aborted.js';
import { readBody } from './read-body.js';
import {
  PAGE_KEY_HEADER,
  verdictOn,
  type WebPlace,
  type WebRoute,
  type WebVerdict,
} from './web-access.js';
import { WebCalls, type WebCallsOptions } from './web-calls.js';
import { clearCookie, readCookies, setCookie } from './web-cookie.js';
import { WebDrops, type WebDropsOptions } from './web-drops.js';
import { WebLogins } from './web-logins.js';

/** Browsers of this machine reach it there, and nobody else. */
const WEB_HOST = '127.0.0.1';

/** Where a browser brings the content of a file. */
const DROP = '/api/drop';

const FOLDER_BYTES = 16;
const HTTP_PORT = 80;

/** Nothing but what is of this very place is loaded, run, shown or framed. */
const SAFETY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

const REFUSALS: Readonly<Record<Exclude<WebVerdict, 'yes'>, readonly [number, string]>> = {
  'wrong-host': [421, 'this is not the name of the page'],
  foreign: [403, 'only the page itself may ask for that'],
  'wrong-method': [405, 'not in this way'],
  'not-logged-in': [401, 'open the page by a new link of p2p web'],
};

export type WebServerOptions = WebCallsOptions & Pick<WebDropsOptions, 'patience'>;

export class WebServer {
  readonly #server: Server;
  readonly #files: ReadonlyMap<string, PageFile>;
  /**
   * Where the page is, with another name at each start: no other page can open it, and what a browser kept of this
   * port from before, perhaps of another user's program, is of another place.
   */
  readonly #folder = `/${randomBytes(FOLDER_BYTES).toString('hex')}/`;
  readonly #calls: WebCalls;
  readonly #drops: WebDrops;
  readonly #logins = new WebLogins(() => performance.now());
  readonly #running = new Set<Promise<void>>();
  /** Of each request that asks for data, to end it. */
  readonly #asked = new Set<AbortController>();
  #port = 0;

  /** `port` 0 takes any free one. @throws P2pError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE */
  static async listen(port: number, options: WebServerOptions): Promise<WebServer> {
    const web = new WebServer(await loadPage(), options);
    await web.#listen(port);
    return web;
  }

  private constructor(files: ReadonlyMap<string, PageFile>, options: WebServerOptions) {
    this.#files = files;
    this.#calls = new WebCalls(options);
    this.#drops = new WebDrops({ ...options, spool: options.surroundings.spool });
    this.#server = createServer({
      headersTimeout: WEB_REQUEST_TIMEOUT_MS,
      // A file that is dropped takes as long as it takes; all else is ended below.
      requestTimeout: 0,
      keepAliveTimeout: WEB_REQUEST_TIMEOUT_MS,
    });
    this.#server.maxConnections = MAX_WEB_CONNECTIONS;
    this.#server.on('clientError', (_error, socket) => socket.destroy());
    this.#server.on('request', (request, response) => this.#onRequest(request, response));
  }

  get port(): number {
    return this.#port;
  }

  /** An address that logs one browser in, once. */
  newLink(): string {
    return `http://${WEB_HOST}:${this.#port}/login?key=${this.#logins.newLink()}`;
  }

  /** Ends every connection and what was asked for; resolves when nothing of it is alive. Idempotent. */
  async close(): Promise<void> {
    const reason = new CancelledError('the page was closed', 'TERMINATED');
    for (const asked of this.#asked) asked.abort(reason);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const settled = Promise.allSettled(this.#running);
    // Nobody here waits for another process that stands still.
    await Promise.race([settled, delay(WEB_CLOSE_WAIT_MS, undefined, { ref: false })]);
    this.#server.closeAllConnections();
    await closed;
  }

  async #listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(toListenError(error, WEB_HOST, port)));
      this.#server.listen(port, WEB_HOST, resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (!isDrop(request)) endWithin(WEB_REQUEST_TIMEOUT_MS, request);
    const running = this.#answer(request, response).finally(() => this.#running.delete(running));
    this.#running.add(running);
    detach(
      () => running,
      () => response.destroy(),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SAFETY_HEADERS)) response.setHeader(name, value);
    const { method = '', headers } = request;
    const [path = '/', query] = (request.url ?? '/').split('?', 2);
    const route = routeOf(path);
    const verdict = verdictOn({ method, route, headers }, this.#place());
    if (verdict !== 'yes') return refuse(response, ...REFUSALS[verdict]);
    if (route === 'login') return this.#logIn(query, response);
    if (route === 'file') return this.#sendFile(path, method, response);
    if (path === '/api/page/logout') return this.#logOut(headers.cookie, response);
    const asked = new AbortController();
    const { signal } = asked;
    this.#asked.add(asked);
    response.on('close', () => asked.abort(new CancelledError('the browser went away')));
    try {
      if (route === 'drop') {
        const pageKey = String(headers[PAGE_KEY_HEADER]);
        await this.#drops.carryOut({ query, request, response, pageKey, signal });
      } else {
        const body = (): Promise<unknown> => untilAborted(signal, readBody(request));
        const said = headers[KNOWN_HEADER];
        const known = typeof said === 'string' ? said : undefined;
        await this.#calls.carryOut({ path, body, known, response, signal });
      }
    } finally {
      this.#asked.delete(asked);
    }
  }

  #place(): WebPlace {
    return {
      hosts: hostsAt(this.#port),
      isLoggedIn: (cookieHeader, pageKey) => {
        if (pageKey === undefined) return false;
        const cookies = readCookies(this.#port, cookieHeader);
        return cookies.some((cookie) => this.#logins.isGood({ cookie, pageKey }));
      },
    };
  }

  #logIn(query: string | undefined, response: ServerResponse): void {
    const login = this.#logins.redeem(new URLSearchParams(query).get('key') ?? '');
    if (login === undefined) {
      return refuse(
        response,
        403,
        'this link was used, or is too old; make a new one with: p2p web',
      );
    }
    response.setHeader('Set-Cookie', setCookie(this.#port, login.cookie));
    // What somebody else kept in the browser while this port was theirs goes.
    response.setHeader('Clear-Site-Data', '"storage"');
    // What stands behind the # stays in the browser.
    response.writeHead(303, { Location: `${this.#folder}#${login.pageKey}` }).end();
  }

  #logOut(cookieHeader: string | undefined, response: ServerResponse): void {
    for (const cookie of readCookies(this.#port, cookieHeader)) this.#logins.end(cookie);
    response.setHeader('Set-Cookie', clearCookie(this.#port));
    response.writeHead(204).end();
  }

  #sendFile(path: string, method: string, response: ServerResponse): void {
    const { length } = this.#folder;
    const file = path.startsWith(this.#folder) ? this.#files.get(path.slice(length)) : undefined;
    if (file === undefined)
      return refuse(response, 404, 'there is no such page; open it by a link of p2p web');
    response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.bytes.length });
    response.end(method === 'HEAD' ? undefined : file.bytes);
  }
}

/** A browser leaves the port of HTTP out. */
function hostsAt(port: number): ReadonlySet<string> {
  const named = `${WEB_HOST}:${port}`;
  return new Set(port === HTTP_PORT ? [named, WEB_HOST] : [named]);
}

function isDrop({ url }: IncomingMessage): boolean {
  return pathOf(url) === DROP;
}

/** A request that is not all here by then ends with its connection. */
function endWithin(waitMs: number, request: IncomingMessage): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, waitMs);
  request.on('close', () => clearTimeout(timer));
}

function pathOf(url = '/'): string {
  return url.split('?', 1)[0] ?? '/';
}

function routeOf(path: string): WebRoute {
  if (path === '/login') return 'login';
  if (path === DROP) return 'drop';
  return path.startsWith('/api/') ? 'data' : 'file';
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end(`${why}\n`);
}
