/**
 * Accepts downloads: asks the tracker what a name means, decides where the file goes, notes it in
 * the library, and hands it to the table of downloads. Owns the count of those that were asked for, because each
 * has its place in the line by that, whichever answer of the tracker comes first.
 */
import type { PieceMap } from '../api/piece-map.js';
import { PieceMaps } from './piece-map.js';
import { randomUUID } from 'node:crypto';
import { leaveToWaiters } from '../../net/deferred.js';
import type { Description } from '../../net/description.js';
import { P2pError, TrackerError, toWireError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { Memberships } from '../account/memberships.js';
import type { LookedUpFile, TrackerBatches } from '../account/tracker-batches.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { EngineApi } from '../api/engine-api.js';
import type { DownloadProgress, HeldDownload } from '../api/progress.js';
import { partFolderPathOf, partPathOf, resolveDestination } from '../disk/destination.js';
import { isPerhapsPlaced } from '../disk/part-file.js';
import type { Library } from '../home/library.js';
import type { Turn } from '../home/download-turn.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import { OutsideHome } from '../home/outside-home.js';
import type { Spool } from '../home/spool.js';
import type { PieceHints } from '../home/piece-hints.js';
import { chooseEntries } from './choose-entries.js';
import {
  downloadKindOf,
  isSharedElsewhere,
  requestedChoice,
  type DownloadRequest,
  type RequestedChoice,
} from './download-request.js';
import type { Downloads } from './downloads.js';
import type { DownloadPreparation } from './download-preparation.js';
import { LeftDownloads, requireRunning } from './left-downloads.js';
import { likelyContent, likelyFile } from './likely-file.js';
import { standingOf } from './progress-of-record.js';

type StartRequest = Parameters<EngineApi['startDownload']>[0];

export interface DownloadDeskOptions {
  readonly link: Pick<AccountLink, 'calls' | 'whileDialling' | 'whoIsLoggedIn' | 'requireSession'>;
  readonly library: () => Promise<Library>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'endOf'>;
  readonly batches: Pick<TrackerBatches, 'lookUp'>;
  readonly hints: Pick<PieceHints, 'read' | 'sweep'>;
  readonly spool: Pick<Spool, 'has' | 'isForGuests'>;
  readonly homePath: string;
  readonly downloads: Downloads;
  readonly prepare: DownloadPreparation;
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly emit: ClientEventListener;
}

export class DownloadDesk {
  readonly #options: DownloadDeskOptions;
  readonly #left: LeftDownloads;
  readonly #maps: PieceMaps;
  readonly #outsideHome: OutsideHome;
  #askedCount = 0;
  /** The last place that was given before this engine was opened. */
  #lastPlace: number | undefined;

  constructor(options: DownloadDeskOptions) {
    this.#options = options;
    this.#left = new LeftDownloads(options);
    this.#maps = new PieceMaps(options, () => performance.now());
    this.#outsideHome = new OutsideHome(options.homePath);
  }

  /** How the pieces of one stand. @throws P2pError */
  pieces(id: string): Promise<PieceMap> {
    return this.#maps.of(id);
  }

  /** Goes on with every download that an earlier engine of this account left unfinished. */
  resumeUnfinished(account: Account): Promise<void> {
    return this.#left.resumeUnfinished(account);
  }

  /** See `LeftDownloads`. */
  resume(
    account: Account,
    request: Parameters<LeftDownloads['resume']>[1],
  ): Promise<HeldDownload[]> {
    return this.#left.resume(account, request, () => this.#requireStill(account));
  }

  /** @throws TrackerError NOT_LOGGED_IN when that account is not logged in any more */
  #requireStill({ trackerId, userId }: Account): void {
    const { account } = this.#options.link.requireSession();
    if (account.trackerId === trackerId && account.userId === userId) return;
    throw new TrackerError('NOT_LOGGED_IN', 'another user has logged in meanwhile');
  }

  /** Accepts a download and answers its id. @throws P2pError */
  async start(request: StartRequest): Promise<string> {
    const { link, downloads, prepare } = this.#options;
    // The threads load while the tracker answers.
    prepare.startThreads();
    const listen = prepare.listen(downloads.running.length === 0);
    leaveToWaiters(listen?.opened);
    const { groupId, fileName } = request;
    const { endings } = downloads;
    const asked = ++this.#askedCount;
    const opening = link.whileDialling().then(() => this.#options.library());
    const calls = link.calls();
    prepare.dialAhead(groupId, async (account) =>
      likelyFile(await opening, this.#left, account, request),
    );
    const lookUp = opening.then((library) => this.#lookUp(library, request));
    leaveToWaiters(lookUp);
    const [library] = await Promise.all([opening, calls]);
    this.#lastPlace ??= library.lastPlace();
    const turn = {
      priority: request.priority ?? 'normal',
      place: this.#lastPlace + asked,
    } as const;
    this.#left.sweepHints(library);
    const file = await lookUp;
    const choice = choiceOf(request, file.description);
    const path = await this.#placeFor(library, request, file);
    const isReadable = !file.description.folder || this.#options.spool.isForGuests(path);
    // Who fetches a folder for guests reads its part folder.
    if (request.isInOrder && !isReadable) throw isFolder(fileName);
    await this.#requireOutsideHome(request, file, path);
    const running = downloads.find(groupId, fileName, path);
    if (running) {
      const { id } = sameChoice(running.request, choice);
      await this.#prefer(library, id, request.priority);
      return id;
    }
    // What is refused leaves no row that a later engine would go on with.
    if (listen?.isFirst) await listen.opened;
    const noted = await this.#note(library, request, file, path, choice, turn, endings);
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

  /** Opening the library takes less time than the way to a tracker for which it is worth it. */
  async #lookUp(library: Library, request: StartRequest): Promise<LookedUpFile> {
    const { link, batches } = this.#options;
    const { groupId, fileName: name } = request;
    const who = await link.whoIsLoggedIn();
    const likely = who && likelyContent(library, who.account, request);
    return batches.lookUp({ groupId, name }, likely);
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
    const { account } = this.#options.link.requireSession();
    const { id, partPath, before } = noted;
    const left = before && (await this.#left.leftOf(library, before, description.layout));
    const kind = downloadKindOf(description.layout);
    const isAgain = before !== undefined;
    // It goes on by itself too, and has ended meanwhile: whoever waits for it hears that.
    if (library.findDownload(id)?.state === 'complete') return;
    // It may have been moved since it was noted.
    const { turn } = requireRunning(library, id);
    const target = {
      ...{ path, partPath, overwrite, keepsOlder, timeoutMs, turn, firstPeers, isAgain, left },
      ...(choice && { choice }),
      isSharedHere: isSharedElsewhere(library.share(account, groupId, fileName), { fileId, path }),
      ...howItIsRead(this.#options.spool, request, path),
    };
    this.#options.downloads.start({ id, groupId, fileName, fileId, description, kind, ...target });
  }

  /** Every download the account has a record of, those of this engine with their progress. */
  async list(account: Account): Promise<DownloadProgress[]> {
    const library = await this.#options.library();
    const live = this.#options.downloads.progress();
    return library.listDownloads(account).map((row) => standingOf(row, live.get(row.id)));
  }

  /** It waits perhaps, and is to have another priority: its place among those of that is by when it was asked for. */
  async #prefer(library: Library, id: string, priority: Turn['priority'] | undefined) {
    if (!priority) return;
    await library.gather(() => {
      const row = library.findDownload(id);
      if (!row) return;
      const turns = new Map([[id, { ...row.turn, priority }]]);
      library.setTurns(turns);
      this.#options.downloads.setTurns(turns);
    });
  }

  /** Notes the download, or that one of an earlier run goes on. */
  async #note(
    library: Library,
    { groupId, fileName: name, overwrite, keepsOlder = false, priority }: StartRequest,
    { fileId, encoded, description }: LookedUpFile,
    path: string,
    chosen: RequestedChoice | undefined,
    asked: Turn,
    endings: number,
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
      const { id, partPath } = unfinished;
      // What goes on has its place, what had ended is asked for now; a priority is the one that was said last.
      const { place } = unfinished.state === 'running' ? unfinished.turn : asked;
      const turn = { priority: priority ?? unfinished.turn.priority, place };
      const isKnown = await library.gather(() => {
        const row = library.findDownload(id);
        // It may have been forgotten since, and then it is a new one.
        if (!row || row.state === 'complete') return row !== undefined;
        library.restartDownload(id, incarnation, extent);
        library.setTurns(new Map([[id, turn]]));
        return true;
      });
      if (isKnown) return { id, partPath, before: unfinished };
    }
    const id = randomUUID();
    const partPath = description.folder ? partFolderPathOf(path) : partPathOf(path);
    const startedAtMs = Date.now();
    const done = await library.gather(() => {
      // It went on by itself, and has ended since this one was asked for.
      const before = library.completeDownload(account, groupId, name, path);
      const { downloads } = this.#options;
      if (before?.fileId === fileId && downloads.hasEndedSince(before.id, endings)) return before;
      const group = { groupId, incarnation };
      const place = { path, partPath, turn: asked };
      const download = { id, ...group, name, fileId, ...place, ...extent, startedAtMs };
      library.addDownload(account, download, { fileId, pieceLength, encoded });
      return undefined;
    });
    return { id: done?.id ?? id, partPath: done?.partPath ?? partPath, before: done };
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

  /** What passes through a pipe lies in the home meanwhile, and nothing else. @throws StorageError */
  async #requireOutsideHome(
    { isInOrder = false }: StartRequest,
    { description }: LookedUpFile,
    path: string,
  ): Promise<void> {
    if (isInOrder && this.#options.spool.has(path)) return;
    if (description.folder) await this.#outsideHome.requireFolder(path);
    else await this.#outsideHome.requireFile(path);
  }
}

/** What is in the spool and not for guests goes to the standard output of somebody. */
function howItIsRead(
  spool: Pick<Spool, 'has' | 'isForGuests'>,
  { isInOrder = false }: StartRequest,
  path: string,
): Pick<DownloadRequest, 'isInOrder' | 'isPassing'> {
  if (!isInOrder) return {};
  const isPassing = spool.has(path) && !spool.isForGuests(path);
  return { isInOrder, ...(isPassing && { isPassing }) };
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

function isFolder(fileName: string): TrackerError {
  return new TrackerError(
    'BAD_REQUEST',
    `${fileName} is a folder; only a file can be read from its beginning while it comes`,
  );
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
