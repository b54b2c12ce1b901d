/**
 * Ends shares of a user: what is served under their names, their rows in the library, what the tracker knows of them.
 * Owns no state.
 */
import { P2pError, TrackerError, fromWireError, toWireError } from '../../net/errors.js';
import type { NotStopped } from '../api/shared-files.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import { nextNames, stopAtTracker, type Stopped } from './stop-at-tracker.js';
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

/** The shares that names stand for; undefined for none. */
type Named = ReadonlyMap<string, LibraryShare | undefined>;

/** What is served no more, by name. */
type Withdrawn = ReadonlyMap<string, readonly string[]>;

export class ShareEnding {
  readonly #options: ShareEndingOptions;

  constructor(options: ShareEndingOptions) {
    this.#options = options;
  }

  /** Ends one. @throws TrackerError NOT_SHARED when this client does not share it, or why it is shared on */
  async one(calls: TrackerCalls, account: Account, groupId: string, name: string): Promise<void> {
    const [refusal] = await this.#end(calls, account, groupId, [name]);
    if (refusal) throw fromWireError(refusal);
  }

  /**
   * Ends several, as many at a time as go into a call, so that a call that fails leaves what is behind it as it is.
   * Answers those that could not be ended. @throws P2pError when the first call fails: then none has ended
   */
  async several(
    calls: TrackerCalls,
    account: Account,
    groupId: string,
    names: readonly string[],
  ): Promise<NotStopped[]> {
    const left: NotStopped[] = [];
    for (let first = 0; first < names.length;) {
      const some = nextNames(names, first);
      try {
        left.push(...(await this.#end(calls, account, groupId, some)));
      } catch (error) {
        if (first === 0 || !(error instanceof P2pError)) throw error;
        const why = toWireError(error);
        return [...left, ...names.slice(first).map((fileName) => ({ fileName, ...why }))];
      }
      first += some.length;
    }
    return left;
  }

  /**
   * First of all nothing more of it is served, whatever the tracker says then. The rows go once the tracker has answered:
   * what it could not be told of is on the list as before, and can be ended again.
   */
  async #end(
    calls: TrackerCalls,
    account: Account,
    groupId: string,
    names: readonly string[],
  ): Promise<NotStopped[]> {
    const { library: open, unserved, serving, batches } = this.#options;
    const library = await open();
    const named = new Map(names.map((name) => [name, library.share(account, groupId, name)]));
    for (const name of names) unserved.delete(groupId, name);
    const withdrawn = this.#withdraw(library, account, groupId, named);
    const stopped = await stopAtTracker(calls, groupId, names);
    // Ours is gone from here either way; the tracker not knowing it is no failure.
    const isOurs = (name: string): boolean => named.get(name) !== undefined || withdrawn.has(name);
    const left = [...stopped].flatMap(([name, outcome]) => refusalOf(name, outcome, isOurs));
    const refused = new Set(left.map(({ fileName }) => fileName));
    const ended = new Map([...named].filter(([name]) => !refused.has(name)));
    await this.#remove(library, account, groupId, ended);
    // A new connection may have put them online again meanwhile.
    const again = this.#withdraw(library, account, groupId, ended);
    if (serving.address) {
      // The tracker knows older versions, and some files of a folder, as offers only: each has to be ended.
      const untold = [...withdrawn, ...again].flatMap(([name, fileIds]) => {
        const told = stopped.get(name);
        return fileIds.filter((fileId) => !told || !('fileId' in told) || told.fileId !== fileId);
      });
      const gone = (fileId: string) => batches.announce({ groupId, fileId, state: 'gone' });
      await Promise.all([...new Set(untold)].map(gone));
    }
    return left;
  }

  /** Takes them out of the library, in one commit; not what was shared under such a name since. */
  async #remove(library: Library, account: Account, groupId: string, ended: Named): Promise<void> {
    const { unserved, verdicts } = this.#options;
    await library.gather(() => {
      for (const [name, before] of ended) {
        const now = library.share(account, groupId, name);
        if (now === undefined || !isSame(now, before)) continue;
        library.removeShare(account, groupId, name);
        unserved.delete(groupId, name);
        verdicts.delete(groupId, name);
      }
    });
  }

  /** Serves nothing more that has these names, older versions with it; answers what is served no more, by name. */
  #withdraw(library: Library, account: Account, groupId: string, named: Named): Withdrawn {
    const { uploads } = this.#options;
    const nameOf = new Map([...named].map(([name, share]) => [share?.fileId, name]));
    const served = [...uploads.offers()].flatMap((offer) => {
      if (offer.groupId !== groupId) return [];
      // What else grows belongs to a download, and ends with it.
      const own = offer.path !== undefined && named.has(offer.name) ? offer.name : undefined;
      const name = nameOf.get(offer.fileId) ?? own;
      return name === undefined ? [] : [{ name, fileId: offer.fileId }];
    });
    const isEnding = (share: LibraryShare): boolean => isSame(share, named.get(share.name));
    const withdrawn = new Map<string, string[]>();
    for (const { name, fileId } of served) {
      withdrawUnlessStillShared(uploads, library, account, { groupId, fileId }, isEnding);
      if (!uploads.hasOffer(groupId, fileId))
        withdrawn.set(name, [...(withdrawn.get(name) ?? []), fileId]);
    }
    return withdrawn;
  }
}

export function withdrawUnlessStillShared(
  uploads: Pick<Uploads, 'withdraw'>,
  library: Pick<Library, 'sharesByFileId'>,
  account: Account,
  { groupId, fileId }: Pick<LibraryShare, 'groupId' | 'fileId'>,
  isEnding: (share: LibraryShare) => boolean = () => false,
): void {
  const others = library.sharesByFileId(account, fileId);
  if (!others.some((other) => other.groupId === groupId && !isEnding(other))) {
    uploads.withdraw(groupId, fileId, 'NOT_SHARED');
  }
}

/** It has not been shared anew. */
function isSame(share: LibraryShare, before: LibraryShare | undefined): boolean {
  return before?.fileId === share.fileId && before.sharedAtMs === share.sharedAtMs;
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
