/**
 * Carries out what a plan says of one item: fetches, shares, removes, and notes what came of it. Decides nothing, and
 * owns no state; tells each step as it is done.
 */
import { basename, join } from 'node:path';
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
import { originOfAgreed, originOfFetched, type OriginFacts } from './item-origin.js';
import { ItemShares } from './item-shares.js';
import type { NotedItems } from './noted-items.js';
import { StaleParts } from './stale-parts.js';
import type { GroupItem, SharedItem } from './sync-plan.js';

/** What is asked of the engine. */
export type SyncEngine = Pick<
  EngineApi,
  | ('listFiles' | 'fileAt' | 'startDownload' | 'waitForDownload' | 'cancelDownload')
  | ('cancelDownloads' | 'upload' | 'stopShare')
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
  readonly library: Pick<
    Library,
    'share' | 'description' | 'completeDownload' | 'unfinishedDownload' | 'unfinishedDownloads'
  >;
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
  readonly #shares: ItemShares;
  readonly #staleParts: StaleParts;

  constructor(options: SyncWorkOptions) {
    this.#options = options;
    this.#shares = new ItemShares(options);
    this.#staleParts = new StaleParts(options);
  }

  /** What this device shares under the name. */
  sharedAs(name: string): SharedItem | undefined {
    return this.#shares.planned(name);
  }

  /** Fetches it into the folder. @throws P2pError */
  async fetch(
    name: string,
    group: GroupItem,
    over: 'nothing' | 'drop' | 'keep',
    onPart: (part: SyncPart) => void,
  ): Promise<SyncStep> {
    const { fileId, size, isFolder, files } = group;
    const { noted } = this.#options;
    const before = noted.get(name);
    const origin = originOfFetched(this.#originFacts(name, group));
    // Should this be the last that is known of it: what is here then may have come from the group.
    const isNoted = over === 'nothing' && before?.stamp === undefined;
    if (isNoted) await noted.put({ name, fileId, origin, isGone: false });
    let summary: DownloadSummary;
    try {
      summary = await this.#download(name, over !== 'nothing', onPart);
    } catch (error) {
      if (isNoted) await this.#unnote(name, before);
      throw error;
    }
    await this.#staleParts.remove(name);
    await this.#noteHere(name, isFolder, { origin, fileId, files });
    const kind = isFolder ? 'folder' : 'file';
    const kept = await this.#olderOf(summary, kind, before, over);
    const step = over === 'nothing' ? 'fetched' : 'newer';
    const from = sourcesOf(summary);
    return { step, size, from, fetched: summary.fetched, ...(kept !== undefined && { kept }) };
  }

  async #download(
    name: string,
    keepsOlder: boolean,
    onPart: (part: SyncPart) => void,
  ): Promise<DownloadSummary> {
    const { engine, groupId, folder, timeoutMs, signal } = this.#options;
    const place = { destination: folder, overwrite: false, keepsOlder };
    const request = { groupId, fileName: name, ...place, timeoutMs };
    const id = await startCancellably(engine, request, signal);
    return waitCancellably(
      engine,
      id,
      ({ verified: done, size: all }) => onPart({ fileName: name, size: all, done }),
      signal,
    );
  }

  /** Nothing of it has come: what will lie there did not come either. */
  async #unnote(name: string, before: SyncedItem | undefined): Promise<void> {
    const { library, account, groupId, noted, signal } = this.#options;
    const left = library.unfinishedDownload(account, groupId, name, this.#shares.pathOf(name));
    if (signal.aborted || (left !== undefined && left.keptBytes > 0)) return;
    await (before ? noted.put(before) : noted.remove(name));
  }

  /** Shares what is here under its name; undefined when the group has just that already. @throws P2pError */
  async share(
    name: string,
    kind: 'file' | 'folder',
    replaces: boolean,
    onPart: (part: SyncPart) => void,
  ): Promise<SyncStep | undefined> {
    const { engine, groupId, exclude, signal, noted } = this.#options;
    const request = { groupId, path: this.#shares.pathOf(name), sha256: false, replace: replaces };
    const left = kind === 'folder' && exclude.length > 0 ? { exclude: [...exclude] } : {};
    // What is put into a folder while it is read is not shared with it.
    const before = await this.#options.items.lookAt(name);
    const { size, outcome, fileId } = await engine.upload(
      { ...request, ...left, signal },
      ({ size: all, hashed: done }) =>
        onPart({ fileName: name, size: all, done, phase: 'reading' }),
    );
    const isNew = outcome === 'created' || outcome === 'replaced';
    const known = noted.get(name);
    const hasCome = !isNew && known?.fileId === fileId && known.origin === 'brought';
    const origin = hasCome ? 'brought' : 'shared';
    await this.#staleParts.remove(name);
    await this.#noteHere(name, kind === 'folder', { origin, fileId, before });
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
    const { library, account, groupId, noted } = this.#options;
    const came = library.completeDownload(account, groupId, name, this.#shares.pathOf(name));
    const facts = this.#originFacts(name, group);
    const isOther = seen.kind === 'folder' && seen.files !== group.files;
    const now = isOther ? 'found' : originOfAgreed(origin, facts, came?.fileId);
    await this.#staleParts.remove(name);
    await noted.put({ name, fileId: group.fileId, origin: now, isGone: false, stamp });
  }

  /** The group has it no more, and nothing of it is here. */
  async forget(name: string): Promise<void> {
    await this.#staleParts.remove(name);
    await this.#options.noted.remove(name);
  }

  /** Removes it here, and ends sharing it; undefined when it is not as it came. @throws P2pError */
  async remove(name: string, kind: 'file' | 'folder'): Promise<SyncStep | undefined> {
    const { exclude, noted, signal } = this.#options;
    if (await this.#isOfUser(name)) return undefined;
    const stamp = noted.get(name)?.stamp;
    const path = this.#shares.pathOf(name);
    if (!stamp || !(await dropItem({ path, kind, stamp, isRenamed: false, exclude }, signal)))
      return undefined;
    await this.#shares.end(name);
    await noted.remove(name);
    return { step: 'gone', size: stamp.size };
  }

  /** The user has removed it here; undefined when it is shared from elsewhere, and so it stays. */
  async end(name: string, { fileId }: GroupItem): Promise<SyncStep | undefined> {
    const { noted } = this.#options;
    const isElsewhere = this.#shares.isElsewhere(name);
    await this.#shares.end(name);
    const known = noted.get(name);
    const origin = known?.fileId === fileId ? known.origin : 'found';
    await noted.put({ name, fileId, origin, isGone: true });
    return isElsewhere ? undefined : { step: 'ended' };
  }

  /** This device shares no more what came from others. What it does not share as that is the user's. */
  async withdraw(name: string, { fileId }: GroupItem): Promise<boolean> {
    const { noted } = this.#options;
    if (this.#shares.fromHere(name)?.fileId === fileId) {
      await this.#shares.end(name);
      return true;
    }
    const known = noted.get(name);
    if (known) await noted.put({ ...known, origin: 'found' });
    return false;
  }

  /** The user shares it from elsewhere: what is here stays as well, and that is noted. */
  async #isOfUser(name: string): Promise<boolean> {
    if (!this.#shares.isElsewhere(name)) return false;
    const { noted } = this.#options;
    const known = noted.get(name);
    if (known) await noted.put({ ...known, origin: 'found' });
    return true;
  }

  /** What the library says of the share that has just come into being tells whether what is seen is that. */
  async #noteHere(
    name: string,
    isFolder: boolean,
    {
      origin,
      fileId,
      files,
      before,
    }: Pick<SyncedItem, 'origin' | 'fileId'> & {
      /** How many files came. */
      readonly files?: number | undefined;
      /** What was there before it was read. */
      readonly before?: SeenItem | undefined;
    },
  ): Promise<void> {
    const { items, noted } = this.#options;
    const seen = await items.lookAt(name);
    const share = this.#shares.fromHere(name);
    if (share?.fileId !== fileId || !seen || seen.kind === 'foreign') return;
    const stamp = isFolder ? await this.#folderStamp(share, seen) : share.stamp;
    if (!stamp) return;
    // What lies in it besides is the user's: nothing of it may go with what came, and the next look decides.
    if (seen.kind === 'folder' && files !== undefined && seen.files !== files) return;
    if (isFolder && before && !isSameStamp(stampIn(before), stamp)) return;
    await noted.put({ name, fileId, origin, isGone: false, stamp });
  }

  #originFacts(name: string, group: GroupItem): OriginFacts {
    const noted = this.#options.noted.get(name);
    return { group, noted, share: this.#shares.any(name), path: this.#shares.pathOf(name) };
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

function stampIn(seen: SeenItem): FileStamp | undefined {
  return seen.kind === 'foreign' ? undefined : seen.stamp;
}

/** Whether a stamp is the same as another; two that are not known are not. */
export function isSameStamp(a: FileStamp | undefined, b: FileStamp | undefined): boolean {
  return a !== undefined && b !== undefined && isUnchanged(a, b);
}
