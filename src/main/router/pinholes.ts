/**
 * Holes in the wall of IPv6 routers. Such a router translates nothing and lets nobody in unasked (RFC 6092), so each global address of
 * this machine needs a hole at the very port on which it listens, which PCP asks for as it asks for a mapping. Owns
 * a lease for each address; addresses come and go, and what is left over is given back.
 */
import { scopeOf } from '../../net/address-scope.js';
import { deferred } from '../../net/deferred.js';
import type { Later } from '../../net/later.js';
import { MAX_PINHOLES, PINHOLE_WAIT_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Gateway } from './gateways.js';
import type { Mapper } from './mapping.js';
import { PortMapping } from './port-mapping.js';

export interface PinholesOptions {
  /** The routers of IPv6, with each global address that stands behind them. */
  readonly gateways: () => Promise<readonly Gateway[]>;
  readonly mapper: Mapper;
  readonly later: Later;
  /** A router has answered later than it was waited for, or otherwise than before. */
  readonly onChanged: () => void;
}

interface Pinhole {
  readonly lease: PortMapping;
  /** Resolves when its router has answered, or counts as silent. */
  readonly answered: Promise<void>;
}

export class Pinholes {
  readonly #options: PinholesOptions;
  /** By router, address and port. */
  readonly #holes = new Map<string, Pinhole>();
  /** From `open` to `close`: in between they follow the addresses. */
  #isWanted = false;
  /** Who waits for answers looks at all that is there then. */
  #waiting = 0;
  /** Orders are carried out one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: PinholesOptions) {
    this.#options = options;
  }

  /** Where others come in, as routers say that translate a prefix all the same; else it is the address itself. */
  get candidates(): PeerAddress[] {
    const all = [...this.#holes.values()].flatMap(({ lease }) => lease.candidates);
    return all.filter(({ host }) => scopeOf(host) === 'public');
  }

  /**
   * Has holes where this client listens now, and nowhere else. Resolves when the routers have answered, or have
   * been waited for a moment: who looks before a hole is there does not look again for long.
   */
  async open(listening: readonly PeerAddress[]): Promise<void> {
    this.#isWanted = true;
    this.#waiting++;
    try {
      await this.#openAndWait(listening);
    } finally {
      this.#waiting--;
    }
  }

  /** The same after a change of addresses; nothing happens while none are wanted. */
  async follow(listening: readonly PeerAddress[]): Promise<void> {
    if (this.#isWanted) await this.open(listening);
  }

  /** Gives all of them back; resolves when that is done, or took too long. Idempotent. */
  async close(): Promise<void> {
    this.#isWanted = false;
    const closed = this.#work.then(() => this.#keepOnly(new Set()));
    this.#work = closed;
    await closed;
  }

  async #openAndWait(listening: readonly PeerAddress[]): Promise<void> {
    const opened = this.#work.then(() => this.#openWhere(listening));
    this.#work = opened;
    await opened;
    const { promise: isOver, resolve } = deferred<void>();
    const cancel = this.#options.later(PINHOLE_WAIT_MS, resolve);
    const answered = [...this.#holes.values()].map((hole) => hole.answered);
    await Promise.race([isOver, Promise.all(answered)]);
    cancel();
  }

  async #openWhere(listening: readonly PeerAddress[]): Promise<void> {
    const wanted = new Map<string, { gateway: Gateway; port: number }>();
    for (const gateway of await this.#options.gateways()) {
      for (const { host, port } of listening) {
        if (host !== '::' && host !== gateway.client) continue;
        wanted.set(`${gateway.host} ${gateway.client} ${port}`, { gateway, port });
      }
    }
    // Whoever closed them meanwhile has done so.
    if (!this.#isWanted) return;
    const few = new Map([...wanted].slice(0, MAX_PINHOLES));
    await this.#keepOnly(new Set(few.keys()));
    for (const [key, { gateway, port }] of few) {
      if (!this.#holes.has(key)) this.#holes.set(key, this.#ask(gateway, port));
    }
  }

  #ask(gateway: Gateway, port: number): Pinhole {
    const { promise: answered, resolve } = deferred<void>();
    const lease = new PortMapping({
      gateways: () => Promise.resolve([gateway]),
      mappers: [this.#options.mapper],
      outside: (inside) => inside,
      later: this.#options.later,
      onChanged: () => {
        resolve();
        if (this.#isWanted && this.#waiting === 0) this.#options.onChanged();
      },
      onAnswered: resolve,
    });
    lease.start(port);
    return { lease, answered };
  }

  async #keepOnly(keys: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#holes].filter(([key]) => !keys.has(key));
    for (const [key] of gone) this.#holes.delete(key);
    await Promise.all(gone.map(([, { lease }]) => lease.stop()));
  }
}
