/**
 * The port that this client's router passes on to it. Owns the lease: asks for it, renews it at half its
 * time, asks again later where it got none, and gives it back at the end. What the router says is a
 * candidate like any other: the tracker tells it to nobody before it has found this client there.
 *
 *   off → asking → mapped (→ renewing → mapped …) → off (given back)
 *              ↘ none (asks again later)
 */
import { isDeepStrictEqual } from 'node:util';
import { crash, detach } from '../../net/detach.js';
import { scopeOf } from '../../net/address-scope.js';
import type { Later } from '../../net/later.js';
import { ROUTER_GIVE_BACK_MS, ROUTER_RENEW_MIN_MS, ROUTER_RETRY_MS } from '../../net/limits.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Gateway } from './gateways.js';
import { isMapping, type Mapper, type Mapping, type NoMapping } from './mapping.js';

export type MappingState =
  | { readonly state: 'off' }
  | { readonly state: 'asking' }
  | { readonly state: 'mapped'; readonly mapping: Mapping }
  /** `tried` is empty when there is no router, or this machine needs none. */
  | { readonly state: 'none'; readonly tried: readonly NoMapping[] };

export interface PortMappingOptions {
  readonly gateways: () => Promise<readonly Gateway[]>;
  /** In the order in which they are asked. */
  readonly mappers: readonly Mapper[];
  /** Which port is asked for outside. @default another one than the one inside */
  readonly outside?: (internalPort: number) => number;
  readonly later: Later;
  /** The candidate is another one, or there is none any more. */
  readonly onChanged: () => void;
  /** All routers have answered, or will not. */
  readonly onAnswered: () => void;
}

/** A lease, and by what it was got. */
interface Granted {
  readonly mapping: Mapping;
  readonly mapper: Mapper;
}

export class PortMapping {
  readonly #options: PortMappingOptions;
  #state: MappingState = { state: 'off' };
  #port: number | undefined;
  #granted: Granted | undefined;
  #cancelNext: (() => void) | undefined;
  #stopping = new AbortController();
  /** What is under way with routers, one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: PortMappingOptions) {
    this.#options = options;
  }

  get state(): MappingState {
    return this.#state;
  }

  /** Where others may reach this client by it. */
  get candidates(): PeerAddress[] {
    if (this.#state.state !== 'mapped') return [];
    const { externalHost, externalPort: port } = this.#state.mapping;
    // One router behind another knows no better than the tracker where this client is seen.
    const isOutside = externalHost !== undefined && scopeOf(externalHost) === 'public';
    return [{ host: isOutside ? externalHost : '::', port }];
  }

  /** Has this port passed on from now on; nothing happens when it is. */
  start(port: number): void {
    if (this.#port === port) return;
    this.#port = port;
    this.#state = { state: 'asking' };
    this.#ask();
  }

  /** This machine has other addresses, so perhaps another router. */
  onNetworkChanged(): void {
    if (this.#port === undefined) return;
    this.#ask();
  }

  /** Gives the port back; resolves when that is done, or took too long. Idempotent. */
  async stop(): Promise<void> {
    this.#cancelNext?.();
    this.#port = undefined;
    this.#stopping.abort();
    this.#stopping = new AbortController();
    await this.#work;
    const granted = this.#granted;
    this.#granted = undefined;
    this.#state = { state: 'off' };
    const signal = AbortSignal.timeout(ROUTER_GIVE_BACK_MS);
    await granted?.mapper.unmap(granted.mapping, signal);
  }

  #ask(): void {
    this.#cancelNext?.();
    const { signal } = this.#stopping;
    this.#work = this.#work.then(() => this.#askOnce(signal));
    detach(() => this.#work, crash);
  }

  async #askOnce(signal: AbortSignal): Promise<void> {
    const port = this.#port;
    if (port === undefined || signal.aborted) return;
    const before = this.candidates;
    const result = await this.#tryAll(port, signal);
    if (!('tried' in result)) this.#granted = result;
    // Stopped meanwhile: what was granted all the same is given back.
    if (signal.aborted) return;
    if ('tried' in result) {
      this.#granted = undefined;
      this.#state = { state: 'none', tried: result.tried };
    } else {
      this.#state = { state: 'mapped', mapping: result.mapping };
    }
    this.#next(this.#state);
    if (!isDeepStrictEqual(before, this.candidates)) this.#options.onChanged();
    else this.#options.onAnswered();
  }

  async #tryAll(
    internalPort: number,
    signal: AbortSignal,
  ): Promise<Granted | { readonly tried: readonly NoMapping[] }> {
    const tried: NoMapping[] = [];
    const { outside = otherThan } = this.#options;
    const externalPort = this.#granted?.mapping.externalPort ?? outside(internalPort);
    for (const gateway of await this.#options.gateways()) {
      for (const mapper of this.#options.mappers) {
        if (signal.aborted) break;
        const result = await mapper.map({ gateway, internalPort, externalPort }, signal);
        if (isMapping(result)) return { mapping: result, mapper };
        tried.push(result);
      }
    }
    return { tried };
  }

  #next(state: MappingState): void {
    const lifetimeMs = state.state === 'mapped' ? state.mapping.lifetimeMs : undefined;
    const waitMs =
      lifetimeMs === undefined ? ROUTER_RETRY_MS : Math.max(ROUTER_RENEW_MIN_MS, lifetimeMs / 2);
    this.#cancelNext = this.#options.later(waitMs, () => this.#ask());
  }
}

/**
 * Outside another port is asked for than the one inside: where the tracker sees this client it has just tried
 * that in vain, and does not try it again for a while.
 */
function otherThan(port: number): number {
  return port < MAX_PORT ? port + 1 : port - 1;
}

const MAX_PORT = 65_535;
