/** Asks a router by PCP, or by NAT-PMP if it speaks that alone, to pass a port on. Believes the router alone. */
import { randomBytes } from 'node:crypto';
import { withoutZone } from '../../net/address-scope.js';
import { isIPv4 } from '../../net/ip-address.js';
import { ROUTER_LEASE_MS } from '../../net/limits.js';
import {
  isMapping,
  type Mapper,
  type Mapping,
  type MappingRequest,
  type NoMapping,
} from './mapping.js';
import {
  PCP_NONCE_BYTES,
  decodePcpMap,
  decodePmpAddress,
  decodePmpMap,
  encodePcpMap,
  encodePmpAddress,
  encodePmpMap,
  type MapAnswer,
  type MapRequest,
} from './pcp-packets.js';
import { askByUdp } from './udp-question.js';

const PORT = 5351;

export class PcpMapper implements Mapper {
  readonly #port: number;
  /** A port is given back by who asked for it. */
  readonly #nonce = randomBytes(PCP_NONCE_BYTES);

  /** @default the port of the protocol */
  constructor(port = PORT) {
    this.#port = port;
  }

  async map(request: MappingRequest, signal: AbortSignal): Promise<Mapping | NoMapping> {
    return this.#ask(request, ROUTER_LEASE_MS / 1_000, signal);
  }

  async unmap(mapping: Mapping, signal: AbortSignal): Promise<void> {
    if (mapping.by === 'pcp') await this.#ask(mapping, 0, signal);
    else await this.#askByPmp(mapping, 0, signal);
  }

  async #ask(
    request: MappingRequest,
    lifetimeSeconds: number,
    signal: AbortSignal,
  ): Promise<Mapping | NoMapping> {
    const { client } = request.gateway;
    const asked: MapRequest = { ...request, client, lifetimeSeconds, nonce: this.#nonce };
    const read = (bytes: Buffer) => decodePcpMap(bytes, asked);
    const answer = await this.#question(request, encodePcpMap(asked), read, signal);
    const isOlder = answer?.kind === 'other-version';
    // The older protocol knows no IPv6.
    if (isOlder && isIPv4(client)) return this.#askByPmp(request, lifetimeSeconds, signal);
    return resultOf('pcp', request, answer);
  }

  async #askByPmp(
    request: MappingRequest,
    lifetimeSeconds: number,
    signal: AbortSignal,
  ): Promise<Mapping | NoMapping> {
    const asked = { ...request, lifetimeSeconds };
    const read = (bytes: Buffer) => decodePmpMap(bytes, asked);
    const answer = await this.#question(request, encodePmpMap(asked), read, signal);
    const result = resultOf('nat-pmp', request, answer);
    if (!isMapping(result) || lifetimeSeconds === 0) return result;
    const externalHost = await this.#question(
      request,
      encodePmpAddress(),
      decodePmpAddress,
      signal,
    );
    return { ...result, externalHost };
  }

  #question<Answer>(
    { gateway }: MappingRequest,
    bytes: Buffer,
    read: (bytes: Buffer) => Answer | undefined,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    return askByUdp({
      from: gateway.client,
      to: [{ host: gateway.host, port: this.#port }],
      bytes,
      // The system names the interface of a link-local one in its own way.
      read: (message, host) =>
        withoutZone(host) === withoutZone(gateway.host) ? read(message) : undefined,
      signal,
    });
  }
}

function resultOf(
  by: 'pcp' | 'nat-pmp',
  request: MappingRequest,
  answer: MapAnswer | undefined,
): Mapping | NoMapping {
  if (answer?.kind !== 'mapped') {
    return { by, refused: answer?.kind === 'refused' ? answer.code : 'silent' };
  }
  const { externalPort, externalHost, lifetimeSeconds } = answer;
  // A router may promise years; nobody relies on more than what was asked for.
  const lifetimeMs = Math.min(lifetimeSeconds * 1_000, ROUTER_LEASE_MS);
  return { ...request, by, externalHost, externalPort, lifetimeMs };
}
