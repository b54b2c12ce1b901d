/** Addresses as the protocols of routers write them: 16 bytes, IPv4 within IPv6 (RFC 4291). Pure. */
import { SocketAddress } from 'node:net';
import { plainAddress } from '../../net/address-scope.js';
import { bug } from '../../net/errors.js';
import { isIPv4, isIPv6 } from '../../net/ip-address.js';

const GROUPS = 8;
const FOUR_AT = 12;

/** Of a literal address without an interface behind it. */
export function bytesOfHost(host: string): Buffer {
  const bytes = Buffer.alloc(2 * GROUPS);
  const plain = plainAddress(host);
  if (isIPv4(plain)) {
    bytes.fill(0xff, FOUR_AT - 2, FOUR_AT);
    Buffer.from(plain.split('.').map(Number)).copy(bytes, FOUR_AT);
    return bytes;
  }
  if (!isIPv6(plain) || plain.includes('%')) bug(`${host} is no literal address`);
  groupsOf(canonical(plain)).forEach((group, index) => bytes.writeUInt16BE(group, 2 * index));
  return bytes;
}

/** As the system writes it. */
export function hostOfBytes(bytes: Buffer): string {
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    bytes.readUInt16BE(2 * index).toString(16),
  );
  return plainAddress(canonical(groups.join(':')));
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** The system writes an IPv4 address at the end in its own form. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const left = partsOf(head);
  const right = tail === undefined ? [] : partsOf(tail);
  const zeros = Array.from({ length: GROUPS - left.length - right.length }, () => 0);
  return [...left, ...zeros, ...right];
}

function partsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
