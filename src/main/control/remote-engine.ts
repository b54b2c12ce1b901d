/**
 * The engine of another process of this home, as if it were here: EngineApi over the control
 * socket. A command runs in its caller's process against this or an engine of its own, and
 * cannot tell them apart.
 */
import type { Role } from '../../net/roles.js';
import type { ApiResult } from '../api/api-methods.js';
import type { NetworkReport } from '../api/network-report.js';
import type { EventScope, TimedEventListener } from '../api/client-events.js';
import type { Status } from '../api/client-status.js';
import type { EngineApi, FileAt, LoginResult } from '../api/engine-api.js';
import type { DownloadProgress, DownloadSummary, UploadProgress } from '../api/progress.js';
import type { HeldDownload, UnwantedDownload, UploadResult } from '../api/progress.js';
import type { VerifyProgress, VerifyReport } from '../api/progress.js';
import type { FollowedFilesProgress } from '../api/followed-files.js';
import type { SyncProgress, SyncReport } from '../api/sync.js';
import { P2pError, type ErrorCode } from '../../net/errors.js';
import { DOWNLOAD_TIMEOUT_MS } from '../../net/limits.js';
import { attach, type ControlHome } from './attach.js';
import type { ControlLink } from './control-link.js';
import type { Greeting } from './control-protocol.js';
import { EngineLine } from './engine-line.js';
import { cancelled, goOn } from './moved-download.js';
import { insistsOnTls } from './next-engine.js';

/** How what is waited for ends with its engine. */
const ENDS_OF_ENGINES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['TERMINATED', 'CANCELLED', 'INTERRUPTED', 'CONNECTION_LOST', 'BUSY'] as const),
]);

type Request<M extends keyof EngineApi> = Parameters<EngineApi[M]>[0];

export class RemoteEngine implements EngineApi {
  readonly #line: EngineLine;
  /** Downloads that were begun or waited for, whichever engine has them now. */
  readonly #begun = new Map<string, BegunDownload>();
  /** Downloads that are not wanted any more, whichever engine has them. */
  readonly #cancelled = new Set<string>();

  private constructor(line: EngineLine) {
    this.#line = line;
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
    return attached && new RemoteEngine(new EngineLine(home, greeting, attached));
  }

  /** Of the process that has the engine. */
  get pid(): number {
    return this.#line.pid;
  }

  get isEngineStaying(): boolean {
    return this.#line.isEngineStaying;
  }

  /** Aborted when that engine is stopped or lost and none takes over; its reason is the error to end with. */
  get ended(): AbortSignal {
    return this.#line.ended;
  }

  /** Resolves when the connection has ended, however. */
  get closed(): Promise<unknown> {
    return this.#line.closed;
  }

  /** Has one listener hear when that process is halted by Ctrl-Z, and when it goes on. */
  halts(listener: (isHalted: boolean) => void): void {
    this.#line.halts(listener);
  }

  /** Has one listener hear when the engine of another process has taken over. */
  moved(listener: () => void): void {
    this.#line.moved(listener);
  }

  /** Hangs up: what was asked for and is not done ends there; with a reason it ends here at once. */
  close(reason?: P2pError): void {
    this.#line.close(reason);
  }

  async createUser(request: Request<'createUser'>): Promise<void> {
    await this.#line.call('createUser', request);
  }

  login(request: Request<'login'>): Promise<LoginResult> {
    return this.#line.call('login', request);
  }

  loginByKey(request: Request<'loginByKey'>): Promise<LoginResult> {
    return this.#line.call('loginByKey', request);
  }

  async logout(): Promise<void> {
    await this.#line.call('logout', {});
  }

  async changePassword(request: Request<'changePassword'>): Promise<void> {
    await this.#line.call('changePassword', request);
  }

  devices(): Promise<ApiResult<'devices'>> {
    return this.#line.call('devices', {});
  }

  async logoutDevice(deviceId: string | undefined): Promise<void> {
    await this.#line.call('logoutDevice', { deviceId });
  }

  whoami(): Promise<ApiResult<'whoami'>> {
    return this.#line.call('whoami', {});
  }

  async createGroup(groupId: string): Promise<void> {
    await this.#line.call('createGroup', { groupId });
  }

  async joinGroup(groupId: string): Promise<void> {
    await this.#line.call('joinGroup', { groupId });
  }

  leaveGroup(groupId: string): Promise<ApiResult<'leaveGroup'>> {
    return this.#line.call('leaveGroup', { groupId });
  }

  listRequests(groupId: string): Promise<readonly string[]> {
    return this.#line.call('listRequests', { groupId });
  }

  async acceptRequest(groupId: string, userId: string): Promise<void> {
    await this.#line.call('acceptRequest', { groupId, userId });
  }

  async rejectRequest(groupId: string, userId: string): Promise<void> {
    await this.#line.call('rejectRequest', { groupId, userId });
  }

  history(groupId: string): Promise<ApiResult<'history'>> {
    return this.#line.call('history', { groupId });
  }

  verifyHistory(groupId: string): Promise<ApiResult<'verifyHistory'>> {
    return this.#line.call('verifyHistory', { groupId });
  }

  createInvite(request: Request<'createInvite'>): Promise<ApiResult<'createInvite'>> {
    return this.#line.call('createInvite', request);
  }

  invites(groupId: string): Promise<ApiResult<'invites'>> {
    return this.#line.call('invites', { groupId });
  }

  async revokeInvite(groupId: string, id: string): Promise<void> {
    await this.#line.call('revokeInvite', { groupId, id });
  }

  createGuestLink(request: Request<'createGuestLink'>): Promise<ApiResult<'createGuestLink'>> {
    return this.#line.call('createGuestLink', request);
  }

  guestLinks(groupId: string | undefined): Promise<ApiResult<'guestLinks'>> {
    return this.#line.call('guestLinks', groupId === undefined ? {} : { groupId });
  }

  revokeGuestLink(id: string): Promise<ApiResult<'revokeGuestLink'>> {
    return this.#line.call('revokeGuestLink', { id });
  }

  joinByInvite({ userIds, ...link }: Request<'joinByInvite'>): Promise<ApiResult<'joinByInvite'>> {
    return this.#line.call('joinByInvite', { ...link, userIds: [...userIds] });
  }

  enter({ userIds, ...at }: Request<'enter'>): Promise<ApiResult<'enter'>> {
    return this.#line.call('enter', { ...at, userIds: [...userIds] });
  }

  kick(groupId: string, userId: string): Promise<number> {
    return this.#line.call('kick', { groupId, userId });
  }

  async transferOwner(groupId: string, userId: string): Promise<void> {
    await this.#line.call('transferOwner', { groupId, userId });
  }

  setRole(groupId: string, userId: string, role: Role): Promise<boolean> {
    return this.#line.call('setRole', { groupId, userId, role });
  }

  ban(groupId: string, userId: string): Promise<number> {
    return this.#line.call('ban', { groupId, userId });
  }

  async unban(groupId: string, userId: string): Promise<void> {
    await this.#line.call('unban', { groupId, userId });
  }

  bans(groupId: string): Promise<ApiResult<'bans'>> {
    return this.#line.call('bans', { groupId });
  }

  listMembers(groupId: string): Promise<ApiResult<'listMembers'>> {
    return this.#line.call('listMembers', { groupId });
  }

  listGroups(): Promise<readonly string[]> {
    return this.#line.call('listGroups', {});
  }

  describeGroups(): Promise<ApiResult<'describeGroups'>> {
    return this.#line.call('describeGroups', {});
  }

  listFiles(groupId: string): Promise<ApiResult<'listFiles'>> {
    return this.#line.call('listFiles', { groupId });
  }

  listFolder(request: Request<'listFolder'>): Promise<ApiResult<'listFolder'>> {
    return this.#line.call('listFolder', request);
  }

  upload(
    { signal, ...request }: Request<'upload'>,
    onProgress: (progress: UploadProgress) => void,
  ): Promise<UploadResult> {
    const hear = (progress: unknown): void => onProgress(progress as UploadProgress);
    return this.#line.call('upload', request, { signal, onProgress: hear });
  }

  async hashAhead(run: Request<'hashAhead'>): Promise<void> {
    await this.#line.call('hashAhead', run);
  }

  verify(
    { signal, ...request }: Request<'verify'>,
    onProgress: (progress: VerifyProgress) => void,
  ): Promise<VerifyReport> {
    const hear = (progress: unknown): void => onProgress(progress as VerifyProgress);
    return this.#line.call('verify', request, { signal, onProgress: hear });
  }

  sync(
    { signal, only, exclude, ...request }: Request<'sync'>,
    onProgress: (progress: SyncProgress) => void,
  ): Promise<SyncReport> {
    const hear = (progress: unknown): void => onProgress(progress as SyncProgress);
    const names = { ...(only && { only: [...only] }), ...(exclude && { exclude: [...exclude] }) };
    return this.#line.call('sync', { ...request, ...names }, { signal, onProgress: hear });
  }

  async followFiles(
    { signal, groupId }: Request<'followFiles'>,
    onProgress: (progress: FollowedFilesProgress) => void,
  ): Promise<void> {
    const hear = (progress: unknown): void => onProgress(progress as FollowedFilesProgress);
    await this.#line.call('followFiles', { groupId }, { signal, onProgress: hear });
  }

  search({ words, groupIds, ...request }: Request<'search'>): Promise<ApiResult<'search'>> {
    const groups = groupIds && { groupIds: [...groupIds] };
    return this.#line.call('search', { ...request, ...groups, words: [...words] });
  }

  async stopShare(groupId: string, fileName: string): Promise<void> {
    await this.#line.call('stopShare', { groupId, fileName });
  }

  stopShares(request: Request<'stopShares'>): Promise<ApiResult<'stopShares'>> {
    return this.#line.call('stopShares', request);
  }

  shares(groupId: string | undefined): Promise<ApiResult<'shares'>> {
    return this.#line.call('shares', groupId === undefined ? {} : { groupId });
  }

  async startDownload(request: Request<'startDownload'>): Promise<string> {
    const { link, result: id } = await this.#line.callAt('startDownload', request);
    this.#begun.set(id, { link, timeoutMs: request.timeoutMs });
    return id;
  }

  fileAt(request: Request<'fileAt'>): Promise<FileAt> {
    return this.#line.call('fileAt', request);
  }

  async waitForDownload(
    id: string,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<DownloadSummary> {
    const hear = (progress: unknown): void => onProgress(progress as DownloadProgress);
    for (;;) {
      const link = await this.#line.present();
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
    await this.#line.call('cancelDownload', { id });
  }

  pauseDownloads(which: Request<'pauseDownloads'>): Promise<readonly HeldDownload[]> {
    return this.#line.call('pauseDownloads', which);
  }

  async resumeDownloads(request: Request<'resumeDownloads'>): Promise<readonly HeldDownload[]> {
    const { link, result: resumed } = await this.#line.callAt('resumeDownloads', request);
    for (const { id, error } of resumed)
      if (error === undefined) this.#begun.set(id, { link, timeoutMs: request.timeoutMs });
    return resumed;
  }

  moveDownloads(request: Request<'moveDownloads'>): Promise<ApiResult<'moveDownloads'>> {
    return this.#line.call('moveDownloads', request);
  }

  cancelDownloads(request: Request<'cancelDownloads'>): Promise<readonly UnwantedDownload[]> {
    return this.#line.call('cancelDownloads', request);
  }

  forgetDownloads(request: Request<'forgetDownloads'>): Promise<readonly UnwantedDownload[]> {
    return this.#line.call('forgetDownloads', request);
  }

  async discardDownload(id: string): Promise<void> {
    await this.#line.call('discardDownload', { id });
  }

  downloads(): Promise<readonly DownloadProgress[]> {
    return this.#line.call('downloads', {});
  }

  downloadPieces(id: string): Promise<ApiResult<'downloadPieces'>> {
    return this.#line.call('downloadPieces', { id });
  }

  limits(): Promise<ApiResult<'limits'>> {
    return this.#line.call('limits', {});
  }

  changeLimit(request: Request<'changeLimit'>): Promise<ApiResult<'changeLimit'>> {
    return this.#line.call('changeLimit', request);
  }

  async status(): Promise<Status> {
    const status = await this.#line.call('status', {});
    this.#line.insistsOnTls = insistsOnTls(status);
    return status;
  }

  checkNetwork(): Promise<NetworkReport> {
    return this.#line.call('checkNetwork', {});
  }

  lookAtMachine(destination: string): Promise<ApiResult<'lookAtMachine'>> {
    return this.#line.call('lookAtMachine', { destination });
  }

  events(listener: TimedEventListener, scope: EventScope = 'news'): () => void {
    return this.#line.events(listener, scope);
  }
}

/** A download of a command, on the link to the engine that has it. */
interface BegunDownload {
  readonly link: ControlLink;
  /** How long it waits for a byte. */
  readonly timeoutMs: number;
}

/** The download itself may go on. */
function isEndOfEngine(error: unknown): boolean {
  return error instanceof P2pError && ENDS_OF_ENGINES.has(error.code);
}
