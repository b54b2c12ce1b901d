/**
 * Fetches what is wrong of a file, or all of one that is missing, by an ordinary download into its place, which
 * copies what is right from there. Until everything is there and hashed what is there stays as it is, and
 * it stays for good if somebody has written to it meanwhile; what somebody had written to before stays beside.
 * Owns no state.
 */
import { randomUUID } from 'node:crypto';
import { StorageError, TrackerError } from '../../net/errors.js';
import { REPAIR_TIMEOUT_MS } from '../../net/limits.js';
import type { AccountLink } from '../account/account-link.js';
import type { LookedUpFile, TrackerBatches } from '../account/tracker-batches.js';
import { waitCancellably } from '../api/cancellable-download.js';
import { partFolderPathOf, partPathOf } from '../disk/destination.js';
import { statsAt } from '../disk/real-folders.js';
import { dropPart, dropPartOfSize, dropSecondName } from '../disk/remove-part.js';
import { FIRST_TURN } from '../home/download-turn.js';
import type { Account } from '../home/library-records.js';
import type { Shares } from '../sharing/shares.js';
import type { RepairableFile, Repaired } from '../sharing/verification.js';
import type { DownloadOwners } from './download.js';
import { downloadKindOf, requestedChoice, type DownloadRequest } from './download-request.js';
import type { Downloads } from './downloads.js';

export interface RepairsOptions {
  readonly link: Pick<AccountLink, 'calls' | 'requireSession'>;
  readonly batches: Pick<TrackerBatches, 'lookUp'>;
  readonly downloads: Pick<Downloads, 'start' | 'wait' | 'cancel'>;
  readonly shares: Pick<Shares, 'onRepaired'>;
  readonly startThreads: () => void;
}

/** A file as it is known in a group. */
interface Named {
  readonly groupId: string;
  readonly name: string;
  readonly found: LookedUpFile;
}

/** A repair that was killed leaves its part file under this name; the next look at the file removes it. */
const REPAIR_MARK = 'repair';

export class Repairs {
  readonly #options: RepairsOptions;

  constructor(options: RepairsOptions) {
    this.#options = options;
  }

  /**
   * Repairs one file.
   * @throws P2pError FILE_CHANGED when somebody wrote to it meanwhile, TIMEOUT when nobody has it
   */
  async repair(
    account: Account,
    file: RepairableFile,
    onProgress: (verifiedBytes: number) => void,
    signal: AbortSignal,
  ): Promise<Repaired> {
    const { downloads, startThreads } = this.#options;
    if (file.found.state === 'missing') await requireNothing(file.path);
    const { found, ...named } = await this.#lookUp(account, file);
    const there = { ...file, ...named };
    startThreads();
    signal.throwIfAborted();
    const { path, size } = file;
    const moved: string[] = [];
    const record = this.#record(account, there, (partPath) => void moved.push(partPath));
    const request = requestFor(there, found);
    downloads.start(request, record);
    const waiting = {
      waitForDownload: downloads.wait.bind(downloads),
      cancelDownload: downloads.cancel.bind(downloads),
    };
    try {
      const summary = await waitCancellably(
        waiting,
        request.id,
        ({ verified }) => onProgress(verified),
        signal,
      );
      const { fetched, olderPath } = summary;
      return { fetched, ...(olderPath !== undefined && { olderPath }) };
    } catch (error) {
      // The next repair begins with what is right in the place.
      await this.removeLeft(path, size);
      for (const partPath of moved) await dropPart(partPath);
      throw error;
    }
  }

  /** Nothing in it counts. */
  async removeLeft(path: string, size: number): Promise<void> {
    for (const partPath of [partPathOf(path, REPAIR_MARK), partFolderPathOf(path, REPAIR_MARK)]) {
      await dropSecondName(partPath, path);
      await dropPartOfSize(partPath, size);
    }
  }

  /** In the first of its groups in which somebody has it now; else in the one that was meant. */
  async #lookUp(account: Account, file: RepairableFile): Promise<Named> {
    const { link, batches } = this.#options;
    const { groupId, name, fileId, alsoIn } = file;
    await link.calls();
    const { account: present } = link.requireSession();
    if (present.userId !== account.userId || present.trackerId !== account.trackerId) {
      throw new TrackerError('NOT_LOGGED_IN', 'another user has logged in meanwhile');
    }
    const meant = { groupId, name };
    const looks = [meant, ...alsoIn].map(async (one) => ({
      ...one,
      found: await batches.lookUp(one),
    }));
    const ends = await Promise.allSettled(looks);
    const right = ends.flatMap((end) =>
      end.status === 'fulfilled' && end.value.found.fileId === fileId ? [end.value] : [],
    );
    const [first] = right;
    const best = right.find(({ found }) => found.peers.length > 0) ?? first;
    if (best) return best;
    const [ofMeant] = ends;
    if (ofMeant?.status === 'rejected') throw ofMeant.reason;
    throw new TrackerError(
      'NO_SUCH_FILE',
      `another content is shared as "${name}" in ${groupId} by now; nobody is known to have this one`,
    );
  }

  /** It is no download of the user's: nothing of it is kept but the file. */
  #record(
    account: Account,
    file: RepairableFile,
    onMoved: (partPath: string) => void,
  ): DownloadOwners['record'] {
    return {
      complete: (_request, stamp) => this.#options.shares.onRepaired(account, file, stamp),
      // What a repair that ended too soon has fetched is fetched again by the next one.
      saveKept: () => Promise.resolve(),
      dropKept: () => Promise.resolve(),
      fail: () => undefined,
      movePart: (_request, partPath) => Promise.resolve(onMoved(partPath)),
    };
  }
}

function requestFor(
  { groupId, name, fileId, path, found, choice }: RepairableFile,
  { description, peers }: LookedUpFile,
): DownloadRequest {
  return {
    id: randomUUID(),
    ...{ groupId, fileName: name, fileId, description, path },
    partPath: (description.folder ? partFolderPathOf : partPathOf)(path, REPAIR_MARK),
    kind: downloadKindOf(description.layout),
    ...(choice && { choice: requestedChoice(description, choice) }),
    overwrite: found.state !== 'missing',
    repairs: found,
    timeoutMs: REPAIR_TIMEOUT_MS,
    firstPeers: peers,
    isAgain: false,
    // Somebody waits for it, and little is fetched.
    turn: FIRST_TURN,
    left: undefined,
  };
}

/** Before anything is fetched. @throws StorageError DESTINATION_EXISTS */
async function requireNothing(path: string): Promise<void> {
  if ((await statsAt(path)) === undefined) return;
  throw new StorageError(
    'DESTINATION_EXISTS',
    `what lies at ${path} is no file or folder that can be read; move it away first`,
  );
}
