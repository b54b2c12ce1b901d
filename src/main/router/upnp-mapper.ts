/**
 * Asks a router by UPnP (IGD) to pass a port on. Only the router itself is heard, and only places at its
 * own address are asked: whoever else answers, or whatever else it names, is passed over.
 */
import { randomInt } from 'node:crypto';
import { MAX_ROUTER_PLACES, MAX_ROUTER_PORT_TRIES, ROUTER_LEASE_MS } from '../../net/limits.js';
import type { Mapper, Mapping, MappingRequest, NoMapping } from './mapping.js';
import { askRouter } from './router-http.js';
import { askByUdp } from './udp-question.js';
import {
  externalAddressIn,
  locationIn,
  orderText,
  refusalIn,
  searchText,
  serviceIn,
  type RouterService,
} from './upnp-texts.js';

const SEARCH_PORT = 1900;
const SEARCH_GROUP = '239.255.255.250';
/** ConflictInMappingEntry, ConflictWithOtherMechanisms: the port is somebody else's. */
const TAKEN = [718, 729];
const ONLY_PERMANENT_LEASES = 725;
const FIRST_FREE_PORT = 20_000;
const LAST_FREE_PORT = 60_000;

export interface UpnpPlaces {
  readonly port: number;
  /** Where everybody is asked who is a router; nowhere: only the router that is known. */
  readonly group: string | undefined;
}

export class UpnpMapper implements Mapper {
  readonly #places: UpnpPlaces;

  /** @default those of the protocol */
  constructor(places: UpnpPlaces = { port: SEARCH_PORT, group: SEARCH_GROUP }) {
    this.#places = places;
  }

  async map(request: MappingRequest, signal: AbortSignal): Promise<Mapping | NoMapping> {
    const service = await this.#find(request, signal);
    if (!service) return { by: 'upnp', refused: 'silent' };
    let { externalPort } = request;
    let seconds = ROUTER_LEASE_MS / 1_000;
    let refused: number | 'silent' = 'silent';
    for (let tries = 0; tries < MAX_ROUTER_PORT_TRIES && !signal.aborted; tries++) {
      const outcome = await this.#add(service, { ...request, externalPort }, seconds, signal);
      if (outcome === 'done') {
        const externalHost = await this.#externalHost(service, request, signal);
        const lifetimeMs = seconds === 0 ? undefined : seconds * 1_000;
        return { ...request, by: 'upnp', externalHost, externalPort, lifetimeMs };
      }
      refused = outcome;
      if (outcome === ONLY_PERMANENT_LEASES) seconds = 0;
      else if (TAKEN.includes(Number(outcome)))
        externalPort = randomInt(FIRST_FREE_PORT, LAST_FREE_PORT);
      else break;
    }
    return { by: 'upnp', refused };
  }

  async unmap(mapping: Mapping, signal: AbortSignal): Promise<void> {
    const service = await this.#find(mapping, signal);
    if (!service) return;
    await this.#order(
      service,
      mapping,
      'DeletePortMapping',
      {
        NewRemoteHost: '',
        NewExternalPort: mapping.externalPort,
        NewProtocol: 'TCP',
      },
      signal,
    );
  }

  async #find(
    { gateway }: MappingRequest,
    signal: AbortSignal,
  ): Promise<RouterService | undefined> {
    const { port, group } = this.#places;
    const seen = new Set<string>();
    const location = await askByUdp({
      from: gateway.client,
      to: [gateway.host, ...(group === undefined ? [] : [group])].map((host) => ({ host, port })),
      bytes: Buffer.from(searchText(group ?? gateway.host, port)),
      read: (bytes, host) => {
        if (host !== gateway.host || seen.size >= MAX_ROUTER_PLACES) return undefined;
        const found = locationIn(bytes.toString('latin1'), gateway.host);
        seen.add(found?.href ?? '');
        return found;
      },
      signal,
    });
    if (!location) return undefined;
    const answer = await askRouter({ url: location, from: gateway.client, signal });
    return answer?.status === 200 ? serviceIn(answer.text, location) : undefined;
  }

  async #add(
    service: RouterService,
    request: MappingRequest,
    seconds: number,
    signal: AbortSignal,
  ): Promise<'done' | 'silent' | number> {
    const answer = await this.#order(
      service,
      request,
      'AddPortMapping',
      {
        NewRemoteHost: '',
        NewExternalPort: request.externalPort,
        NewProtocol: 'TCP',
        NewInternalPort: request.internalPort,
        NewInternalClient: request.gateway.client,
        NewEnabled: 1,
        NewPortMappingDescription: 'p2p',
        NewLeaseDuration: seconds,
      },
      signal,
    );
    if (answer?.status === 200) return 'done';
    return (answer && refusalIn(answer.text)) ?? answer?.status ?? 'silent';
  }

  async #externalHost(
    service: RouterService,
    request: MappingRequest,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const answer = await this.#order(service, request, 'GetExternalIPAddress', {}, signal);
    return answer?.status === 200 ? externalAddressIn(answer.text) : undefined;
  }

  #order(
    service: RouterService,
    { gateway }: MappingRequest,
    action: string,
    words: Readonly<Record<string, string | number>>,
    signal: AbortSignal,
  ): ReturnType<typeof askRouter> {
    const soap = { action: `${service.type}#${action}`, body: orderText(service, action, words) };
    return askRouter({ url: service.url, from: gateway.client, soap, signal });
  }
}
