/**
 * The owner of one download, from the part file to the finished, shared file.
 *
 * Threads: lives on the main thread and never touches file bytes; its peer sessions and the
 * checking of what an earlier run left are tasks in the transfer threads. All facts enter
 * through `onX` methods, "what next?" goes through the one guarded `#schedule`.
 *
 *   waiting → checking → downloading → finishing → complete
 *   any of these → failed | cancelled (the part file and what is verified stay)
 */
import { dirname } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import {
  bug,
  CancelledError,
  P2pError,
  PeerError,
  StorageError,
  toWireError,
  type WireError,
} from '../../net/errors.js';
import {
  BRIEF_DOWNLOAD_PIECES,
  DOWNLOAD_TICK_MS,
  SAVE_BITFIELD_INTERVAL_MS,
} from '../../net/limits.js';
import { deferred, whenSettled, type Deferred } from '../../net/deferred.js';
import type { Description } from '../../net/description.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import { placeFile, requireFreeSpace } from '../disk/destination.js';
import type { DownloadProgress, DownloadSummary } from '../api/engine-api.js';
import { openOrCreate, type OpenFile } from '../disk/open-files.js';
import { checkPieces, type HashingJob } from '../threads/piece-hashing.js';
import type { FileMessage, FileOrder } from './peer-connections.js';
import { PeerSessions } from './peer-sessions.js';
import { DownloadClock } from './download-clock.js';
import { Swarm } from '../swarm/swarm.js';
import type { RunningTask, TransferPool } from '../threads/transfer-pool.js';

/** What is downloaded, and where to. */
export interface DownloadRequest {
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  readonly fileId: string;
  readonly description: Description;
  /** Absolute path of the finished file. */
  readonly path: string;
  readonly partPath: string;
  readonly overwrite: boolean;
  /** Give up after this long without a byte; 0 waits for ever. */
  readonly timeoutMs: number;
  /** Peers that had the file when it was looked up; there may be others. */
  readonly firstPeers: readonly OnlinePeer[];
  /** Pieces that an earlier run says it verified; checked again before they count. */
  readonly verifiedBefore: Bitfield | undefined;
}

/** What a download needs of the client around it. */
export interface DownloadHost {
  readonly pool: TransferPool;
  /** Peers that have the file now; more come through `onPeers`. */
  watch(request: DownloadRequest): Promise<readonly OnlinePeer[]>;
  unwatch(request: DownloadRequest): void;
  startSession(
    request: DownloadRequest,
    peer: OnlinePeer,
    fd: number,
    onMessage: (message: FileMessage) => void,
  ): RunningTask<FileOrder>;
  readonly hasher: HashingJob['hasher'];
  /** Something of the part file is verified: it may be served from now on. */
  onGrowing(download: Download, part: OpenFile, verified: Bitfield): void;
  onPiecesGained(download: Download, verified: Bitfield, pieces: readonly number[]): void;
  onReceived(bytes: number): void;
  saveBitfield(request: DownloadRequest, verified: Bitfield): void;
  /** The file has its final name: note it, share it. */
  onComplete(download: Download): Promise<void>;
  /** It failed or was cancelled; serving what it has `verified` ends. */
  onStopped(download: Download, verified: Bitfield | undefined, error: WireError): void;
}

type State =
  | { readonly name: 'waiting' | 'checking' | 'downloading' | 'finishing' }
  | { readonly name: 'complete'; readonly summary: DownloadSummary }
  | { readonly name: 'failed' | 'cancelled'; readonly error: P2pError };

export class Download {
  readonly request: DownloadRequest;
  readonly #host: DownloadHost;
  readonly #clock = new DownloadClock();
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(progress: DownloadProgress) => void>();
  #state: State = { name: 'waiting' };
  #swarm: Swarm | undefined;
  #sessions: PeerSessions | undefined;
  #settled: Promise<DownloadSummary> | undefined;
  /** Resolved when every piece is verified, rejected when the download must stop. */
  #transfer: Deferred<void> | undefined;
  readonly #fetched = deferred<void>();
  /** Set once the tracker was asked who has the file, and to tell of changes. */
  #watching: Promise<void> | undefined;
  #isScheduled = false;
  /** Set while nothing is verified that peers could fetch from here. */
  #startOffering: (() => void) | undefined;
  /** Verified pieces that the serving peers have not been told of; they need not know at once. */
  #untold: number[] = [];
  #savedCount = 0;
  #savedAtMs = 0;

  constructor(request: DownloadRequest, host: DownloadHost) {
    this.request = request;
    this.#host = host;
  }

  get isRunning(): boolean {
    return !['complete', 'failed', 'cancelled'].includes(this.#state.name);
  }

  /** True when the engine closed under it: it goes on with the next engine. */
  get isCancelledByClose(): boolean {
    return this.#state.name === 'cancelled' && this.#state.error.code === 'TERMINATED';
  }

  /** Resolves when nothing is fetched any more, whatever became of it. */
  get whenFetched(): Promise<void> {
    return this.#fetched.promise;
  }

  /** Starts, once; resolves when the file is complete and shared. */
  run(): Promise<DownloadSummary> {
    this.#settled ??= this.#run();
    return this.#settled;
  }

  /** Calls back a few times a second until the download ends; answers how to stop that. */
  subscribe(listener: (progress: DownloadProgress) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops; what is verified stays for the next try. Resolves when no task is alive. */
  async stop(error: P2pError): Promise<void> {
    this.#fail(error);
    await whenSettled(this.#settled);
  }

  /** The tracker says which peers came and went. */
  onPeers(online: readonly OnlinePeer[], gone: readonly string[]): void {
    this.#sessions?.onGone(gone);
    this.#sessions?.onOnline(online);
  }

  /** A fresh ticket for the group: the serving peers must see it in time. */
  onTicket(ticket: Uint8Array): void {
    this.#sessions?.postAll({ type: 'ticket', ticket });
  }

  /** The tracker link is back, and these peers have the file now. */
  onTrackerBack(peers: readonly OnlinePeer[]): void {
    this.#sessions?.onOnline(peers);
  }

  progress(): DownloadProgress {
    const { id, groupId, fileName, path, description } = this.request;
    const swarm = this.#swarm;
    const isMoving = this.#state.name === 'downloading';
    return {
      id,
      groupId,
      fileName,
      path,
      state: this.#state.name,
      size: description.layout.size,
      verified: swarm?.verifiedBytes ?? 0,
      fetched: swarm?.fetchedBytes ?? 0,
      bytesPerSecond: isMoving ? this.#clock.bytesPerSecond(performance.now()) : 0,
      peers: swarm?.peers ?? [],
      ...('error' in this.#state ? { error: toWireError(this.#state.error) } : {}),
    };
  }

  async #run(): Promise<DownloadSummary> {
    let part: OpenFile | undefined;
    try {
      // It may have been stopped while it waited in line.
      this.#throwIfStopping();
      this.#clock.onStarted(performance.now());
      part = await this.#openPart();
      this.#swarm = await this.#startSwarm(part);
      if (!this.#swarm.isComplete) await this.#fetch(part, this.#swarm);
      this.#to({ name: 'finishing' });
      this.#fetched.resolve();
      return await this.#finish(part);
    } catch (error) {
      const failure = error instanceof P2pError ? error : bugOf(error);
      if (this.#swarm) this.#saveBitfield(this.#swarm);
      this.#to({
        name: failure instanceof CancelledError ? 'cancelled' : 'failed',
        error: failure,
      });
      this.#host.onStopped(this, this.#swarm?.verifiedBitfield, toWireError(failure));
      throw failure;
    } finally {
      this.#fetched.resolve();
      await part?.release();
    }
  }

  async #openPart(): Promise<OpenFile> {
    const { partPath, description, verifiedBefore } = this.request;
    const { size, pieceCount } = description.layout;
    const isOneWrite = pieceCount === 1 && !verifiedBefore?.has(0);
    const part = await openOrCreate(partPath, isOneWrite);
    // Its write makes the file as long as it is, and says just as soon that the disk is full.
    if (isOneWrite) return part;
    try {
      const { blocks } = await part.handle.stat();
      await requireFreeSpace(dirname(partPath), size - blocks * 512);
      await part.handle.truncate(size);
      return part;
    } catch (error) {
      await part.release();
      throw error;
    }
  }

  async #startSwarm(part: OpenFile): Promise<Swarm> {
    const { description, verifiedBefore } = this.request;
    const { layout } = description;
    let verified = new Bitfield(layout.pieceCount);
    if (verifiedBefore && verifiedBefore.count > 0) {
      this.#to({ name: 'checking' });
      const { pool, hasher } = this.#host;
      const { signal } = this.#stopping;
      const job = { pool, hasher, fd: part.fd, layout, signal };
      verified = await checkPieces(job, description, verifiedBefore).catch((error: unknown) => {
        // Stopped on purpose: what counts is why.
        this.#throwIfStopping();
        throw error;
      });
    }
    this.#throwIfStopping();
    return new Swarm({ layout, verified, random: Math.random });
  }

  async #fetch(part: OpenFile, swarm: Swarm): Promise<void> {
    this.#to({ name: 'downloading' });
    this.#startOffering = () => this.#host.onGrowing(this, part, swarm.verifiedBitfield);
    if (swarm.verifiedCount > 0) this.#offer();
    this.#transfer = deferred();
    const { pieceCount } = this.request.description.layout;
    this.#sessions = new PeerSessions(Math.min(this.#host.pool.threadCount, pieceCount), {
      start: (peer, onMessage) => this.#host.startSession(this.request, peer, part.fd, onMessage),
      onConnecting: (peerKey, peer) => this.#onConnecting(swarm, peerKey, peer),
      onMessage: (peerKey, message) => this.#onMessage(swarm, peerKey, message),
      onEnded: (peerKey, error) => {
        swarm.onPeerGone(peerKey, error?.message ?? 'closed');
        this.#schedule();
      },
    });
    const ticker = setInterval(() => this.#onTick(swarm), DOWNLOAD_TICK_MS);
    try {
      const { firstPeers } = this.request;
      this.#sessions.onOnline(firstPeers);
      if (firstPeers.length === 0 || pieceCount > BRIEF_DOWNLOAD_PIECES) this.#watch();
      await this.#transfer.promise;
    } finally {
      clearInterval(ticker);
      if (this.#watching) this.#host.unwatch(this.request);
      await this.#sessions.close();
      // A single piece is in place before anybody could ask; if not, the end is noted below.
      if (pieceCount > 1) this.#saveBitfield(swarm);
    }
  }

  /** Asks the tracker who has the file, once; from then on it tells of changes. */
  #watch(): void {
    const { firstPeers } = this.request;
    this.#watching ??= this.#host.watch(this.request).then(
      (peers) => {
        const present = new Set(peers.map(({ deviceId }) => deviceId));
        const gone = firstPeers.map(({ deviceId }) => deviceId).filter((id) => !present.has(id));
        this.onPeers(peers, gone);
      },
      (error: Error) => this.#transfer?.reject(error),
    );
  }

  #onConnecting(swarm: Swarm, peerKey: string, { userId, deviceId, addresses }: OnlinePeer): void {
    const [first] = addresses;
    swarm.onPeerConnecting(peerKey, {
      userId,
      deviceId,
      address: first ? `${first.host}:${first.port}` : '',
    });
  }

  #onMessage(
    swarm: Swarm,
    peerKey: string,
    message: Exclude<FileMessage, { type: 'ended' }>,
  ): void {
    const nowMs = performance.now();
    switch (message.type) {
      case 'ready': {
        const bits = Bitfield.from(message.bits, this.request.description.layout.pieceCount);
        this.#clock.onReady(nowMs);
        swarm.onPeerReady(peerKey, bits ?? bug('a session reported a malformed bitfield'), nowMs);
        break;
      }
      case 'have':
        swarm.onPeerHave(peerKey, message.pieces);
        break;
      case 'verified':
        this.#onVerified(swarm, peerKey, message.pieces, nowMs);
        break;
      case 'bad':
        swarm.onBad(peerKey, message.piece, nowMs);
        break;
      case 'returned':
        swarm.onReturned(peerKey, message.pieces, message.rejected, nowMs);
        break;
      case 'received':
        this.#clock.onReceived(message.bytes, nowMs);
        this.#host.onReceived(message.bytes);
        swarm.onReceived(peerKey, message.bytes, nowMs);
        break;
      case 'storage-failed':
        this.#fail(new StorageError(message.error.code, message.error.message));
        return;
    }
    this.#schedule();
  }

  #onVerified(swarm: Swarm, peerKey: string, pieces: readonly number[], nowMs: number): void {
    const gained = pieces.filter((piece) => !swarm.verifiedBitfield.has(piece));
    swarm.onVerified(peerKey, pieces, nowMs);
    this.#clock.onVerified(nowMs);
    this.#offer();
    this.#host.onPiecesGained(this, swarm.verifiedBitfield, gained);
    this.#untold.push(...gained);
    if (swarm.isComplete) this.#transfer?.resolve();
  }

  #offer(): void {
    this.#startOffering?.();
    this.#startOffering = undefined;
  }

  /** Coalesces everything that happened in this turn into one look at the swarm. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#state.name !== 'downloading') return;
      for (const action of this.#swarm?.schedule(performance.now()) ?? []) {
        if (action.type === 'drop') this.#drop(action.peerKey);
        else this.#sessions?.post(action.peerKey, { type: action.type, pieces: action.pieces });
      }
    });
  }

  #drop(peerKey: string): void {
    if (this.#swarm?.isBanned(peerKey)) this.#sessions?.banDeviceOf(peerKey);
    else this.#sessions?.post(peerKey, { type: 'close' });
  }

  #onTick(swarm: Swarm): void {
    const nowMs = performance.now();
    this.#watch();
    swarm.onTick(nowMs);
    this.#schedule();
    if (this.#untold.length > 0) this.#sessions?.postAll({ type: 'have', pieces: this.#untold });
    this.#untold = [];
    if (nowMs - this.#savedAtMs > SAVE_BITFIELD_INTERVAL_MS) {
      this.#savedAtMs = nowMs;
      this.#saveBitfield(swarm);
    }
    const { timeoutMs } = this.request;
    const silentMs = this.#clock.silentMs(nowMs);
    if (timeoutMs > 0 && silentMs > timeoutMs) {
      this.#fail(noProgress(timeoutMs));
      return;
    }
    this.#tell();
  }

  #saveBitfield(swarm: Swarm): void {
    if (swarm.verifiedCount === this.#savedCount) return;
    this.#savedCount = swarm.verifiedCount;
    this.#host.saveBitfield(this.request, swarm.verifiedBitfield);
  }

  async #finish(part: OpenFile): Promise<DownloadSummary> {
    const { partPath, path, overwrite, description } = this.request;
    await this.#checkSha256(part);
    await placeFile(partPath, path, overwrite);
    await this.#host.onComplete(this);
    const phasesMs = this.#clock.phasesMs(performance.now());
    const summary: DownloadSummary = {
      path,
      size: description.layout.size,
      fetched: this.#swarm?.fetchedBytes ?? 0,
      elapsedMs: phasesMs.connect + phasesMs.transfer + phasesMs.finish,
      phasesMs,
      peers: this.#swarm?.peers ?? [],
    };
    this.#to({ name: 'complete', summary });
    return summary;
  }

  /** A sharer who gave a SHA-256 wants the whole file checked against it. */
  async #checkSha256(part: OpenFile): Promise<void> {
    const { layout, sha256 } = this.request.description;
    if (!sha256) return;
    const actual = await this.#host.pool.sha256({ fd: part.fd, size: layout.size });
    if (Buffer.compare(actual, sha256) === 0) return;
    throw new StorageError(
      'VERIFICATION_FAILED',
      'every piece matches, but the whole file does not match its SHA-256; ask its sharer to share it again',
    );
  }

  #fail(error: P2pError): void {
    if (!this.isRunning || this.#state.name === 'finishing') return;
    this.#stopping.abort(error);
    // Whoever awaits the transfer hears it; before that, the next check does.
    void whenSettled(this.#transfer?.promise);
    this.#transfer?.reject(error);
  }

  #throwIfStopping(): void {
    if (this.#stopping.signal.aborted) throw this.#stopping.signal.reason as P2pError;
  }

  #to(state: State): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    if (this.#listeners.size === 0) return;
    const progress = this.progress();
    for (const listener of this.#listeners) listener(progress);
  }
}

function noProgress(timeoutMs: number): PeerError {
  const seconds = Math.round(timeoutMs / 1000);
  return new PeerError(
    'TIMEOUT',
    `no peer has delivered anything for ${seconds} seconds; what is verified is kept, try again when somebody who has the file is online`,
  );
}

/** A bug must crash, not fail one download quietly. */
function bugOf(error: unknown): never {
  throw error;
}
