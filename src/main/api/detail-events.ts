/**
 * What happens in a client step by step, as data: for whoever follows a transfer, or all that an engine does.
 * Nobody hears of it who has not asked for every detail.
 */
import type { WireError } from '../../net/errors.js';
import type { DownloadProgress, PeerProgress } from './progress.js';

/** What is done with a file or a folder. */
export type Work = 'download' | 'upload' | 'verify';

interface OfWork {
  readonly work: Work;
  /** Absent where it is about files of several groups. */
  readonly groupId?: string;
  readonly fileName: string;
}

interface OfDownload {
  readonly groupId: string;
  readonly fileName: string;
}

/** How far one piece of work is. */
export type WorkEvent =
  | (OfWork & {
      readonly type: 'started';
      /** Of a download, within its engine. */
      readonly id?: string;
      /** Absolute. */
      readonly path?: string;
      readonly size: number;
    })
  /** At most one in EVENT_PROGRESS_INTERVAL_MS, unless its state has changed. */
  | (OfWork & {
      readonly type: 'progress';
      readonly id?: string;
      readonly state: DownloadProgress['state'] | 'reading' | 'repairing';
      readonly size: number;
      readonly done: number;
      readonly bytesPerSecond: number;
    })
  /** A peer of a download stands otherwise than before. */
  | (OfDownload &
      Pick<PeerProgress, 'userId' | 'deviceId' | 'address' | 'state' | 'way' | 'reason'> & {
        readonly type: 'peer';
      })
  /** Pieces of a peer did not match; so many since the last time that was told. */
  | (OfDownload & {
      readonly type: 'piece-bad';
      readonly userId: string;
      readonly deviceId: string;
      readonly pieces: number;
    })
  | (OfWork & {
      readonly type: 'done';
      readonly id?: string;
      readonly path?: string;
      readonly size: number;
      /** Of a download: bytes that this run has fetched. */
      readonly fetched?: number;
    })
  | (OfWork & {
      readonly type: 'failed';
      readonly id?: string;
      readonly error: { readonly code: string; readonly message: string };
    });

/** A device that takes a file from this client, and on what address it came. */
interface Take {
  readonly userId: string;
  readonly deviceId: string;
  readonly address: string;
  /** How this client came to it; absent when it has come. */
  readonly way?: 'called' | 'relayed';
  readonly groupId: string;
  readonly fileName: string;
  readonly size: number;
}

/** What has become of a file of a group whose files somebody follows. */
export type GroupFileEvent =
  | (GroupFile & { readonly type: 'file-added' })
  /** Its name stands for other content now. */
  | (GroupFile & { readonly type: 'file-replaced' })
  /** Nobody shares it any more. */
  | (OfDownload & { readonly type: 'file-removed'; readonly fileId: string });

interface GroupFile {
  readonly groupId: string;
  readonly fileName: string;
  readonly fileId: string;
  readonly size: number;
  /** Who has shared it longest. */
  readonly sharer: string;
}

export type DetailEvent =
  | WorkEvent
  | GroupFileEvent
  /** One connection begins to read a file, and has let it go; a device may have several. */
  | (Take & { readonly type: 'take-started' })
  | (Take & { readonly type: 'take-ended'; readonly bytes: number })
  /** By a command: what is shared again at a login is no news. */
  | {
      readonly type: 'share-added';
      readonly groupId: string;
      readonly fileName: string;
      readonly size: number;
    }
  | { readonly type: 'share-ended'; readonly groupId: string; readonly fileName: string }
  /** A folder is the same as its group, as far as that is possible. */
  | { readonly type: 'sync-waiting'; readonly groupId: string; readonly folder: string }
  /** Let in from here. */
  | { readonly type: 'member-added'; readonly groupId: string; readonly userId: string }
  /** They have left, or somebody has removed them. */
  | { readonly type: 'member-removed'; readonly groupId: string; readonly userId: string }
  /** For the first time since the login. */
  | { readonly type: 'tracker-connected'; readonly tracker: string }
  /** A lost connection was dialled again in vain, so many times by now. */
  | { readonly type: 'tracker-retried'; readonly attempts: number; readonly error: WireError }
  /** So many events were left out here, because whoever listens did not read. */
  | { readonly type: 'lost'; readonly events: number };

const detailTypes: ReadonlySet<string> = new Set<DetailEvent['type']>([
  ...(['started', 'progress', 'peer', 'piece-bad', 'done', 'failed'] as const),
  ...(['take-started', 'take-ended', 'share-added', 'share-ended', 'sync-waiting'] as const),
  ...(['file-added', 'file-replaced', 'file-removed'] as const),
  ...(['member-added', 'member-removed', 'tracker-connected', 'tracker-retried', 'lost'] as const),
]);

const workTypes: ReadonlySet<string> = new Set<WorkEvent['type']>([
  ...(['started', 'progress', 'peer', 'piece-bad', 'done', 'failed'] as const),
]);

/** Whether nobody hears of it who has not asked for details. */
export function isDetail(event: { readonly type: string }): event is DetailEvent {
  return detailTypes.has(event.type);
}

/** Whether it says how far a piece of work is. */
export function isOfWork(event: { readonly type: string }): event is WorkEvent {
  return workTypes.has(event.type);
}
