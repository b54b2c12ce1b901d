/**
 * The owner of one download, from the part file to the finished, shared file.
 *
 * Threads: lives on the main thread and never touches file bytes; the checking of what an earlier
 * run left and the fetching (transfer.ts) are tasks in the transfer threads.
 *
 *   waiting → checking → downloading → finishing → complete
 *   any of these but finishing → failed | cancelled (the part file and what is verified stay)
 */
import { Bitfield } from '../../net/bitfield.js';
import {
  CancelledError,
  P2pError,
  StorageError,
  toWireError,
  type WireError,
} from '../../net/errors.js';
import { deferred, whenSettled } from '../../net/deferred.js';
import type { DownloadProgress, DownloadSummary } from '../api/progress.js';
import { PartFile } from '../disk/part-file.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { DownloadClock } from './download-clock.js';
import type { DownloadRecord } from './download-record.js';
import type { DownloadRequest } from './download-request.js';
import { Transfer, type Tally, type TransferOwners } from './transfer.js';

/** The owners that a download works with; the same for all of a client. */
export interface DownloadOwners extends TransferOwners {
  readonly hashing: Pick<PieceHashing, 'checkPieces' | 'sha256'>;
  readonly record: Pick<DownloadRecord, 'complete' | 'saveBitfield' | 'fail' | 'movePart'>;
}

type State =
  | { readonly name: 'waiting' | 'checking' }
  | { readonly name: 'downloading' | 'finishing'; readonly transfer: Transfer }
  | { readonly name: 'complete'; readonly tally: Tally; readonly summary: DownloadSummary }
  | { readonly name: 'failed' | 'cancelled'; readonly tally: Tally; readonly error: P2pError };

const NOTHING: Tally = { verified: 0, fetched: 0, peers: [] };

export class Download {
  readonly request: DownloadRequest;
  readonly #owners: DownloadOwners;
  readonly #clock = new DownloadClock();
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(progress: DownloadProgress) => void>();
  readonly #fetched = deferred<void>();
  #state: State = { name: 'waiting' };
  #settled: Promise<DownloadSummary> | undefined;

  constructor(request: DownloadRequest, owners: DownloadOwners) {
    this.request = request;
    this.#owners = owners;
  }

  get isRunning(): boolean {
    return !['complete', 'failed', 'cancelled'].includes(this.#state.name);
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

  /**
   * Stops; what is verified stays for the next try. One that has every piece is finished all the
   * same, one that has not started yet stops when it does. Resolves when no task is alive.
   */
  async stop(error: P2pError): Promise<void> {
    if (this.isRunning && this.#state.name !== 'finishing') this.#stopping.abort(error);
    await whenSettled(this.#settled);
  }

  progress(): DownloadProgress {
    const { id, groupId, fileName, path, description } = this.request;
    const isMoving = this.#state.name === 'downloading';
    return {
      id,
      groupId,
      fileName,
      path,
      state: this.#state.name,
      size: description.layout.size,
      ...this.#tally,
      bytesPerSecond: isMoving ? this.#clock.bytesPerSecond(performance.now()) : 0,
      ...('error' in this.#state ? { error: toWireError(this.#state.error) } : {}),
    };
  }

  get #tally(): Tally {
    if ('tally' in this.#state) return this.#state.tally;
    return 'transfer' in this.#state ? this.#state.transfer.tally : NOTHING;
  }

  async #run(): Promise<DownloadSummary> {
    let part: PartFile | undefined;
    try {
      // It may have been stopped while it waited in line.
      this.#stopping.signal.throwIfAborted();
      this.#clock.onStarted(performance.now());
      part = await this.#openPart();
      return await this.#fill(part, await this.#check(part));
    } catch (error) {
      // A bug must crash, not fail one download quietly.
      if (!(error instanceof P2pError)) throw error;
      const name = error instanceof CancelledError ? 'cancelled' : 'failed';
      this.#to({ name, tally: this.#tally, error });
      if (!isByClose(error)) this.#owners.record.fail(this.request, toWireError(error));
      throw error;
    } finally {
      this.#fetched.resolve();
      await part?.release();
    }
  }

  #openPart(): Promise<PartFile> {
    const { partPath, path, overwrite, keepsOlder, description, kind, verifiedBefore } =
      this.request;
    const isOneWrite = kind === 'one-piece' && !verifiedBefore?.has(0);
    const { size } = description.layout;
    const isResumed = verifiedBefore !== undefined && verifiedBefore.count > 0;
    const onMoved = (moved: string) => this.#owners.record.movePart(this.request, moved);
    const place = { partPath, path, size, overwrite, ...(keepsOlder ? { keepsOlder } : {}) };
    return PartFile.open({ ...place, isOneWrite, isResumed, onMoved });
  }

  /** Which pieces of an earlier run are really there. */
  async #check(part: PartFile): Promise<Bitfield> {
    const { description, verifiedBefore } = this.request;
    const { layout } = description;
    const isThere = !part.isFresh && verifiedBefore !== undefined && verifiedBefore.count > 0;
    if (!isThere) return new Bitfield(layout.pieceCount);
    this.#to({ name: 'checking' });
    const { signal } = this.#stopping;
    const file = { fd: part.fd, layout, signal };
    return this.#owners.hashing.checkPieces(file, description, verifiedBefore).catch((error) => {
      // Stopped on purpose: what counts is why.
      signal.throwIfAborted();
      throw error;
    });
  }

  /** Fetches what is missing, and puts the whole file in its place. */
  async #fill(part: PartFile, verified: Bitfield): Promise<DownloadSummary> {
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const { watches, connections, growing, record } = this.#owners;
    const transfer = new Transfer({
      request: this.request,
      part,
      verified,
      clock: this.#clock,
      watches,
      connections,
      growing,
      record,
      onTick: () => this.#tell(),
    });
    try {
      if (!transfer.isComplete) {
        this.#to({ name: 'downloading', transfer });
        await transfer.run(signal);
      }
      this.#to({ name: 'finishing', transfer });
      this.#fetched.resolve();
      return await this.#finish(part, transfer);
    } catch (error) {
      transfer.stop();
      throw error;
    }
  }

  async #finish(part: PartFile, transfer: Transfer): Promise<DownloadSummary> {
    const { path, description } = this.request;
    await this.#checkSha256(part);
    await this.#owners.record.complete(this.request, await part.place());
    const phasesMs = this.#clock.phasesMs(performance.now());
    const { tally } = transfer;
    const { olderPath } = part;
    const summary: DownloadSummary = {
      path,
      ...(olderPath === undefined ? {} : { olderPath }),
      size: description.layout.size,
      fetched: tally.fetched,
      elapsedMs: phasesMs.connect + phasesMs.transfer + phasesMs.finish,
      phasesMs,
      peers: tally.peers,
    };
    this.#to({ name: 'complete', tally, summary });
    return summary;
  }

  /** A sharer who gave a SHA-256 wants the whole file checked against it. */
  async #checkSha256({ fd }: PartFile): Promise<void> {
    const { layout, sha256 } = this.request.description;
    if (!sha256) return;
    const actual = await this.#owners.hashing.sha256({ fd, size: layout.size });
    if (Buffer.compare(actual, sha256) === 0) return;
    throw new StorageError(
      'VERIFICATION_FAILED',
      'every piece matches, but the whole file does not match its SHA-256; ask its sharer to share it again',
    );
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

/** What the closing engine stopped stays marked as running, and goes on with the next one. */
function isByClose({ code }: Pick<WireError, 'code'>): boolean {
  return code === 'TERMINATED';
}
