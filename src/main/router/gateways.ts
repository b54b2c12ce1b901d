/**
 * The routers of this machine: where its networks send what is for elsewhere. Linux tells them; elsewhere
 * the first address of a private network is taken for one, which most routers have.
 */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from '../../net/ip-address.js';
import { scopeOf } from '../../net/address-scope.js';
import { MAX_ROUTERS } from '../../net/limits.js';
import type { OwnAddress } from '../../net/own-addresses.js';

/** A router, and the address of this machine in its network. */
export interface Gateway {
  readonly host: string;
  readonly client: string;
}

/** Those behind which this machine stands with a private address: others have nothing to pass on. */
export async function findGateways(own: readonly OwnAddress[]): Promise<Gateway[]> {
  const routes = await readRoutes();
  const inside = own.filter(({ host }) => isIPv4(host) && scopeOf(host) === 'private');
  const found = routes
    ? routes.flatMap(({ interfaceName, host }) =>
        inside
          .filter((one) => one.interfaceName === interfaceName)
          .map((one) => ({ host, client: one.host })),
      )
    : inside.map(({ host }) => ({ host: host.replace(/\d+$/, '1'), client: host }));
  return found.filter(({ host, client }) => host !== client).slice(0, MAX_ROUTERS);
}

interface Route {
  readonly interfaceName: string;
  readonly host: string;
}

async function readRoutes(): Promise<Route[] | undefined> {
  try {
    return defaultRoutesIn(await readFile('/proc/net/route', 'latin1'));
  } catch {
    return undefined;
  }
}

/** The default routes of /proc/net/route, in its order. */
export function defaultRoutesIn(table: string): Route[] {
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([interfaceName = '', destination, gateway = '']) => {
    if (destination !== '00000000' || !/^[0-9A-Fa-f]{8}$/.test(gateway)) return [];
    const host = [...Buffer.from(gateway, 'hex')].reverse().join('.');
    return host === '0.0.0.0' ? [] : [{ interfaceName, host }];
  });
}
