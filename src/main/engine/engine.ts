/**
 * The engine of one client: carries out what commands ask for (EngineApi) by handing it to the owner
 * whose business it is (client-owners.ts makes them), and closes them in order.
 *
 * Threads: everything here is on the main thread and short; bytes move in the transfer threads.
 * Lifecycle: opened (nothing is touched) → working → closed. Each part is made when first used.
 */
import { toWireError, type P2pError } from '../../net/errors.js';
import type { Role } from '../../net/roles.js';
import type { FileRow, PeerAddress } from '../../net/tracker-api.js';
import type { EventScope, TimedEventListener } from '../api/client-events.js';
import type { Status } from '../api/client-status.js';
import type { Engine, EngineOptions, StartRates } from '../api/engine.js';
import type { EngineApi, FileAt, LoginResult, WhichDownloads } from '../api/engine-api.js';
import type { LimitRequest } from '../api/rate-limits.js';
import type { Taker } from '../api/takers.js';
import type { FolderPage, FolderPageRequest } from '../api/folder-page.js';
import { fileAt } from '../downloads/file-at.js';
import { moveDownloads } from '../downloads/move-downloads.js';
import { pauseDownloads, stopDownload } from '../downloads/pause-downloads.js';
import { cancelDownloads, forgetDownloads } from '../downloads/unwanted-downloads.js';
import type { AccountSession } from '../account/account-session.js';
import type { Account } from '../home/library-records.js';
import { listAll } from '../tracker-link/tracker-calls.js';
import { givenLimits } from './client-rates.js';
import { composeOwners, type ClientOwners } from './client-owners.js';
import { describedGroups } from './described-groups.js';
import { exitGroup, forgetUsers } from './group-exit.js';
import { createInvite, listInvites, revokeInvite } from './group-invites.js';
import { lookAtMachine } from './machine-look.js';
import { checkNetwork } from './network-check.js';
import { readHistory, verifyHistory } from './group-history.js';
import { handlePush, type PushReceivers } from './push-handler.js';
import { searchFiles } from './file-search.js';
import { listDevices, logoutDevice, statusOf, tryTracker, whoami } from './self-report.js';
import { tellBroken } from './broken-offer.js';
import { tellReplaced } from './replaced-share.js';
import type { TakeThreads } from './workshop.js';
import { discardDownload } from './spooled-content.js';
import { startHeld } from './held-for-guests.js';
import { becomeMember } from './new-membership.js';
import { stopShare, stopShares } from './stop-shares.js';
import { upload } from './upload.js';
import { composeFollowers, type GroupFollowers } from './group-followers.js';
import { trackersOf, withoutTracker } from './named-trackers.js';

/** Opens an engine. Cheap: nothing is read, dialled or started before it is needed. */
export function openEngine(options: EngineOptions, takeThreads?: TakeThreads): Promise<Engine> {
  return Promise.resolve(new ClientEngine(options, takeThreads));
}

class ClientEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #owners: ClientOwners;
  readonly #followers: GroupFollowers;
  readonly guests: Engine['guests'];
  /** Groups that a command is changing right now. */
  readonly #changing = new Set<string>();
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions, takeThreads: TakeThreads | undefined) {
    this.#options = options;
    this.#owners = composeOwners(options, takeThreads, {
      onNotification: (push) => handlePush(this.#pushReceivers(), push),
      onSessionLost: (error) => this.#onSessionLost(error),
      onOfferBroken: (offer, error) => tellBroken(this.#owners, offer, error),
      onReplaced: (replaced) => tellReplaced(this.#owners, replaced),
      endSyncs: (reason) => this.#followers.endAll(reason),
      endSyncsOf: (groupId, reason) => this.#followers.endGroup(groupId, reason),
    });
    this.#followers = composeFollowers(this, this.#owners, options);
    this.guests = this.#owners.guests;
  }

  // --- Accounts ----------------------------------------------------------------

  createUser(request: Parameters<EngineApi['createUser']>[0]): Promise<void> {
    const { trackers, rest: account } = withoutTracker(request);
    return this.#owners.link.createUser(trackers, account);
  }

  async login(request: Parameters<EngineApi['login']>[0]): Promise<LoginResult> {
    const { userId, password } = request;
    return this.#loggedIn(await this.#owners.link.login(trackersOf(request), userId, password));
  }

  async loginByKey(request: Parameters<EngineApi['loginByKey']>[0]): Promise<LoginResult> {
    const { link } = this.#owners;
    return this.#loggedIn(await link.loginByKey(trackersOf(request), request.userId));
  }

  #loggedIn({ account: { userId } }: Pick<AccountSession, 'account'>): LoginResult {
    const { restored } = this.#owners.online;
    this.#owners.emit({ type: 'logged-in', userId, files: restored.restored });
    return { userId, ...restored };
  }

  async logout(): Promise<void> {
    await this.#owners.online.goOffline('the user logged out');
    await this.#owners.link.logout();
    await this.#owners.met.clear();
    this.#owners.emit({ type: 'logged-out' });
  }

  whoami(): ReturnType<EngineApi['whoami']> {
    return whoami(this.#owners);
  }

  async changePassword(request: Parameters<EngineApi['changePassword']>[0]): Promise<void> {
    await (await this.#owners.link.promptCalls()).call('changePassword', request);
  }

  devices(): ReturnType<EngineApi['devices']> {
    return listDevices(this.#owners);
  }

  logoutDevice(deviceId: string | undefined): Promise<void> {
    return logoutDevice(this.#owners, deviceId);
  }

  // --- Groups ------------------------------------------------------------------

  async createGroup(groupId: string): Promise<void> {
    const calls = await this.#owners.link.promptCalls();
    await this.#whileChanging(groupId, async () => {
      const create = () => calls.call('createGroup', { groupId });
      await becomeMember(this.#owners, create, () => 'owner');
    });
  }

  async joinGroup(groupId: string): Promise<void> {
    await (await this.#owners.link.promptCalls()).call('joinGroup', { groupId });
  }

  async leaveGroup(groupId: string): ReturnType<EngineApi['leaveGroup']> {
    const calls = await this.#owners.link.promptCalls();
    // What could not be noted here is not begun there.
    await this.#owners.workshop.library();
    return this.#whileChanging(groupId, async () => {
      const result = await calls.call('leaveGroup', { groupId });
      await this.#exitGroup(groupId);
      return result;
    });
  }

  async listRequests(groupId: string): Promise<readonly string[]> {
    return listAll(await this.#owners.link.promptCalls(), 'listRequests', { groupId });
  }

  async acceptRequest(groupId: string, userId: string): Promise<void> {
    await (await this.#owners.link.promptCalls()).call('acceptRequest', { groupId, userId });
    this.#owners.emit({ type: 'member-added', groupId, userId });
  }

  async rejectRequest(groupId: string, userId: string): Promise<void> {
    await (await this.#owners.link.promptCalls()).call('rejectRequest', { groupId, userId });
  }

  async history(groupId: string): ReturnType<EngineApi['history']> {
    return (await readHistory(await this.#owners.link.promptCalls(), groupId)).entries;
  }

  async verifyHistory(groupId: string): ReturnType<EngineApi['verifyHistory']> {
    await this.#owners.link.promptCalls();
    // Whoever notes how far it was verified has the home's lock: two of them would undo each other's notes.
    await this.#owners.workshop.library();
    return verifyHistory(this.#owners.link, this.#options.home, groupId);
  }

  createInvite(
    request: Parameters<EngineApi['createInvite']>[0],
  ): ReturnType<EngineApi['createInvite']> {
    return createInvite(this.#owners, request);
  }

  invites(groupId: string): ReturnType<EngineApi['invites']> {
    return listInvites(this.#owners, groupId);
  }

  revokeInvite(groupId: string, id: string): Promise<void> {
    return revokeInvite(this.#owners, groupId, id);
  }

  createGuestLink(
    request: Parameters<EngineApi['createGuestLink']>[0],
  ): ReturnType<EngineApi['createGuestLink']> {
    return this.#owners.guests.make(request);
  }

  async guestLinks(groupId: string | undefined): ReturnType<EngineApi['guestLinks']> {
    return this.#owners.guests.list(await this.#localAccount(), groupId);
  }

  async revokeGuestLink(id: string): ReturnType<EngineApi['revokeGuestLink']> {
    return this.#owners.guests.revoke(await this.#localAccount(), id);
  }

  async joinByInvite({
    userIds,
    ...link
  }: Parameters<EngineApi['joinByInvite']>[0]): ReturnType<EngineApi['joinByInvite']> {
    const { groupId, secret } = link;
    const groupInvite = { groupId, secret };
    const { userId, isNewAccount } = await this.#enter(link, { userIds, groupInvite });
    const calls = await this.#owners.link.promptCalls();
    return this.#whileChanging(groupId, async () => {
      const redeem = () => calls.call('redeemInvite', groupInvite);
      const { isNew, role } = await becomeMember(this.#owners, redeem, (answer) => answer.role);
      return { userId, isNewAccount, isNewMember: isNew, role };
    });
  }

  enter({ userIds, ...at }: Parameters<EngineApi['enter']>[0]): ReturnType<EngineApi['enter']> {
    return this.#enter(at, { userIds });
  }

  async #enter(
    ...[at, account]: Parameters<ClientOwners['link']['enter']>
  ): ReturnType<EngineApi['enter']> {
    const { isNewLogin, isNewAccount } = await this.#owners.link.enter(at, account);
    const session = this.#owners.link.requireSession();
    if (isNewLogin) this.#loggedIn(session);
    return { userId: session.account.userId, isNewAccount };
  }

  async kick(groupId: string, userId: string): Promise<number> {
    const calls = await this.#owners.link.promptCalls();
    const { endedInvites = 0 } = await calls.call('kick', { groupId, userId });
    return endedInvites;
  }

  async transferOwner(groupId: string, userId: string): Promise<void> {
    await (await this.#owners.link.promptCalls()).call('transferOwner', { groupId, userId });
  }

  async setRole(groupId: string, userId: string, role: Role): Promise<boolean> {
    const calls = await this.#owners.link.promptCalls();
    return (await calls.call('setRole', { groupId, userId, role })).isChanged;
  }

  async ban(groupId: string, userId: string): Promise<number> {
    const calls = await this.#owners.link.promptCalls();
    return (await calls.call('ban', { groupId, userId })).endedInvites;
  }

  async unban(groupId: string, userId: string): Promise<void> {
    await (await this.#owners.link.promptCalls()).call('unban', { groupId, userId });
  }

  async bans(groupId: string): ReturnType<EngineApi['bans']> {
    return listAll(await this.#owners.link.promptCalls(), 'listBans', { groupId });
  }

  async listMembers(groupId: string): ReturnType<EngineApi['listMembers']> {
    return listAll(await this.#owners.link.promptCalls(), 'listMembers', { groupId });
  }

  async listGroups(): Promise<readonly string[]> {
    return listAll(await this.#owners.link.promptCalls(), 'listGroups', {});
  }

  async describeGroups(): ReturnType<EngineApi['describeGroups']> {
    return describedGroups(await this.#owners.link.promptCalls(), this.#owners.memberships);
  }

  // --- Files -------------------------------------------------------------------

  async listFiles(groupId: string): Promise<readonly FileRow[]> {
    return listAll(await this.#owners.link.promptCalls(), 'listFiles', { groupId });
  }

  async listFolder(request: FolderPageRequest): Promise<FolderPage> {
    await this.#owners.link.promptCalls();
    return this.#owners.listings.page(request);
  }

  upload(...asked: Parameters<EngineApi['upload']>): ReturnType<EngineApi['upload']> {
    return upload(this.#owners, ...asked);
  }

  sync(...[request, onProgress]: Parameters<EngineApi['sync']>): ReturnType<EngineApi['sync']> {
    return this.#followers.syncs.run(request, onProgress);
  }

  followFiles(...asked: Parameters<EngineApi['followFiles']>): Promise<void> {
    return this.#followers.files.follow(...asked);
  }

  hashAhead(run: Parameters<EngineApi['hashAhead']>[0]): Promise<void> {
    return this.#owners.aheadHashes.hash(run);
  }

  async verify(
    ...[request, onProgress]: Parameters<EngineApi['verify']>
  ): ReturnType<EngineApi['verify']> {
    const { link, verification } = this.#owners;
    // What is on this disk can be told without the tracker; what is wrong with it comes from others.
    if (request.isRepairing) await link.calls();
    const { account } = (await link.whoIsLoggedIn()) ?? link.requireSession();
    return verification.run(account, request, onProgress);
  }

  async search(request: Parameters<EngineApi['search']>[0]): ReturnType<EngineApi['search']> {
    return searchFiles(await this.#owners.link.promptCalls(), request);
  }

  stopShare(...which: Parameters<EngineApi['stopShare']>): Promise<void> {
    return stopShare(this.#owners, ...which);
  }

  stopShares(request: Parameters<EngineApi['stopShares']>[0]): ReturnType<EngineApi['stopShares']> {
    return stopShares(this.#owners, request);
  }

  async shares(groupId: string | undefined): ReturnType<EngineApi['shares']> {
    return this.#owners.shares.list(await this.#localAccount(), groupId);
  }

  startDownload(request: Parameters<EngineApi['startDownload']>[0]): Promise<string> {
    return startHeld(this.#owners, request, () => this.#owners.desk.start(request));
  }

  async fileAt(request: Parameters<EngineApi['fileAt']>[0]): Promise<FileAt> {
    await this.#owners.link.calls();
    return fileAt(this.#owners, this.#owners.link.requireSession().account, request);
  }

  waitForDownload(
    ...[id, onProgress]: Parameters<EngineApi['waitForDownload']>
  ): ReturnType<EngineApi['waitForDownload']> {
    return this.#owners.downloads.wait(id, onProgress);
  }

  cancelDownload(id: string): Promise<void> {
    return stopDownload(this.#owners, id);
  }

  async pauseDownloads(which: WhichDownloads): ReturnType<EngineApi['pauseDownloads']> {
    return pauseDownloads(this.#owners, await this.#localAccount(), which);
  }

  async resumeDownloads(
    request: Parameters<EngineApi['resumeDownloads']>[0],
  ): ReturnType<EngineApi['resumeDownloads']> {
    await this.#owners.link.promptCalls();
    return this.#owners.desk.resume(this.#owners.link.requireSession().account, request);
  }

  async moveDownloads(
    request: Parameters<EngineApi['moveDownloads']>[0],
  ): ReturnType<EngineApi['moveDownloads']> {
    return moveDownloads(this.#owners, await this.#localAccount(), request);
  }

  async cancelDownloads(
    request: Parameters<EngineApi['cancelDownloads']>[0],
  ): ReturnType<EngineApi['cancelDownloads']> {
    return cancelDownloads(this.#owners, await this.#localAccount(), request);
  }

  async forgetDownloads(
    request: Parameters<EngineApi['forgetDownloads']>[0],
  ): ReturnType<EngineApi['forgetDownloads']> {
    const account = await this.#localAccount();
    return this.#owners.spoolKeeper.around(() => forgetDownloads(this.#owners, account, request));
  }

  discardDownload(id: string): Promise<void> {
    return discardDownload(this.#owners, id);
  }

  async downloads(): ReturnType<EngineApi['downloads']> {
    return this.#owners.desk.list(await this.#localAccount());
  }

  downloadPieces(id: string): ReturnType<EngineApi['downloadPieces']> {
    return this.#owners.desk.pieces(id);
  }

  limits(): ReturnType<EngineApi['limits']> {
    return this.#owners.limits.report();
  }

  changeLimit(request: LimitRequest): ReturnType<EngineApi['changeLimit']> {
    return this.#owners.limits.change(request);
  }

  rereadLimits(started?: StartRates): ReturnType<Engine['rereadLimits']> {
    return this.#owners.limits.reread(started && givenLimits(started));
  }

  status(): Promise<Status> {
    return statusOf(this.#owners, this.#options, () => tryTracker(this.#owners));
  }

  statusAsKnown(): Promise<Status> {
    return statusOf(this.#owners, this.#options, undefined);
  }

  get isTrackerConnected(): boolean {
    return this.#owners.link.isConnected;
  }

  checkNetwork(): ReturnType<EngineApi['checkNetwork']> {
    return checkNetwork(this.#owners, () => Date.now());
  }

  lookAtMachine(destination: string): ReturnType<EngineApi['lookAtMachine']> {
    return lookAtMachine(this.#owners, this.#options.home, destination);
  }

  events(listener: TimedEventListener, scope?: EventScope): () => void {
    return this.#owners.feed.subscribe(listener, scope);
  }

  // --- Life --------------------------------------------------------------------

  startServing(): Promise<PeerAddress> {
    void this.#owners.workshop.pool;
    return this.#owners.online.start();
  }

  async claimHome(): Promise<void> {
    await this.#owners.workshop.library();
    this.#owners.spoolKeeper.lookSoon();
  }

  takers(): readonly Taker[] {
    return this.#owners.takers.list();
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
    this.#owners.network.stop();
    this.#owners.polite?.stop();
    this.#owners.limits.close();
    this.#owners.renewal.close();
    await this.#followers.syncs.close();
    await this.#owners.online.goOffline('the engine closed');
    this.#owners.background.close();
    // A start that is under way would open its port after everything else is closed.
    await this.#owners.online.settled();
    await this.#owners.lan?.close();
    this.#owners.connections.close();
    this.#owners.parcels.close();
    const stopped = this.#owners.serving
      .stop()
      .then(() => this.#owners.uploads.close())
      .then(() => this.#owners.workshop.endThreads());
    await Promise.all([stopped, this.#owners.link.close()]);
    // A page that was asked for until then.
    this.#owners.listings.clear();
    await this.#owners.background.settled();
    await this.#owners.spoolKeeper.close();
    await this.#owners.workshop.close();
  }

  /** Whose files are on this disk: that can be told without the tracker. */
  async #localAccount(): Promise<Account> {
    const { link } = this.#owners;
    return ((await link.whoIsLoggedIn()) ?? link.requireSession()).account;
  }

  #pushReceivers(): PushReceivers {
    return {
      ...this.#owners,
      isChanging: (groupId) => this.#changing.has(groupId),
      onReplaced: (replaced) => tellReplaced(this.#owners, replaced),
      onRole: (...told) => this.#owners.background.run(() => this.#owners.guests.onRole(...told)),
      onUsersRemoved: (groupId, userIds) =>
        this.#owners.background.run(() => forgetUsers(this.#owners, groupId, userIds)),
      onRemoved: (groupId, error) =>
        this.#owners.background.run(() => this.#exitGroup(groupId, error)),
      onSessionEnded: (error) => this.#onSessionLost(error),
    };
  }

  async #exitGroup(groupId: string, error?: P2pError): Promise<void> {
    const { account } = this.#owners.link.requireSession();
    this.#owners.memberships.forget(groupId);
    await exitGroup(this.#owners, account, groupId, error);
  }

  #onSessionLost(error: P2pError): void {
    this.#owners.emit({ type: 'session-lost', error: toWireError(error) });
    this.#owners.background.run(() => this.#owners.online.goOffline('the session has ended'));
    // A link that went on would resume, and two engines of one device would take the session
    // from each other in turn.
    this.#owners.background.run(() => this.#owners.link.disconnect());
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
