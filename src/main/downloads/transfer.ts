/**
 * The fetching of one download: from its first peer until every piece is verified. Owns the swarm
 * with its sessions, the watch for peers and the ticker; exists only while a download needs them.
 * What it has is offered, saved and counted from here.
 *
 *   made (nothing runs) → running → over
 */
import type { Bitfield } from '../../net/bitfield.js';
import { display } from '../../net/display.js';
import { PeerError, TrackerError, fromWireError, type P2pError } from '../../net/errors.js';
import { deferred } from '../../net/deferred.js';
import {
  DOWNLOAD_TICK_MS,
  REPLACED_SILENCE_MS,
  SAVE_BITFIELD_INTERVAL_MS,
} from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import type { FileWatcher, FileWatches } from '../account/file-watches.js';
import type { PeerProgress } from '../api/progress.js';
import type { PartFile } from '../disk/part-file.js';
import type { GrowingFile, GrowingFiles } from '../sharing/growing-files.js';
import type { Swarm } from '../swarm/swarm.js';
import type { DownloadClock } from './download-clock.js';
import type { DownloadRecord } from './download-record.js';
import type { DownloadRequest } from './download-request.js';
import type { FetchedFile, PeerConnections } from './peer-connections.js';
import { laterByTimer } from './peer-sessions.js';
import { SwarmSessions } from './swarm-sessions.js';

/** How far a download is, for people. */
export interface Tally {
  /** Bytes verified on disk, and of those fetched by this run. */
  readonly verified: number;
  readonly fetched: number;
  readonly peers: readonly PeerProgress[];
}

/** The owners that a transfer works with. */
export interface TransferOwners {
  readonly watches: Pick<FileWatches, 'open' | 'close'>;
  readonly connections: Pick<PeerConnections, 'start' | 'mayStart' | 'onProof' | 'threadCount'>;
  readonly growing: Pick<GrowingFiles, 'begin' | 'onPiecesGained' | 'end'>;
  readonly record: Pick<DownloadRecord, 'saveBitfield'>;
}

export interface TransferOptions extends TransferOwners {
  readonly request: DownloadRequest;
  readonly part: PartFile;
  /** Pieces that are on disk already. */
  readonly verified: Bitfield;
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
  #isWatching = false;
  /** Named by the look-up; the first answer about all peers says which of them are gone. */
  #unconfirmed: readonly OnlinePeer[];
  #isOffered = false;
  /** Who shares a newer version under the name, if there is one. */
  #replacedBy: string | undefined;
  /** Verified pieces that the serving peers have not been told of; they need not know at once. */
  #untold: number[] = [];
  #savedCount = 0;
  #savedAtMs = 0;

  constructor(options: TransferOptions) {
    this.#options = options;
    const { request, part, verified, connections } = options;
    const { groupId, fileId, description, firstPeers } = request;
    const { layout } = description;
    this.groupId = groupId;
    this.fileId = fileId;
    this.fileName = request.fileName;
    this.#unconfirmed = firstPeers;
    const file = fetchedFileOf(request, part.fd);
    this.#peers = new SwarmSessions({
      layout,
      verified,
      random: Math.random,
      connectionsWanted: Math.min(connections.threadCount, layout.pieceCount),
      start: (peer, onMessage) => connections.start(file, peer, onMessage),
      mayStart: (peer, isFurther) => connections.mayStart(groupId, peer, isFurther),
      events: {
        onReady: (nowMs) => options.clock.onReady(nowMs),
        onReceived: (bytes, nowMs) => options.clock.onReceived(bytes, nowMs),
        onGained: (pieces, nowMs) => this.#onGained(pieces, nowMs),
        onStorageFailed: (error) => this.#outcome.reject(fromWireError(error)),
      },
      nowMs: () => performance.now(),
      soon: setImmediate,
      later: laterByTimer,
    });
    this.#growing = {
      groupId,
      fileId,
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

  get tally(): Tally {
    const { verifiedBytes: verified, fetchedBytes: fetched, peers } = this.#swarm;
    return { verified, fetched, peers };
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
    const forgetProofs = this.#options.connections.onProof(() => this.#peers.onDialsPermitted());
    const ticker = setInterval(() => this.#onTick(), DOWNLOAD_TICK_MS);
    try {
      signal.throwIfAborted();
      this.#peers.onPeers(request.firstPeers, []);
      if (request.firstPeers.length === 0 || request.kind === 'long') this.#watch();
      await this.#outcome.promise;
    } finally {
      clearInterval(ticker);
      forgetProofs();
      signal.removeEventListener('abort', stop);
      if (this.#isWatching) this.#options.watches.close(this);
      await this.#peers.close();
      // A single piece is in place before anybody could ask; if not, the end is noted by `stop`.
      if (request.kind !== 'one-piece') this.#save();
    }
  }

  /** The download ends without the whole file: notes what there is and serves it no more. */
  stop(): void {
    this.#save();
    this.#options.growing.end(this.#growing);
  }

  // --- What the tracker says -----------------------------------------------------

  onAllPeers(peers: readonly OnlinePeer[]): void {
    const present = new Set(peers.map(({ deviceId }) => deviceId));
    const named = this.#unconfirmed.map(({ deviceId }) => deviceId);
    this.#unconfirmed = [];
    this.onPeers(
      peers,
      named.filter((deviceId) => !present.has(deviceId)),
    );
  }

  onPeers(online: readonly OnlinePeer[], gone: readonly string[]): void {
    this.#peers.onPeers(online, gone);
  }

  onReplaced(sharer: string): void {
    this.#replacedBy = sharer;
  }

  onRefused(error: P2pError): void {
    this.#outcome.reject(error);
  }

  // --- What comes of it --------------------------------------------------------------

  #onGained(gained: readonly number[], nowMs: number): void {
    const { clock, growing } = this.#options;
    clock.onVerified(nowMs);
    this.#offer();
    growing.onPiecesGained(this.#growing, gained);
    this.#untold.push(...gained);
    if (this.isComplete) this.#outcome.resolve();
  }

  #onTick(): void {
    const nowMs = performance.now();
    this.#watch();
    this.#peers.onTick();
    if (this.#untold.length > 0) this.#peers.tellHave(this.#untold);
    this.#untold = [];
    if (nowMs - this.#savedAtMs > SAVE_BITFIELD_INTERVAL_MS) {
      this.#savedAtMs = nowMs;
      this.#save();
    }
    const { request, clock, onTick } = this.#options;
    const { timeoutMs, fileName } = request;
    const silentMs = clock.silentMs(nowMs);
    if (this.#replacedBy !== undefined && silentMs > replacedPatienceMs(timeoutMs)) {
      this.#outcome.reject(replacedMeanwhile(fileName, this.#replacedBy));
      return;
    }
    if (timeoutMs > 0 && silentMs > timeoutMs) {
      this.#outcome.reject(noProgress(timeoutMs));
      return;
    }
    onTick();
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

  #save(): void {
    if (this.#swarm.verifiedCount === this.#savedCount) return;
    this.#savedCount = this.#swarm.verifiedCount;
    this.#options.record.saveBitfield(this.#options.request, this.#swarm.verifiedBitfield);
  }
}

function fetchedFileOf({ groupId, fileId, description }: DownloadRequest, fd: number): FetchedFile {
  const { layout, pieceHashes } = description;
  return { groupId, fileId, fd, layout, pieceHashes: sharedCopyOf(pieceHashes) };
}

/** One copy that every thread reads. */
function sharedCopyOf(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

function noProgress(timeoutMs: number): PeerError {
  const seconds = Math.round(timeoutMs / 1000);
  return new PeerError(
    'TIMEOUT',
    `no peer has delivered anything for ${seconds} seconds; what is verified is kept, try again when somebody who has the file is online`,
  );
}

/** Who has the old version may be back in a moment, but nobody new will have it. */
function replacedPatienceMs(timeoutMs: number): number {
  return timeoutMs > 0 ? Math.min(timeoutMs, REPLACED_SILENCE_MS) : REPLACED_SILENCE_MS;
}

function replacedMeanwhile(fileName: string, sharer: string): TrackerError {
  const name = display(fileName);
  return new TrackerError(
    'REPLACED',
    `${name} has a newer version, shared by ${display(sharer)}, and nobody delivers the older one any more; download ${name} again to take the newer one`,
  );
}
