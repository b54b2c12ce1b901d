/** What it means when a port cannot be opened, in words that say what to do. */
import { UsageError } from './errors.js';

/** The error of a failed `listen` as the user reads it; one that is unknown stays as it is. */
export function toListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new UsageError(
        `the address ${where} is in use; stop what runs there or choose another port`,
        'ADDRESS_IN_USE',
      );
    case 'EACCES':
      return new UsageError(
        `this user may not listen on ${where}; choose a port above 1023`,
        'ADDRESS_UNAVAILABLE',
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UsageError(
        `this machine has no address ${host}; use one of its own, or :: for all of them`,
        'ADDRESS_UNAVAILABLE',
      );
    default:
      return error;
  }
}
