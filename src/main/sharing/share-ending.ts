/**
 * Ends shares of a user: what is served under their names, their rows in the library, what the tracker knows of them.
 * Owns no state.
 */
import { TrackerError, fromWireError, toWireError } from '../../net/errors.js';
import type { NotStopped } from '../api/shared-files.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import { stopAtTracker, type Stopped } from './stop-at-tracker.js';
import type { Serving } from './serving.js';
import type { ShareVerdicts } from './share-verdicts.js';
import type { UnservedShares } from './unserved-shares.js';
import type { Uploads } from './uploads.js';

export interface ShareEndingOptions {
  readonly library: () => Promise<Library>;
  readonly uploads: Pick<Uploads, 'offers' | 'hasOffer' | 'withdraw'>;
  readonly serving: Pick<Serving, 'address'>;
  readonly batches: Pick<TrackerBatches, 'announce'>;
  readonly unserved: Pick<UnservedShares, 'delete'>;
  readonly verdicts: Pick<ShareVerdicts, 'delete'>;
}

/** The shares that names stood for; undefined for none. */
type Removed = ReadonlyMap<string, LibraryShare | undefined>;

export class ShareEnding {
  readonly #options: ShareEndingOptions;

  constructor(options: ShareEndingOptions) {
    this.#options = options;
  }

  /** Ends one. @throws TrackerError NOT_SHARED when this client does not share it */
  async one(calls: TrackerCalls, account: Account, groupId: string, name: string): Promise<void> {
    const library = await this.#options.library();
    const removed = new Map([[name, library.removeShare(account, groupId, name)]]);
    const [refusal] = await this.#end(library, calls, account, groupId, removed);
    if (refusal) throw fromWireError(refusal);
  }

  /** Ends several in one commit; answers those that could not be ended. @throws P2pError when none could be tried */
  async several(
    calls: TrackerCalls,
    account: Account,
    groupId: string,
    names: readonly string[],
  ): Promise<NotStopped[]> {
    const library = await this.#options.library();
    const removed = await library.gather(
      () => new Map(names.map((name) => [name, library.removeShare(account, groupId, name)])),
    );
    return this.#end(library, calls, account, groupId, removed);
  }

  async #end(
    library: Library,
    calls: TrackerCalls,
    account: Account,
    groupId: string,
    removed: Removed,
  ): Promise<NotStopped[]> {
    const { unserved, verdicts, serving, batches } = this.#options;
    for (const name of removed.keys()) {
      unserved.delete(groupId, name);
      verdicts.delete(groupId, name);
    }
    // First of all nothing more of it is served, whatever the tracker says then.
    const ended = this.#withdraw(library, account, groupId, removed);
    const stopped = await stopAtTracker(calls, groupId, [...removed.keys()]);
    // Ours is gone from here either way; the tracker not knowing it is no failure.
    const isOurs = (name: string): boolean => removed.get(name) !== undefined || ended.has(name);
    if (serving.address) {
      // The tracker knows older versions, and some files of a folder, as offers only: each has to be ended.
      const untold = [...ended].flatMap(([name, fileIds]) => {
        const told = stopped.get(name);
        return fileIds.filter((fileId) => !told || !('fileId' in told) || told.fileId !== fileId);
      });
      const gone = (fileId: string) => batches.announce({ groupId, fileId, state: 'gone' });
      await Promise.all(untold.map(gone));
    }
    return [...stopped].flatMap(([fileName, outcome]) => refusalOf(fileName, outcome, isOurs));
  }

  /** Serves nothing more that had these names, older versions with it; answers what is served no more, by name. */
  #withdraw(
    library: Library,
    account: Account,
    groupId: string,
    removed: Removed,
  ): Map<string, string[]> {
    const { uploads } = this.#options;
    const nameOf = new Map([...removed].map(([name, share]) => [share?.fileId, name]));
    const served = [...uploads.offers()].flatMap((offer) => {
      if (offer.groupId !== groupId) return [];
      // What else grows belongs to a download, and ends with it.
      const own = offer.path !== undefined && removed.has(offer.name) ? offer.name : undefined;
      const name = nameOf.get(offer.fileId) ?? own;
      return name === undefined ? [] : [{ name, fileId: offer.fileId }];
    });
    const ended = new Map<string, string[]>();
    for (const { name, fileId } of served) {
      withdrawUnlessStillShared(uploads, library, account, { groupId, fileId });
      if (!uploads.hasOffer(groupId, fileId)) ended.set(name, [...(ended.get(name) ?? []), fileId]);
    }
    return ended;
  }
}

export function withdrawUnlessStillShared(
  uploads: Pick<Uploads, 'withdraw'>,
  library: Pick<Library, 'sharesByFileId'>,
  account: Account,
  { groupId, fileId }: Pick<LibraryShare, 'groupId' | 'fileId'>,
): void {
  const others = library.sharesByFileId(account, fileId);
  if (!others.some((other) => other.groupId === groupId)) {
    uploads.withdraw(groupId, fileId, 'NOT_SHARED');
  }
}

function refusalOf(
  fileName: string,
  outcome: Stopped,
  isOurs: (name: string) => boolean,
): NotStopped[] {
  if (!('code' in outcome)) return [];
  const error = fromWireError(outcome);
  const isNoNews = error instanceof TrackerError && error.code === 'NOT_SHARED' && isOurs(fileName);
  return isNoNews ? [] : [{ fileName, ...toWireError(error) }];
}
