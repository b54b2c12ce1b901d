/**
 * In which order the addresses of a peer are tried: where it answered last, then where it was heard in
 * this machine's network, then what is on a network of this machine, then the rest; in each of these in turns of family, IPv6 first where this machine
 * has it (RFC 8305). Pure.
 */
import { scopeOf, withoutZone } from '../../net/address-scope.js';
import { isIPv4 } from '../../net/ip-address.js';
import { networkOf } from '../../net/network-of.js';
import type { OwnAddress } from '../../net/own-addresses.js';
import type { PeerAddress } from '../../net/tracker-api.js';

export interface DialOrder {
  /** Somebody with the peer's key was there. */
  readonly hasAnswered: (address: PeerAddress) => boolean;
  /** A peer was heard there, in one's own network. @default nowhere */
  readonly hasHeard?: (address: PeerAddress) => boolean;
  readonly own: readonly OwnAddress[];
}

/** The same addresses, the best first. */
export function inDialOrder(
  addresses: readonly PeerAddress[],
  { hasAnswered, hasHeard = () => false, own }: DialOrder,
): PeerAddress[] {
  const networks = new Set(own.map(({ host }) => prefixOf(host)));
  const isNear = ({ host }: PeerAddress): boolean => networks.has(prefixOf(host));
  const answered = addresses.filter(hasAnswered);
  const heard = addresses.filter((address) => !hasAnswered(address) && hasHeard(address));
  const others = addresses.filter((address) => !hasAnswered(address) && !hasHeard(address));
  const near = others.filter(isNear);
  const far = others.filter((address) => !isNear(address));
  const isSixFirst = own.some(
    ({ host, isInternal }) => !isInternal && !isIPv4(host) && scopeOf(host) !== 'link-local',
  );
  return [answered, heard, near, far].flatMap((group) => inTurns(group, isSixFirst));
}

function inTurns(addresses: readonly PeerAddress[], isSixFirst: boolean): PeerAddress[] {
  const four = addresses.filter(({ host }) => isIPv4(host));
  const six = addresses.filter(({ host }) => !isIPv4(host));
  const [first, second] = isSixFirst ? [six, four] : [four, six];
  const turns = Array.from({ length: Math.max(four.length, six.length) }, (_, turn) => turn);
  return turns.flatMap((turn) => [...first.slice(turn, turn + 1), ...second.slice(turn, turn + 1)]);
}

/** Most networks are so large: the first 24 bits of an IPv4 address, 64 of an IPv6 one. */
function prefixOf(host: string): string {
  return isIPv4(host) ? host.slice(0, host.lastIndexOf('.')) : networkOf(withoutZone(host));
}
