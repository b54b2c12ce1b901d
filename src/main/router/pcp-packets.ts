/**
 * The packets of PCP (RFC 6887) and of its predecessor NAT-PMP (RFC 6886), by which a router is asked to
 * pass a TCP port on: requests to bytes, answers from bytes. Pure.
 */
import { isIPv4 } from '../../net/ip-address.js';
import { bytesOfHost, hostOfBytes } from './address-bytes.js';

/** What a router is asked for; a lifetime of 0 gives it back. */
export interface MapRequest {
  /** The address of this machine. */
  readonly client: string;
  readonly internalPort: number;
  readonly externalPort: number;
  readonly lifetimeSeconds: number;
  /** PCP: the same for all that is asked about one port. */
  readonly nonce: Uint8Array;
}

/** What a router answers. */
export type MapAnswer =
  | {
      readonly kind: 'mapped';
      readonly externalPort: number;
      readonly lifetimeSeconds: number;
      /** PCP tells it along. */
      readonly externalHost?: string;
    }
  | { readonly kind: 'refused'; readonly code: number }
  /** A router that speaks the older protocol alone. */
  | { readonly kind: 'other-version' };

export const PCP_NONCE_BYTES = 12;
const PCP_BYTES = 60;
const PMP_MAP_BYTES = 16;
const PMP_ADDRESS_BYTES = 12;
const PCP_VERSION = 2;
const ANSWER = 0x80;
const PCP_MAP = 1;
const PMP_MAP_TCP = 2;
const TCP = 6;
const UNSUPPORTED_VERSION = 1;

export function encodePcpMap(request: MapRequest): Buffer {
  const bytes = Buffer.alloc(PCP_BYTES);
  bytes.writeUInt8(PCP_VERSION, 0);
  bytes.writeUInt8(PCP_MAP, 1);
  bytes.writeUInt32BE(request.lifetimeSeconds, 4);
  bytesOfHost(request.client).copy(bytes, 8);
  bytes.set(request.nonce, 24);
  bytes.writeUInt8(TCP, 36);
  bytes.writeUInt16BE(request.internalPort, 40);
  bytes.writeUInt16BE(request.externalPort, 42);
  // Any, of the same family.
  bytesOfHost(isIPv4(request.client) ? '0.0.0.0' : '::').copy(bytes, 44);
  return bytes;
}

/** Undefined for what is no answer to this request. */
export function decodePcpMap(bytes: Buffer, request: MapRequest): MapAnswer | undefined {
  if (bytes.length < 4) return undefined;
  if (bytes[0] === 0) return { kind: 'other-version' };
  if (bytes[0] !== PCP_VERSION || bytes[1] !== (ANSWER | PCP_MAP)) return undefined;
  const code = bytes[3]!;
  if (code === UNSUPPORTED_VERSION) return { kind: 'other-version' };
  if (bytes.length < PCP_BYTES || !bytes.subarray(24, 36).equals(request.nonce)) return undefined;
  if (bytes[36] !== TCP || bytes.readUInt16BE(40) !== request.internalPort) return undefined;
  if (code !== 0) return { kind: 'refused', code };
  const externalPort = bytes.readUInt16BE(42);
  const lifetimeSeconds = bytes.readUInt32BE(4);
  if (request.lifetimeSeconds > 0 && (externalPort === 0 || lifetimeSeconds === 0))
    return undefined;
  const externalHost = hostOfBytes(bytes.subarray(44, 60));
  const isSameFamily = isIPv4(externalHost) === isIPv4(request.client);
  return { kind: 'mapped', externalPort, lifetimeSeconds, ...(isSameFamily && { externalHost }) };
}

export function encodePmpMap({
  internalPort,
  externalPort,
  lifetimeSeconds,
}: Omit<MapRequest, 'client' | 'nonce'>): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(PMP_MAP_TCP, 1);
  bytes.writeUInt16BE(internalPort, 4);
  bytes.writeUInt16BE(lifetimeSeconds === 0 ? 0 : externalPort, 6);
  bytes.writeUInt32BE(lifetimeSeconds, 8);
  return bytes;
}

/** Undefined for what is no answer to this request. */
export function decodePmpMap(
  bytes: Buffer,
  { internalPort, lifetimeSeconds }: Pick<MapRequest, 'internalPort' | 'lifetimeSeconds'>,
): MapAnswer | undefined {
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== (ANSWER | PMP_MAP_TCP)) return undefined;
  const code = bytes.readUInt16BE(2);
  if (code !== 0) return { kind: 'refused', code };
  if (bytes.length < PMP_MAP_BYTES || bytes.readUInt16BE(8) !== internalPort) return undefined;
  const externalPort = bytes.readUInt16BE(10);
  const granted = bytes.readUInt32BE(12);
  if (lifetimeSeconds > 0 && (externalPort === 0 || granted === 0)) return undefined;
  return { kind: 'mapped', externalPort, lifetimeSeconds: granted };
}

/** NAT-PMP asks for the router's outer address by itself. */
export function encodePmpAddress(): Buffer {
  return Buffer.alloc(2);
}

/** The router's outer address; undefined for what tells none. */
export function decodePmpAddress(bytes: Buffer): string | undefined {
  if (bytes.length < PMP_ADDRESS_BYTES || bytes[0] !== 0 || bytes[1] !== ANSWER) return undefined;
  return bytes.readUInt16BE(2) === 0 ? [...bytes.subarray(8, 12)].join('.') : undefined;
}
