/**
 * Accepts downloads: asks the tracker what a name means, decides where the file goes, notes it in
 * the library, and hands it to the table of downloads. Owns no state but that it has cleared, once,
 * what earlier clients left of hints.
 */
import { randomUUID } from 'node:crypto';
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
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import { membershipEnded, type Memberships } from '../account/memberships.js';
import type { LookedUpFile, TrackerBatches } from '../account/tracker-batches.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { EngineApi, WhichDownloads } from '../api/engine-api.js';
import type { DownloadProgress, HeldDownload } from '../api/progress.js';
import { partFolderPathOf, partPathOf, resolveDestination } from '../disk/destination.js';
import { copyToPartFile } from '../disk/own-copy.js';
import { isPerhapsPlaced } from '../disk/part-file.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { PieceHints } from '../home/piece-hints.js';
import { chooseEntries } from './choose-entries.js';
import {
  downloadKindOf,
  requestedChoice,
  type DownloadRequest,
  type LeftPieces,
  type RequestedChoice,
} from './download-request.js';
import type { Downloads } from './downloads.js';
import { heldDownload } from './pause-downloads.js';
import { resumable } from './resumable.js';
import { matcherOf, noSuchDownload, requireOne } from './which-downloads.js';

type StartRequest = Parameters<EngineApi['startDownload']>[0];

/** What a client makes ready while the tracker answers. */
export interface DownloadPreparation {
  /** Starts the threads, if they do not run yet. */
  readonly startThreads: () => void;
  /** Dials peers of the group that were met before. */
  readonly dialAhead: (groupId: string) => void;
  /**
   * Listens, if this download should not begin without: then its refusal is the download's.
   * `isAlone`: nothing else is being downloaded.
   */
  readonly listen: (isAlone: boolean) => Listen | undefined;
}

/** A listener that is being opened. */
export interface Listen {
  readonly opened: Promise<unknown>;
  /** The user named the port, which may well be taken: nothing is noted before that is known. */
  readonly isFirst: boolean;
}

export interface DownloadDeskOptions {
  readonly link: Pick<AccountLink, 'calls' | 'whileDialling' | 'requireSession'>;
  readonly library: () => Promise<Library>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'endOf'>;
  readonly batches: Pick<TrackerBatches, 'lookUp'>;
  readonly hints: Pick<PieceHints, 'read' | 'sweep'>;
  readonly downloads: Downloads;
  readonly prepare: DownloadPreparation;
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly emit: ClientEventListener;
}

export class DownloadDesk {
  readonly #options: DownloadDeskOptions;
  /** What earlier clients left of hints was looked at. */
  #isSwept = false;

  constructor(options: DownloadDeskOptions) {
    this.#options = options;
  }

  /** Accepts a download and answers its id. @throws P2pError */
  async start(request: StartRequest): Promise<string> {
    const { link, downloads, prepare, batches } = this.#options;
    // The threads load while the tracker answers.
    prepare.startThreads();
    const listen = prepare.listen(downloads.running.length === 0);
    leaveToWaiters(listen?.opened);
    const { groupId, fileName } = request;
    const opening = link.whileDialling().then(() => this.#options.library());
    const calls = link.calls();
    prepare.dialAhead(groupId);
    const lookUp = batches.lookUp({ groupId, name: fileName });
    leaveToWaiters(lookUp);
    const [library] = await Promise.all([opening, calls]);
    this.#sweepHints(library);
    const file = await lookUp;
    const choice = choiceOf(request, file.description);
    const path = await this.#placeFor(library, request, file);
    const running = downloads.find(groupId, fileName, path);
    if (running) return sameChoice(running.request, choice).id;
    // What is refused leaves no row that a later engine would go on with.
    if (listen?.isFirst) await listen.opened;
    const noted = await this.#note(library, request, file, path, choice);
    const { id } = noted;
    try {
      await this.#startNoted(library, request, file, noted, path, choice);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      await library.gather(() => library.failRunningDownload(id, toWireError(error), Date.now()));
      throw error;
    }
    try {
      await listen?.opened;
    } catch (error) {
      await downloads.cancel(id);
      throw error;
    }
    return id;
  }

  async #startNoted(
    library: Library,
    request: StartRequest,
    file: LookedUpFile,
    noted: Noted,
    path: string,
    choice: RequestedChoice | undefined,
  ): Promise<void> {
    const { groupId, fileName, overwrite, keepsOlder = false, timeoutMs } = request;
    const { fileId, description, peers: firstPeers } = file;
    const left = await this.#leftBefore(library, request, file, noted, path);
    const { id, partPath, before } = noted;
    const kind = downloadKindOf(description.layout);
    const isAgain = before !== undefined;
    const target = {
      ...{ path, partPath, overwrite, keepsOlder, timeoutMs, firstPeers, isAgain, left },
      ...(choice && { choice }),
    };
    requireRunning(library, id);
    this.#options.downloads.start({ id, groupId, fileName, fileId, description, kind, ...target });
  }

  /** Goes on with every download that an earlier engine of this account left unfinished. */
  async resumeUnfinished(account: Account): Promise<void> {
    const library = await this.#options.library();
    const { downloads, background, emit } = this.#options;
    this.#sweepHints(library);
    for (const left of library.listDownloads(account)) {
      // What finds no room stays as it is, and goes on with a later login.
      if (downloads.isFull) return;
      const { state, groupId, name: fileName, path } = left;
      if (state !== 'running' || downloads.find(groupId, fileName, path)) continue;
      try {
        await this.#goOn(library, left, 0);
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
   * Goes on with those that match and may be resumed; answers those that do.
   * @throws P2pError NO_SUCH_DOWNLOAD when there is none, or why the first of them cannot go on when none can
   */
  async resume(
    account: Account,
    { timeoutMs, ...which }: WhichDownloads & { timeoutMs: number },
  ): Promise<HeldDownload[]> {
    const { downloads, memberships, prepare } = this.#options;
    prepare.startThreads();
    const listen = prepare.listen(downloads.running.length === 0);
    leaveToWaiters(listen?.opened);
    const library = await this.#options.library();
    const all = library.listDownloads(account);
    const matching = all.filter(matcherOf(which));
    if ('id' in which) requireOne(matching.length);
    const running = new Set(downloads.running.map(({ request }) => request.id));
    const meant = resumable(all, running, 'id' in which).filter(matcherOf(which));
    if (meant.length === 0) throw matching.length === 0 ? noSuchDownload() : nothingToResume();
    await listen?.opened;
    const resumed: LibraryDownload[] = [];
    let refusal: P2pError | undefined;
    for (const row of meant) {
      try {
        await this.#goOn(library, row, timeoutMs, () => {
          const incarnation = memberships.incarnationOf(row.groupId) ?? row.incarnation;
          return library.gather(() => {
            // Another command may have seen to it since.
            if (library.findDownload(row.id)?.state === row.state)
              library.restartDownload(row.id, incarnation, row);
          });
        });
        resumed.push(row);
      } catch (error) {
        // One that cannot go on keeps none of the others from it.
        if (!(error instanceof P2pError)) throw error;
        refusal ??= error;
      }
    }
    if (resumed.length === 0 && refusal) throw refusal;
    return resumed.map(heldDownload);
  }

  /**
   * Starts one that an earlier run left, as it was; `note` is done when nothing is in its way.
   * @throws P2pError when the user is no member any more, its row is damaged, or somebody has stopped it meanwhile
   */
  async #goOn(
    library: Library,
    left: LibraryDownload,
    timeoutMs: number,
    note?: () => Promise<unknown>,
  ): Promise<void> {
    const { downloads, memberships } = this.#options;
    const { id, groupId, name: fileName, fileId, path, partPath, over } = left;
    const end = memberships.endOf(left);
    if (end) throw membershipEnded(groupId, end);
    const description = descriptionOf(library, left);
    if (!description) throw damagedRow();
    const kind = downloadKindOf(description.layout);
    const leftPieces = await this.#leftOf(library, left, description.layout);
    const choice = left.choice && requestedChoice(description, left.choice);
    await note?.();
    requireRunning(library, id);
    const place = { overwrite: over === 'overwrite', keepsOlder: over === 'keep-older' };
    downloads.start({
      ...{ id, groupId, fileName, fileId, description, kind, path, partPath },
      ...{ ...place, timeoutMs, firstPeers: [], isAgain: true, left: leftPieces },
      ...(choice && { choice }),
    });
  }

  #sweepHints(library: Library): void {
    if (this.#isSwept) return;
    this.#isSwept = true;
    const { hints, background } = this.#options;
    background.run(() => hints.sweep((id) => library.isUnfinished(id)));
  }

  /** Every download the account has a record of, those of this engine with their progress. */
  async list(account: Account): Promise<DownloadProgress[]> {
    const library = await this.#options.library();
    const live = this.#options.downloads.progress();
    return library.listDownloads(account).map((row) => live.get(row.id) ?? progressOfRecord(row));
  }

  /** Notes the download, or that one of an earlier run goes on. */
  async #note(
    library: Library,
    { groupId, fileName: name, overwrite, keepsOlder = false }: StartRequest,
    { fileId, encoded, description }: LookedUpFile,
    path: string,
    chosen: RequestedChoice | undefined,
  ): Promise<Noted> {
    const { account } = this.#options.link.requireSession();
    const incarnation = this.#options.memberships.incarnationOf(groupId) ?? '';
    const unfinished = library.unfinishedDownload(account, groupId, name, path);
    const { pieceLength } = description.layout;
    const size = chosen?.bytes ?? description.layout.size;
    const kind = keepsOlder ? ('keep-older' as const) : undefined;
    const over = overwrite ? ('overwrite' as const) : kind;
    const extent = { size, ...(chosen && { choice: chosen.entries }), ...(over && { over }) };
    if (unfinished?.fileId === fileId) {
      await library.gather(() => library.restartDownload(unfinished.id, incarnation, extent));
      return { id: unfinished.id, partPath: unfinished.partPath, before: unfinished };
    }
    const id = randomUUID();
    const partPath = description.folder ? partFolderPathOf(path) : partPathOf(path);
    const startedAtMs = Date.now();
    await library.gather(() => {
      const group = { groupId, incarnation };
      const download = { id, ...group, name, fileId, path, partPath, ...extent, startedAtMs };
      library.addDownload(account, download, { fileId, pieceLength, encoded });
    });
    return { id, partPath, before: undefined };
  }

  /**
   * Where the file goes. A name that is taken may be ours: the download runs, or an earlier run of it
   * had given the file its name when it was killed.
   * @throws StorageError NO_DESTINATION, DESTINATION_EXISTS and others
   */
  async #placeFor(
    library: Library,
    { groupId, fileName, overwrite, keepsOlder = false, destination }: StartRequest,
    { fileId, description }: LookedUpFile,
  ): Promise<string> {
    // What is there of a folder is completed.
    if (description.folder) return resolveDestination(destination, fileName, 'folder');
    try {
      const replaceable = overwrite || keepsOlder ? 'file' : 'nothing';
      return await resolveDestination(destination, fileName, replaceable);
    } catch (error) {
      if (!(error instanceof P2pError) || error.code !== 'DESTINATION_EXISTS') throw error;
      const path = await resolveDestination(destination, fileName, 'file');
      if (this.#options.downloads.find(groupId, fileName, path)) return path;
      const { account } = this.#options.link.requireSession();
      const before = library.unfinishedDownload(account, groupId, fileName, path);
      const { size } = description.layout;
      const isOurs =
        before?.fileId === fileId && (await isPerhapsPlaced(before.partPath, path, size));
      if (isOurs) return path;
      throw error;
    }
  }

  /** What is on this disk already: a share of the same content, or an earlier run's pieces. */
  async #leftBefore(
    library: Library,
    { groupId, fileName }: StartRequest,
    { fileId, description }: LookedUpFile,
    { partPath, before }: Noted,
    path: string,
  ): Promise<LeftPieces | undefined> {
    const { account } = this.#options.link.requireSession();
    const { layout } = description;
    const own = library.share(account, groupId, fileName);
    const isOwn = own?.fileId === fileId && own.path !== path && !description.folder;
    if (isOwn && (await copyToPartFile(own.path, own.stamp, partPath))) {
      const kept = new Bitfield(layout.pieceCount);
      const doubtful = Bitfield.full(layout.pieceCount);
      return { kept, keptBytes: 0, doubtful, stamp: undefined, lastWriteMs: undefined };
    }
    return before && this.#leftOf(library, before, layout);
  }

  /** What an earlier run left: by the library what it kept, by its hints what else to look at. */
  async #leftOf(
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

/** A download that the library knows. */
interface Noted {
  readonly id: string;
  readonly partPath: string;
  /** The row of an earlier run that goes on. */
  readonly before: LibraryDownload | undefined;
}

/**
 * What is to be downloaded of a folder; undefined for all of it.
 * @throws TrackerError NO_SUCH_FILE when nothing in it is meant, BAD_REQUEST for a file
 */
function choiceOf(
  { fileName, only }: StartRequest,
  description: Description,
): RequestedChoice | undefined {
  if (only === undefined || only.length === 0) return undefined;
  const { folder } = description;
  if (!folder) {
    throw new TrackerError(
      'BAD_REQUEST',
      `${fileName} is a file; --only chooses among the files of a folder`,
    );
  }
  const choice = chooseEntries(folder, fileName, only);
  return choice && requestedChoice(description, choice);
}

/** @throws TrackerError BUSY when other files of it are being downloaded */
function sameChoice(
  running: DownloadRequest,
  choice: RequestedChoice | undefined,
): DownloadRequest {
  const bytesOf = (one: RequestedChoice | undefined): Buffer =>
    Buffer.from(one?.entries.bytes ?? []);
  if (bytesOf(running.choice).equals(bytesOf(choice))) return running;
  throw new TrackerError(
    'BUSY',
    `other files of ${running.fileName} are being downloaded there; wait for their end, or \`cancel\` it`,
  );
}

/**
 * What a download begins with is read for a while, and it may be paused, cancelled or forgotten in that time.
 * @throws P2pError why it must not begin
 */
function requireRunning(library: Pick<Library, 'findDownload'>, id: string): void {
  const row = library.findDownload(id);
  if (row?.state === 'failed') throw fromWireError(row.error);
  if (row?.state !== 'running') throw noSuchDownload();
}

function nothingToResume(): TrackerError {
  return new TrackerError(
    'NO_SUCH_DOWNLOAD',
    'none of these downloads waits to go on; `downloads` says how they stand',
  );
}

/** Undefined when it is lost or damaged: that is the end of one download, and of no other. */
function descriptionOf(library: Library, { fileId }: LibraryDownload): Description | undefined {
  const encoded = library.description(fileId);
  try {
    return encoded && decodeDescription(encoded);
  } catch (error) {
    if (error instanceof P2pError) return undefined;
    throw error;
  }
}

function damagedRow(): StorageError {
  return new StorageError(
    'IO_ERROR',
    'what the library notes of this download is damaged; end it with p2p cancel, and download it again',
  );
}

function progressOfRecord(row: LibraryDownload): DownloadProgress {
  const { id, groupId, name: fileName, path, size } = row;
  const kept = row.keptBytes;
  const progress = { verified: kept, kept, fetched: 0, bytesPerSecond: 0, peers: [] };
  const base = { id, groupId, fileName, path, size, ...progress };
  switch (row.state) {
    case 'complete':
      return { ...base, state: 'complete', verified: size, kept: size };
    case 'failed':
      if (row.error.code === 'CANCELLED') return { ...base, state: 'cancelled' };
      if (row.error.code === 'PAUSED') return { ...base, state: 'paused' };
      return { ...base, state: 'failed', error: row.error };
    case 'running':
      // None of this engine, which would tell of it: one that has ended left it.
      return { ...base, state: 'interrupted' };
  }
}
