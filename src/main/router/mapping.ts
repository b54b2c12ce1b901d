/** What a router passes on, and what a way of asking it for that is. */
import type { Gateway } from './gateways.js';

/** What is asked of a router. */
export interface MappingRequest {
  readonly gateway: Gateway;
  readonly internalPort: number;
  /** What it is asked for outside; it may give another one. */
  readonly externalPort: number;
}

/** A port that a router passes on to this machine. */
export interface Mapping extends MappingRequest {
  readonly by: 'pcp' | 'nat-pmp' | 'upnp';
  /** As the router says; that others reach it there is for the tracker to find out. */
  readonly externalHost: string | undefined;
  /** Undefined when it lasts until it is given back. */
  readonly lifetimeMs: number | undefined;
}

/** Why there is none. `silent`: no router answers that way. */
export interface NoMapping {
  readonly by: 'pcp' | 'nat-pmp' | 'upnp';
  readonly refused: 'silent' | number;
}

/** One protocol. */
export interface Mapper {
  map(request: MappingRequest, signal: AbortSignal): Promise<Mapping | NoMapping>;
  /** Gives a port back, as well as that goes. */
  unmap(mapping: Mapping, signal: AbortSignal): Promise<void>;
}

export function isMapping(result: Mapping | NoMapping): result is Mapping {
  return 'externalPort' in result;
}
