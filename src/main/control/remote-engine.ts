/**
 * The engine of another process of this home, as if it were here: EngineApi over the control
 * socket. A command runs in its caller's process against this or an engine of its own, and
 * cannot tell them apart.
 */
import type { Role } from '../../net/roles.js';
import type { ApiMethodName, ApiParams, ApiResult } from '../api/api-methods.js';
import type { NetworkReport } from '../api/network-report.js';
import type { EventScope, TimedEventListener } from '../api/client-events.js';
import { isDetail } from '../api/detail-events.js';
import type { Status } from '../api/client-status.js';
import type { EngineApi, FileAt, LoginResult } from '../api/engine-api.js';
import type { DownloadProgress, DownloadSummary, UploadProgress } from '../api/progress.js';
import type { HeldDownload, UnwantedDownload, UploadResult } from '../api/progress.js';
import type { VerifyProgress, VerifyReport } from '../api/progress.js';
import type { SyncProgress, SyncReport } from '../api/sync.js';
import { leaveToWaiters } from '../../net/deferred.js';
import { CancelledError, P2pError, TrackerError, type ErrorCode } from '../../net/errors.js';
import { DOWNLOAD_TIMEOUT_MS, HAND_OVER_WAIT_MS } from '../../net/limits.js';
import { attach, type Attached, type ControlHome } from './attach.js';
import type { CallOptions, ControlLink } from './control-link.js';
import type { Greeting, Welcome } from './control-protocol.js';
import { cancelled, goOn } from './moved-download.js';
import { insistsOnTls, nextEngine } from './next-engine.js';

/** How what is waited for ends with its engine. */
const ENDS_OF_ENGINES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['TERMINATED', 'CANCELLED', 'INTERRUPTED', 'CONNECTION_LOST', 'BUSY'] as const),
]);

type Request<M extends keyof EngineApi> = Parameters<EngineApi[M]>[0];

export class RemoteEngine implements EngineApi {
  readonly #home: ControlHome;
  readonly #greeting: Greeting;
  readonly #ended = new AbortController();
  readonly #hungUp = new AbortController();
  readonly #listeners = new Map<TimedEventListener, EventScope>();
  /** Downloads that were begun or waited for, whichever engine has them now. */
  readonly #begun = new Map<string, BegunDownload>();
  /** Downloads that are not wanted any more, whichever engine has them. */
  readonly #cancelled = new Set<string>();
  #link: ControlLink;
  #welcome: Welcome;
  /** Somebody has looked whether the engine insists on TLS, and it does. */
  #insistsOnTls = false;
  /** Set while one engine has ended and the next is not there yet. */
  #moving: Promise<void> | undefined;
  #stopEvents: (() => void) | undefined;
  #onHalted: (isHalted: boolean) => void = () => undefined;
  #onMoved: () => void = () => undefined;

  private constructor(home: ControlHome, greeting: Greeting, { link, welcome }: Attached) {
    this.#home = home;
    this.#greeting = greeting;
    this.#link = link;
    this.#welcome = welcome;
    this.#attach({ link, welcome });
  }

  /**
   * The engine that runs for this home; undefined when there is none, or it went away before it answered. @throws P2pError when it cannot be worked with, HOME_IN_USE when it
   * is halted
   */
  static async connect(
    home: ControlHome,
    signal: AbortSignal,
    { title = '', goesBy = 'version', isListener = false }: Partial<Greeting> = {},
  ): Promise<RemoteEngine | undefined> {
    const greeting = { title, goesBy, isListener };
    const attached = await attach(home, signal, greeting);
    return attached && new RemoteEngine(home, greeting, attached);
  }

  /** Of the process that has the engine. */
  get pid(): number {
    return this.#welcome.pid;
  }

  get isEngineStaying(): boolean {
    return this.#welcome.isEngineStaying;
  }

  /** Aborted when that engine is stopped or lost and none takes over; its reason is the error to end with. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Resolves when the connection has ended, however. */
  get closed(): Promise<unknown> {
    return this.#link.closed;
  }

  /** Has one listener hear when that process is halted by Ctrl-Z, and when it goes on. */
  halts(listener: (isHalted: boolean) => void): void {
    this.#onHalted = listener;
  }

  /** Has one listener hear when the engine of another process has taken over. */
  moved(listener: () => void): void {
    this.#onMoved = listener;
  }

  /** Hangs up: what was asked for and is not done ends there; with a reason it ends here at once. */
  close(reason?: P2pError): void {
    // Whatever waits for the engine that takes over rejects with it.
    this.#hungUp.abort(reason ?? new CancelledError('the connection to the client was closed'));
    this.#link.close(reason);
  }

  async createUser(request: Request<'createUser'>): Promise<void> {
    await this.#call('createUser', request);
  }

  login(request: Request<'login'>): Promise<LoginResult> {
    return this.#call('login', request);
  }

  loginByKey(request: Request<'loginByKey'>): Promise<LoginResult> {
    return this.#call('loginByKey', request);
  }

  async logout(): Promise<void> {
    await this.#call('logout', {});
  }

  async changePassword(request: Request<'changePassword'>): Promise<void> {
    await this.#call('changePassword', request);
  }

  devices(): Promise<ApiResult<'devices'>> {
    return this.#call('devices', {});
  }

  async logoutDevice(deviceId: string | undefined): Promise<void> {
    await this.#call('logoutDevice', { deviceId });
  }

  whoami(): Promise<ApiResult<'whoami'>> {
    return this.#call('whoami', {});
  }

  async createGroup(groupId: string): Promise<void> {
    await this.#call('createGroup', { groupId });
  }

  async joinGroup(groupId: string): Promise<void> {
    await this.#call('joinGroup', { groupId });
  }

  leaveGroup(groupId: string): Promise<ApiResult<'leaveGroup'>> {
    return this.#call('leaveGroup', { groupId });
  }

  listRequests(groupId: string): Promise<readonly string[]> {
    return this.#call('listRequests', { groupId });
  }

  async acceptRequest(groupId: string, userId: string): Promise<void> {
    await this.#call('acceptRequest', { groupId, userId });
  }

  async rejectRequest(groupId: string, userId: string): Promise<void> {
    await this.#call('rejectRequest', { groupId, userId });
  }

  history(groupId: string): Promise<ApiResult<'history'>> {
    return this.#call('history', { groupId });
  }

  verifyHistory(groupId: string): Promise<ApiResult<'verifyHistory'>> {
    return this.#call('verifyHistory', { groupId });
  }

  createInvite(request: Request<'createInvite'>): Promise<ApiResult<'createInvite'>> {
    return this.#call('createInvite', request);
  }

  invites(groupId: string): Promise<ApiResult<'invites'>> {
    return this.#call('invites', { groupId });
  }

  async revokeInvite(groupId: string, id: string): Promise<void> {
    await this.#call('revokeInvite', { groupId, id });
  }

  createGuestLink(request: Request<'createGuestLink'>): Promise<ApiResult<'createGuestLink'>> {
    return this.#call('createGuestLink', request);
  }

  guestLinks(groupId: string | undefined): Promise<ApiResult<'guestLinks'>> {
    return this.#call('guestLinks', groupId === undefined ? {} : { groupId });
  }

  revokeGuestLink(id: string): Promise<ApiResult<'revokeGuestLink'>> {
    return this.#call('revokeGuestLink', { id });
  }

  joinByInvite({ userIds, ...link }: Request<'joinByInvite'>): Promise<ApiResult<'joinByInvite'>> {
    return this.#call('joinByInvite', { ...link, userIds: [...userIds] });
  }

  enter({ userIds, ...at }: Request<'enter'>): Promise<ApiResult<'enter'>> {
    return this.#call('enter', { ...at, userIds: [...userIds] });
  }

  kick(groupId: string, userId: string): Promise<number> {
    return this.#call('kick', { groupId, userId });
  }

  async transferOwner(groupId: string, userId: string): Promise<void> {
    await this.#call('transferOwner', { groupId, userId });
  }

  setRole(groupId: string, userId: string, role: Role): Promise<boolean> {
    return this.#call('setRole', { groupId, userId, role });
  }

  ban(groupId: string, userId: string): Promise<number> {
    return this.#call('ban', { groupId, userId });
  }

  async unban(groupId: string, userId: string): Promise<void> {
    await this.#call('unban', { groupId, userId });
  }

  bans(groupId: string): Promise<ApiResult<'bans'>> {
    return this.#call('bans', { groupId });
  }

  listMembers(groupId: string): Promise<ApiResult<'listMembers'>> {
    return this.#call('listMembers', { groupId });
  }

  listGroups(): Promise<readonly string[]> {
    return this.#call('listGroups', {});
  }

  describeGroups(): Promise<ApiResult<'describeGroups'>> {
    return this.#call('describeGroups', {});
  }

  listFiles(groupId: string): Promise<ApiResult<'listFiles'>> {
    return this.#call('listFiles', { groupId });
  }

  listFolder(request: Request<'listFolder'>): Promise<ApiResult<'listFolder'>> {
    return this.#call('listFolder', request);
  }

  upload(
    { signal, ...request }: Request<'upload'>,
    onProgress: (progress: UploadProgress) => void,
  ): Promise<UploadResult> {
    const hear = (progress: unknown): void => onProgress(progress as UploadProgress);
    return this.#call('upload', request, { signal, onProgress: hear });
  }

  async hashAhead(run: Request<'hashAhead'>): Promise<void> {
    await this.#call('hashAhead', run);
  }

  verify(
    { signal, ...request }: Request<'verify'>,
    onProgress: (progress: VerifyProgress) => void,
  ): Promise<VerifyReport> {
    const hear = (progress: unknown): void => onProgress(progress as VerifyProgress);
    return this.#call('verify', request, { signal, onProgress: hear });
  }

  sync(
    { signal, only, exclude, ...request }: Request<'sync'>,
    onProgress: (progress: SyncProgress) => void,
  ): Promise<SyncReport> {
    const hear = (progress: unknown): void => onProgress(progress as SyncProgress);
    const names = { ...(only && { only: [...only] }), ...(exclude && { exclude: [...exclude] }) };
    return this.#call('sync', { ...request, ...names }, { signal, onProgress: hear });
  }

  search({ words, groupIds, ...request }: Request<'search'>): Promise<ApiResult<'search'>> {
    const groups = groupIds && { groupIds: [...groupIds] };
    return this.#call('search', { ...request, ...groups, words: [...words] });
  }

  async stopShare(groupId: string, fileName: string): Promise<void> {
    await this.#call('stopShare', { groupId, fileName });
  }

  stopShares(request: Request<'stopShares'>): Promise<ApiResult<'stopShares'>> {
    return this.#call('stopShares', request);
  }

  shares(groupId: string | undefined): Promise<ApiResult<'shares'>> {
    return this.#call('shares', groupId === undefined ? {} : { groupId });
  }

  async startDownload(request: Request<'startDownload'>): Promise<string> {
    const { link, result: id } = await this.#callAt('startDownload', request);
    this.#begun.set(id, { link, timeoutMs: request.timeoutMs });
    return id;
  }

  fileAt(request: Request<'fileAt'>): Promise<FileAt> {
    return this.#call('fileAt', request);
  }

  async waitForDownload(
    id: string,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<DownloadSummary> {
    const hear = (progress: unknown): void => onProgress(progress as DownloadProgress);
    for (;;) {
      const link = await this.#present();
      const begun = this.#begun.get(id) ?? { link, timeoutMs: DOWNLOAD_TIMEOUT_MS };
      this.#begun.set(id, { ...begun, link });
      try {
        if (begun.link !== link) {
          const isCancelled = (): boolean => this.#cancelled.has(id);
          const whole = await goOn(link, { id, timeoutMs: begun.timeoutMs, isCancelled });
          if (whole) return whole;
        }
        return await link.call('waitForDownload', { id }, { onProgress: hear });
      } catch (error) {
        if (!link.isMoving || !isEndOfEngine(error)) throw error;
        if (this.#cancelled.has(id)) throw cancelled();
      }
    }
  }

  async cancelDownload(id: string): Promise<void> {
    this.#cancelled.add(id);
    await this.#call('cancelDownload', { id });
  }

  pauseDownloads(which: Request<'pauseDownloads'>): Promise<readonly HeldDownload[]> {
    return this.#call('pauseDownloads', which);
  }

  async resumeDownloads(request: Request<'resumeDownloads'>): Promise<readonly HeldDownload[]> {
    const { link, result: resumed } = await this.#callAt('resumeDownloads', request);
    for (const { id, error } of resumed)
      if (error === undefined) this.#begun.set(id, { link, timeoutMs: request.timeoutMs });
    return resumed;
  }

  moveDownloads(request: Request<'moveDownloads'>): Promise<ApiResult<'moveDownloads'>> {
    return this.#call('moveDownloads', request);
  }

  cancelDownloads(request: Request<'cancelDownloads'>): Promise<readonly UnwantedDownload[]> {
    return this.#call('cancelDownloads', request);
  }

  forgetDownloads(request: Request<'forgetDownloads'>): Promise<readonly UnwantedDownload[]> {
    return this.#call('forgetDownloads', request);
  }

  async discardDownload(id: string): Promise<void> {
    await this.#call('discardDownload', { id });
  }

  downloads(): Promise<readonly DownloadProgress[]> {
    return this.#call('downloads', {});
  }

  downloadPieces(id: string): Promise<ApiResult<'downloadPieces'>> {
    return this.#call('downloadPieces', { id });
  }

  limits(): Promise<ApiResult<'limits'>> {
    return this.#call('limits', {});
  }

  changeLimit(request: Request<'changeLimit'>): Promise<ApiResult<'changeLimit'>> {
    return this.#call('changeLimit', request);
  }

  async status(): Promise<Status> {
    const status = await this.#call('status', {});
    this.#insistsOnTls = insistsOnTls(status);
    return status;
  }

  checkNetwork(): Promise<NetworkReport> {
    return this.#call('checkNetwork', {});
  }

  lookAtMachine(destination: string): Promise<ApiResult<'lookAtMachine'>> {
    return this.#call('lookAtMachine', { destination });
  }

  events(listener: TimedEventListener, scope: EventScope = 'news'): () => void {
    const own: TimedEventListener = (event, atMs) => listener(event, atMs);
    const isWider = !this.#scopes.has(scope) && !this.#scopes.has('all');
    this.#listeners.set(own, scope);
    if (isWider) this.#heed(this.#link);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#stopEvents?.();
      this.#stopEvents = undefined;
    };
  }

  get #scopes(): ReadonlySet<EventScope> {
    return new Set(this.#listeners.values());
  }

  #heed(link: ControlLink): void {
    if (this.#listeners.size === 0) return;
    const before = this.#stopEvents;
    this.#stopEvents = link.events(
      (event, atMs) => {
        for (const [listener, scope] of [...this.#listeners]) {
          if (scope === 'all' || !isDetail(event)) listener(event, atMs);
        }
      },
      this.#scopes.has('all') ? 'all' : 'news',
    );
    before?.();
  }

  #attach({ link, welcome }: Attached): void {
    this.#link = link;
    this.#welcome = welcome;
    link.halts((isHalted) => this.#onHalted(isHalted));
    link.moves(() => {
      this.#moving = this.#follow(link);
      // Whoever calls meanwhile hears of it, and so does whoever watches `ended`.
      leaveToWaiters(this.#moving);
    });
    const onEnded = (): void => this.#ended.abort(link.ended.reason);
    if (link.ended.aborted) onEnded();
    else link.ended.addEventListener('abort', onEnded, { once: true });
    this.#stopEvents = undefined;
    this.#heed(link);
  }

  /** Waits for the engine that takes over. @throws P2pError when none does */
  async #follow(old: ControlLink): Promise<void> {
    await old.closed;
    const late = AbortSignal.timeout(HAND_OVER_WAIT_MS);
    const signal = AbortSignal.any([late, this.#hungUp.signal]);
    try {
      await nextEngine(this.#home, this.#greeting, {
        ...{ signal, isTlsRequired: this.#insistsOnTls },
        onThere: (attached) => {
          this.#moving = undefined;
          this.#attach(attached);
          this.#onMoved();
        },
      });
    } catch (thrown) {
      const error = late.aborted ? nobodyTookOver() : thrown;
      this.#ended.abort(error);
      throw error;
    }
  }

  /** The link to work with, once there is one. */
  async #present(): Promise<ControlLink> {
    await this.#moving;
    return this.#link;
  }

  /**
   * A call that was refused, or left without an answer, because another engine takes over is made there: an engine
   * that hands over answers all that it has begun before it hangs up.
   */
  async #call<M extends ApiMethodName>(
    method: M,
    params: ApiParams<M>,
    options?: CallOptions,
  ): Promise<ApiResult<M>> {
    return (await this.#callAt(method, params, options)).result;
  }

  /** The same, with the link on which it was answered. */
  async #callAt<M extends ApiMethodName>(
    method: M,
    params: ApiParams<M>,
    options?: CallOptions,
  ): Promise<{ readonly link: ControlLink; readonly result: ApiResult<M> }> {
    for (;;) {
      const link = await this.#present();
      try {
        return { link, result: await link.call(method, params, options) };
      } catch (error) {
        if (!link.isMoving || !isNotBegun(error)) throw error;
      }
    }
  }
}

/** A download of a command, on the link to the engine that has it. */
interface BegunDownload {
  readonly link: ControlLink;
  /** How long it waits for a byte. */
  readonly timeoutMs: number;
}

function isNotBegun(error: unknown): boolean {
  return error instanceof P2pError && (error.code === 'BUSY' || error.code === 'CONNECTION_LOST');
}

/** The download itself may go on. */
function isEndOfEngine(error: unknown): boolean {
  return error instanceof P2pError && ENDS_OF_ENGINES.has(error.code);
}

function nobodyTookOver(): TrackerError {
  return new TrackerError(
    'CONNECTION_LOST',
    'the client that carried out this command has ended, and no other has taken over; run the command again',
  );
}
