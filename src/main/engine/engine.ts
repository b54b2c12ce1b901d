/**
 * The engine of one client: composes the tracker link, the library, the transfer threads, what
 * is served and what is downloaded, and carries out what commands ask for (EngineApi).
 *
 * Threads: everything here is on the main thread and short; bytes move in the transfer threads.
 * Lifecycle: opened (nothing is touched) → working → closed. Each part is made when first used.
 */
import { CancelledError, P2pError, bug, toWireError, type WireError } from '../../net/errors.js';
import { deviceIdOfCredentials, type DeviceCredentials } from '../../net/device-identity.js';
import { DEFAULT_BLOCK_LENGTH, INITIAL_PIPELINE_BYTES } from '../../net/limits.js';
import { whenSettled } from '../../net/deferred.js';
import { createRateCell } from '../../net/shared-rate-limiter.js';
import type { FileRow, PeerAddress } from '../../net/tracker-api.js';
import { addressText } from '../tracker-link/address-text.js';
import { loadDeviceCredentials } from '../home/device-key-file.js';
import type { Engine, EngineApi, EngineOptions, LoginResult, Status } from '../api/engine-api.js';
import { listAll, type TrackerCalls } from '../tracker-link/tracker-calls.js';
import { PeerConnections } from '../downloads/peer-connections.js';
import { Uploads, type Offer } from '../sharing/uploads.js';
import { AccountLink, type AccountSession } from '../account/account-link.js';
import type { ClientParts } from './client-parts.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { TransferPool } from '../threads/transfer-pool.js';
import { EventFeed } from './event-feed.js';
import { DownloadDesk } from '../downloads/download-desk.js';
import { handlePush } from './push-handler.js';
import { Serving } from '../sharing/serving.js';
import { hashAndShare } from '../sharing/share-file.js';
import { Shares } from '../sharing/shares.js';
import { TrackerBatches } from '../account/tracker-batches.js';
import { TicketBook } from '../account/ticket-book.js';
import { Workshop } from './workshop.js';

/** How often tickets are looked at; they are renewed minutes before they expire. */
const TICKET_SWEEP_INTERVAL_MS = 5_000;

/** Gives away threads that were started ahead, if there are any; used when they fit. */
type TakeThreads = () => TransferPool | undefined;

/** Opens an engine. Cheap: nothing is read, dialled or started before it is needed. */
export function openEngine(options: EngineOptions, takeThreads?: TakeThreads): Promise<Engine> {
  return Promise.resolve(new ClientEngine(options, takeThreads));
}

class ClientEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #parts: ClientParts;
  readonly #feed = new EventFeed();
  readonly #link: AccountLink;
  readonly #workshop: Workshop;
  readonly #uploads: Uploads;
  readonly #connections: PeerConnections;
  readonly #tickets: TicketBook;
  readonly #desk: DownloadDesk;
  readonly #ticketSweeper: NodeJS.Timeout;
  #credentials: Promise<DeviceCredentials> | undefined;
  #loadedCredentials: DeviceCredentials | undefined;
  #serving: Serving | undefined;
  #startingToServe: Promise<PeerAddress> | undefined;
  #shares: Promise<Shares> | undefined;
  /** What the last session put online again, for the answer to `login`. */
  #restored: Omit<LoginResult, 'userId'> = { restored: 0, skipped: [] };
  /** Groups that a command is changing right now. */
  readonly #changing = new Set<string>();
  #sentBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions, takeThreads: TakeThreads | undefined) {
    this.#options = options;
    const { home, threads, slotMemoryBytes, onLocked } = options;
    this.#link = new AccountLink({
      home,
      tracker: options.tracker,
      remember: options.remember,
      credentials: () => this.#loadCredentials(),
      events: {
        onSession: (calls, session, reason) =>
          this.#onSession(calls, session, reason === 'reconnected'),
        onNotification: (push) => handlePush(this.#parts, this.#desk, push),
        onSessionLost: (error) => this.#onSessionLost(error),
        onEvent: (event) => this.#feed.emit(event),
      },
    });
    this.#workshop = new Workshop({ home, threads, slotMemoryBytes, takeThreads, onLocked });
    this.#connections = new PeerConnections(() => this.#workshop.pool);
    this.#tickets = new TicketBook(
      () => this.#link.calls(),
      () => this.#link.nowMs(),
    );
    this.#uploads = new Uploads(
      {
        onOfferBroken: (offer, error) => this.#onOfferBroken(offer, error),
        onSent: (bytes) => (this.#sentBytes += bytes),
      },
      () => this.#link.nowMs(),
    );
    this.#parts = this.#makeParts();
    this.#desk = new DownloadDesk(this.#parts);
    this.#ticketSweeper = setInterval(
      () => this.#inBackground(this.#desk.renewDueTickets()),
      TICKET_SWEEP_INTERVAL_MS,
    );
    this.#ticketSweeper.unref();
  }

  // --- Accounts ----------------------------------------------------------------

  createUser({ tracker, userId, password }: Parameters<EngineApi['createUser']>[0]): Promise<void> {
    return this.#link.createUser(tracker, userId, password);
  }

  async login({
    tracker,
    userId,
    password,
  }: Parameters<EngineApi['login']>[0]): Promise<LoginResult> {
    const before = this.#link.session;
    if (before && before.account.userId !== userId) await this.#goOffline('the user logged out');
    this.#restored = { restored: 0, skipped: [] };
    const session = await this.#link.login(tracker, userId, password);
    return { userId: session.account.userId, ...this.#restored };
  }

  async logout(): Promise<void> {
    await this.#goOffline('the user logged out');
    await this.#link.logout();
  }

  async whoami(): ReturnType<EngineApi['whoami']> {
    const calls = await this.#link.calls();
    const { account, tracker } = this.#link.requireSession();
    const groups = await listAll(calls, 'listMemberships', {});
    const deviceId = deviceIdOfCredentials(await this.#loadCredentials());
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
      await this.#desk.leaveGroup(groupId);
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
    const library = await this.#workshop.library();
    const { batches, hasher } = this.#parts;
    const { pool } = this.#workshop;
    const shared = await hashAndShare(batches, pool, hasher, request, onProgress);
    const { result, stamp, pieceLength, encoded } = shared;
    const { account } = this.#link.requireSession();
    const { groupId, path } = request;
    const { name, fileId } = result;
    const share = { groupId, name, fileId, path, stamp, sharedAtMs: Date.now() };
    await library.gather(() => library.addShare(account, share, { fileId, pieceLength, encoded }));
    if (this.#serving?.address) {
      (await this.#useShares()).offer({ ...share, pieceLength });
      await batches.announce({ groupId, fileId, state: 'complete' });
    }
    return result;
  }

  async stopShare(groupId: string, fileName: string): Promise<void> {
    const calls = await this.#link.calls();
    await (
      await this.#useShares()
    ).stop(calls, this.#link.requireSession().account, groupId, fileName);
  }

  startDownload(request: Parameters<EngineApi['startDownload']>[0]): Promise<string> {
    return this.#desk.start(request);
  }

  async hasComplete({ fileId, path }: Parameters<EngineApi['hasComplete']>[0]): Promise<boolean> {
    await this.#link.calls();
    return (await this.#useShares()).hasUnchanged(
      this.#link.requireSession().account,
      fileId,
      path,
    );
  }

  waitForDownload(
    ...[id, onProgress]: Parameters<EngineApi['waitForDownload']>
  ): ReturnType<EngineApi['waitForDownload']> {
    return this.#desk.downloads.wait(id, onProgress);
  }

  cancelDownload(id: string): Promise<void> {
    return this.#desk.downloads.cancel(id);
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
    const { session } = this.#link;
    const deviceId = deviceIdOfCredentials(await this.#loadCredentials());
    return {
      userId: user?.account.userId,
      tracker: user && addressText(user.tracker),
      isTrackerConnected: this.#link.isConnected,
      deviceId,
      listening: this.#serving?.address,
      peerTransport: session?.info.peerTransport,
      sharedFiles: [...this.#uploads.offers()].length,
      uploadSessions: this.#uploads.sessionCount,
      runningDownloads: this.#desk.downloads.running.length,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#desk.receivedBytes,
      upBytesPerSecondLimit: this.#options.upBytesPerSecond,
      downBytesPerSecondLimit: this.#options.downBytesPerSecond,
    };
  }

  /** Connects if that is possible now, and says why if it is not. */
  async #tryTracker(): Promise<void> {
    await this.#link.calls().catch((error: unknown) => {
      if (!(error instanceof P2pError)) throw error;
      this.#feed.emit({ type: 'tracker-unreachable', error: toWireError(error) });
    });
  }

  events(listener: ClientEventListener): () => void {
    return this.#feed.subscribe(listener);
  }

  // --- Life --------------------------------------------------------------------

  startServing(): Promise<PeerAddress> {
    this.#startingToServe ??= this.#startServing().catch((error: unknown) => {
      this.#startingToServe = undefined;
      throw error;
    });
    return this.#startingToServe;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Order: stop what runs, then what serves, then threads; the link beside it; library, lock. */
  async #close(): Promise<void> {
    clearInterval(this.#ticketSweeper);
    await this.#goOffline('the engine closed');
    // A start that is under way would open its port after everything else is closed.
    await whenSettled(this.#startingToServe);
    this.#connections.close();
    const stopped = Promise.resolve(this.#serving?.stop())
      .then(() => this.#uploads.close())
      .then(() => this.#workshop.endThreads());
    await Promise.all([stopped, this.#link.disconnect()]);
    await this.#workshop.close();
  }

  async #startServing(): Promise<PeerAddress> {
    void this.#workshop.pool;
    // A one-shot login is remembered, and says in which transport peers expect us.
    const session = this.#options.remember
      ? await this.#link.calls().then(() => this.#link.session)
      : undefined;
    await this.#workshop.library();
    this.#serving = new Serving({
      pool: this.#workshop.pool,
      uploads: this.#uploads,
      listen: this.#options.listen,
      credentials: await this.#loadCredentials(),
      rates: this.#parts.rates,
    });
    const address = await this.#serving.start(session?.info.peerTransport ?? 'tls');
    const { session: present } = this.#link;
    if (present) await this.#goOnline(await this.#link.calls(), present);
    // No login says it when the remembered one is gone on with.
    for (const { groupId, name, reason } of this.#restored.skipped) {
      this.#feed.emit({ type: 'share-skipped', groupId, fileName: name, reason });
    }
    return address;
  }

  async #onSession(
    calls: TrackerCalls,
    session: AccountSession,
    isReconnect: boolean,
  ): Promise<void> {
    if (!isReconnect) this.#tickets.clear();
    await this.#learnEpochs(calls, session);
    const serving = this.#serving?.address ? this.#serving : undefined;
    if (!isReconnect) {
      if (serving) await this.#goOnline(calls, session);
      return;
    }
    if (serving) {
      await this.#register(calls, session, serving);
      await (await this.#useShares()).announceAll(calls);
    }
    await this.#desk.onTrackerBack(calls);
  }

  /** What was true while this client was away: from now on older tickets are refused. */
  async #learnEpochs(calls: TrackerCalls, { info }: AccountSession): Promise<void> {
    const groups =
      info.nextGroups === undefined ? info.groups : await listAll(calls, 'listMemberships', {});
    for (const { groupId, epoch } of groups) this.#uploads.onEpoch(groupId, epoch, []);
  }

  /** Makes a fresh session serve everything that its user shares here. */
  async #goOnline(calls: TrackerCalls, session: AccountSession): Promise<void> {
    const serving = this.#serving ?? bug('going online without listening');
    await this.#register(calls, session, serving);
    if (!this.#options.isStaying) return;
    this.#restored = await (await this.#useShares()).restore(calls, session.account);
    await this.#desk.resumeUnfinished(session.account);
  }

  async #register(calls: TrackerCalls, session: AccountSession, serving: Serving): Promise<void> {
    const address = await serving.start(session.info.peerTransport);
    const ticketKey = Buffer.from(session.info.ticketKey, 'base64');
    serving.trust({ ticketKey, clockOffsetMs: session.clockOffsetMs });
    await calls.call('goOnline', { addresses: [address] });
  }

  /** Ends downloads (they go on with the next login) and takes back everything offered. */
  async #goOffline(why: string): Promise<void> {
    const reason = new CancelledError(`the download was stopped: ${why}`, 'TERMINATED');
    await this.#desk.downloads.stopWhere(() => true, reason);
    this.#connections.closeIdle();
    this.#uploads.withdrawAll('NO_SUCH_FILE');
    this.#tickets.clear();
  }

  #onSessionLost(error: P2pError): void {
    this.#feed.emit({ type: 'session-lost', error: toWireError(error) });
    this.#inBackground(this.#goOffline('the session has ended'));
    // A link that went on would resume, and two engines of one device would take the session
    // from each other in turn.
    this.#inBackground(this.#link.disconnect());
  }

  #onOfferBroken(offer: Offer, error: WireError): void {
    const { groupId, fileId } = offer;
    this.#feed.emit({ type: 'share-broken', groupId, fileId, error });
    const replace = async (): Promise<void> => {
      const calls = await this.#link.calls();
      const { account } = this.#link.requireSession();
      await (await this.#useShares()).onBroken(calls, account, offer);
    };
    this.#inBackground(replace());
  }

  #makeParts(): ClientParts {
    const { hasher, blockLength, pipelineBytes } = this.#options;
    const { upBytesPerSecond, downBytesPerSecond } = this.#options;
    return {
      link: this.#link,
      workshop: this.#workshop,
      uploads: this.#uploads,
      connections: this.#connections,
      tickets: this.#tickets,
      batches: new TrackerBatches(() => this.#link.calls(), this.#tickets),
      rates: { up: createRateCell(upBytesPerSecond), down: createRateCell(downBytesPerSecond) },
      hasher: hasher ?? 'wasm',
      blockLength: blockLength ?? DEFAULT_BLOCK_LENGTH,
      pipelineBytes: pipelineBytes ?? INITIAL_PIPELINE_BYTES,
      credentials: () => this.#loadCredentials(),
      deviceCredentials: () =>
        this.#loadedCredentials ?? bug('the device key is used before it is read'),
      startServing: () => this.startServing(),
      hasChosenPort: this.#options.listen.port !== 0,
      serving: () => this.#serving,
      shares: () => this.#useShares(),
      onSessionEnded: (error) => this.#onSessionLost(error),
      isChanging: (groupId) => this.#changing.has(groupId),
      emit: (event) => this.#feed.emit(event),
      inBackground: (work) => this.#inBackground(work),
    };
  }

  async #loadCredentials(): Promise<DeviceCredentials> {
    this.#credentials ??= loadDeviceCredentials(this.#options.home);
    this.#loadedCredentials = await this.#credentials;
    return this.#loadedCredentials;
  }

  async #useShares(): Promise<Shares> {
    this.#shares ??= this.#workshop.library().then((library) => new Shares(library, this.#uploads));
    return this.#shares;
  }

  async #whileChanging<T>(groupId: string, change: () => Promise<T>): Promise<T> {
    this.#changing.add(groupId);
    try {
      return await change();
    } finally {
      this.#changing.delete(groupId);
    }
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!(error instanceof P2pError)) throw error;
      if (this.#closing) return;
      this.#feed.emit({ type: 'background-failed', error: toWireError(error) });
    });
  }
}
