/** Why a sync leaves an item, or something of all items, as it is: the errors that say so. */
import { StorageError, TrackerError, type P2pError } from '../../net/errors.js';
import { MAX_SYNC_GROUP_ITEMS } from '../../net/limits.js';

export function leftAlone(name: string, why: 'other' | 'foreign' | 'lost'): P2pError {
  switch (why) {
    case 'other':
      return new StorageError(
        'DESTINATION_EXISTS',
        `something else has the name ${name} here; give it another name, and that of the group comes`,
      );
    case 'foreign':
      return new StorageError(
        'DESTINATION_EXISTS',
        `${name} is a link, or no file, here; give it another name, and that of the group comes`,
      );
    case 'lost':
      return new TrackerError(
        'NO_SUCH_FILE',
        `${name} was shared from here, is gone here, and nobody else serves it; put it back, or end that with \`stop-share\``,
      );
  }
}

export function notAtRest(name: string): StorageError {
  return new StorageError(
    'FILE_CHANGED',
    `${name} is being written; it is shared when it is at rest`,
  );
}

/** `going` of `all` would be gone, with what has gone within the last hour. */
export function tooMuch(folder: string, going: number, all: number): StorageError {
  return new StorageError(
    'FILE_NOT_FOUND',
    `${going} of ${all} files of ${folder} would go within an hour, here or from the group, so no more are removed or ended; run it without --delete, or remove them yourself`,
  );
}

/** The group has more than is taken in; `name` is the first of those. */
export function passedOver(name: string): StorageError {
  return new StorageError(
    'FILE_TOO_LARGE',
    `${name} and others are left as they are: the group has more than ${MAX_SYNC_GROUP_ITEMS} files, more than come into one folder; choose some with --only`,
  );
}
