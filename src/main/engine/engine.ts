/**
 * The engine of one client: composes the owners (account, sharing, downloads, threads, library)
 * and carries out what commands ask for (EngineApi). It decides nothing itself.
 *
 * Threads: everything here is on the main thread and short; bytes move in the transfer threads.
 * Lifecycle: opened (nothing is touched) → working → closed. Each part is made when first used.
 */
import { P2pError, toWireError, type WireError } from '../../net/errors.js';
import { DEFAULT_BLOCK_LENGTH, INITIAL_PIPELINE_BYTES } from '../../net/limits.js';
import { createRateCell } from '../../net/shared-rate-limiter.js';
import type { FileRow, PeerAddress } from '../../net/tracker-api.js';
import { AccountLink } from '../account/account-link.js';
import { BackgroundWork } from '../account/background-work.js';
import { DeviceKey } from '../account/device-key.js';
import { FileWatches } from '../account/file-watches.js';
import { TicketBook } from '../account/ticket-book.js';
import { TicketRenewal } from '../account/ticket-renewal.js';
import { TrackerBatches } from '../account/tracker-batches.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { Engine, EngineApi, EngineOptions, LoginResult, Status } from '../api/engine-api.js';
import { DownloadDesk, type Listen } from '../downloads/download-desk.js';
import { DownloadRecord } from '../downloads/download-record.js';
import { Downloads } from '../downloads/downloads.js';
import { PeerConnections } from '../downloads/peer-connections.js';
import { GrowingFiles } from '../sharing/growing-files.js';
import { Serving } from '../sharing/serving.js';
import { hashForSharing } from '../sharing/share-file.js';
import { Shares } from '../sharing/shares.js';
import { Uploads, type Offer } from '../sharing/uploads.js';
import { PieceHashing } from '../threads/piece-hashing.js';
import type { TransferPool } from '../threads/transfer-pool.js';
import { addressText } from '../tracker-link/address-text.js';
import { listAll } from '../tracker-link/tracker-calls.js';
import { EventFeed } from './event-feed.js';
import { exitGroup } from './group-exit.js';
import { Online } from './online.js';
import { handlePush } from './push-handler.js';
import { Workshop } from './workshop.js';

/** Gives away threads that were started ahead, if there are any; used when they fit. */
type TakeThreads = () => TransferPool | undefined;

/** Opens an engine. Cheap: nothing is read, dialled or started before it is needed. */
export function openEngine(options: EngineOptions, takeThreads?: TakeThreads): Promise<Engine> {
  return Promise.resolve(new ClientEngine(options, takeThreads));
}

class ClientEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #feed = new EventFeed();
  readonly #background = new BackgroundWork((event) => this.#feed.emit(event));
  readonly #key: DeviceKey;
  readonly #workshop: Workshop;
  readonly #link: AccountLink;
  readonly #tickets: TicketBook;
  readonly #batches: TrackerBatches;
  readonly #hashing: PieceHashing;
  readonly #connections: PeerConnections;
  readonly #uploads: Uploads;
  readonly #serving: Serving;
  readonly #shares: Shares;
  readonly #watches: FileWatches;
  readonly #downloads: Downloads;
  readonly #desk: DownloadDesk;
  readonly #online: Online;
  readonly #renewal: TicketRenewal;
  /** Groups that a command is changing right now. */
  readonly #changing = new Set<string>();
  #sentBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions, takeThreads: TakeThreads | undefined) {
    this.#options = options;
    const { home, threads, slotMemoryBytes, onLocked, listen, remember } = options;
    const { blockLength, pipelineBytes, upBytesPerSecond, downBytesPerSecond } = options;
    const emit: ClientEventListener = (event) => this.#feed.emit(event);
    const hasher = options.hasher ?? 'wasm';
    const rates = {
      up: createRateCell(upBytesPerSecond),
      down: createRateCell(downBytesPerSecond),
    };
    const background = this.#background;
    const key = (this.#key = new DeviceKey(home));
    this.#workshop = new Workshop({ home, threads, slotMemoryBytes, takeThreads, onLocked });
    const pool = (): TransferPool => this.#workshop.pool;
    const library = () => this.#workshop.library();
    const link = (this.#link = new AccountLink({
      home,
      tracker: options.tracker,
      remember,
      credentials: () => key.load(),
      events: {
        onSession: (calls, session, reason) => this.#online.onSession(calls, session, reason),
        onNotification: (push) => handlePush(this.#pushReceivers(), push),
        onSessionLost: (error) => this.#onSessionLost(error),
        onEvent: emit,
      },
    }));
    const tickets = (this.#tickets = new TicketBook(
      () => link.calls(),
      () => link.nowMs(),
    ));
    const batches = (this.#batches = new TrackerBatches(() => link.calls(), tickets));
    const hashing = (this.#hashing = new PieceHashing(pool, hasher));
    const connections = (this.#connections = new PeerConnections({
      pool,
      tickets,
      credentials: () => key.loaded,
      transport: () => link.requireSession().info.peerTransport,
      rates,
      hasher,
      blockLength: blockLength ?? DEFAULT_BLOCK_LENGTH,
      pipelineBytes: pipelineBytes ?? INITIAL_PIPELINE_BYTES,
    }));
    const uploads = (this.#uploads = new Uploads(
      {
        onOfferBroken: (offer, error) => this.#onOfferBroken(offer, error),
        onSent: (bytes) => (this.#sentBytes += bytes),
      },
      { trackerMs: () => link.nowMs(), steadyMs: () => performance.now() },
    ));
    const credentials = () => key.load();
    const serving = (this.#serving = new Serving({ pool, uploads, listen, credentials, rates }));
    const shares = (this.#shares = new Shares(library, uploads, serving, batches));
    const watches = (this.#watches = new FileWatches(link, tickets, background));
    const listening = {
      get isOpen() {
        return serving.address !== undefined;
      },
      start: () => this.#online.start(),
    };
    const growing = new GrowingFiles({ uploads, batches, link, listening, background });
    const record = new DownloadRecord({ library, link, shares, background, emit });
    const downloads = new Downloads({ hashing, watches, connections, growing, record });
    this.#downloads = downloads;
    const prepare = {
      startThreads: () => void pool(),
      listen: (isAlone: boolean) => this.#listenForDownload(isAlone),
    };
    this.#desk = new DownloadDesk({ link, library, batches, downloads, prepare, key, emit });
    const desk = this.#desk;
    this.#online = new Online(
      { link, serving, uploads, shares, tickets, watches, downloads, desk, connections, emit },
      { remember, isStaying: options.isStaying === true, lockHome: library },
    );
    this.#renewal = new TicketRenewal({
      tickets,
      background,
      activeGroups: () => downloads.activeGroups(),
      onTicket: (groupId, ticket) => connections.onTicket(groupId, ticket),
      emit,
    });
  }

  // --- Accounts ----------------------------------------------------------------

  createUser({ tracker, userId, password }: Parameters<EngineApi['createUser']>[0]): Promise<void> {
    return this.#link.createUser(tracker, userId, password);
  }

  async login(request: Parameters<EngineApi['login']>[0]): Promise<LoginResult> {
    const { tracker, userId, password } = request;
    const before = this.#link.session;
    if (before && before.account.userId !== userId) {
      await this.#online.goOffline('the user logged out');
    }
    this.#online.beforeLogin();
    const session = await this.#link.login(tracker, userId, password);
    return { userId: session.account.userId, ...this.#online.restored };
  }

  async logout(): Promise<void> {
    await this.#online.goOffline('the user logged out');
    await this.#link.logout();
  }

  async whoami(): ReturnType<EngineApi['whoami']> {
    const calls = await this.#link.calls();
    const { account, tracker } = this.#link.requireSession();
    const groups = await listAll(calls, 'listMemberships', {});
    const deviceId = await this.#key.deviceId();
    return { userId: account.userId, tracker: addressText(tracker), deviceId, groups };
  }

  // --- Groups ------------------------------------------------------------------

  async createGroup(groupId: string): Promise<void> {
    const calls = await this.#link.calls();
    await this.#whileChanging(groupId, () => calls.call('createGroup', { groupId }));
  }

  async joinGroup(groupId: string): Promise<void> {
    await (await this.#link.calls()).call('joinGroup', { groupId });
  }

  async leaveGroup(groupId: string): ReturnType<EngineApi['leaveGroup']> {
    const calls = await this.#link.calls();
    return this.#whileChanging(groupId, async () => {
      const result = await calls.call('leaveGroup', { groupId });
      await this.#exitGroup(groupId);
      return result;
    });
  }

  async listRequests(groupId: string): Promise<readonly string[]> {
    return listAll(await this.#link.calls(), 'listRequests', { groupId });
  }

  async acceptRequest(groupId: string, userId: string): Promise<void> {
    await (await this.#link.calls()).call('acceptRequest', { groupId, userId });
  }

  async rejectRequest(groupId: string, userId: string): Promise<void> {
    await (await this.#link.calls()).call('rejectRequest', { groupId, userId });
  }

  async kick(groupId: string, userId: string): Promise<void> {
    await (await this.#link.calls()).call('kick', { groupId, userId });
  }

  async transferOwner(groupId: string, userId: string): Promise<void> {
    await (await this.#link.calls()).call('transferOwner', { groupId, userId });
  }

  async listGroups(): Promise<readonly string[]> {
    return listAll(await this.#link.calls(), 'listGroups', {});
  }

  // --- Files -------------------------------------------------------------------

  async listFiles(groupId: string): Promise<readonly FileRow[]> {
    return listAll(await this.#link.calls(), 'listFiles', { groupId });
  }

  async upload(
    ...[request, onProgress]: Parameters<EngineApi['upload']>
  ): ReturnType<EngineApi['upload']> {
    await this.#link.calls();
    // The home's lock comes before the work of hashing.
    await this.#workshop.library();
    const hashed = await hashForSharing(this.#batches, this.#hashing, request, onProgress);
    const outcome = await this.#shares.add(this.#link.requireSession().account, hashed);
    const { name, fileId, stamp } = hashed;
    return { name, fileId, size: stamp.size, outcome };
  }

  async stopShare(groupId: string, fileName: string): Promise<void> {
    const calls = await this.#link.calls();
    const { account } = this.#link.requireSession();
    await this.#shares.stop(calls, account, groupId, fileName);
  }

  startDownload(request: Parameters<EngineApi['startDownload']>[0]): Promise<string> {
    return this.#desk.start(request);
  }

  async hasComplete({ fileId, path }: Parameters<EngineApi['hasComplete']>[0]): Promise<boolean> {
    await this.#link.calls();
    return this.#shares.hasUnchanged(this.#link.requireSession().account, fileId, path);
  }

  waitForDownload(
    ...[id, onProgress]: Parameters<EngineApi['waitForDownload']>
  ): ReturnType<EngineApi['waitForDownload']> {
    return this.#downloads.wait(id, onProgress);
  }

  cancelDownload(id: string): Promise<void> {
    return this.#downloads.cancel(id);
  }

  async downloads(): ReturnType<EngineApi['downloads']> {
    // What is on this disk can be told without the tracker.
    const { account } = (await this.#link.whoIsLoggedIn()) ?? this.#link.requireSession();
    return this.#desk.list(account);
  }

  async status(): Promise<Status> {
    const user = await this.#link.whoIsLoggedIn();
    // Only the tracker knows whether a remembered login still counts.
    if (user && !this.#link.session) await this.#tryTracker();
    return {
      userId: user?.account.userId,
      tracker: user && addressText(user.tracker),
      isTrackerConnected: this.#link.isConnected,
      deviceId: await this.#key.deviceId(),
      listening: this.#serving.address,
      peerTransport: this.#link.session?.info.peerTransport,
      sharedFiles: [...this.#uploads.offers()].length,
      uploadSessions: this.#uploads.sessionCount,
      runningDownloads: this.#downloads.running.length,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#connections.receivedBytes,
      upBytesPerSecondLimit: this.#options.upBytesPerSecond,
      downBytesPerSecondLimit: this.#options.downBytesPerSecond,
    };
  }

  events(listener: ClientEventListener): () => void {
    return this.#feed.subscribe(listener);
  }

  // --- Life --------------------------------------------------------------------

  startServing(): Promise<PeerAddress> {
    void this.#workshop.pool;
    return this.#online.start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * Order: the gate, so that nothing new starts; what runs; then what serves, and the threads, the
   * link beside it; what is still under way; library, lock.
   */
  async #close(): Promise<void> {
    this.#renewal.close();
    await this.#online.goOffline('the engine closed');
    this.#background.close();
    // A start that is under way would open its port after everything else is closed.
    await this.#online.settled();
    this.#connections.close();
    const stopped = this.#serving
      .stop()
      .then(() => this.#uploads.close())
      .then(() => this.#workshop.endThreads());
    await Promise.all([stopped, this.#link.close()]);
    await this.#background.settled();
    await this.#workshop.close();
  }

  /** Connects if that is possible now, and says why if it is not. */
  async #tryTracker(): Promise<void> {
    await this.#link.calls().catch((error: unknown) => {
      if (!(error instanceof P2pError)) throw error;
      this.#feed.emit({ type: 'tracker-unreachable', error: toWireError(error) });
    });
  }

  /**
   * A port that a user has chosen may well be taken. Else a listener can wait until there is
   * something to serve, which for one small file never comes; many files are worth one.
   */
  #listenForDownload(isAlone: boolean): Listen | undefined {
    const isFirst = this.#options.listen.port !== 0;
    return isFirst || !isAlone ? { opened: this.#online.start(), isFirst } : undefined;
  }

  #pushReceivers(): Parameters<typeof handlePush>[0] {
    return {
      watches: this.#watches,
      uploads: this.#uploads,
      tickets: this.#tickets,
      renewal: this.#renewal,
      emit: (event) => this.#feed.emit(event),
      isChanging: (groupId) => this.#changing.has(groupId),
      onRemoved: (groupId, error) => this.#background.run(() => this.#exitGroup(groupId, error)),
      onSessionEnded: (error) => this.#onSessionLost(error),
    };
  }

  async #exitGroup(groupId: string, error?: P2pError): Promise<void> {
    const { account } = this.#link.requireSession();
    await exitGroup(
      {
        uploads: this.#uploads,
        tickets: this.#tickets,
        downloads: this.#downloads,
        connections: this.#connections,
        library: () => this.#workshop.library(),
      },
      account,
      groupId,
      error,
    );
  }

  #onSessionLost(error: P2pError): void {
    this.#feed.emit({ type: 'session-lost', error: toWireError(error) });
    this.#background.run(() => this.#online.goOffline('the session has ended'));
    // A link that went on would resume, and two engines of one device would take the session
    // from each other in turn.
    this.#background.run(() => this.#link.disconnect());
  }

  #onOfferBroken(offer: Offer, error: WireError): void {
    const { groupId, fileId } = offer;
    this.#feed.emit({ type: 'share-broken', groupId, fileId, error });
    this.#background.run(async () => {
      const calls = await this.#link.calls();
      await this.#shares.onBroken(calls, this.#link.requireSession().account, offer);
    });
  }

  async #whileChanging<T>(groupId: string, change: () => Promise<T>): Promise<T> {
    this.#changing.add(groupId);
    try {
      return await change();
    } finally {
      this.#changing.delete(groupId);
    }
  }
}
