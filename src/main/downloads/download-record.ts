/**
 * What a download leaves behind: its row and its kept pieces in the library, and the share
 * that a complete file becomes. Owns no state.
 */
import { Bitfield } from '../../net/bitfield.js';
import { leaveToWaiters } from '../../net/deferred.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import {
  P2pError,
  StorageError,
  TrackerError,
  bug,
  toWireError,
  type WireError,
} from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { lookAtFolder } from '../disk/folder-stamps.js';
import type { KeptRecord } from '../home/kept-record.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare, StoredDescription } from '../home/library-records.js';
import type { GuestCopies } from '../sharing/guest-copies.js';
import { lookAt } from '../sharing/share-look.js';
import type { Shares } from '../sharing/shares.js';
import type { DownloadRequest } from './download-request.js';

interface RecordOptions {
  readonly library: () => Promise<Library>;
  readonly link: Pick<AccountLink, 'requireSession' | 'promptCalls'>;
  readonly shares: Pick<Shares, 'hasUnchanged' | 'isOlder' | 'publish' | 'retire'>;
  readonly guestCopies: Pick<GuestCopies, 'isOne' | 'serve'>;
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly emit: ClientEventListener;
}

export class DownloadRecord {
  readonly #options: RecordOptions;

  constructor(options: RecordOptions) {
    this.#options = options;
  }

  /** Notes which pieces are on the disk, for a later run. */
  async saveKept({ id }: DownloadRequest, record: KeptRecord): Promise<void> {
    const library = await this.#options.library();
    await library.gather(() => library.saveKept(id, record));
  }

  /** The part file is not what was left: nothing of it counts as kept before this is noted. */
  async dropKept({ id, groupId, fileName, path }: DownloadRequest, isTold: boolean): Promise<void> {
    const library = await this.#options.library();
    await library.gather(() => library.dropKept(id));
    if (isTold) this.#options.emit({ type: 'part-changed', groupId, fileName, path });
  }

  /** The part file is another one from now on, and holds nothing yet. */
  async movePart({ id }: DownloadRequest, partPath: string): Promise<void> {
    const library = await this.#options.library();
    await library.gather(() => library.movePart(id, partPath));
  }

  /**
   * The file has its final name: notes that, and shares it. A tracker that does not take the
   * share, or a library that cannot be read then, is no reason for the download to fail.
   */
  async complete(request: DownloadRequest, stamp: FileStamp): Promise<void> {
    if (this.#options.guestCopies.isOne(request.path)) {
      return this.#completeForGuests(request, stamp);
    }
    return this.#completeOwn(request, stamp);
  }

  async #completeOwn(request: DownloadRequest, stamp: FileStamp): Promise<void> {
    const { id, groupId, fileName: name, fileId, kind, path } = request;
    const { link, shares } = this.#options;
    const library = await this.#options.library();
    const { account } = link.requireSession();
    const before = library.share(account, groupId, name);
    const isSecond = before?.fileId === fileId;
    const had = isSecond ? before : undefined;
    const is = await withWhatWasThere(request, stamp, had, library);
    const isApart = before !== undefined && (await this.#isApart(account, before, path));
    const isPerhapsNewer = isApart && !isSecond && !shares.isOlder(before);
    // A second copy must not take the place of the first, which may well outlive it. Nor must a part of a folder,
    // of which the tracker is not asked, that of what is whole and not known to be older.
    const keepsShare = isApart && (isSecond || (isPerhapsNewer && is.choice !== undefined));
    const displaced = isPerhapsNewer && !keepsShare ? storedOf(before, library) : undefined;
    await library.gather(() => {
      library.finishDownload(id, is.stamp, Date.now(), { keepsShare, choice: is.choice });
    });
    // From here on it is complete, whatever tracker and library say.
    try {
      if (keepsShare && !isSecond) return await this.#endServing(account, request, before);
      const share =
        library.share(account, groupId, name) ?? bug('a complete download without its share');
      const encoded = library.description(fileId) ?? bug('a share without a description');
      const published = shares.publish(share, encoded, kind !== 'one-piece');
      await this.#soon(this.#unlessRefused(published, account, request, displaced));
      if (before) await shares.retire(account, before, share);
    } catch (error) {
      if (error instanceof TrackerError || error instanceof StorageError)
        this.#tellUnshared(request, error);
      // Of what the client was closed for nobody has to hear.
      else if (!(error instanceof P2pError)) throw error;
    }
  }

  /** What is shared already lies elsewhere, and is good. */
  async #isApart(account: Account, before: LibraryShare, path: string): Promise<boolean> {
    const { shares, guestCopies } = this.#options;
    // What was fetched for guests goes soon, and is the copy of nobody.
    if (before.path === path || guestCopies.isOne(before.path)) return false;
    return shares.hasUnchanged(account, before.fileId, before.path);
  }

  /** Nothing of what the user shares changes by it, whatever has that name. */
  async #completeForGuests(
    { id, fileId, path, description: { folder, layout } }: DownloadRequest,
    stamp: FileStamp,
  ): Promise<void> {
    const library = await this.#options.library();
    const nowMs = Date.now();
    await library.gather(() => library.finishDownload(id, stamp, nowMs, { keepsShare: true }));
    const { groupId, incarnation, name } =
      library.findDownload(id) ?? bug('a complete download without its row');
    const { pieceLength } = layout;
    const place = { groupId, incarnation, name, path, stamp, sharedAtMs: nowMs };
    const isFolder = folder ? ({ isFolder: true } as const) : {};
    await this.#options.guestCopies.serve({ ...place, fileId, pieceLength, ...isFolder });
  }

  #tellUnshared({ groupId, fileName }: DownloadRequest, error: TrackerError | StorageError): void {
    const { emit } = this.#options;
    if (error.code === 'REPLACED') return emit({ type: 'share-replaced', groupId, fileName });
    emit({ type: 'share-delayed', groupId, fileName, error: toWireError(error) });
  }

  /**
   * Only the tracker knows which of two contents a name stands for: when it says that what came now is older, or another
   * file altogether, the share that had the name has it again.
   */
  async #unlessRefused(
    published: Promise<unknown>,
    account: Account,
    request: DownloadRequest,
    displaced: Displaced | undefined,
  ): Promise<void> {
    try {
      await published;
    } catch (error) {
      if (displaced && keepsName(error)) await this.#putBack(account, request, displaced);
      throw error;
    }
  }

  async #putBack(
    account: Account,
    { groupId, fileName, fileId, path }: DownloadRequest,
    { share, description }: Displaced,
  ): Promise<void> {
    const library = await this.#options.library();
    const isBack = await library.gather(() => {
      const now = library.share(account, groupId, fileName);
      // Somebody may have shared another one meanwhile, or stopped sharing it.
      if (now?.fileId !== fileId || now.path !== path) return false;
      library.addShare(account, share, description);
      return true;
    });
    if (isBack)
      await this.#options.shares.retire(account, { groupId, fileId, path }, { ...share, path });
  }

  /** Nothing of it is served any more: what grew was closed with the download. */
  async #endServing(
    account: Account,
    { groupId, fileName, fileId, path }: DownloadRequest,
    newer: LibraryShare,
  ): Promise<void> {
    const { shares, emit } = this.#options;
    await shares.retire(account, { groupId, fileId, path }, { fileId: newer.fileId, path });
    emit({ type: 'share-replaced', groupId, fileName });
  }

  /** The same work, but whoever waits hears after a moment that the tracker is away. @throws TrackerError */
  async #soon(work: Promise<unknown>): Promise<void> {
    leaveToWaiters(work);
    await Promise.race([work, this.#options.link.promptCalls().then(() => work)]);
  }

  /** It failed or was cancelled for good; what is verified stays for the next try. */
  fail({ id }: DownloadRequest, error: WireError): void {
    this.#inLibrary((library) => library.failRunningDownload(id, error, Date.now()));
  }

  #inLibrary(change: (library: Library) => void): void {
    this.#options.background.run(async () => {
      const library = await this.#options.library();
      await library.gather(() => change(library));
    });
  }
}

/** True when the tracker says that the name stands for something else. */
function keepsName(error: unknown): boolean {
  return error instanceof TrackerError && ['REPLACED', 'NAME_TAKEN'].includes(error.code);
}

/** A share whose name something else has for now. */
interface Displaced {
  readonly share: LibraryShare;
  readonly description: StoredDescription;
}

function storedOf(share: LibraryShare, library: Library): Displaced {
  const { fileId, pieceLength } = share;
  const encoded = library.description(fileId) ?? bug('a share without a description');
  return { share, description: { fileId, pieceLength, encoded } };
}

interface Finished {
  readonly stamp: FileStamp;
  readonly choice?: FolderChoice | undefined;
}

/**
 * What is there of a folder now: what was downloaded, and what was chosen of it before, as long as
 * nobody has touched that.
 */
async function withWhatWasThere(
  { choice, path, description }: DownloadRequest,
  stamp: FileStamp,
  before: LibraryShare | undefined,
  library: Library,
): Promise<Finished> {
  const { folder } = description;
  const had = before?.path === path ? before.choice : undefined;
  const own = { stamp, choice: choice?.entries };
  if (!folder || !own.choice || !before || !had) return own;
  if ((await lookAt(before, library)).state !== 'same') return own;
  const both = new Bitfield(folder.length);
  for (const [entry] of folder.entries()) {
    if (own.choice.has(entry) || had.has(entry)) both.add(entry);
  }
  const { stamp: now } = await lookAtFolder(path, folder, both);
  return { stamp: now, choice: both.isFull ? undefined : both };
}
