/**
 * What a download leaves behind: its row and its kept pieces in the library, and the share
 * that a complete file becomes. Owns no state.
 */
import { Bitfield } from '../../net/bitfield.js';
import { leaveToWaiters } from '../../net/deferred.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import { StorageError, TrackerError, bug, toWireError, type WireError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { lookAtFolder } from '../disk/folder-stamps.js';
import type { KeptRecord } from '../home/kept-record.js';
import type { Library } from '../home/library.js';
import type { LibraryShare } from '../home/library-records.js';
import { lookAt } from '../sharing/share-look.js';
import type { Shares } from '../sharing/shares.js';
import type { DownloadRequest } from './download-request.js';

interface RecordOptions {
  readonly library: () => Promise<Library>;
  readonly link: Pick<AccountLink, 'requireSession' | 'promptCalls'>;
  readonly shares: Pick<Shares, 'hasUnchanged' | 'publish' | 'retire'>;
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
    const { id, groupId, fileName: name, fileId, kind, path } = request;
    const { link, shares, emit } = this.#options;
    const library = await this.#options.library();
    const { account } = link.requireSession();
    // A second copy must not take the place of the first, which may well outlive it.
    const before = library.share(account, groupId, name);
    // Nor must an older version that of a newer one, which was shared here after this one was asked for.
    const askedAtMs = library.findDownload(id)?.startedAtMs ?? Infinity;
    const isSecond = before?.fileId === fileId;
    const keepsShare =
      before !== undefined &&
      before.path !== path &&
      (isSecond || before.sharedAtMs > askedAtMs) &&
      (await shares.hasUnchanged(account, before.fileId, before.path));
    const had = before?.choice && before.fileId === fileId ? before : undefined;
    const is = await withWhatWasThere(request, stamp, had, library);
    await library.gather(() => {
      library.finishDownload(id, is.stamp, Date.now(), { keepsShare, choice: is.choice });
    });
    // From here on it is complete, whatever tracker and library say.
    try {
      if (keepsShare && !isSecond) {
        // Nothing of it is served any more: what grew was closed with the download.
        await shares.retire(account, { groupId, fileId, path }, { fileId: before.fileId, path });
        return emit({ type: 'share-replaced', groupId, fileName: name });
      }
      const share =
        library.share(account, groupId, name) ?? bug('a complete download without its share');
      const encoded = library.description(fileId) ?? bug('a share without a description');
      await this.#soon(shares.publish(share, encoded, kind !== 'one-piece'));
      if (before) await shares.retire(account, before, share);
    } catch (error) {
      if (!(error instanceof TrackerError || error instanceof StorageError)) throw error;
      if (error.code === 'REPLACED')
        return emit({ type: 'share-replaced', groupId, fileName: name });
      emit({ type: 'share-delayed', groupId, fileName: name, error: toWireError(error) });
    }
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
