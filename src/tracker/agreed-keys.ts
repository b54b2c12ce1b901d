/** The keys that all trackers of a database show: those of the first one, which are kept in the database. */
import type { SharedKeys } from './store/shared-store.js';
import {
  encodeCredentials,
  parseCredentials,
  type AgreeOnKeys,
  type TrackerKeys,
} from './tracker-keys.js';

const IDENTITY = 'identity';
const TICKET_KEY = 'ticket-key';

/** Brings keys where there are none, and answers those that are there. */
export function agreeIn(shared: SharedKeys): AgreeOnKeys {
  const agreed = async (name: string, own: string): Promise<string> => {
    await shared.bring(name, own);
    return (await shared.find(name)) ?? own;
  };
  return async (own: TrackerKeys) => {
    const identity = await agreed(IDENTITY, encodeCredentials(own.credentials));
    return {
      credentials: parseCredentials(identity, 'the database'),
      ticketKeyPem: await agreed(TICKET_KEY, own.ticketKeyPem),
    };
  };
}
