/** What an account is called when nobody says: as the user of this machine is, else with its name too. */
import { hostname, userInfo } from 'node:os';
import { checkNewId } from '../../net/names.js';

/** Names in the order in which they should be tried; at least one. */
export function ownNames(random: () => number = Math.random): string[] {
  const user = userName();
  const host = hostname().replace(/\..*$/, '');
  const names = user === undefined ? [host] : [user, `${user}-${host}`];
  const number = 1_000 + Math.floor(random() * 9_000);
  return [...names, `${user ?? 'user'}-${number}`, `user-${number}`].filter(isGood);
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // Some systems have no row for a user of a container.
    return undefined;
  }
}

function isGood(name: string): boolean {
  try {
    return checkNewId('user', name) === name;
  } catch {
    return false;
  }
}
