/** The names of all events, for whoever chooses among them. */
import type { ClientEvent } from './client-events.js';

/** A name that is missing is an error of types. */
const all: Readonly<Record<ClientEvent['type'], true>> = {
  ...{ started: true, progress: true, peer: true, 'piece-bad': true, done: true, failed: true },
  ...{ 'take-started': true, 'take-ended': true, 'file-taken': true, 'files-taken': true },
  ...{ 'share-added': true, 'share-ended': true, 'share-skipped': true, 'share-broken': true },
  ...{ 'share-served-again': true, 'share-replaced': true, 'share-delayed': true },
  ...{ 'file-added': true, 'file-replaced': true, 'file-removed': true },
  ...{ 'sync-begun': true, 'sync-step': true, 'sync-waiting': true },
  ...{ 'download-ended': true, 'part-changed': true, 'library-gone': true },
  ...{ 'join-request': true, 'joined-by-link': true, membership: true },
  ...{ 'member-added': true, 'member-removed': true, 'logged-in': true, 'logged-out': true },
  ...{ 'session-lost': true, 'logout-untold': true, 'tracker-met': true, reach: true },
  ...{ 'tracker-refused': true, 'tracker-connected': true, 'tracker-silent': true },
  ...{ 'tracker-lost': true, 'tracker-still-lost': true, 'tracker-retried': true },
  ...{ 'tracker-back': true, 'tracker-unreachable': true, 'notification-ignored': true },
  ...{ 'background-failed': true, 'control-unavailable': true, 'control-fault': true, lost: true },
};

export const EVENT_TYPES: readonly string[] = Object.keys(all);
