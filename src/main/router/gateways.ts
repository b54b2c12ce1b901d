/**
 * The routers of this machine: where its networks send what is for elsewhere. Linux tells them; elsewhere
 * the first address of a private network is taken for one, which most routers have.
 */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from '../../net/ip-address.js';
import { scopeOf, withoutZone } from '../../net/address-scope.js';
import { MAX_PINHOLES, MAX_ROUTERS } from '../../net/limits.js';
import type { OwnAddress } from '../../net/own-addresses.js';
import { hostOfBytes } from './address-bytes.js';

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

/** The routers of IPv6, with each global address of this machine behind them; Linux alone tells them. */
export async function findSixGateways(own: readonly OwnAddress[]): Promise<Gateway[]> {
  const global = own.filter(({ host }) => !isIPv4(host) && scopeOf(host) === 'public');
  if (global.length === 0) return [];
  const found = (await readSixRoutes()).flatMap(({ interfaceName, host }) =>
    global
      .filter((one) => one.interfaceName === interfaceName)
      .map((one) => ({ host: reachedBy(interfaceName, host), client: one.host })),
  );
  return found.slice(0, MAX_PINHOLES);
}

function reachedBy(interfaceName: string, host: string): string {
  return scopeOf(host) === 'link-local' ? `${withoutZone(host)}%${interfaceName}` : host;
}

async function readSixRoutes(): Promise<Route[]> {
  try {
    return defaultSixRoutesIn(await readFile('/proc/net/ipv6_route', 'latin1'));
  } catch {
    return [];
  }
}

/** The default routes of /proc/net/ipv6_route, each once, in its order. */
export function defaultSixRoutesIn(table: string): Route[] {
  const routes = table.split('\n').flatMap((line): Route[] => {
    const [to = '', bits, , , gateway = '', , , , flags = '', interfaceName = ''] = line
      .trim()
      .split(/\s+/);
    const isDefault = /^0{32}$/.test(to) && bits === '00' && /^[0-9a-f]{32}$/.test(gateway);
    const isUsable = (Number.parseInt(flags, 16) & GATEWAY_OR_REJECT) === GATEWAY;
    if (!isDefault || !isUsable || interfaceName === '') return [];
    return [{ interfaceName, host: hostOfBytes(Buffer.from(gateway, 'hex')) }];
  });
  return [...new Map(routes.map((one) => [`${one.interfaceName} ${one.host}`, one])).values()];
}

/** Flags of a route: it leads over a router; it leads nowhere (linux/route.h, linux/ipv6_route.h). */
const GATEWAY = 0x0002;
const REJECT = 0x0200;
const GATEWAY_OR_REJECT = GATEWAY | REJECT;

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
