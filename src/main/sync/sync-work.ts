/**
 * Carries out what a plan says of one item: fetches, shares, removes, and notes what came of it. Decides nothing, and
 * owns no state; tells each step as it is done.
 */
import { basename, join } from 'node:path';
import { P2pError } from '../../net/errors.js';
import { startCancellably, waitCancellably } from '../api/cancellable-download.js';
import type { EngineApi } from '../api/engine-api.js';
import type { DownloadSummary } from '../api/progress.js';
import type { SyncPart, SyncStepKind } from '../api/sync.js';
import { isUnchanged, type FileStamp } from '../disk/file-stamp.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { SyncedItem } from '../home/synced-items.js';
import { lookAt } from '../sharing/share-look.js';
import { dropItem } from './drop-item.js';
import type { FolderItems, SeenItem } from './folder-items.js';
import type { NotedItems } from './noted-items.js';
import type { GroupItem } from './sync-plan.js';

/** What is asked of the engine. */
export type SyncEngine = Pick<
  EngineApi,
  | ('listFiles' | 'fileAt' | 'startDownload' | 'waitForDownload' | 'cancelDownload')
  | ('upload' | 'stopShare')
>;

/** What was done, for whoever tells it. */
export interface SyncStep {
  readonly step: SyncStepKind;
  /** Bytes of the item. */
  readonly size?: number;
  /** Who has delivered it, those who have delivered most first. */
  readonly from?: readonly string[];
  /** Where what was here before is kept. */
  readonly kept?: string;
  /** Bytes that came. */
  readonly fetched?: number;
}

export interface SyncWorkOptions {
  readonly engine: SyncEngine;
  readonly library: Pick<Library, 'share' | 'description'>;
  readonly account: Account;
  readonly groupId: string;
  readonly folder: string;
  readonly exclude: readonly string[];
  readonly timeoutMs: number;
  readonly noted: NotedItems;
  readonly items: Pick<FolderItems, 'lookAt'>;
  readonly signal: AbortSignal;
}

/** Users that a step names. */
const MAX_NAMED = 3;

export class SyncWork {
  readonly #options: SyncWorkOptions;

  constructor(options: SyncWorkOptions) {
    this.#options = options;
  }

  /** Fetches it into the folder. @throws P2pError */
  async fetch(
    name: string,
    { fileId, size, isFolder, files }: GroupItem,
    over: 'nothing' | 'drop' | 'keep',
    onPart: (part: SyncPart) => void,
  ): Promise<SyncStep> {
    const { engine, groupId, folder, timeoutMs, noted, signal } = this.#options;
    const before = noted.get(name);
    // Should this be the last that is known of it: what is here then came from the group.
    if (over === 'nothing' && before?.stamp === undefined)
      await noted.put({ name, fileId, origin: 'brought', isGone: false });
    const place = { destination: folder, overwrite: false, keepsOlder: over !== 'nothing' };
    const request = { groupId, fileName: name, ...place, timeoutMs };
    const id = await startCancellably(engine, request, signal);
    const summary = await waitCancellably(
      engine,
      id,
      ({ verified: done, size: all }) => onPart({ fileName: name, size: all, done }),
      signal,
    );
    await this.#noteHere(name, isFolder, { origin: 'brought', fileId, files });
    const kind = isFolder ? 'folder' : 'file';
    const kept = await this.#olderOf(summary, kind, before, over);
    const step = over === 'nothing' ? 'fetched' : 'newer';
    const from = sourcesOf(summary);
    return { step, size, from, fetched: summary.fetched, ...(kept !== undefined && { kept }) };
  }

  /** Shares what is here under its name; undefined when the group has just that already. @throws P2pError */
  async share(
    name: string,
    kind: 'file' | 'folder',
    replaces: boolean,
    onPart: (part: SyncPart) => void,
  ): Promise<SyncStep | undefined> {
    const { engine, groupId, folder, exclude, signal, noted } = this.#options;
    const request = { groupId, path: join(folder, name), sha256: false, replace: replaces };
    const left = kind === 'folder' && exclude.length > 0 ? { exclude: [...exclude] } : {};
    const { size, outcome, fileId } = await engine.upload(
      { ...request, ...left, signal },
      ({ size: all, hashed: done }) =>
        onPart({ fileName: name, size: all, done, phase: 'reading' }),
    );
    const isNew = outcome === 'created' || outcome === 'replaced';
    const origin = isNew ? 'shared' : (noted.get(name)?.origin ?? 'found');
    await this.#noteHere(name, kind === 'folder', { origin, fileId });
    if (!isNew) return undefined;
    return { step: outcome === 'replaced' ? 'shared-newer' : 'shared', size };
  }

  /** How what is here compares with what the group has. @throws P2pError */
  async compare(
    name: string,
    { fileId }: GroupItem,
  ): Promise<'same' | 'unfinished' | 'older' | 'other'> {
    const { engine, groupId, folder } = this.#options;
    const path = join(folder, name);
    const { state } = await engine.fileAt({ groupId, fileName: name, fileId, path });
    return state === 'nothing' ? 'other' : state;
  }

  /** Notes that what was seen here is what the group has. */
  async agree(
    name: string,
    group: GroupItem,
    seen: Exclude<SeenItem, { kind: 'foreign' }>,
    origin: SyncedItem['origin'],
  ): Promise<void> {
    const { stamp } = seen;
    if (!stamp) return;
    const isOther = seen.kind === 'folder' && seen.files !== group.files;
    const noted = { name, fileId: group.fileId, isGone: false, stamp };
    await this.#options.noted.put({ ...noted, origin: isOther ? 'found' : origin });
  }

  /** Removes it here, and ends sharing it; undefined when it is not as it came. @throws P2pError */
  async remove(name: string, kind: 'file' | 'folder'): Promise<SyncStep | undefined> {
    const { folder, exclude, noted, signal } = this.#options;
    const stamp = noted.get(name)?.stamp;
    const path = join(folder, name);
    if (!stamp || !(await dropItem({ path, kind, stamp, isRenamed: false, exclude }, signal)))
      return undefined;
    await this.endShare(name);
    await noted.remove(name);
    return { step: 'gone', size: stamp.size };
  }

  /** The user has removed it here. */
  async end(name: string, { fileId }: GroupItem): Promise<SyncStep> {
    await this.endShare(name);
    const { noted } = this.#options;
    const origin = noted.get(name)?.origin ?? 'found';
    await noted.put({ name, fileId, origin, isGone: true });
    return { step: 'ended' };
  }

  /** This device shares it no more; nothing when it does not. */
  async endShare(name: string): Promise<void> {
    const { engine, groupId } = this.#options;
    try {
      await engine.stopShare(groupId, name);
    } catch (error) {
      if (!(error instanceof P2pError) || error.code !== 'NOT_SHARED') throw error;
    }
  }

  /** What the library says of the share that has just come into being tells whether what is seen is that. */
  async #noteHere(
    name: string,
    isFolder: boolean,
    {
      origin,
      fileId,
      files,
    }: Pick<SyncedItem, 'origin' | 'fileId'> & { readonly files?: number | undefined },
  ): Promise<void> {
    const { items, noted } = this.#options;
    const seen = await items.lookAt(name);
    const share = this.#shareOf(name);
    if (share?.fileId !== fileId || !seen || seen.kind === 'foreign') return;
    const stamp = isFolder ? await this.#folderStamp(share, seen) : share.stamp;
    if (!stamp) return;
    // What lies in it besides is the user's: nothing of it may go with what came.
    const isMore = seen.kind === 'folder' && files !== undefined && seen.files !== files;
    await noted.put({ name, fileId, origin: isMore ? 'found' : origin, isGone: false, stamp });
  }

  #shareOf(name: string): LibraryShare | undefined {
    const { library, account, groupId, folder } = this.#options;
    const share = library.share(account, groupId, name);
    return share?.path === join(folder, name) ? share : undefined;
  }

  /** Of all that lies in it, as long as what was shared of it is as it was then. */
  async #folderStamp(share: LibraryShare, seen: SeenItem): Promise<FileStamp | undefined> {
    if (seen.kind !== 'folder' || !seen.stamp) return undefined;
    const { state } = await lookAt(share, this.#options.library);
    return state === 'same' ? seen.stamp : undefined;
  }

  /** Where the older version stays; undefined when it was removed, because others have it too. */
  async #olderOf(
    { olderPath }: DownloadSummary,
    kind: 'file' | 'folder',
    before: SyncedItem | undefined,
    over: 'nothing' | 'drop' | 'keep',
  ): Promise<string | undefined> {
    if (olderPath === undefined) return undefined;
    const { exclude, signal } = this.#options;
    const isDropped =
      over === 'drop' &&
      before?.stamp !== undefined &&
      (await dropItem(
        { path: olderPath, kind, stamp: before.stamp, isRenamed: true, exclude },
        signal,
      ));
    return isDropped ? undefined : basename(olderPath);
  }
}

function sourcesOf({ peers }: DownloadSummary): string[] {
  const bytes = new Map<string, number>();
  for (const peer of peers) bytes.set(peer.userId, (bytes.get(peer.userId) ?? 0) + peer.bytes);
  return [...bytes]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_NAMED)
    .map(([userId]) => userId);
}

/** Whether a stamp is the same as another; two that are not known are not. */
export function isSameStamp(a: FileStamp | undefined, b: FileStamp | undefined): boolean {
  return a !== undefined && b !== undefined && isUnchanged(a, b);
}
