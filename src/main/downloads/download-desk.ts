/**
 * Starts downloads and settles what they leave behind: asks the tracker what a name means,
 * decides where the file goes, notes it in the library, serves it while it grows, and shares
 * it when it is complete. Owns no state of its own but the table of downloads.
 */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Bitfield } from '../../net/bitfield.js';
import { whenSettled } from '../../net/deferred.js';
import { decodeDescription, type Description } from '../../net/description.js';
import {
  CancelledError,
  P2pError,
  TrackerError,
  bug,
  toStorageError,
  type ErrorCode,
  type WireError,
} from '../../net/errors.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import { deviceIdOfCredentials } from '../../net/device-identity.js';
import { partPathOf, resolveDestination } from '../disk/destination.js';
import type { Download, DownloadHost, DownloadRequest } from './download.js';
import type { DownloadProgress, EngineApi } from '../api/engine-api.js';
import { stampOf } from '../disk/file-stamp.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { OpenFile } from '../disk/open-files.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import { Downloads } from './downloads.js';
import type { ClientParts } from '../engine/client-parts.js';
import { copyOwnShare } from './own-copy.js';

type StartRequest = Parameters<EngineApi['startDownload']>[0];

export class DownloadDesk {
  readonly downloads = new Downloads();
  readonly #parts: ClientParts;
  #receivedBytes = 0;
  /** Of this very client; working it out from the key takes longer than a small file. */
  #deviceId: Promise<string> | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** Bytes received by all downloads so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Accepts a download and answers its id. @throws P2pError */
  async start(request: StartRequest): Promise<string> {
    const { link, workshop, credentials } = this.#parts;
    // The threads load while the tracker answers.
    void workshop.pool;
    // A port that a user has chosen may well be taken. Else a listener can wait until there is
    // something to serve, which for one small file never comes; many files are worth one.
    const { hasChosenPort } = this.#parts;
    const isAlone = this.downloads.running.length === 0;
    const serving = hasChosenPort || !isAlone ? this.#parts.startServing() : undefined;
    void whenSettled(serving);
    const opening = link.whileDialling().then(() => workshop.library());
    const [library] = await Promise.all([opening, link.calls()]);
    const { groupId, fileName, overwrite, timeoutMs } = request;
    const { account } = link.requireSession();
    const file = await this.#parts.batches.lookUp({ groupId, name: fileName });
    const { fileId, encoded, description, peers: firstPeers } = file;
    const path = await resolveDestination(request.destination, fileName, overwrite);
    const running = this.downloads.find(groupId, fileName, path);
    if (running) return running.request.id;
    const unfinished = library.unfinishedDownload(account, groupId, fileName, path);
    const known = unfinished?.fileId === fileId ? unfinished : undefined;
    const id = known?.id ?? randomUUID();
    this.#deviceId ??= credentials().then(deviceIdOfCredentials);
    const partPath = known?.partPath ?? partPathOf(path, fileId, await this.#deviceId);
    const { size, pieceLength } = description.layout;
    await library.gather(() => {
      if (known) return library.restartDownload(id);
      const startedAtMs = Date.now();
      const download = { id, groupId, name: fileName, fileId, path, partPath, size, startedAtMs };
      library.addDownload(account, download, { fileId, pieceLength, encoded });
    });
    if (hasChosenPort) await serving;
    const own = library.share(account, groupId, fileName);
    const isCopied =
      own?.fileId === fileId && own.path !== path && (await copyOwnShare(own, partPath));
    const { pieceCount } = description.layout;
    const left = known && bitfieldOf(library, known, pieceCount);
    const verifiedBefore = isCopied ? Bitfield.full(pieceCount) : left;
    this.#run({
      id,
      groupId,
      fileName,
      fileId,
      description,
      path,
      partPath,
      overwrite,
      timeoutMs,
      firstPeers,
      verifiedBefore,
    });
    try {
      await serving;
    } catch (error) {
      await this.downloads.cancel(id);
      throw error;
    }
    return id;
  }

  /** Goes on with every download that an earlier engine of this account left unfinished. */
  async resumeUnfinished(account: Account): Promise<void> {
    const library = await this.#parts.workshop.library();
    for (const left of library.listDownloads(account)) {
      if (left.state !== 'running' || this.downloads.find(left.groupId, left.name, left.path))
        continue;
      const encoded = library.description(left.fileId);
      if (!encoded) continue;
      const description = decodeDescription(encoded);
      this.#run({
        ...left,
        fileName: left.name,
        description,
        // The name was free, or given up by the user, when the download was started.
        overwrite: false,
        timeoutMs: 0,
        firstPeers: [],
        verifiedBefore: bitfieldOf(library, left, description.layout.pieceCount),
      });
      void this.#tellEnd(left);
    }
  }

  /** For a download that no command waits for. */
  async #tellEnd({ id, name, path }: LibraryDownload): Promise<void> {
    const { log } = this.#parts;
    try {
      await this.downloads.wait(id, () => undefined);
      log(`downloaded ${name} to ${path}`);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      // One that was stopped goes on again later.
      if (!(error instanceof CancelledError)) log(`download failed: ${name}: ${error.message}`);
    }
  }

  /** Every download the account has a record of, those of this engine with their progress. */
  async list(account: Account): Promise<DownloadProgress[]> {
    const library = await this.#parts.workshop.library();
    const live = this.downloads.progress();
    return library.listDownloads(account).map((row) => live.get(row.id) ?? progressOfRecord(row));
  }

  /** The tracker link is back: every download asks again who has its file. */
  async onTrackerBack(calls: TrackerCalls): Promise<void> {
    await Promise.all(this.downloads.running.map((download) => this.#watchAgain(calls, download)));
    // An epoch may have risen meanwhile; the sessions that run need the new tickets.
    for (const groupId of this.downloads.activeGroups()) {
      const ticket = this.#parts.tickets.held(groupId);
      if (ticket) this.downloads.onTicket(groupId, ticket);
    }
  }

  /** The user is out of a group: downloads and shares there end. */
  async leaveGroup(groupId: string, error: P2pError = leftGroup(groupId)): Promise<void> {
    const { link, workshop, uploads, tickets } = this.#parts;
    uploads.withdrawGroup(groupId, 'NO_SUCH_FILE');
    tickets.forget(groupId);
    await this.downloads.stopWhere((request) => request.groupId === groupId, error);
    this.#parts.connections.closeGroup(groupId);
    const library = await workshop.library();
    library.removeGroup(link.requireSession().account, groupId);
  }

  /** Replaces the tickets that are about to expire. @throws TrackerError */
  async renewDueTickets(): Promise<void> {
    const { tickets } = this.#parts;
    for (const groupId of this.downloads.activeGroups()) {
      if (tickets.isDue(groupId)) this.downloads.onTicket(groupId, await tickets.renew(groupId));
    }
  }

  #run(request: DownloadRequest): void {
    this.downloads.start(request, this.#host());
  }

  #host(): DownloadHost {
    const { workshop, uploads, hasher, inBackground } = this.#parts;
    return {
      pool: workshop.pool,
      hasher,
      watch: (request) => this.#watchFirst(request),
      unwatch: (request) => inBackground(this.#unwatch(request)),
      startSession: (request, peer, fd, onMessage) =>
        this.#startSession(request, peer, fd, onMessage),
      onGrowing: (download, part, verified) => this.#onGrowing(download, part, verified),
      onPiecesGained: ({ request: { groupId, fileId } }, verified, pieces) =>
        uploads.onPiecesGained(groupId, fileId, verified, pieces),
      onReceived: (bytes) => (this.#receivedBytes += bytes),
      saveBitfield: (request, verified) => {
        inBackground(
          workshop
            .library()
            .then((library) =>
              library.gather(() => library.saveBitfield(request.id, verified.bytes)),
            ),
        );
      },
      onComplete: (download) => this.#onComplete(download),
      onStopped: (download, verified, error) => this.#onStopped(download, verified, error),
    };
  }

  /** Nobody for now when the tracker is lost on the way: its return brings the peers. */
  async #watchFirst(request: DownloadRequest): Promise<readonly OnlinePeer[]> {
    try {
      return await this.#watch(await this.#parts.link.calls(), request);
    } catch (error) {
      if (error instanceof TrackerError && isLoss(error.code)) return [];
      throw error;
    }
  }

  async #watch(
    calls: TrackerCalls,
    { groupId, fileId }: DownloadRequest,
  ): Promise<readonly OnlinePeer[]> {
    const { peers, ...issued } = await calls.call('watch', { groupId, fileId });
    this.#parts.tickets.onIssued(groupId, issued);
    return peers;
  }

  /** A refusal ends the download alone: the link must come back for all the others. */
  async #watchAgain(calls: TrackerCalls, download: Download): Promise<void> {
    try {
      download.onTrackerBack(await this.#watch(calls, download.request));
    } catch (error) {
      if (!(error instanceof TrackerError) || !isRefusal(error.code)) throw error;
      this.#parts.inBackground(download.stop(error));
    }
  }

  async #unwatch({ groupId, fileId }: DownloadRequest): Promise<void> {
    const { link } = this.#parts;
    if (!link.isConnected) return;
    await (await link.calls()).call('unwatch', { groupId, fileId });
  }

  #startSession(
    request: DownloadRequest,
    peer: OnlinePeer,
    fd: number,
    onMessage: Parameters<DownloadHost['startSession']>[3],
  ): ReturnType<DownloadHost['startSession']> {
    const {
      connections,
      tickets,
      link,
      blockLength,
      pipelineBytes,
      hasher,
      rates,
      deviceCredentials,
    } = this.#parts;
    const { layout, pieceHashes } = request.description;
    return connections.start(
      request.groupId,
      {
        addresses: peer.addresses,
        transport: link.requireSession().info.peerTransport,
        credentials: deviceCredentials(),
        peerDeviceId: peer.deviceId,
        // Without a ticket the peer refuses, and the session is tried again after the renewal.
        ticket: tickets.held(request.groupId) ?? new Uint8Array(0),
        fileId: request.fileId,
        fd,
        layout,
        pieceHashes: sharedCopyOf(pieceHashes),
        blockLength,
        pipelineBytes,
        hasher,
        rates,
      },
      onMessage,
    );
  }

  #onGrowing(download: Download, part: OpenFile, verified: Bitfield): void {
    const { uploads, inBackground, startServing } = this.#parts;
    const { groupId, fileId, description } = download.request;
    // One piece is all or nothing.
    if (isOnePiece(description) || uploads.hasOffer(groupId, fileId)) return;
    uploads.offer({
      fileId,
      groupId,
      layout: description.layout,
      pieces: verified,
      open: () => Promise.resolve(part.retain()),
    });
    // The first pieces are there before the listener is.
    const announced = startServing().then(
      () => this.#announce(groupId, fileId, 'partial'),
      (error: P2pError) => download.stop(error),
    );
    inBackground(announced);
  }

  async #announce(groupId: string, fileId: string, state: 'partial' | 'gone'): Promise<void> {
    const { link, serving, batches } = this.#parts;
    if (!serving()?.address || !link.isConnected) return;
    await batches.announce({ groupId, fileId, state });
  }

  async #onComplete({ request }: Download): Promise<void> {
    const { id, groupId, fileName: name, fileId, path, description } = request;
    const { link, shares, serving, log, workshop, batches } = this.#parts;
    const library = await workshop.library();
    const stamp = await stampOfPath(path);
    const { account } = link.requireSession();
    // A second copy must not take the place of the first, which may well outlive it.
    const before = library.share(account, groupId, name);
    const keepsShare =
      before?.fileId === fileId &&
      (await (await shares()).hasUnchanged(account, fileId, before.path));
    await library.gather(() => library.finishDownload(id, stamp, Date.now(), keepsShare));
    const share =
      library.share(account, groupId, name) ?? bug('a complete download without its share');
    try {
      const encoded = library.description(fileId) ?? bug('a share without a description');
      const isOffered = serving()?.address !== undefined;
      // Before the tracker names us: a peer may come at once.
      if (isOffered) (await shares()).offer(share);
      // What was announced while it grew must not be heard after this, so it goes the same way.
      const isNews = isOnePiece(description);
      await batches.share({ groupId, name, fileId, encoded }, isOffered && isNews);
      if (isOffered && !isNews) await batches.announce({ groupId, fileId, state: 'complete' });
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      log(`${name} is complete, but could not be shared yet: ${error.message}`);
    }
  }

  #onStopped(
    { request, isCancelledByClose }: Download,
    verified: Bitfield | undefined,
    error: WireError,
  ): void {
    const { uploads, inBackground } = this.#parts;
    const { id, groupId, fileId } = request;
    if (verified && uploads.withdrawGrowing(groupId, fileId, verified))
      inBackground(this.#announce(groupId, fileId, 'gone'));
    // What the closing engine stopped stays marked as running, and goes on with the next one.
    if (isCancelledByClose) return;
    inBackground(this.#withLibrary((library) => library.failDownload(id, error, Date.now())));
  }

  async #withLibrary(change: (library: Library) => void): Promise<void> {
    change(await this.#parts.workshop.library());
  }
}

function isOnePiece({ layout }: Description): boolean {
  return layout.pieceCount === 1;
}

function isLoss(code: ErrorCode): boolean {
  return code === 'CONNECTION_LOST' || code === 'TRACKER_UNREACHABLE';
}

/** The tracker's answer to a watch that will not become another one by asking again. */
function isRefusal(code: ErrorCode): boolean {
  return code === 'NOT_A_MEMBER' || code === 'NO_SUCH_GROUP' || code === 'NO_SUCH_FILE';
}

function leftGroup(groupId: string): P2pError {
  return new TrackerError('NOT_A_MEMBER', `you have left ${groupId}`);
}

function bitfieldOf(
  library: Library,
  { id }: LibraryDownload,
  pieceCount: number,
): Bitfield | undefined {
  const bits = library.bitfieldOf(id);
  return bits && Bitfield.from(bits, pieceCount);
}

async function stampOfPath(path: string): Promise<ReturnType<typeof stampOf>> {
  try {
    return stampOf(await stat(path, { bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, `cannot look at ${path}`);
  }
}

function sharedCopyOf(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

function progressOfRecord(row: LibraryDownload): DownloadProgress {
  const { id, groupId, name: fileName, path, size } = row;
  const base = { id, groupId, fileName, path, size, fetched: 0, bytesPerSecond: 0, peers: [] };
  switch (row.state) {
    case 'complete':
      return { ...base, state: 'complete', verified: size };
    case 'failed':
      return row.error.code === 'CANCELLED'
        ? { ...base, state: 'cancelled', verified: 0 }
        : { ...base, state: 'failed', verified: 0, error: row.error };
    case 'running':
      return { ...base, state: 'waiting', verified: 0 };
  }
}
