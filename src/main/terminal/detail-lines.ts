/** What a client does step by step, as one line each for people who want to see that. Pure. */
import { display } from '../../net/display.js';
import type { DetailEvent, Work } from '../api/detail-events.js';
import type { PeerProgress } from '../api/progress.js';
import { formatBytes, formatPercent, formatRate } from './quantities.js';

const WORK_WORDS: Readonly<Record<Work, string>> = {
  download: 'downloading',
  upload: 'reading',
  verify: 'checking',
};

const PEER_WORDS: Readonly<Record<PeerProgress['state'], string>> = {
  connecting: 'being dialled',
  active: 'connected',
  snubbed: 'too slow just now',
  gone: 'gone',
  banned: 'not asked any more',
};

/** The line for a step. */
export function detailLine(event: DetailEvent): string {
  switch (event.type) {
    case 'started':
      return `${WORK_WORDS[event.work]} ${display(event.fileName)} (${formatBytes(event.size)})`;
    case 'progress':
      return progressLine(event);
    case 'peer':
      return peerLine(event);
    case 'piece-bad': {
      const { fileName, userId, pieces } = event;
      const which = pieces === 1 ? '1 piece' : `${pieces} pieces`;
      return `${display(fileName)}: ${which} of ${display(userId)} did not match`;
    }
    case 'done':
      return `${display(event.fileName)}: done, ${formatBytes(event.size)}`;
    case 'failed':
      return `${display(event.fileName)}: ${event.error.message}`;
    case 'take-started': {
      const { userId, address, fileName, size } = event;
      return `${display(userId)} at ${display(address)} takes ${display(fileName)} (${formatBytes(size)})`;
    }
    case 'take-ended': {
      const { userId, address, fileName, bytes } = event;
      return `${display(userId)} at ${display(address)} has let go ${display(fileName)}: ${formatBytes(bytes)} sent`;
    }
    case 'share-added':
      return `${display(event.fileName)} is shared in ${display(event.groupId)}`;
    case 'share-ended':
      return `${display(event.fileName)} is not shared in ${display(event.groupId)} any more`;
    case 'file-added':
      return `${display(event.fileName)} (${formatBytes(event.size)}) has come to ${display(event.groupId)}, shared by ${display(event.sharer)}`;
    case 'file-replaced':
      return `${display(event.fileName)} in ${display(event.groupId)} is a newer version now (${formatBytes(event.size)}), shared by ${display(event.sharer)}`;
    case 'file-removed':
      return `${display(event.fileName)} is gone from ${display(event.groupId)}`;
    case 'sync-waiting':
      return `${display(event.folder, 4096)} is as ${display(event.groupId)} is; waiting for changes`;
    case 'member-added':
      return `${display(event.userId)} was let into ${display(event.groupId)}`;
    case 'member-removed':
      return `${display(event.userId)} is no longer in ${display(event.groupId)}`;
    case 'tracker-connected':
      return `connected to the tracker at ${display(event.tracker)}`;
    case 'tracker-retried':
      return `the tracker was dialled again (${event.attempts}): ${event.error.message}`;
    case 'lost':
      return `${event.events === 1 ? '1 event was' : `${event.events} events were`} left out here`;
  }
}

function progressLine(event: Extract<DetailEvent, { type: 'progress' }>): string {
  const { fileName, state, size, done, bytesPerSecond } = event;
  const rate = bytesPerSecond > 0 ? `, ${formatRate(bytesPerSecond)}` : '';
  return `${display(fileName)}: ${state}, ${formatPercent(done, size)}${rate}`;
}

function peerLine(event: Extract<DetailEvent, { type: 'peer' }>): string {
  const { fileName, userId, address, state, way, reason } = event;
  const where = address === '' ? '' : ` at ${display(address)}`;
  const how = way === undefined ? '' : ` (${way})`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${display(fileName)}: ${display(userId)}${where} is ${PEER_WORDS[state]}${how}${why}`;
}
