/** What of a group's files is on this machine already, from what is shared and downloaded here. Pure. */
import type { FileRow } from '../../net/tracker-api.js';
import type { DownloadProgress } from '../api/progress.js';
import type { SharedFile, SharedFileState } from '../api/shared-files.js';

export type Here =
  /** All of it, as it is listed. */
  | 'yes'
  /** Some files of a folder. */
  | 'some'
  /** A download of it is under way or has stopped. */
  | 'coming'
  /** What was shared under the name before. */
  | 'older'
  /** It was here, and is no longer what was shared. */
  | 'changed'
  | 'damaged'
  | 'missing'
  | 'no';

/** @param downloads those that are complete are shared, or were let go of */
export function whatIsHere(
  files: readonly Pick<FileRow, 'name' | 'fileId'>[],
  shares: readonly Pick<SharedFile, 'fileName' | 'fileId' | 'state' | 'partFiles'>[],
  downloads: readonly Pick<DownloadProgress, 'fileName' | 'state'>[],
): Map<string, Here> {
  const here = new Map<string, Here>();
  const isComing = new Set(
    downloads.filter(({ state }) => isUnderWay(state)).map(({ fileName }) => fileName),
  );
  const shared = new Map<string, (typeof shares)[number][]>();
  for (const share of shares) {
    const ofName = shared.get(share.fileName);
    if (ofName) ofName.push(share);
    else shared.set(share.fileName, [share]);
  }
  for (const { name, fileId } of files) {
    const ofName = shared.get(name) ?? [];
    const same = ofName.find((share) => share.fileId === fileId);
    if (same) here.set(name, ofState(same.state, same.partFiles !== undefined));
    else if (isComing.has(name)) here.set(name, 'coming');
    else here.set(name, ofName.length > 0 ? 'older' : 'no');
  }
  return here;
}

function ofState(state: SharedFileState, isPart: boolean): Here {
  switch (state) {
    case 'changed':
    case 'damaged':
    case 'missing':
      return state;
    case 'served':
    case 'older':
    case 'idle':
    case 'checking':
    case 'refused':
      return isPart ? 'some' : 'yes';
  }
}

function isUnderWay(state: DownloadProgress['state']): boolean {
  switch (state) {
    case 'complete':
    case 'failed':
    case 'cancelled':
      return false;
    case 'queued':
    case 'checking':
    case 'copying':
    case 'downloading':
    case 'finishing':
    case 'paused':
    case 'interrupted':
      return true;
  }
}
