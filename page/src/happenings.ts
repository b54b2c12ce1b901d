/** Sentences about what happened in the client; of what nobody has to hear, none. Pure. */
import type { ClientEvent } from '../../src/main/api/client-events.js';
import { bytes, shown } from './words.js';

export function sentence(event: ClientEvent): string | undefined {
  switch (event.type) {
    case 'join-request':
      return `${shown(event.userId)} asks to join ${shown(event.groupId)}`;
    case 'joined-by-link':
      return `${shown(event.userId)} came into ${shown(event.groupId)} by a link`;
    case 'membership':
      return `you are now "${event.state}" in ${shown(event.groupId)}`;
    case 'download-ended':
      return event.error
        ? `${shown(event.fileName)} failed: ${shown(event.error.message)}`
        : `${shown(event.fileName)} is complete`;
    case 'file-taken':
      return `${shown(event.userId)} took ${bytes(event.bytes)} of ${shown(event.fileName)}`;
    case 'files-taken':
      return `${shown(event.userId)} took ${event.files} files, ${bytes(event.bytes)}`;
    case 'share-skipped':
      return `${shown(event.fileName)} is not served: ${shown(event.reason)}`;
    case 'share-broken':
      return `a share is not served any more: ${shown(event.error.message)}`;
    case 'share-replaced':
      return `${shown(event.fileName)} has a newer version`;
    case 'tracker-lost':
    case 'tracker-still-lost':
    case 'session-lost':
    case 'background-failed':
      return shown(event.error.message);
    case 'tracker-back':
      return 'the tracker is back';
    default:
      return undefined;
  }
}
