/** The keys that all trackers of a database show: those of the first one, which are kept in the database. */
import { StorageError } from '../net/errors.js';
import type { SharedKeys } from './store/shared-store.js';
import {
  encodeCredentials,
  parseCredentials,
  type AgreeOnKeys,
  type TrackerKeys,
} from './tracker-keys.js';

const IDENTITY = 'identity';
const TICKET_KEY = 'ticket-key';

export interface AgreeOptions {
  /** Keys may be brought that were never shown to anybody, in place of those that are not there. */
  readonly mayBeNew: boolean;
}

/**
 * Brings keys where there are none, and answers those that are there.
 * @throws StorageError STATE_MISSING when there are none and new ones may not be brought
 */
export function agreeIn(shared: SharedKeys, { mayBeNew }: AgreeOptions): AgreeOnKeys {
  const agreed = async (name: string, own: string): Promise<string> => {
    await shared.bring(name, own);
    return (await shared.find(name)) ?? own;
  };
  return async (own: TrackerKeys) => {
    if (!mayBeNew && (await shared.find(IDENTITY)) === undefined) throw keysAreElsewhere();
    const identity = await agreed(IDENTITY, encodeCredentials(own.credentials));
    return {
      credentials: parseCredentials(identity, 'the database'),
      ticketKeyPem: await agreed(TICKET_KEY, own.ticketKeyPem),
    };
  };
}

function keysAreElsewhere(): StorageError {
  return new StorageError(
    'STATE_MISSING',
    'the database has accounts, and the keys of their tracker are not in it: start that one first, with its data folder and --presence; or start with --new to make other keys (clients will have to trust the tracker anew)',
  );
}
