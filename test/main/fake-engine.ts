/**
 * An engine without network and files: it answers from memory, but takes the home's lock as
 * the real one does, so that whatever is built around an engine can be tested with processes.
 * The file `endless` never finishes; `broken` fails; every other one is complete at once.
 */
import type { GuestLink } from '../../src/main/api/guest-links.js';
import type { Role } from '../../src/net/roles.js';
import type { NetworkReport } from '../../src/main/api/network-report.js';
import type { TimedEventListener } from '../../src/main/api/client-events.js';
import type { Status } from '../../src/main/api/client-status.js';
import type { Engine, EngineOptions } from '../../src/main/api/engine.js';
import type { PieceMap } from '../../src/main/api/piece-map.js';
import type { LoginResult } from '../../src/main/api/engine-api.js';
import type {
  DownloadProgress,
  DownloadSummary,
  PeerProgress,
} from '../../src/main/api/progress.js';
import { lockHome, type HomeLock } from '../../src/main/home/home-lock.js';
import { CancelledError, StorageError, TrackerError } from '../../src/net/errors.js';
import { at } from '../fixtures/incarnations.js';

/** Bytes of every file of this engine. */
export const FAKE_SIZE = 1000;

const heldFilm = {
  ...{ id: 'abcd', groupId: 'g1', fileName: 'film', path: '/film' },
  ...{ kept: 10, size: FAKE_SIZE },
};

type RunAhead = Parameters<Engine['hashAhead']>[0];

interface FakeDownload {
  progress: DownloadProgress;
  readonly cancelled: Promise<void>;
  readonly cancel: () => void;
}

/** Opens a fake engine; `calls` names every call that changes something. */
const guestLink: GuestLink = {
  id: 'ab12'.repeat(16),
  ...{ groupId: 'g1', fileName: 'film.mkv', size: 7, isFolder: false },
  ...{ createdAtMs: 0, expiresAtMs: 86_400_000, taken: 2, hasPassword: false },
};

export class FakeEngine implements Engine {
  readonly calls: string[] = [];
  readonly listeners = new Set<TimedEventListener>();
  readonly #options: EngineOptions;
  readonly #downloads = new Map<string, FakeDownload>();
  #lock: Promise<HomeLock> | undefined;
  #userId: string | undefined = 'alice';

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  async #takeLock(): Promise<void> {
    if (this.#lock === undefined) {
      this.#lock = lockHome(this.#options.home, 0);
      this.#lock.then(
        () => this.#options.onLocked?.(),
        () => (this.#lock = undefined),
      );
    }
    await this.#lock;
  }

  events(listener: TimedEventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  createUser({ userId, password }: { userId: string; password: string }): Promise<void> {
    this.calls.push(`createUser ${userId} ${password}`);
    return Promise.resolve();
  }

  login({ userId, password }: { userId: string; password: string }): Promise<LoginResult> {
    if (password === 'wrong') {
      const message = 'wrong user id or password; check both';
      return Promise.reject(new TrackerError('WRONG_PASSWORD', message));
    }
    this.#userId = userId;
    const skipped = [{ groupId: 'g1', name: 'old.txt', reason: 'it is gone' }];
    return Promise.resolve({ userId, restored: 1, skipped });
  }

  logout(): Promise<void> {
    this.#userId = undefined;
    return Promise.resolve();
  }

  changePassword({
    oldPassword = 'none',
    newPassword,
  }: Parameters<Engine['changePassword']>[0]): Promise<void> {
    this.calls.push(`changePassword ${oldPassword} ${newPassword}`);
    return Promise.resolve();
  }

  devices(): ReturnType<Engine['devices']> {
    const at = { firstSeenAtMs: 0, lastSeenAtMs: 86_400_000 };
    return Promise.resolve([
      { deviceId: 'ab12'.repeat(16), ...at, isLoggedIn: true, isThis: true },
      { deviceId: 'cd34'.repeat(16), ...at, isLoggedIn: true, isThis: false },
      { deviceId: 'cd35'.repeat(16), ...at, isLoggedIn: false, isThis: false },
    ]);
  }

  logoutDevice(deviceId: string | undefined): Promise<void> {
    this.calls.push(`logoutDevice ${deviceId ?? 'all'}`);
    return Promise.resolve();
  }

  whoami(): ReturnType<Engine['whoami']> {
    const userId = this.#userId;
    if (userId === undefined) {
      return Promise.reject(new TrackerError('NOT_LOGGED_IN', 'nobody is logged in; log in first'));
    }
    const trackerIdentity = { how: 'key', id: 'ef'.repeat(32) } as const;
    const groups = [{ groupId: 'g1', ...at(1), role: 'owner' }] as const;
    return Promise.resolve({
      userId,
      tracker: '127.0.0.1:8000',
      trackerIdentity,
      deviceId: 'd1',
      groups,
    });
  }

  createGroup(groupId: string): Promise<void> {
    this.calls.push(`createGroup ${groupId}`);
    if (groupId === 'bug') return Promise.reject(new Error('bug: the fake was asked for a bug'));
    return Promise.resolve();
  }

  joinGroup(): Promise<void> {
    return Promise.resolve();
  }

  leaveGroup(): Promise<{ newOwner?: string; groupEnded: boolean }> {
    return Promise.resolve({ newOwner: 'bob', groupEnded: false });
  }

  listRequests(): Promise<readonly string[]> {
    return Promise.resolve(['bob', '0123']);
  }

  acceptRequest(): Promise<void> {
    return Promise.resolve();
  }

  rejectRequest(): Promise<void> {
    return Promise.resolve();
  }

  search(request: Parameters<Engine['search']>[0]): ReturnType<Engine['search']> {
    this.calls.push(`search ${JSON.stringify(request)}`);
    const fileId = 'ab'.repeat(32);
    const found = { groupId: 'g1', size: FAKE_SIZE, sources: 1, sharer: 'bob', fileId };
    return Promise.resolve({
      files: [
        { ...found, name: 'film.mkv', sharedAtMs: 86_400_000 },
        { ...found, name: 'films', files: 3 },
      ],
      isComplete: request.words[0] !== 'e',
    });
  }

  history(): ReturnType<Engine['history']> {
    const entry = { atMs: 86_400_000, actor: 'alice', hash: 'ab'.repeat(32) };
    return Promise.resolve([
      { ...entry, seq: 1, action: 'create', subjects: [] },
      { ...entry, seq: 2, action: 'accept', subjects: ['bob'] },
      { ...entry, seq: 3, actor: 'bob', action: 'share', subjects: ['a.txt', 'b\u202e.txt'] },
      { ...entry, seq: 4, actor: 'bob', action: 'paint', subjects: ['blue'] },
    ]);
  }

  verifyHistory(groupId: string): ReturnType<Engine['verifyHistory']> {
    const head = { count: 4, hash: 'ab'.repeat(32), signature: 'A'.repeat(88) };
    if (groupId !== 'broken') {
      return Promise.resolve({ state: 'whole', head, dropped: 0, since: 'new' });
    }
    return Promise.resolve({ state: 'broken', flaw: 'altered', seq: 2, head });
  }

  createInvite({
    groupId,
    uses,
    lifetimeMs,
  }: Parameters<Engine['createInvite']>[0]): ReturnType<Engine['createInvite']> {
    this.calls.push(`createInvite ${groupId} ${uses} ${lifetimeMs}`);
    const tracker = { host: groupId === 'here' ? '127.0.0.1' : '192.0.2.10', port: 8000 };
    const expected = { how: 'key', deviceId: 'ef'.repeat(32) } as const;
    return Promise.resolve({ tracker, expected, groupId, secret: 's'.repeat(20), expiresAtMs: 0 });
  }

  invites(): ReturnType<Engine['invites']> {
    const made = {
      creatorId: 'alice',
      role: 'reader' as const,
      createdAtMs: 0,
      expiresAtMs: 86_400_000,
    };
    return Promise.resolve([{ inviteId: 'ab12'.repeat(16), uses: 5, usesLeft: 2, ...made }]);
  }

  revokeInvite(groupId: string, id: string): Promise<void> {
    this.calls.push(`revokeInvite ${groupId} ${id}`);
    return Promise.resolve();
  }

  createGuestLink({
    groupId,
    fileName,
    lifetimeMs,
    downloads,
    password,
  }: Parameters<Engine['createGuestLink']>[0]): ReturnType<Engine['createGuestLink']> {
    this.calls.push(
      `createGuestLink ${[groupId, fileName, lifetimeMs, downloads, password].join(' ')}`,
    );
    const link = {
      ...guestLink,
      ...{ groupId, fileName, hasPassword: password !== undefined },
      ...(downloads !== undefined && { downloads }),
    };
    const host = groupId === 'here' ? '127.0.0.1' : '192.0.2.10';
    const gateway = { host, port: 8443, ...(groupId === 'g1' && { fingerprint: 'AB:CD' }) };
    return Promise.resolve({ link, secret: 's'.repeat(43), gateway });
  }

  guestLinks(groupId: string | undefined): ReturnType<Engine['guestLinks']> {
    this.calls.push(`guestLinks ${groupId ?? ''}`.trim());
    return Promise.resolve([guestLink, { ...guestLink, fileName: 'b\u202e.txt', downloads: 3 }]);
  }

  revokeGuestLink(id: string): ReturnType<Engine['revokeGuestLink']> {
    this.calls.push(`revokeGuestLink ${id}`);
    return Promise.resolve(guestLink);
  }

  get guests(): Engine['guests'] {
    throw new Error('nobody lets guests in here');
  }

  joinByInvite(request: Parameters<Engine['joinByInvite']>[0]): ReturnType<Engine['joinByInvite']> {
    const { groupId, secret, userIds } = request;
    this.calls.push(`joinByInvite ${groupId} ${secret}`);
    const userId = this.#userId ?? userIds[0]!;
    const isNewAccount = this.#userId === undefined;
    this.#userId = userId;
    return Promise.resolve({ userId, isNewAccount, isNewMember: true, role: 'member' });
  }

  enter({ userIds }: Parameters<Engine['enter']>[0]): ReturnType<Engine['enter']> {
    this.#userId ??= userIds[0]!;
    return Promise.resolve({ userId: this.#userId, isNewAccount: false });
  }

  loginByKey({ userId }: { userId: string }): Promise<LoginResult> {
    this.#userId = userId;
    return Promise.resolve({ userId, restored: 0, skipped: [] });
  }

  kick(groupId: string): Promise<number> {
    return Promise.resolve(groupId === 'g2' ? 2 : 0);
  }

  transferOwner(): Promise<void> {
    return Promise.resolve();
  }

  setRole(groupId: string, userId: string, role: Role): Promise<boolean> {
    this.calls.push(`setRole ${groupId} ${userId} ${role}`);
    return Promise.resolve(userId !== 'alice');
  }

  ban(groupId: string, userId: string): Promise<number> {
    this.calls.push(`ban ${groupId} ${userId}`);
    return Promise.resolve(groupId === 'g2' ? 2 : 0);
  }

  unban(groupId: string, userId: string): Promise<void> {
    this.calls.push(`unban ${groupId} ${userId}`);
    return Promise.resolve();
  }

  bans(): ReturnType<Engine['bans']> {
    return Promise.resolve([{ userId: 'mallory', byUserId: 'alice', bannedAtMs: 86_400_000 }]);
  }

  listMembers(): ReturnType<Engine['listMembers']> {
    return Promise.resolve([
      { userId: 'alice', role: 'owner' },
      { userId: 'bob', role: 'member' },
      { userId: 'carol', role: 'reader' },
    ]);
  }

  listGroups(): Promise<readonly string[]> {
    return Promise.resolve(['g1', 'evil\u001b[2J\u0007name']);
  }

  describeGroups(): ReturnType<Engine['describeGroups']> {
    return Promise.resolve([
      { groupId: 'g1', owner: 'alice', role: 'owner', members: 3, requests: 1 },
      { groupId: 'g2', owner: 'bob', isAsked: true },
      { groupId: 'evil\u001b[2J\u0007name', owner: 'mallory' },
    ]);
  }

  listFiles(): ReturnType<Engine['listFiles']> {
    const rows = Array.from({ length: 450 }, (_, index) => ({
      name: `file ${index}`,
      size: 2048,
      sources: 2,
      sharer: 'bob',
      fileId: String(index),
    }));
    return Promise.resolve(rows);
  }

  async upload(
    ...[request, onProgress]: Parameters<Engine['upload']>
  ): ReturnType<Engine['upload']> {
    await this.#takeLock();
    this.calls.push(`upload ${request.path}`);
    onProgress({ fileName: 'x', size: FAKE_SIZE, hashed: FAKE_SIZE });
    return { name: request.as ?? 'x', size: FAKE_SIZE, fileId: 'f1', outcome: 'created' };
  }

  async followFiles(
    ...[{ groupId }, onProgress]: Parameters<Engine['followFiles']>
  ): ReturnType<Engine['followFiles']> {
    this.calls.push(`followFiles ${groupId}`);
    onProgress({ files: 2 });
  }

  sync(...[request, onProgress]: Parameters<Engine['sync']>): ReturnType<Engine['sync']> {
    const { groupId, folder } = request;
    this.calls.push(`sync ${groupId} ${folder}`);
    const counts = { files: 2, here: 1, toFetch: 1, toShare: 0, size: 10, done: 5 };
    onProgress({ state: 'working', ...counts, parts: [{ fileName: 'a', size: 10, done: 5 }] });
    const report = { files: 2, here: 2, fetched: 1, shared: 0, removed: 0, bytes: 10 };
    return Promise.resolve({ ...report, elapsedMs: 20, failures: [], failed: 0 });
  }

  verify(...[request, onProgress]: Parameters<Engine['verify']>): ReturnType<Engine['verify']> {
    const { groupId = '', fileName = 'x', isRepairing } = request;
    this.calls.push(`verify ${groupId} ${fileName}${isRepairing ? ' and repair' : ''}`);
    onProgress({
      ...{ fileName, phase: 'reading', files: 1, filesDone: 0 },
      ...{ size: FAKE_SIZE, done: FAKE_SIZE },
    });
    const flaw = { groupId, fileName, path: '/broken', size: FAKE_SIZE } as const;
    const damage = { badPieces: 1, badBytes: 10, ranges: [{ from: 0, to: 10 }] };
    const repair = { state: 'repaired', fetched: 10 } as const;
    const flawed =
      fileName === 'broken'
        ? [{ ...flaw, state: 'damaged' as const, ...damage, ...(isRepairing && { repair }) }]
        : [];
    return Promise.resolve({ files: 1, bytes: FAKE_SIZE, elapsedMs: 1000, flawed });
  }

  shares(groupId: string | undefined): ReturnType<Engine['shares']> {
    const file = { fileId: 'f'.repeat(64), size: 2048, sharedAtMs: 86_400_000 };
    const shares = [
      { ...file, groupId: 'g1', fileName: 'film', path: '/film', state: 'served' },
      { ...file, groupId: 'g2', fileName: 'song', path: '/song', state: 'missing', reason: 'gone' },
    ] as const;
    return Promise.resolve(
      shares.filter((share) => groupId === undefined || share.groupId === groupId),
    );
  }

  stopShare(): Promise<void> {
    return Promise.resolve();
  }

  stopShares({
    groupId,
    fileNames,
  }: Parameters<Engine['stopShares']>[0]): ReturnType<Engine['stopShares']> {
    this.calls.push(`stopShares ${groupId} ${fileNames.join(' ')}`);
    return Promise.resolve([]);
  }

  async startDownload({
    groupId,
    fileName,
    destination,
  }: Parameters<Engine['startDownload']>[0]): Promise<string> {
    await this.#takeLock();
    if (groupId !== 'g1') throw new TrackerError('NO_SUCH_GROUP', `there is no group ${groupId}`);
    const id = String(this.#downloads.size + 1);
    let cancel = (): void => undefined;
    const cancelled = new Promise<void>((resolve) => (cancel = resolve));
    const progress: DownloadProgress = {
      id,
      groupId,
      fileName,
      fileId: 'x',
      path: destination,
      state: 'downloading',
      size: FAKE_SIZE,
      verified: 0,
      kept: 0,
      fetched: 0,
      bytesPerSecond: 0,
      peers: [],
    };
    this.#downloads.set(id, { progress, cancelled, cancel });
    return id;
  }

  /** Of two pages. */
  listFolder({
    fileName,
    inside,
    from,
  }: Parameters<Engine['listFolder']>[0]): ReturnType<Engine['listFolder']> {
    const facts = { kind: 'file', size: FAKE_SIZE, isExecutable: false, mtimeMs: 0 } as const;
    const path = `${inside === undefined ? '' : `${inside}/`}in ${fileName}`;
    const entries = [{ path: from ? `${path} too` : path, ...facts }];
    const next = { fileId: 'f', place: 1 };
    return Promise.resolve(from ? { entries } : { entries, next });
  }

  fileAt({ path }: Parameters<Engine['fileAt']>[0]): ReturnType<Engine['fileAt']> {
    return Promise.resolve(
      path.endsWith('file 7') ? { state: 'same', size: 7 } : { state: 'nothing' },
    );
  }

  async waitForDownload(
    id: string,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<DownloadSummary> {
    const download = this.#downloads.get(id)!;
    const { fileName, path } = download.progress;
    onProgress(download.progress);
    if (fileName === 'endless') {
      await download.cancelled;
      download.progress = { ...download.progress, state: 'cancelled' };
      throw new CancelledError(`the download of ${fileName} was stopped`);
    }
    if (fileName === 'broken') {
      onProgress({ ...download.progress, peers: fakePeers() });
      throw new StorageError('DISK_FULL', 'the disk is full; free some');
    }
    download.progress = { ...download.progress, state: 'complete', verified: FAKE_SIZE };
    return {
      path,
      size: FAKE_SIZE,
      fetched: FAKE_SIZE,
      reused: 0,
      elapsedMs: 1000,
      phasesMs: { connect: 100, transfer: 800, finish: 100 },
      peers: fakePeers(),
    };
  }

  cancelDownload(id: string): Promise<void> {
    this.calls.push(`cancelDownload ${id}`);
    this.#downloads.get(id)?.cancel();
    return Promise.resolve();
  }

  pauseDownloads(
    ...[which]: Parameters<Engine['pauseDownloads']>
  ): ReturnType<Engine['pauseDownloads']> {
    this.calls.push(`pauseDownloads ${JSON.stringify(which)}`);
    return Promise.resolve([heldFilm]);
  }

  limits(): ReturnType<Engine['limits']> {
    const rule = { scope: { kind: 'lan' }, between: { from: 480, to: 1080 }, up: 5 } as const;
    return Promise.resolve({
      rules: [{ ...rule, isGiven: false }],
      holding: [{ scope: { kind: 'all' }, down: 'none' }],
    });
  }

  rereadLimits(): ReturnType<Engine['rereadLimits']> {
    return this.limits();
  }

  changeLimit(...[request]: Parameters<Engine['changeLimit']>): ReturnType<Engine['changeLimit']> {
    this.calls.push(`changeLimit ${JSON.stringify(request)}`);
    return this.limits();
  }

  moveDownloads(
    ...[request]: Parameters<Engine['moveDownloads']>
  ): ReturnType<Engine['moveDownloads']> {
    this.calls.push(`moveDownloads ${JSON.stringify(request)}`);
    const { id, groupId, fileName, path } = heldFilm;
    return Promise.resolve([
      { id, groupId, fileName, path, priority: 'normal', place: 2, of: 3 } as const,
    ]);
  }

  resumeDownloads(
    ...[request]: Parameters<Engine['resumeDownloads']>
  ): ReturnType<Engine['resumeDownloads']> {
    this.calls.push(`resumeDownloads ${JSON.stringify(request)}`);
    return Promise.resolve([heldFilm]);
  }

  cancelDownloads(
    ...[request]: Parameters<Engine['cancelDownloads']>
  ): ReturnType<Engine['cancelDownloads']> {
    this.calls.push(`cancelDownloads ${JSON.stringify(request)}`);
    const one = { id: 'abcd', groupId: 'g1', fileName: 'film', path: '/film' };
    return Promise.resolve([{ ...one, freedBytes: request.keepsPart ? 0 : 2048 }]);
  }

  forgetDownloads(
    ...[request]: Parameters<Engine['forgetDownloads']>
  ): ReturnType<Engine['forgetDownloads']> {
    this.calls.push(`forgetDownloads ${JSON.stringify(request)}`);
    const one = { groupId: 'g1', fileName: 'film', path: '/film' };
    const foreign = { ...one, id: '2', freedBytes: 0, foreignPath: '/film.part' };
    return Promise.resolve([{ ...one, id: '1', freedBytes: 2048 }, foreign]);
  }

  discardDownload(id: string): Promise<void> {
    this.calls.push(`discardDownload ${id}`);
    return Promise.resolve();
  }

  hashAhead({ path, pieceLength, firstPiece, pieceCount }: RunAhead): Promise<void> {
    this.calls.push(`hashAhead ${path} ${pieceLength} ${firstPiece} ${pieceCount}`);
    return Promise.resolve();
  }

  downloadPieces(id: string): Promise<PieceMap> {
    this.calls.push(`downloadPieces ${id}`);
    const map = { pieceCount: 3, pieceLength: 4, wanted: [1, 2], verified: [1, 0] };
    return Promise.resolve({ ...map, asked: [0, 1], peers: [0, 2] });
  }

  downloads(): Promise<readonly DownloadProgress[]> {
    return Promise.resolve([...this.#downloads.values()].map(({ progress }) => progress));
  }

  status(): Promise<Status> {
    return Promise.resolve({
      userId: this.#userId,
      tracker: '127.0.0.1:8000',
      isTrackerConnected: true,
      trackerAddresses: [],
      trackerIdentity: { how: 'key', id: 'e'.repeat(64) },
      deviceId: 'd1',
      listening: undefined,
      gateway: undefined,
      reach: { state: 'unserved' },
      peerTransport: 'tls',
      requiredPeerTransport: undefined,
      shares: 0,
      sharedFiles: 2,
      quotas: undefined,
      requests: { toAnswer: [{ groupId: 'g1', userId: 'dan' }], asked: [] },
      uploadSessions: 0,
      runningDownloads: 0,
      idleDownloads: { queued: 0, paused: 0, interrupted: 0, failed: 0 },
      upBytesPerSecond: 0,
      downBytesPerSecond: 0,
      relay: undefined,
      sentBytes: 0,
      receivedBytes: 0,
      traffic: { sent: { lan: 0, wan: 0, relay: 0 }, received: { lan: 0, wan: 0, relay: 0 } },
      trafficBytesPerSecond: {
        sent: { lan: 0, wan: 0, relay: 0 },
        received: { lan: 0, wan: 0, relay: 0 },
      },
      upBytesPerSecondLimit: undefined,
      downBytesPerSecondLimit: this.#options.downBytesPerSecond,
      background: undefined,
      lanBytesPerSecondLimit: undefined,
      lanUpBytesPerSecondLimit: undefined,
      lanDownBytesPerSecondLimit: undefined,
      wanUpBytesPerSecondLimit: undefined,
      wanDownBytesPerSecondLimit: undefined,
    });
  }

  checkNetwork(): Promise<NetworkReport> {
    const addresses = [{ host: '192.168.1.5', interfaceName: 'eth0' }];
    const at = [{ host: '192.0.2.9', port: 4000 }];
    const address = '127.0.0.1:8000';
    return Promise.resolve({
      kind: 'behind-router',
      ...{ addresses, trackerAddresses: [], hasIpv6: false },
      tracker: {
        state: 'reached',
        address,
        version: '0.1.0',
        roundTripMs: 3,
        seen: '192.0.2.9',
        clockAheadMs: 0,
      },
      listening: [{ host: '::', port: 4000 }],
      reach: { state: 'unreached', obstacle: { reason: 'silent', at } },
      tried: [{ ...at[0]!, outcome: 'silent' }],
      router: { state: 'none', tried: [{ by: 'upnp', refused: 'silent' }] },
      lan: { state: 'on', hosts: ['192.168.1.5'], faults: [] },
    });
  }

  lookAtMachine(destination: string): ReturnType<Engine['lookAtMachine']> {
    const folder = { freeBytes: 2 ** 40 };
    return Promise.resolve({
      ...{ version: '0.1.0', nodeVersion: 'v20.20.0', openFilesLimit: 1024 },
      ...{
        home: { path: this.#options.home.path, ...folder },
        destination: { path: destination, ...folder },
      },
    });
  }

  async startServing(): ReturnType<Engine['startServing']> {
    await this.#takeLock();
    return { host: '127.0.0.1', port: 4000 };
  }

  readonly isTrackerConnected = true;

  statusAsKnown(): Promise<Status> {
    return this.status();
  }

  takers(): readonly [] {
    return [];
  }

  claimHome(): Promise<void> {
    return this.#takeLock();
  }

  async close(): Promise<void> {
    for (const { cancel } of this.#downloads.values()) cancel();
    (await this.#lock?.catch(() => undefined))?.release();
  }
}

function fakePeers(): PeerProgress[] {
  const peer = { deviceId: 'd', address: '192.0.2.7:4000', state: 'active', badPieces: 0 } as const;
  return [
    { ...peer, userId: 'bob', bytes: 750 },
    { ...peer, userId: 'carol', bytes: 250 },
  ];
}
