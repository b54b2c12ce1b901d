/**
 * How to listen on a host. `::` stands for every address of this machine, IPv4 ones too; where IPv6 is
 * switched off Node listens on every IPv4 address instead, but only if it is told no host at all.
 */

/** The `host` for `listen`, if one has to be told. */
export function listenHost(host: string): { host?: string } {
  return host === '::' ? {} : { host };
}

/** True for a host that stands for every address of the machine. */
export function isEveryAddress(host: string): boolean {
  return host === '::' || host === '0.0.0.0';
}
