/**
 * The engine of another process of this home, as if it were here: EngineApi over the control
 * socket. A command runs in its caller's process against this or an engine of its own, and
 * cannot tell them apart.
 */
import type { Role } from '../../net/roles.js';
import type { ApiResult } from '../api/api-methods.js';
import type { NetworkReport } from '../api/network-report.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { EngineApi, FileAt, LoginResult, Status } from '../api/engine-api.js';
import type { DownloadProgress, DownloadSummary, UploadProgress } from '../api/progress.js';
import type { HeldDownload, UnwantedDownload, UploadResult } from '../api/progress.js';
import type { VerifyProgress, VerifyReport } from '../api/progress.js';
import type { P2pError } from '../../net/errors.js';
import type { Home } from '../home/home.js';
import { connectSocket } from '../../net/connect-socket.js';
import { ControlLink } from './control-link.js';
import type { Welcome } from './control-protocol.js';
import { haltedPid } from './halts.js';
import { HolderHalted } from './home-in-use.js';

type Request<M extends keyof EngineApi> = Parameters<EngineApi[M]>[0];

export class RemoteEngine implements EngineApi {
  /** Of the process that has the engine. */
  readonly pid: number;
  readonly isEngineStaying: boolean;
  readonly #link: ControlLink;

  private constructor(link: ControlLink, { pid, isEngineStaying }: Welcome) {
    this.#link = link;
    this.pid = pid;
    this.isEngineStaying = isEngineStaying;
  }

  /**
   * The engine that runs for this home; undefined when there is none, or it went away before
   * it answered. @throws P2pError when it cannot be worked with, HOME_IN_USE when it is halted
   */
  static async connect(
    { socketPath, lockPidPath }: Pick<Home, 'socketPath' | 'lockPidPath'>,
    signal: AbortSignal,
  ): Promise<RemoteEngine | undefined> {
    const socket = await connectSocket(socketPath);
    if (socket === undefined) return undefined;
    // Before anything is waited for: it must hear when the engine hangs up.
    const link = new ControlLink(socket);
    const pid = await haltedPid(lockPidPath);
    if (pid !== undefined) {
      link.close();
      throw new HolderHalted(pid);
    }
    let welcome: Welcome | undefined;
    try {
      welcome = await link.hello(signal);
    } finally {
      if (welcome === undefined) link.close();
    }
    return welcome && new RemoteEngine(link, welcome);
  }

  /** Aborted when that engine is stopped or lost; its reason is the error to end with. */
  get ended(): AbortSignal {
    return this.#link.ended;
  }

  /** Has one listener hear when that process is halted by Ctrl-Z, and when it goes on. */
  halts(listener: (isHalted: boolean) => void): void {
    this.#link.halts(listener);
  }

  /** Hangs up: what was asked for and is not done ends there; with a reason it ends here at once. */
  close(reason?: P2pError): void {
    this.#link.close(reason);
  }

  async createUser(request: Request<'createUser'>): Promise<void> {
    await this.#link.call('createUser', request);
  }

  login(request: Request<'login'>): Promise<LoginResult> {
    return this.#link.call('login', request);
  }

  loginByKey(request: Request<'loginByKey'>): Promise<LoginResult> {
    return this.#link.call('loginByKey', request);
  }

  async logout(): Promise<void> {
    await this.#link.call('logout', {});
  }

  async changePassword(request: Request<'changePassword'>): Promise<void> {
    await this.#link.call('changePassword', request);
  }

  devices(): Promise<ApiResult<'devices'>> {
    return this.#link.call('devices', {});
  }

  async logoutDevice(deviceId: string | undefined): Promise<void> {
    await this.#link.call('logoutDevice', { deviceId });
  }

  whoami(): Promise<ApiResult<'whoami'>> {
    return this.#link.call('whoami', {});
  }

  async createGroup(groupId: string): Promise<void> {
    await this.#link.call('createGroup', { groupId });
  }

  async joinGroup(groupId: string): Promise<void> {
    await this.#link.call('joinGroup', { groupId });
  }

  leaveGroup(groupId: string): Promise<ApiResult<'leaveGroup'>> {
    return this.#link.call('leaveGroup', { groupId });
  }

  listRequests(groupId: string): Promise<readonly string[]> {
    return this.#link.call('listRequests', { groupId });
  }

  async acceptRequest(groupId: string, userId: string): Promise<void> {
    await this.#link.call('acceptRequest', { groupId, userId });
  }

  async rejectRequest(groupId: string, userId: string): Promise<void> {
    await this.#link.call('rejectRequest', { groupId, userId });
  }

  history(groupId: string): Promise<ApiResult<'history'>> {
    return this.#link.call('history', { groupId });
  }

  verifyHistory(groupId: string): Promise<ApiResult<'verifyHistory'>> {
    return this.#link.call('verifyHistory', { groupId });
  }

  createInvite(request: Request<'createInvite'>): Promise<ApiResult<'createInvite'>> {
    return this.#link.call('createInvite', request);
  }

  invites(groupId: string): Promise<ApiResult<'invites'>> {
    return this.#link.call('invites', { groupId });
  }

  async revokeInvite(groupId: string, id: string): Promise<void> {
    await this.#link.call('revokeInvite', { groupId, id });
  }

  joinByInvite({ userIds, ...link }: Request<'joinByInvite'>): Promise<ApiResult<'joinByInvite'>> {
    return this.#link.call('joinByInvite', { ...link, userIds: [...userIds] });
  }

  enter({ userIds, ...at }: Request<'enter'>): Promise<ApiResult<'enter'>> {
    return this.#link.call('enter', { ...at, userIds: [...userIds] });
  }

  kick(groupId: string, userId: string): Promise<number> {
    return this.#link.call('kick', { groupId, userId });
  }

  async transferOwner(groupId: string, userId: string): Promise<void> {
    await this.#link.call('transferOwner', { groupId, userId });
  }

  setRole(groupId: string, userId: string, role: Role): Promise<boolean> {
    return this.#link.call('setRole', { groupId, userId, role });
  }

  ban(groupId: string, userId: string): Promise<number> {
    return this.#link.call('ban', { groupId, userId });
  }

  async unban(groupId: string, userId: string): Promise<void> {
    await this.#link.call('unban', { groupId, userId });
  }

  bans(groupId: string): Promise<ApiResult<'bans'>> {
    return this.#link.call('bans', { groupId });
  }

  listMembers(groupId: string): Promise<ApiResult<'listMembers'>> {
    return this.#link.call('listMembers', { groupId });
  }

  listGroups(): Promise<readonly string[]> {
    return this.#link.call('listGroups', {});
  }

  describeGroups(): Promise<ApiResult<'describeGroups'>> {
    return this.#link.call('describeGroups', {});
  }

  listFiles(groupId: string): Promise<ApiResult<'listFiles'>> {
    return this.#link.call('listFiles', { groupId });
  }

  listFolder(request: Request<'listFolder'>): Promise<ApiResult<'listFolder'>> {
    return this.#link.call('listFolder', request);
  }

  upload(
    { signal, ...request }: Request<'upload'>,
    onProgress: (progress: UploadProgress) => void,
  ): Promise<UploadResult> {
    const hear = (progress: unknown): void => onProgress(progress as UploadProgress);
    return this.#link.call('upload', request, { signal, onProgress: hear });
  }

  verify(
    { signal, ...request }: Request<'verify'>,
    onProgress: (progress: VerifyProgress) => void,
  ): Promise<VerifyReport> {
    const hear = (progress: unknown): void => onProgress(progress as VerifyProgress);
    return this.#link.call('verify', request, { signal, onProgress: hear });
  }

  search({ words, groupIds, ...request }: Request<'search'>): Promise<ApiResult<'search'>> {
    const groups = groupIds && { groupIds: [...groupIds] };
    return this.#link.call('search', { ...request, ...groups, words: [...words] });
  }

  async stopShare(groupId: string, fileName: string): Promise<void> {
    await this.#link.call('stopShare', { groupId, fileName });
  }

  shares(groupId: string | undefined): Promise<ApiResult<'shares'>> {
    return this.#link.call('shares', groupId === undefined ? {} : { groupId });
  }

  startDownload(request: Request<'startDownload'>): Promise<string> {
    return this.#link.call('startDownload', request);
  }

  fileAt(request: Request<'fileAt'>): Promise<FileAt> {
    return this.#link.call('fileAt', request);
  }

  waitForDownload(
    id: string,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<DownloadSummary> {
    const hear = (progress: unknown): void => onProgress(progress as DownloadProgress);
    return this.#link.call('waitForDownload', { id }, { onProgress: hear });
  }

  async cancelDownload(id: string): Promise<void> {
    await this.#link.call('cancelDownload', { id });
  }

  pauseDownloads(which: Request<'pauseDownloads'>): Promise<readonly HeldDownload[]> {
    return this.#link.call('pauseDownloads', which);
  }

  resumeDownloads(request: Request<'resumeDownloads'>): Promise<readonly HeldDownload[]> {
    return this.#link.call('resumeDownloads', request);
  }

  cancelDownloads(request: Request<'cancelDownloads'>): Promise<readonly UnwantedDownload[]> {
    return this.#link.call('cancelDownloads', request);
  }

  forgetDownloads(request: Request<'forgetDownloads'>): Promise<readonly UnwantedDownload[]> {
    return this.#link.call('forgetDownloads', request);
  }

  downloads(): Promise<readonly DownloadProgress[]> {
    return this.#link.call('downloads', {});
  }

  status(): Promise<Status> {
    return this.#link.call('status', {});
  }

  checkNetwork(): Promise<NetworkReport> {
    return this.#link.call('checkNetwork', {});
  }

  lookAtMachine(destination: string): Promise<ApiResult<'lookAtMachine'>> {
    return this.#link.call('lookAtMachine', { destination });
  }

  events(listener: ClientEventListener): () => void {
    return this.#link.events(listener);
  }
}
