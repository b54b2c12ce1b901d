/**
 * An address of its own for `GET /healthz` and `GET /metrics`, in the clear: for a network that
 * only the operator reaches. Owns its listening socket.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_STATUS_CONNECTIONS, TRACKER_CONNECT_TIMEOUT_MS } from '../limits.js';
import { listenHost } from '../listen-host.js';
import { toListenError } from '../listen-error.js';
import { statusPages, type StatusPagesOptions } from './status-pages.js';

export interface StatusServerOptions extends StatusPagesOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export class StatusServer {
  readonly #options: StatusServerOptions;
  readonly #server: Server;

  constructor(options: StatusServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        headersTimeout: TRACKER_CONNECT_TIMEOUT_MS,
        requestTimeout: TRACKER_CONNECT_TIMEOUT_MS,
        connectionsCheckingInterval: 1_000,
      },
      statusPages(options),
    );
    this.#server.maxConnections = MAX_STATUS_CONNECTIONS;
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

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
