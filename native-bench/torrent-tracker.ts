/**
 * A BitTorrent tracker of one function, on loopback, for rivals that can find peers in no
 * other way: answers the seeders it has heard of, in compact form (BEP 23).
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encode } from './torrent-file.js';

/** Seconds after which a peer should ask again; no run lasts that long. */
const INTERVAL_S = 1800;
const LOOPBACK = [127, 0, 0, 1];

export class TorrentTracker {
  readonly #server: Server;
  readonly #seederPorts = new Set<number>();
  #onSeeder: () => void = () => undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<TorrentTracker> {
    const tracker: TorrentTracker = new TorrentTracker(
      createServer((request, response) => {
        response.end(tracker.#answer(new URL(request.url ?? '/', 'http://127.0.0.1')));
      }),
    );
    tracker.#server.listen(0, '127.0.0.1');
    await once(tracker.#server, 'listening');
    return tracker;
  }

  get announceUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/announce`;
  }

  /** Resolves when so many seeders have announced themselves. */
  async untilSeeders(count: number): Promise<void> {
    while (this.#seederPorts.size < count) {
      await new Promise<void>((resolve) => (this.#onSeeder = resolve));
    }
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer({ searchParams }: URL): Buffer {
    const port = Number(searchParams.get('port'));
    const isSeeder = searchParams.get('left') === '0';
    // A downloader that is done is no seeder here: it ends, and the next round starts afresh.
    if (isSeeder && searchParams.get('event') === 'started') {
      this.#seederPorts.add(port);
      this.#onSeeder();
    }
    const others = [...this.#seederPorts].filter((seeder) => seeder !== port);
    const peers = Buffer.from(others.flatMap((seeder) => [...LOOPBACK, seeder >> 8, seeder & 255]));
    return encode({ interval: INTERVAL_S, peers });
  }
}
