/**
 * The candidates of this client: the addresses at which others may find it, as it offers them to the
 * tracker. First what the user says, then where the tracker sees it, then every address of its
 * interfaces in turns of family, those that containers and virtual machines have last. Pure.
 */
import { plainAddress, scopeOf, withoutZone } from '../../net/address-scope.js';
import { isIPv4 } from '../../net/ip-address.js';
import { MAX_ADDRESSES_PER_DEVICE } from '../../net/limits.js';
import { isEveryAddress } from '../../net/listen-host.js';
import { ownAddresses, type OwnAddress } from '../../net/own-addresses.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/** Interfaces behind which nobody from outside is, as programs name them that make such. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|podman|cni|flannel|cali|kube)/;

export interface CandidateSources {
  /** What the user says others reach, as literals. */
  readonly announced: readonly PeerAddress[];
  /** Where it listens. */
  readonly listening: readonly PeerAddress[];
  readonly own: readonly OwnAddress[];
}

/** The candidates, the best first, each once, no more than a device may have. */
export function ownCandidates({ announced, listening, own }: CandidateSources): PeerAddress[] {
  const found = new Map<string, PeerAddress>();
  const add = ({ host, port }: PeerAddress): void => {
    const candidate = { host: withoutZone(plainAddress(host)), port };
    found.set(`${candidate.host} ${port}`, candidate);
  };
  announced.forEach(add);
  // `::` as a candidate is wherever the tracker sees this client.
  listening.forEach(add);
  for (const { host, port } of listening) {
    if (!isEveryAddress(host)) continue;
    for (const one of inTurns(own)) {
      if (host === '::' || isIPv4(one.host)) add({ host: one.host, port });
    }
  }
  return [...found.values()].slice(0, MAX_ADDRESSES_PER_DEVICE);
}

/**
 * Where others may reach what listens on this port of every address of this machine; IPv4 first, because
 * people read that more easily.
 */
export function addressesOfPort(port: number): PeerAddress[] {
  const listening = [{ host: '::', port }];
  const candidates = ownCandidates({ announced: [], listening, own: ownAddresses() });
  const usable = candidates.filter(({ host }) => ['private', 'public'].includes(scopeOf(host)));
  const isFour = ({ host }: PeerAddress): boolean => isIPv4(host);
  return [...usable.filter(isFour), ...usable.filter((one) => !isFour(one))];
}

/** True for an address at which only this machine reaches itself. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || scopeOf(host) === 'loopback';
}

function inTurns(own: readonly OwnAddress[]): OwnAddress[] {
  const usable = own.filter(({ host }) => ['private', 'public'].includes(scopeOf(host)));
  const isVirtual = ({ interfaceName }: OwnAddress): boolean => VIRTUAL.test(interfaceName);
  const real = usable.filter((one) => !isVirtual(one));
  return [...byFamily(real), ...byFamily(usable.filter(isVirtual))];
}

function byFamily(addresses: readonly OwnAddress[]): OwnAddress[] {
  const four = addresses.filter(({ host }) => isIPv4(host));
  const six = addresses.filter(({ host }) => !isIPv4(host));
  const turns = Array.from({ length: Math.max(four.length, six.length) }, (_, turn) => turn);
  return turns.flatMap((turn) => [...six.slice(turn, turn + 1), ...four.slice(turn, turn + 1)]);
}
