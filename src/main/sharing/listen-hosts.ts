/**
 * Where this client listens while its addresses change: a literal means the interface that has it, so
 * that a lease that is renewed with another address is followed, and no other interface is opened.
 * Owns which interface that is.
 */
import { scopeOf, withoutZone } from '../../net/address-scope.js';
import { isIPAddress, isIPv4 } from '../../net/ip-address.js';
import { isEveryAddress } from '../../net/listen-host.js';
import type { OwnAddress } from '../../net/own-addresses.js';

export class ListenHosts {
  readonly #wanted: readonly string[];
  /** The interface on which each literal was seen last. */
  readonly #interfaces = new Map<string, string>();

  /** The hosts that the user named. */
  constructor(wanted: readonly string[]) {
    this.#wanted = wanted;
  }

  /** Where to listen now; what has gone and left nothing in its place stays as it was named. */
  at(own: readonly OwnAddress[]): string[] {
    return [...new Set(this.#wanted.flatMap((host) => this.#presentOf(host, own)))];
  }

  #presentOf(host: string, own: readonly OwnAddress[]): string[] {
    if (!isIPAddress(host) || isEveryAddress(host)) return [host];
    const found = own.find((one) => one.host === withoutZone(host));
    if (found) {
      this.#interfaces.set(host, found.interfaceName);
      return [host];
    }
    const successors = own.filter(
      (one) =>
        one.interfaceName === this.#interfaces.get(host) &&
        isIPv4(one.host) === isIPv4(host) &&
        scopeOf(one.host) !== 'link-local',
    );
    return successors.length > 0 ? successors.map((one) => one.host) : [host];
  }
}
