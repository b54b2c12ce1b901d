/**
 * The owner of one download, from the part file to the finished, shared file.
 *
 * Threads: lives on the main thread and never touches file bytes; the checking of what an earlier
 * run left and the fetching (transfer.ts) are tasks in the transfer threads.
 *
 *   queued → checking → downloading → finishing → complete
 *   any of these but finishing → failed | cancelled (the part file and what is kept stay)
 */
import { dirname } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import {
  CancelledError,
  P2pError,
  StorageError,
  toWireError,
  type WireError,
} from '../../net/errors.js';
import { bytesOfPieces } from '../../net/folder-choice.js';
import { deferred, leaveToWaiters, whenSettled } from '../../net/deferred.js';
import { laterByTimer } from '../../net/later.js';
import { LAST_READER_WAIT_MS } from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import type { DownloadProgress, DownloadSummary, PeerProgress } from '../api/progress.js';
import { alreadyExists } from '../disk/destination.js';
import type { DiskSync } from '../disk/disk-sync.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { PartFile } from '../disk/part-file.js';
import type { Part } from '../disk/part.js';
import { removePart } from '../disk/remove-part.js';
import { stampIn } from '../disk/repaired-place.js';
import type { PieceTable } from '../swarm/piece-table.js';
import type { Unpacking } from '../threads/unpacking.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import type { ContentSource } from '../../workers/messages/content.js';
import { AwaitedDisk, diskWaitOf } from './awaited-disk.js';
import type { DownloadActivity } from './download-activity.js';
import { DownloadClock } from './download-clock.js';
import type { DownloadRecord } from './download-record.js';
import { fitsParcel, wantedBytesOf, type DownloadRequest } from './download-request.js';
import { FolderDestination } from './folder-destination.js';
import { findPieces, type Found } from './found-pieces.js';
import { LastReader } from './last-reader.js';
import type { ParcelOutcome, Parcels } from './parcels.js';
import type { PieceReuse } from './piece-reuse.js';
import { PieceKeeper, type KeepingOwners } from './piece-keeper.js';
import { rightInFile, type RightInPlace } from './right-in-place.js';
import { Transfer, type Tally, type TransferOwners } from './transfer.js';

/** The owners that a download works with; the same for all of a client. */
export interface DownloadOwners extends TransferOwners, KeepingOwners {
  readonly hashing: Pick<PieceHashing, 'checkPieces' | 'sha256'>;
  readonly record: Pick<DownloadRecord, 'complete' | 'saveKept' | 'dropKept' | 'fail' | 'movePart'>;
  readonly sync: DiskSync;
  readonly unpacking: Pick<Unpacking, 'unpack'>;
  readonly reuse: Pick<PieceReuse, 'copyInto'>;
  readonly parcels: Pick<Parcels, 'fetch'>;
  readonly activity: Pick<DownloadActivity, 'onStarted' | 'onMoved'>;
}

type State =
  | { readonly name: 'queued' | 'checking' | 'copying' }
  | { readonly name: 'downloading' | 'finishing'; readonly transfer: Transfer }
  /** Together with others. */
  | { readonly name: 'downloading' | 'finishing'; readonly tally: Tally }
  | { readonly name: 'complete'; readonly tally: Tally; readonly summary: DownloadSummary }
  | { readonly name: 'failed' | 'cancelled'; readonly tally: Tally; readonly error: P2pError };

export class Download {
  readonly request: DownloadRequest;
  readonly #owners: DownloadOwners;
  readonly #clock = new DownloadClock();
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(progress: DownloadProgress) => void>();
  readonly #fetched = deferred<void>();
  readonly #reader = new LastReader(laterByTimer);
  #state: State = { name: 'queued' };
  #settled: Promise<DownloadSummary> | undefined;
  readonly #disk = new AwaitedDisk(() => this.#tell());
  /** Where the content is while it comes. */
  #growsAt: string | undefined;
  /** Copied from other things on this disk. */
  #reusedBytes = 0;

  constructor(request: DownloadRequest, owners: DownloadOwners) {
    this.request = request;
    this.#owners = owners;
  }

  get isRunning(): boolean {
    return !['complete', 'failed', 'cancelled'].includes(this.#state.name);
  }

  /** Its pieces while they are fetched; a live view that must not be changed. */
  get pieces(): PieceTable | undefined {
    return 'transfer' in this.#state ? this.#state.transfer.pieces : undefined;
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

  /** Calls back a few times a second while it moves, until the download ends; answers how to stop that. */
  subscribe(listener: (progress: DownloadProgress) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Stops; what is verified stays for the next try. One that has every piece is finished all the
   * same, one that has not started yet stops when it does. Resolves when no task is alive.
   */
  async stop(error: P2pError): Promise<void> {
    this.#reader.giveUp();
    if (this.isRunning && this.#state.name !== 'finishing') this.#stopping.abort(error);
    await whenSettled(this.#settled);
  }

  /** Its reader has all of it, so that it may go; false when it does not pass, or is not whole yet. */
  onDelivered(): boolean {
    if (!this.request.isPassing || this.#state.name !== 'finishing') return false;
    this.#reader.onDelivered();
    return true;
  }

  progress(): DownloadProgress {
    const { id, groupId, fileName, fileId, path } = this.request;
    const isMoving = this.#state.name === 'downloading';
    return {
      ...{ id, groupId, fileName, fileId, path },
      state: this.#stateName,
      size: wantedBytesOf(this.request),
      ...this.#tally,
      bytesPerSecond: isMoving ? this.#clock.bytesPerSecond(performance.now()) : 0,
      ...diskWaitOf(this.#fetching ?? this.#disk),
      ...this.#readable,
      ...('error' in this.#state ? { error: toWireError(this.#state.error) } : {}),
    };
  }

  /** The transfer while it fetches. */
  get #fetching(): Transfer | undefined {
    const state = this.#state;
    return state.name === 'downloading' && 'transfer' in state ? state.transfer : undefined;
  }

  /** Its part file may have another name than was thought of first; the whole file has its own. */
  get #readable(): Pick<DownloadProgress, 'readable'> {
    const { isInOrder = false, path, description } = this.request;
    if (!isInOrder) return {};
    if (this.#state.name === 'complete')
      return { readable: { path, bytes: description.layout.size } };
    const grows = this.#growsAt;
    if (grows === undefined || !('transfer' in this.#state)) return {};
    return { readable: { path: grows, bytes: this.#state.transfer.leadingBytes } };
  }

  get #stateName(): DownloadProgress['state'] {
    const { name } = this.#state;
    return name === 'cancelled' && this.#state.error.code === 'PAUSED' ? 'paused' : name;
  }

  get #tally(): Tally {
    if ('tally' in this.#state) return this.#state.tally;
    if ('transfer' in this.#state) return this.#state.transfer.tally;
    const kept = this.request.left?.keptBytes ?? 0;
    return { verified: kept, kept, fetched: 0, peers: [] };
  }

  async #run(): Promise<DownloadSummary> {
    let part: Part | undefined;
    let together: ParcelOutcome | undefined;
    try {
      // It may have been stopped while it waited in line.
      this.#stopping.signal.throwIfAborted();
      this.#clock.onStarted(performance.now());
      const { folder } = this.request.description;
      if (folder) {
        const destination = new FolderDestination(this.request, folder, this.#owners);
        const look = await destination.look((...which) => this.#hash(...which));
        const { whole, placed, inPlace } = look;
        if (whole) return await this.#takeWhole(await destination.take(whole));
        const opened = await this.#disk.during(destination.openPart(placed));
        this.#growsAt = opened.path;
        part = opened;
        const found = await this.#find(part, placed?.verdict.pieces);
        const { wanted } = destination;
        return await this.#fill(part, await this.#reuse(part, found, wanted, inPlace), wanted);
      }
      together = await this.#fetchTogether();
      if (together.kind === 'whole') return await this.#finishWhole(together);
      this.#stopping.signal.throwIfAborted();
      part = await this.#openPartFile(this.request.isAgain);
      let found = await this.#find(part);
      if (part.isPlaced && !found.verified.isFull) {
        // It only looked like ours, and nothing was done to it.
        await part.release();
        const { overwrite, keepsOlder = false, path } = this.request;
        if (!overwrite && !keepsOlder) throw alreadyExists(path);
        part = await this.#openPartFile(false);
        found = await this.#find(part);
      }
      const all = Bitfield.full(found.verified.length);
      const inPlace = rightInFile(this.request);
      return await this.#fill(part, await this.#reuse(part, found, all, inPlace));
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
      if (together?.kind === 'alone') together.end();
    }
  }

  /** A small file comes in one go with others, if there are others. */
  async #fetchTogether(): Promise<ParcelOutcome> {
    const { parcels } = this.#owners;
    if (fitsParcel(this.request)) this.#to({ name: 'downloading', tally: this.#tally });
    const onDiskWait = (lastedMs?: number): void => this.#disk.onLasted(lastedMs);
    return parcels
      .fetch(this.request, this.#stopping.signal, onDiskWait)
      .finally(() => onDiskWait());
  }

  /** It has its name, and is on the disk but for that. */
  async #finishWhole({
    stamp,
    peer,
  }: Extract<ParcelOutcome, { kind: 'whole' }>): Promise<DownloadSummary> {
    const { path } = this.request;
    const { record, sync } = this.#owners;
    const { size } = stamp;
    const tally = { verified: size, kept: size, fetched: size, peers: [wholeFrom(peer, size)] };
    this.#to({ name: 'finishing', tally });
    this.#clock.onReady(performance.now());
    this.#clock.onVerified(performance.now());
    this.#fetched.resolve();
    await sync.folder(dirname(path));
    await record.complete(this.request, stamp);
    return this.#onComplete(tally);
  }

  /** Everything is there: nothing is fetched, and what an earlier run left beside it goes. */
  async #takeWhole(stamp: FileStamp): Promise<DownloadSummary> {
    const { id, partPath, isAgain } = this.request;
    const { record, hints, sync } = this.#owners;
    this.#fetched.resolve();
    // Before that is noted: nobody looks for it afterwards. What cannot be removed is found by whoever looks.
    const removal = isAgain ? await removePart(partPath).catch(() => undefined) : undefined;
    if (removal?.kind === 'removed') await sync.folder(dirname(partPath)).catch(() => undefined);
    await record.complete(this.request, stamp);
    await hints.remove(id);
    const size = wantedBytesOf(this.request);
    return this.#onComplete({ verified: size, kept: size, fetched: 0, peers: [] });
  }

  /** Everything comes in one piece from a peer. */
  get #isOneFetch(): boolean {
    const { kind, isSharedHere = false } = this.request;
    return kind === 'one-piece' && !isSharedHere;
  }

  async #openPartFile(mayBePlaced: boolean): Promise<PartFile> {
    const { partPath, path, overwrite, keepsOlder = false, description, left } = this.request;
    const { repairs } = this.request;
    const isResumed = left !== undefined && left.kept.count + left.doubtful.count > 0;
    // What a killed repair left must show by its length that it is ours.
    const isOneWrite = this.#isOneFetch && !isResumed && !repairs;
    const { size } = description.layout;
    const onMoved = (moved: string) => this.#owners.record.movePart(this.request, moved);
    const isChanged = repairs?.state === 'changed';
    const over = { overwrite: overwrite && !isChanged, keepsOlder: keepsOlder || isChanged };
    const place = { partPath, path, size, ...over, replaces: stampIn(repairs) };
    const how = { isOneWrite, isResumed, mayBePlaced, onMoved };
    const part = await this.#disk.during(PartFile.open({ ...place, ...how }));
    this.#growsAt = part.path;
    return part;
  }

  #find(part: Part, placed?: Bitfield): Promise<Found> {
    const { request } = this;
    const { record } = this.#owners;
    return findPieces({ request, part, placed, record, hash: (...which) => this.#hash(...which) });
  }

  /** With what other things on this disk have of what is missing, copied into the part. */
  async #reuse(part: Part, found: Found, wanted: Bitfield, inPlace?: RightInPlace): Promise<Found> {
    const { groupId, fileName, description } = this.request;
    const missing = wanted.without(found.verified);
    // What comes in one write is not worth a look.
    if (missing.count === 0 || this.#isOneFetch) return found;
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const { content } = part;
    const onCopying = (): void => this.#to({ name: 'copying' });
    const request = { groupId, fileName, description, content, missing, inPlace, signal };
    const copied = await this.#owners.reuse.copyInto({ ...request, onCopying });
    this.#reusedBytes = bytesOfPieces(description.layout, copied);
    return { ...found, verified: found.verified.or(copied) };
  }

  /** Those of the candidates that match. */
  async #hash(content: ContentSource, candidates: Bitfield): Promise<Bitfield> {
    if (candidates.count === 0) return candidates;
    const { description } = this.request;
    this.#to({ name: 'checking' });
    const { signal } = this.#stopping;
    const file = { content, layout: description.layout, signal };
    return this.#owners.hashing.checkPieces(file, description, candidates).catch((error) => {
      // Stopped on purpose: what counts is why.
      signal.throwIfAborted();
      throw error;
    });
  }

  /** Fetches what is missing of what is wanted, and puts all of it in its place. */
  async #fill(
    part: Part,
    { kept, verified, placed }: Found,
    wanted?: Bitfield,
  ): Promise<DownloadSummary> {
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const { watches, connections, growing } = this.#owners;
    const { request } = this;
    const toCome = (wanted ?? Bitfield.full(verified.length)).without(verified);
    const keeper = this.#keeperOf(part, { kept, toCome }, (error) => transfer.onSyncFailed(error));
    const transfer: Transfer = new Transfer({
      request,
      part,
      keeper,
      verified,
      ...(wanted && { wanted }),
      clock: this.#clock,
      watches,
      connections,
      growing,
      onTick: () => this.#tell(),
    });
    try {
      // What was found is verified now; what of it is not kept will be.
      keeper.onVerified([...verified.without(kept).without(placed).indexes()]);
      if (!transfer.isComplete) {
        this.#to({ name: 'downloading', transfer });
        keeper.onActivity();
        await transfer.run(signal);
      }
      this.#to({ name: 'finishing', transfer });
      this.#fetched.resolve();
      const summary = await this.#finish(part, transfer, keeper);
      await keeper.forget();
      return summary;
    } catch (error) {
      transfer.stop();
      await keeper.stop();
      throw error;
    }
  }

  #keeperOf(
    part: Part,
    { kept, toCome }: { readonly kept: Bitfield; readonly toCome: Bitfield },
    onFailed: (error: P2pError) => void,
  ): PieceKeeper {
    const { request } = this;
    const { record, sync, hints } = this.#owners;
    return new PieceKeeper({
      ...{
        id: request.id,
        layout: request.description.layout,
        part,
        kept,
        toCome,
        sync,
        hints,
        onFailed,
      },
      kind: request.kind,
      ...(request.isPassing && { isPassing: true }),
      save: (kept) => record.saveKept(request, kept),
      nowMs: () => performance.now(),
    });
  }

  /**
   * Complete means, in this order: on the disk, named, the name on the disk, noted. What the part has
   * besides goes before that is noted: a kill later would leave it for ever.
   */
  async #finish(part: Part, transfer: Transfer, keeper: PieceKeeper): Promise<DownloadSummary> {
    const { path } = this.request;
    const { record, sync } = this.#owners;
    if (this.request.isPassing && (await this.#hasPassed(part))) {
      transfer.stop();
      return this.#onComplete(transfer.tally);
    }
    const synced = keeper.finish();
    // It may fail while the whole file is still being hashed.
    leaveToWaiters(synced);
    // Neither may be at the file any more when the other has failed.
    await this.#checkSha256(part).finally(() => whenSettled(synced));
    await synced;
    const stamp = await part.place(this.#stopping.signal);
    await sync.folder(dirname(path));
    await part.discard();
    await record.complete(this.request, stamp);
    const size = wantedBytesOf(this.request);
    return this.#onComplete({ ...transfer.tally, kept: size }, part.olderPath);
  }

  /** Of it nothing has to be kept: its row goes with its part file (engine/spooled-content.ts). */
  async #hasPassed(part: Part): Promise<boolean> {
    if (!(await this.#reader.hasAllWithin(LAST_READER_WAIT_MS))) return false;
    // What was read may be wrong all the same, and then it stays as that of any other download does.
    await this.#checkSha256(part);
    return true;
  }

  #onComplete(tally: Tally, olderPath?: string): DownloadSummary {
    const phasesMs = this.#clock.phasesMs(performance.now());
    const { path } = this.request;
    const summary: DownloadSummary = {
      path,
      ...(olderPath === undefined ? {} : { olderPath }),
      size: wantedBytesOf(this.request),
      fetched: tally.fetched,
      reused: this.#reusedBytes,
      elapsedMs: phasesMs.connect + phasesMs.transfer + phasesMs.finish,
      phasesMs,
      peers: tally.peers,
    };
    this.#to({ name: 'complete', tally, summary });
    return summary;
  }

  /** A sharer who gave a SHA-256 wants the whole file checked against it. */
  async #checkSha256({ content }: Part): Promise<void> {
    const { description, choice } = this.request;
    const { layout, sha256 } = description;
    if (!sha256 || choice) return;
    const actual = await this.#owners.hashing.sha256({ content, size: layout.size });
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
    this.#owners.activity.onMoved(() => this.progress());
    this.tellListeners();
  }

  /** Those who subscribed hear where it stands, although nothing has moved. */
  tellListeners(): void {
    if (this.#listeners.size === 0) return;
    const progress = this.progress();
    for (const listener of this.#listeners) listener(progress);
  }
}

/** The one peer that a small file came from. */
function wholeFrom({ userId, deviceId, addresses }: OnlinePeer, bytes: number): PeerProgress {
  const { host = '', port = 0 } = addresses[0] ?? {};
  return { userId, deviceId, address: `${host}:${port}`, state: 'active', bytes, badPieces: 0 };
}

/** What the closing engine stopped stays marked as running, and goes on with the next one. */
function isByClose({ code }: Pick<WireError, 'code'>): boolean {
  return code === 'TERMINATED';
}
