/**
 * Whether a request over HTTP names this machine in its `Host`. A page of a stranger may have its own name stand for
 * 127.0.0.1 and read what is answered there; its requests carry that name. Pure.
 */
import { scopeOf } from '../address-scope.js';

/** True for `localhost` and for addresses of this machine alone, with any port. */
export function isThisMachine(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isLoopback(name);
}

/** True for an address that nobody else reaches. */
export function isLoopback(host: string): boolean {
  return scopeOf(host) === 'loopback';
}
