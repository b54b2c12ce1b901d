/**
 * Every method of EngineApi as a call from outside of this process: the shape of its params
 * (named, fit for JSON) and how to carry it out. One table for whatever carries calls: the
 * control socket now, a page or a script later. It checks shapes alone; what a group or a user
 * may be called is for the engine and the tracker to judge.
 */
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { display } from '../../net/display.js';
import { TrackerError } from '../../net/errors.js';
import {
  MAX_GUEST_DOWNLOADS,
  MAX_GUEST_LINK_LIFETIME_MS,
  MAX_NAMES_AT_ONCE,
  MAX_TRACKER_ADDRESSES,
} from '../../net/limits.js';
import { INVITED_ROLES, ROLES } from '../../net/roles.js';
import { untilAborted } from '../../net/until-aborted.js';
import { startCancellably, waitCancellably } from './cancellable-download.js';
import { PRIORITIES } from '../home/download-turn.js';
import { limitRule } from '../home/limits-file.js';
import type { EngineApi } from './engine-api.js';
import type { DownloadProgress, UploadProgress, VerifyProgress } from './progress.js';
import type { FollowedFilesProgress } from './followed-files.js';
import type { SyncProgress } from './sync.js';

/** What a call has besides its params. */
export interface ApiCall {
  /** Aborted when the caller takes the call back; its reason is the error to end with. */
  readonly signal: AbortSignal;
  /** Hears what `upload`, `verify`, `sync`, `followFiles` and `waitForDownload` tell meanwhile. */
  readonly onProgress: (
    progress:
      UploadProgress | DownloadProgress | VerifyProgress | SyncProgress | FollowedFilesProgress,
  ) => void;
}

export type ApiMethodName = Exclude<keyof EngineApi, 'events'>;

interface ApiMethod<Params, Result> {
  readonly params: v.GenericSchema<unknown, Params>;
  readonly run: (engine: EngineApi, params: Params, call: ApiCall) => Promise<Result>;
}

/** A method that has nothing to save: it ends when the signal is aborted. */
function method<Params, Result>(
  params: v.GenericSchema<unknown, Params>,
  run: (engine: EngineApi, params: Params, call: ApiCall) => Promise<Result>,
): ApiMethod<Params, Result> {
  return {
    params,
    run: (engine, given, call) => untilAborted(call.signal, run(engine, given, call)),
  };
}

const text = v.string();
const absolutePath = v.pipe(v.string(), v.check(isAbsolute), v.description('absolute'));
const port = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(65_535),
  v.description('0 to 65535'),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.description('from 1'));
const durationMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.description('milliseconds'));

const figure = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const none = v.object({});
const ofGroup = v.object({ groupId: text });
const perhapsOfGroup = v.object({ groupId: v.exactOptional(text) });
const ofUser = v.object({ groupId: text, userId: text });
const ofFile = v.object({ groupId: text, fileName: text });
const folderPage = v.object({
  ...ofFile.entries,
  inside: v.exactOptional(text),
  from: v.exactOptional(
    v.object({ fileId: text, place: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  ),
});
const ofDownload = v.object({ id: text });
const address = v.object({ host: text, port });
const namedTracker = {
  tracker: v.exactOptional(address),
  furtherTrackers: v.exactOptional(
    v.pipe(v.array(address), v.maxLength(MAX_TRACKER_ADDRESSES), v.readonly()),
  ),
};
const credentials = v.object({
  ...namedTracker,
  userId: text,
  password: text,
});
const newAccount = v.object({ ...credentials.entries, invite: v.exactOptional(text) });
const passwords = v.object({ oldPassword: v.exactOptional(text), newPassword: text });
const keyLogin = v.object({ ...namedTracker, userId: text });
const newInvite = v.object({
  groupId: text,
  uses: count,
  lifetimeMs: durationMs,
  role: v.exactOptional(v.picklist(INVITED_ROLES)),
});
const ofRole = v.object({ groupId: text, userId: text, role: v.picklist(ROLES) });
const newGuestLink = v.object({
  ...ofFile.entries,
  lifetimeMs: v.pipe(durationMs, v.maxValue(MAX_GUEST_LINK_LIFETIME_MS)),
  downloads: v.exactOptional(v.pipe(count, v.maxValue(MAX_GUEST_DOWNLOADS))),
  password: v.exactOptional(text),
});
const ofInvite = v.object({ groupId: text, id: text });
const entry = {
  tracker: address,
  expected: v.variant('how', [
    v.object({ how: v.literal('key'), deviceId: text }),
    v.object({ how: v.literal('authority') }),
  ]),
  userIds: v.array(text),
};
const inviteLink = v.object({ ...entry, groupId: text, secret: text });
const ofDevice = v.object({ deviceId: v.optional(text) });
const upload = v.object({
  path: absolutePath,
  groupId: text,
  as: v.exactOptional(text),
  sha256: v.boolean(),
  replace: v.exactOptional(v.boolean()),
  exclude: v.exactOptional(v.array(text)),
});
const download = v.object({
  groupId: text,
  fileName: text,
  destination: absolutePath,
  overwrite: v.boolean(),
  keepsOlder: v.exactOptional(v.boolean()),
  only: v.exactOptional(v.array(text)),
  timeoutMs: durationMs,
  priority: v.exactOptional(v.picklist(PRIORITIES)),
  isInOrder: v.exactOptional(v.boolean()),
  isDetached: v.exactOptional(v.boolean()),
});
const sync = v.object({
  groupId: text,
  folder: absolutePath,
  isOnce: v.boolean(),
  isBoth: v.exactOptional(v.boolean()),
  isDeleting: v.exactOptional(v.boolean()),
  only: v.exactOptional(v.pipe(v.array(text), v.readonly())),
  exclude: v.exactOptional(v.pipe(v.array(text), v.readonly())),
  timeoutMs: durationMs,
});
type SyncParams = v.InferOutput<typeof sync>;
const verify = v.object({
  groupId: v.exactOptional(text),
  fileName: v.exactOptional(text),
  isRepairing: v.boolean(),
});
const pieceRun = v.object({
  path: absolutePath,
  pieceLength: count,
  firstPiece: figure,
  pieceCount: count,
});
const search = v.object({
  words: v.array(text),
  groupIds: v.exactOptional(v.array(text)),
  kind: v.exactOptional(v.picklist(['file', 'folder'])),
  ending: v.exactOptional(text),
  minSize: v.exactOptional(figure),
  maxSize: v.exactOptional(figure),
  sinceMs: v.exactOptional(figure),
  untilMs: v.exactOptional(figure),
});
const placed = v.object({
  ...ofFile.entries,
  fileId: v.exactOptional(text),
  path: absolutePath,
  only: v.exactOptional(v.array(text)),
});

const someDownloads = v.union([
  ofDownload,
  v.object({
    groupId: text,
    fileName: v.exactOptional(text),
    fileNames: v.exactOptional(v.pipe(v.array(text), v.readonly())),
  }),
]);
const resumed = v.intersect([v.object({ timeoutMs: durationMs }), someDownloads]);
const moved = v.intersect([
  v.object({ to: v.union([v.picklist(['first', 'last', 'up', 'down']), count]) }),
  someDownloads,
]);
const fileNames = v.pipe(
  v.array(text),
  v.minLength(1),
  v.maxLength(MAX_NAMES_AT_ONCE),
  v.readonly(),
);
const ofFiles = v.object({ groupId: text, fileNames });
const cancelled = v.intersect([
  v.object({ keepsPart: v.boolean() }),
  v.union([ofDownload, ofFile, ofFiles]),
]);
const forgotten = v.object({
  groupId: v.exactOptional(text),
  fileName: v.exactOptional(text),
  fileNames: v.exactOptional(fileNames),
  onlyComplete: v.boolean(),
  keepsPart: v.boolean(),
});

const changedLimit = v.object({ ...limitRule.entries, isCleared: v.exactOptional(v.boolean()) });

/** All of them; a method of EngineApi that has no line here is an error of types. */
export const apiMethods = {
  createUser: method(newAccount, (engine, request) => engine.createUser(request)),
  login: method(credentials, (engine, request) => engine.login(request)),
  loginByKey: method(keyLogin, (engine, request) => engine.loginByKey(request)),
  logout: method(none, (engine) => engine.logout()),
  changePassword: method(passwords, (engine, request) => engine.changePassword(request)),
  devices: method(none, (engine) => engine.devices()),
  logoutDevice: method(ofDevice, (engine, { deviceId }) => engine.logoutDevice(deviceId)),
  whoami: method(none, (engine) => engine.whoami()),

  createGroup: method(ofGroup, (engine, { groupId }) => engine.createGroup(groupId)),
  joinGroup: method(ofGroup, (engine, { groupId }) => engine.joinGroup(groupId)),
  leaveGroup: method(ofGroup, (engine, { groupId }) => engine.leaveGroup(groupId)),
  listRequests: method(ofGroup, (engine, { groupId }) => engine.listRequests(groupId)),
  acceptRequest: method(ofUser, (engine, { groupId, userId }) =>
    engine.acceptRequest(groupId, userId),
  ),
  rejectRequest: method(ofUser, (engine, { groupId, userId }) =>
    engine.rejectRequest(groupId, userId),
  ),
  history: method(ofGroup, (engine, { groupId }) => engine.history(groupId)),
  verifyHistory: method(ofGroup, (engine, { groupId }) => engine.verifyHistory(groupId)),
  createInvite: method(newInvite, (engine, request) => engine.createInvite(request)),
  invites: method(ofGroup, (engine, { groupId }) => engine.invites(groupId)),
  revokeInvite: method(ofInvite, (engine, { groupId, id }) => engine.revokeInvite(groupId, id)),
  createGuestLink: method(newGuestLink, (engine, request) => engine.createGuestLink(request)),
  guestLinks: method(perhapsOfGroup, (engine, { groupId }) => engine.guestLinks(groupId)),
  revokeGuestLink: method(v.object({ id: text }), (engine, { id }) => engine.revokeGuestLink(id)),
  joinByInvite: method(inviteLink, (engine, request) => engine.joinByInvite(request)),
  enter: method(v.object(entry), (engine, request) => engine.enter(request)),
  kick: method(ofUser, (engine, { groupId, userId }) => engine.kick(groupId, userId)),
  transferOwner: method(ofUser, (engine, { groupId, userId }) =>
    engine.transferOwner(groupId, userId),
  ),
  setRole: method(ofRole, (engine, { groupId, userId, role }) =>
    engine.setRole(groupId, userId, role),
  ),
  ban: method(ofUser, (engine, { groupId, userId }) => engine.ban(groupId, userId)),
  unban: method(ofUser, (engine, { groupId, userId }) => engine.unban(groupId, userId)),
  bans: method(ofGroup, (engine, { groupId }) => engine.bans(groupId)),
  listMembers: method(ofGroup, (engine, { groupId }) => engine.listMembers(groupId)),
  listGroups: method(none, (engine) => engine.listGroups()),
  describeGroups: method(none, (engine) => engine.describeGroups()),

  listFiles: method(ofGroup, (engine, { groupId }) => engine.listFiles(groupId)),
  listFolder: method(folderPage, (engine, request) => engine.listFolder(request)),
  upload: method(upload, (engine, request, { signal, onProgress }) =>
    engine.upload({ ...request, signal }, onProgress),
  ),
  hashAhead: method(pieceRun, (engine, run) => engine.hashAhead(run)),
  verify: method(verify, (engine, request, { signal, onProgress }) =>
    engine.verify({ ...request, signal }, onProgress),
  ),
  search: method(search, (engine, request) => engine.search(request)),
  // Ends when what is under way has been saved, so it watches the signal itself.
  sync: {
    params: sync,
    run: (engine: EngineApi, request: SyncParams, { signal, onProgress }: ApiCall) =>
      engine.sync({ ...request, signal }, onProgress),
  },
  followFiles: {
    params: ofGroup,
    run: async (
      engine: EngineApi,
      request: v.InferOutput<typeof ofGroup>,
      { signal, onProgress }: ApiCall,
    ) => {
      await engine.followFiles({ ...request, signal }, onProgress);
    },
  },
  stopShare: method(ofFile, (engine, { groupId, fileName }) => engine.stopShare(groupId, fileName)),
  stopShares: method(ofFiles, (engine, request) => engine.stopShares(request)),
  shares: method(perhapsOfGroup, (engine, { groupId }) => engine.shares(groupId)),

  startDownload: method(download, (engine, request, { signal }) =>
    startCancellably(engine, request, signal),
  ),
  fileAt: method(placed, (engine, request) => engine.fileAt(request)),
  // Ends when the download has been saved, so it watches the signal itself.
  waitForDownload: {
    params: ofDownload,
    run: (engine: EngineApi, { id }: { id: string }, { signal, onProgress }: ApiCall) =>
      waitCancellably(engine, id, onProgress, signal),
  },
  cancelDownload: method(ofDownload, (engine, { id }) => engine.cancelDownload(id)),
  pauseDownloads: method(someDownloads, (engine, which) => engine.pauseDownloads(which)),
  resumeDownloads: method(resumed, (engine, request) => engine.resumeDownloads(request)),
  moveDownloads: method(moved, (engine, request) => engine.moveDownloads(request)),
  cancelDownloads: method(cancelled, (engine, request) => engine.cancelDownloads(request)),
  forgetDownloads: method(forgotten, (engine, request) => engine.forgetDownloads(request)),
  discardDownload: method(ofDownload, (engine, { id }) => engine.discardDownload(id)),
  downloads: method(none, (engine) => engine.downloads()),
  downloadPieces: method(ofDownload, (engine, { id }) => engine.downloadPieces(id)),

  limits: method(none, (engine) => engine.limits()),
  changeLimit: method(changedLimit, (engine, request) => engine.changeLimit(request)),

  status: method(none, (engine) => engine.status()),
  checkNetwork: method(none, (engine) => engine.checkNetwork()),
  lookAtMachine: method(v.object({ destination: text }), (engine, { destination }) =>
    engine.lookAtMachine(destination),
  ),
} as const satisfies {
  readonly [M in ApiMethodName]: {
    readonly params: v.GenericSchema;
    readonly run: (...args: never) => ReturnType<EngineApi[M]>;
  };
};

export type ApiParams<M extends ApiMethodName> = v.InferOutput<(typeof apiMethods)[M]['params']>;
export type ApiResult<M extends ApiMethodName> = Awaited<ReturnType<EngineApi[M]>>;

/**
 * Carries out a call by its name, with params from outside.
 * @throws TrackerError BAD_REQUEST for a name or params that this version does not know
 */
export async function callApi(
  engine: EngineApi,
  name: string,
  params: unknown,
  call: ApiCall,
): Promise<unknown> {
  if (!isApiMethod(name)) {
    throw new TrackerError(
      'BAD_REQUEST',
      `the running client does not know "${display(name, 64)}"`,
    );
  }
  const { params: schema, run } = apiMethods[name] as ApiMethod<unknown, unknown>;
  const parsed = v.safeParse(schema, params);
  if (parsed.success) return run(engine, parsed.output, call);
  // The value itself stays untold: it may be a password.
  const where = v.getDotPath(parsed.issues[0]) ?? 'params';
  throw new TrackerError('BAD_REQUEST', `"${where}" of ${name} is missing or cannot be used`);
}

function isApiMethod(name: string): name is ApiMethodName {
  return Object.hasOwn(apiMethods, name);
}
