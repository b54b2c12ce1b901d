/** The addresses of the machine on which this process runs. */
import { networkInterfaces } from 'node:os';

/** One address of one interface. */
export interface OwnAddress {
  /** A literal, without an interface behind it. */
  readonly host: string;
  readonly interfaceName: string;
  /** Loopback. */
  readonly isInternal: boolean;
}

/** What the system listed last: it lists nothing while the process may open no further file. */
let lastListed: readonly OwnAddress[] = [];

/** All of them, as the system lists them. */
export function ownAddresses(): readonly OwnAddress[] {
  try {
    lastListed = listAddresses();
  } catch {
    // That the list cannot be had does not mean that an address has gone.
  }
  return lastListed;
}

function listAddresses(): OwnAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses = []]) =>
    addresses.map(({ address, internal }) => ({
      host: address,
      interfaceName,
      isInternal: internal,
    })),
  );
}

/** True for a literal address of one of this machine's interfaces. */
export function isOwnAddress(host: string): boolean {
  return ownAddresses().some((one) => one.host === host);
}
