/** The four numbers that name a connection; a TLS socket shares them with the one below it. */
export interface Endpoints {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** The same as one text. */
export function endpointsKey(endpoints: Endpoints): string {
  const { remoteAddress, remotePort, localAddress, localPort } = endpoints;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
