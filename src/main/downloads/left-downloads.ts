/**
 * Goes on with downloads that an earlier run has left, or somebody has stopped. Owns no state but that it has
 * cleared, once, what earlier clients left of hints.
 */
import { Bitfield } from '../../net/bitfield.js';
import { leaveToWaiters } from '../../net/deferred.js';
import { decodeDescription, type Description } from '../../net/description.js';
import {
  CancelledError,
  P2pError,
  StorageError,
  TrackerError,
  fromWireError,
  toWireError,
} from '../../net/errors.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { BackgroundWork } from '../account/background-work.js';
import { membershipEnded, type Memberships } from '../account/memberships.js';
import type { ClientEvent, ClientEventListener } from '../api/client-events.js';
import type { WhichDownloads } from '../api/engine-api.js';
import type { HeldDownload } from '../api/progress.js';
import { compareTurns } from '../home/download-turn.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { Spool } from '../home/spool.js';
import type { PieceHints } from '../home/piece-hints.js';
import type { DownloadPreparation } from './download-preparation.js';
import {
  downloadKindOf,
  isSharedElsewhere,
  requestedChoice,
  type LeftPieces,
} from './download-request.js';
import type { Downloads } from './downloads.js';
import { heldDownload } from './pause-downloads.js';
import { resumable } from './resumable.js';
import { matcherOf, noSuchDownload, requireOne } from './which-downloads.js';

/** So many of those that are resumed are looked at together. */
const RESUMED_AT_A_TIME = 64;

/** One that cannot go on, and why. */
interface Refused {
  readonly row: LibraryDownload;
  readonly error: P2pError;
}

export interface LeftDownloadsOptions {
  readonly library: () => Promise<Library>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'endOf'>;
  readonly hints: Pick<PieceHints, 'read' | 'sweep'>;
  readonly spool: Pick<Spool, 'has'>;
  readonly downloads: Downloads;
  readonly prepare: Pick<DownloadPreparation, 'startThreads' | 'listen'>;
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly emit: ClientEventListener;
}

export class LeftDownloads {
  readonly #options: LeftDownloadsOptions;
  /** What earlier clients left of hints was looked at. */
  #isSwept = false;

  constructor(options: LeftDownloadsOptions) {
    this.#options = options;
  }

  /**
   * Goes on with every download that an earlier engine of this account left unfinished, but for those to standard
   * output: whoever read them is gone.
   */
  async resumeUnfinished(account: Account): Promise<void> {
    const library = await this.#options.library();
    const { downloads, background, emit, spool } = this.#options;
    this.sweepHints(library);
    for (const left of inTurn(library.listDownloads(account))) {
      // What finds no room stays as it is, and goes on with a later login.
      if (downloads.isFull) return;
      const { state, groupId, name: fileName, path } = left;
      if (state !== 'running' || spool.has(path) || downloads.find(groupId, fileName, path))
        continue;
      try {
        (await this.#prepare(library, account, left, 0))();
        background.run(() => this.#tellEnd(left));
      } catch (thrown) {
        if (!(thrown instanceof P2pError)) throw thrown;
        const error = toWireError(thrown);
        await library.gather(() => library.failRunningDownload(left.id, error, Date.now()));
        // Whoever stopped it before it began knows.
        if (!(thrown instanceof CancelledError))
          emit({ type: 'download-ended', groupId, fileName, path, error });
      }
    }
  }

  /**
   * Goes on with those that match and may be resumed; answers those that do and, where several files were named, those
   * of which none can. `requireStill` throws once whoever asked is not logged in any more: then no more of them begin.
   * @throws P2pError NO_SUCH_DOWNLOAD when there is none, or why the first of them cannot go on when none can
   */
  async resume(
    account: Account,
    { timeoutMs, ...which }: WhichDownloads & { timeoutMs: number },
    requireStill: () => void,
  ): Promise<HeldDownload[]> {
    const { downloads, memberships, prepare, emit } = this.#options;
    prepare.startThreads();
    const listen = prepare.listen(downloads.running.length === 0);
    leaveToWaiters(listen?.opened);
    const library = await this.#options.library();
    const all = library.listDownloads(account);
    const matching = all.filter(matcherOf(which));
    if ('id' in which) requireOne(matching.length);
    const running = new Set(downloads.running.map(({ request }) => request.id));
    const meant = inTurn(resumable(all, running, 'id' in which).filter(matcherOf(which)));
    if (meant.length === 0) throw matching.length === 0 ? noSuchDownload(which) : nothingToResume();
    await listen?.opened;
    const note = (row: LibraryDownload) => () => {
      const incarnation = memberships.incarnationOf(row.groupId) ?? row.incarnation;
      return library.gather(() => {
        requireStill();
        // Another command may have seen to it since.
        if (library.findDownload(row.id)?.state === row.state)
          library.restartDownload(row.id, incarnation, row);
      });
    };
    const resumed: LibraryDownload[] = [];
    const refused: Refused[] = [];
    for (let first = 0; first < meant.length; first += RESUMED_AT_A_TIME) {
      const some = meant.slice(first, first + RESUMED_AT_A_TIME);
      // What they note is one commit. They begin in their turn.
      const prepared = await Promise.allSettled(
        some.map((row) => this.#prepare(library, account, row, timeoutMs, note(row))),
      );
      for (const [index, row] of some.entries()) {
        try {
          const one = prepared[index]!;
          if (one.status === 'rejected') throw one.reason;
          requireStill();
          one.value();
          resumed.push(row);
        } catch (error) {
          // One that cannot go on keeps none of the others from it.
          if (!(error instanceof P2pError)) throw error;
          refused.push({ row, error });
        }
      }
    }
    const areNamed = 'fileNames' in which && which.fileNames !== undefined;
    if (resumed.length === 0 && refused[0] && !areNamed) throw refused[0].error;
    // What is answered needs no telling. Of a file of which one goes on, that is the answer.
    const goingOn = new Set(resumed.map(({ name }) => name));
    const isAnswered = ({ row }: Refused): boolean => areNamed && !goingOn.has(row.name);
    for (const one of refused) if (!isAnswered(one)) emit(endOf(one));
    const failed = refused.filter(isAnswered);
    return [
      ...resumed.map(heldDownload),
      ...failed.map(({ row, error }) => ({ ...heldDownload(row), error: toWireError(error) })),
    ];
  }

  /**
   * Sees to all that it takes to start one that an earlier run left, as it was; `note` is done when nothing is in its way.
   * Answers what starts it, which throws when somebody has stopped it meanwhile.
   * @throws P2pError when the user is no member any more, or its row is damaged
   */
  async #prepare(
    library: Library,
    account: Account,
    left: LibraryDownload,
    timeoutMs: number,
    note?: () => Promise<unknown>,
  ): Promise<() => void> {
    const { downloads, memberships, spool } = this.#options;
    const { id, groupId, name: fileName, fileId, path, partPath, over } = left;
    const end = memberships.endOf(left);
    if (end) throw membershipEnded(groupId, end);
    const description = descriptionOf(library, left);
    if (!description) throw damagedRow();
    const kind = downloadKindOf(description.layout);
    const leftPieces = await this.leftOf(library, left, description.layout);
    const choice = left.choice && requestedChoice(description, left.choice);
    await note?.();
    const place = { overwrite: over === 'overwrite', keepsOlder: over === 'keep-older' };
    return () => {
      // It may have been moved since the list was read.
      const { turn } = requireRunning(library, id);
      downloads.start({
        ...{ id, groupId, fileName, fileId, description, kind, path, partPath },
        ...{ ...place, timeoutMs, turn, firstPeers: [], isAgain: true, left: leftPieces },
        ...(choice && { choice }),
        isSharedHere: isSharedElsewhere(library.share(account, groupId, fileName), left),
        ...(spool.has(path) && { isInOrder: true }),
      });
    };
  }

  /** Removes, once, what earlier clients left of hints that nobody needs. */
  sweepHints(library: Library): void {
    if (this.#isSwept) return;
    this.#isSwept = true;
    const { hints, background } = this.#options;
    background.run(() => hints.sweep((id) => library.isUnfinished(id)));
  }

  /** What an earlier run left: by the library what it kept, by its hints what else to look at. */
  async leftOf(
    library: Library,
    { id }: LibraryDownload,
    { pieceCount }: PieceLayout,
  ): Promise<LeftPieces | undefined> {
    const { kept, verified } = library.leftOf(id);
    const hinted = await this.#options.hints.read(id, pieceCount);
    if (!kept && !verified && !hinted) return undefined;
    const bitsOf = (bytes: Uint8Array | undefined) => bytes && Bitfield.from(bytes, pieceCount);
    const none = new Bitfield(pieceCount);
    return {
      kept: bitsOf(kept?.bits) ?? none,
      keptBytes: kept?.bytes ?? 0,
      doubtful: hinted?.pieces ?? bitsOf(verified) ?? none,
      stamp: kept?.stamp,
      lastWriteMs: hinted?.lastWriteMs,
    };
  }

  /** For a download that no command waits for. */
  async #tellEnd({ id, groupId, name: fileName, path }: LibraryDownload): Promise<void> {
    const { downloads, emit } = this.#options;
    const ended = { type: 'download-ended', groupId, fileName, path } as const;
    try {
      await downloads.wait(id, () => undefined);
      emit(ended);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      // One that was stopped goes on again later.
      if (!(error instanceof CancelledError)) emit({ ...ended, error: toWireError(error) });
    }
  }
}

/**
 * What a download begins with is read for a while, and it may be paused, cancelled, forgotten or moved in that time:
 * answers its row as it is now.
 * @throws P2pError why it must not begin
 */
export function requireRunning(
  library: Pick<Library, 'findDownload'>,
  id: string,
): LibraryDownload & { readonly state: 'running' } {
  const row = library.findDownload(id);
  if (row?.state === 'failed') throw fromWireError(row.error);
  if (row?.state !== 'running') throw noSuchDownload();
  return row;
}

function endOf({ row: { groupId, name: fileName, path }, error }: Refused): ClientEvent {
  return { type: 'download-ended', groupId, fileName, path, error: toWireError(error) };
}

/** Those that begin first come first. */
function inTurn(rows: readonly LibraryDownload[]): LibraryDownload[] {
  return rows.toSorted((one, other) => compareTurns(one.turn, other.turn));
}

function nothingToResume(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'none of these downloads waits to go on; `downloads` says how they stand',
  );
}

/** Undefined when it is lost or damaged: that is the end of one download, and of no other. */
function descriptionOf(
  library: Library,
  { fileId }: Pick<LibraryDownload, 'fileId'>,
): Description | undefined {
  return readDescription(library, fileId, decodeDescription);
}

/** What `read` makes of a description of the library; undefined when that is lost or damaged. */
export function readDescription<T>(
  library: Pick<Library, 'description'>,
  fileId: string,
  read: (encoded: Uint8Array) => T,
): T | undefined {
  const encoded = library.description(fileId);
  try {
    return encoded && read(encoded);
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}

/** What the library has of a download cannot be read any more. */
export function damagedRow(): StorageError {
  return new StorageError(
    'IO_ERROR',
    'what the library notes of this download is damaged; end it with p2p cancel, and download it again',
  );
}
