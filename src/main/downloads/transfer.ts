/**
 * The fetching of one download: from its first peer until every piece is verified. Owns the swarm
 * with its sessions, the watch for peers and the ticker; exists only while a download needs them.
 * What it has is offered, handed to its keeper and counted from here.
 *
 *   made (nothing runs) → running → over
 */
import type { Bitfield } from '../../net/bitfield.js';
import { fromWireError, type P2pError } from '../../net/errors.js';
import { deferred, leaveToWaiters } from '../../net/deferred.js';
import { laterByTimer } from '../../net/later.js';
import { pathsOfPieces } from '../../net/folder-choice.js';
import { DOWNLOAD_TICK_MS, READER_INTERVAL_MS } from '../../net/limits.js';
import { Silence } from '../../net/silence.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import { createWriteCell, writesIn } from '../../net/write-count.js';
import type { ContentSource } from '../../workers/messages/content.js';
import type { FileWatcher, FileWatches } from '../account/file-watches.js';
import type { PeerChange } from '../account/told-peers.js';
import type { PeerProgress } from '../api/progress.js';
import type { Part } from '../disk/part.js';
import type { GrowingFile, GrowingFiles } from '../sharing/growing-files.js';
import type { PieceTable } from '../swarm/piece-table.js';
import type { Swarm } from '../swarm/swarm.js';
import { AwakeClock } from './awake-clock.js';
import { DiskWait } from './disk-wait.js';
import type { DownloadClock } from './download-clock.js';
import type { DownloadRequest } from './download-request.js';
import type { FetchedFile, PeerConnections } from './peer-connections.js';
import type { PieceKeeper } from './piece-keeper.js';
import { SwarmSessions } from './swarm-sessions.js';
import { NAMED, noProgress, replacedMeanwhile, replacedPatienceMs } from './no-progress.js';

/** How far a download is, for people. */
export interface Tally {
  /** Bytes that are verified, those of them that are kept, and those that this run fetched. */
  readonly verified: number;
  readonly kept: number;
  readonly fetched: number;
  readonly peers: readonly PeerProgress[];
}

/** The owners that a transfer works with. */
export interface TransferOwners {
  readonly watches: Pick<FileWatches, 'open' | 'close'>;
  readonly connections: Pick<
    PeerConnections,
    'start' | 'mayStart' | 'lookAt' | 'onProof' | 'threadCount'
  >;
  readonly growing: Pick<GrowingFiles, 'begin' | 'onPiecesGained' | 'end'>;
}

export interface TransferOptions extends TransferOwners {
  readonly request: DownloadRequest;
  readonly part: Pick<Part, 'content' | 'retain'>;
  readonly keeper: Pick<PieceKeeper, 'keptBytes' | 'onVerified' | 'onActivity' | 'onTick'>;
  /** Pieces that are in the part file already. */
  readonly verified: Bitfield;
  /** Pieces that are to be fetched. @default all */
  readonly wanted?: Bitfield;
  readonly clock: DownloadClock;
  /** Called a few times a second while it runs. */
  readonly onTick: () => void;
}

export class Transfer implements FileWatcher {
  readonly groupId: string;
  readonly fileId: string;
  readonly fileName: string;
  readonly #options: TransferOptions;
  readonly #peers: SwarmSessions;
  readonly #growing: GrowingFile;
  /** Resolved when every piece is verified, rejected when the download must stop. */
  readonly #outcome = deferred<void>();
  readonly #awake = new AwakeClock(() => performance.now());
  readonly #silence = new Silence(this.#awake.nowMs());
  readonly #writes = createWriteCell();
  readonly #diskWait = new DiskWait();
  #isWatching = false;
  /** Named by the look-up; the first answer about all peers says which of them are gone. */
  #unconfirmed: readonly OnlinePeer[];
  #isOffered = false;
  /** Who shares a newer version under the name, if there is one. */
  #replacedBy: string | undefined;
  /** Verified pieces that the serving peers have not been told of; they need not know at once. */
  #untold: number[] = [];
  #toldReaderAtMs = -Infinity;
  #toldBytes = 0;

  constructor(options: TransferOptions) {
    this.#options = options;
    const { request, part, verified, wanted, connections } = options;
    const { groupId, fileId, description, firstPeers } = request;
    const { layout } = description;
    const { isInOrder = false } = request;
    this.groupId = groupId;
    this.fileId = fileId;
    this.fileName = request.fileName;
    this.#unconfirmed = firstPeers;
    // It may fail before it runs.
    leaveToWaiters(this.#outcome.promise);
    const file = fetchedFileOf(request, part.content, this.#writes);
    this.#peers = new SwarmSessions({
      layout,
      verified,
      ...(wanted && { wanted }),
      random: Math.random,
      isInOrder,
      connectionsWanted: Math.min(connections.threadCount, layout.pieceCount),
      start: (peer, onMessage, kind) => connections.start(file, peer, onMessage, kind),
      mayStart: (peer, kind) => connections.mayStart(file, peer, kind),
      lookAt: (peer, calledOff) => connections.lookAt(peer, calledOff),
      events: {
        onReady: () => this.#onReady(),
        onReceived: (bytes, nowMs) => this.#onReceived(bytes, nowMs),
        onGained: (pieces, nowMs) => this.#onGained(pieces, nowMs),
        onStorageFailed: (error) => this.#outcome.reject(fromWireError(error)),
      },
      nowMs: () => this.#awake.nowMs(),
      soon: setImmediate,
      later: laterByTimer,
    });
    this.#growing = {
      groupId,
      fileId,
      name: request.fileName,
      layout,
      verified: this.#swarm.verifiedBitfield,
      retain: () => part.retain(),
    };
  }

  get #swarm(): Swarm {
    return this.#peers.swarm;
  }

  /** Nothing is left to fetch. */
  get isComplete(): boolean {
    return this.#swarm.isComplete;
  }

  /** Bytes from the beginning that are verified and written. */
  get leadingBytes(): number {
    return this.#swarm.leadingBytes;
  }

  /** For how long the disk has taken nothing that is to be written, milliseconds; undefined while it takes it. */
  get diskWaitMs(): number | undefined {
    return this.#diskWait.lastedMs(this.#awake.nowMs());
  }

  /** For how long it had taken nothing, shortly after that. */
  get diskWaitedMs(): number | undefined {
    return this.#diskWait.justLastedMs(this.#awake.nowMs());
  }

  /** The pieces as they stand; a live view that must not be changed. */
  get pieces(): PieceTable {
    return this.#swarm.pieceTable;
  }

  get tally(): Tally {
    const { verifiedBytes: verified, fetchedBytes: fetched, peers } = this.#swarm;
    // What an earlier run kept of what is not wanted now does not count.
    const kept = Math.min(this.#options.keeper.keptBytes, verified);
    return { verified, kept, fetched, peers };
  }

  /**
   * Fetches what is missing, once; resolves when all of it is verified and no session is alive.
   * @throws P2pError the reason of `signal`, or why it cannot go on
   */
  async run(signal: AbortSignal): Promise<void> {
    const { request } = this.#options;
    if (this.#swarm.verifiedCount > 0) this.#offer();
    const stop = (): void => this.#outcome.reject(signal.reason as P2pError);
    signal.addEventListener('abort', stop, { once: true });
    const forgetProofs = this.#options.connections.onProof((isOtherNetwork) =>
      isOtherNetwork ? this.#peers.onNetworkChanged() : this.#peers.onDialsPermitted(),
    );
    const ticker = setInterval(() => this.#onTick(), DOWNLOAD_TICK_MS);
    try {
      signal.throwIfAborted();
      this.#peers.onPeers({ online: request.firstPeers, gone: [], lost: [] });
      if (request.firstPeers.length === 0 || request.kind === 'long') this.#watch();
      await this.#outcome.promise;
    } finally {
      clearInterval(ticker);
      forgetProofs();
      signal.removeEventListener('abort', stop);
      if (this.#isWatching) this.#options.watches.close(this);
      await this.#peers.close();
    }
  }

  /** What it has verified does not reach the disk: it must stop. */
  onSyncFailed(error: P2pError): void {
    this.#outcome.reject(error);
  }

  /** The download ends without the whole file: serves no more of it. */
  stop(): void {
    this.#options.growing.end(this.#growing);
  }

  // --- What the tracker says -----------------------------------------------------

  onAllPeers(peers: readonly OnlinePeer[]): void {
    const present = new Set(peers.map(({ deviceId }) => deviceId));
    const named = this.#unconfirmed.map(({ deviceId }) => deviceId);
    this.#unconfirmed = [];
    const gone = named.filter((deviceId) => !present.has(deviceId));
    this.onPeers({ online: peers, gone, lost: [] });
  }

  onPeers(change: PeerChange): void {
    this.#peers.onPeers(change);
  }

  onUsersRemoved(userIds: readonly string[]): void {
    this.#peers.onUsersRemoved(userIds);
  }

  onReplaced(sharer: string): void {
    this.#replacedBy = sharer;
  }

  onRefused(error: P2pError): void {
    this.#outcome.reject(error);
  }

  // --- What comes of it --------------------------------------------------------------

  #onReady(): void {
    this.#options.clock.onReady(performance.now());
    this.#options.keeper.onActivity();
    // A brief download may be over before the next tick, and somebody may want to know who it came from.
    this.#options.onTick();
  }

  #onReceived(bytes: number, nowMs: number): void {
    this.#silence.onReceived(bytes, nowMs);
    this.#options.clock.onReceived(bytes, performance.now());
    this.#options.keeper.onActivity();
  }

  #onGained(gained: readonly number[], nowMs: number): void {
    const { clock, growing, keeper } = this.#options;
    this.#silence.onSign(nowMs);
    clock.onVerified(performance.now());
    keeper.onVerified(gained);
    this.#offer();
    growing.onPiecesGained(this.#growing, gained);
    this.#untold.push(...gained);
    if (this.isComplete) this.#outcome.resolve();
    else this.#tellReader(nowMs);
  }

  /** Whoever reads while it comes would stand still between two ticks. */
  #tellReader(nowMs: number): void {
    const { request, onTick } = this.#options;
    if (!request.isInOrder || nowMs - this.#toldReaderAtMs < READER_INTERVAL_MS) return;
    if (this.leadingBytes === this.#toldBytes) return;
    this.#toldReaderAtMs = nowMs;
    this.#toldBytes = this.leadingBytes;
    onTick();
  }

  #onTick(): void {
    this.#watch();
    this.#peers.onTick();
    if (this.#untold.length > 0) this.#peers.tellHave(this.#untold);
    this.#untold = [];
    this.#options.keeper.onTick();
    const { request, onTick } = this.#options;
    const { timeoutMs, fileName } = request;
    const nowMs = this.#awake.nowMs();
    this.#diskWait.look(writesIn(this.#writes), nowMs);
    // Nothing can come while nothing can be written: no peer is to blame.
    if (this.diskWaitMs !== undefined) this.#silence.onSign(nowMs);
    const silentMs = this.#silence.lastedMs(nowMs);
    if (this.#replacedBy !== undefined && silentMs > replacedPatienceMs(timeoutMs)) {
      this.#outcome.reject(replacedMeanwhile(fileName, this.#replacedBy));
      return;
    }
    if (timeoutMs > 0 && silentMs > timeoutMs) {
      this.#outcome.reject(noProgress(timeoutMs, this.tally.peers, this.#lackedFiles()));
      return;
    }
    onTick();
  }

  /** Of a folder: the first files that nobody has who is connected. */
  #lackedFiles(): string[] {
    const { folder, layout } = this.#options.request.description;
    if (!folder) return [];
    return pathsOfPieces(folder, layout, this.#swarm.lackedByAll(), NAMED + 1);
  }

  /** Asks the tracker who has the file, once; from then on it tells of changes. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#options.watches.open(this);
  }

  /** Something of the file is verified: from now on it may be served. */
  #offer(): void {
    if (this.#isOffered) return;
    this.#isOffered = true;
    this.#options.growing.begin(this.#growing, (error) => this.#outcome.reject(error));
  }
}

function fetchedFileOf(
  { groupId, fileName: name, fileId, description }: DownloadRequest,
  content: ContentSource,
  writes: SharedArrayBuffer,
): FetchedFile {
  const { layout, pieceHashes } = description;
  const file = { fileId, content, layout, pieceHashes: sharedCopyOf(pieceHashes), writes };
  return { groupId, name, ...file };
}

/** One copy that every thread reads. */
function sharedCopyOf(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}
