/**
 * By what a peer is asked for a file of which only the name is known: who has been put out of the group, or was never in
 * it, and is asked all the same, learns a name only where they can guess it.
 */
import { hash } from 'node:crypto';

/** SHA-256 of the id of a group, a line break and a name in it, as UTF-8; hex. */
export function nameHash(groupId: string, name: string): string {
  return hash('sha256', `${groupId}\n${name}`);
}
