/**
 * The shape of every request's params, checked before a handler sees them. Names follow
 * net/names.ts, sizes follow net/limits.ts; unknown fields are dropped.
 */
import * as v from 'valibot';
import { isCallId } from '../net/call-id.js';
import { isSha256Hex } from '../net/description.js';
import { TrackerError, UsageError } from '../net/errors.js';
import {
  DESCRIPTION_SLICE_BYTES,
  INLINE_DESCRIPTION_BYTES,
  MAX_ADDRESSES_PER_DEVICE,
  MAX_ANNOUNCED_PER_CALL,
  MAX_AVOIDED_RELAYS,
  MAX_DESCRIPTION_BYTES,
  MAX_FILES_PER_CALL,
  MAX_GROUPS_PER_USER,
  MAX_HOST_BYTES,
  MAX_INVITE_CODE_BYTES,
  MAX_INVITE_LIFETIME_MS,
  MAX_INVITE_USES,
  MAX_LAN_KEYS_PER_CALL,
  MAX_NAME_BYTES,
} from '../net/limits.js';
import { checkName, checkNewId, checkPassword, type NameKind } from '../net/names.js';
import { INVITED_ROLES, ROLES } from '../net/roles.js';
import { checkSearchWords, isEnding } from '../net/search-words.js';
import { TRACKERS_RELAY, type TrackerMethod, type TrackerMethods } from '../net/tracker-api.js';

type ParamSchemas = {
  readonly [M in TrackerMethod]: v.GenericSchema<unknown, TrackerMethods[M]['params']>;
};

const TOKEN_LENGTH = 256;

const name = (kind: NameKind) =>
  v.pipe(
    v.string(),
    v.transform((value: string) => checkName(kind, value)),
  );
/** Of what exists already nothing more is asked than what was when it was made. */
const newId = (kind: 'user' | 'group') =>
  v.pipe(
    v.string(),
    v.transform((value: string) => checkNewId(kind, value)),
  );
const userId = name('user');
const groupId = name('group');
const password = v.pipe(
  v.string(),
  v.transform((value: string) => checkPassword(value)),
);
const inviteCode = v.pipe(v.string(), v.maxBytes(MAX_INVITE_CODE_BYTES));
const sha256 = v.custom<string>(isSha256Hex, 'an id is 64 hex digits');
const fileId = sha256;
const cursor = v.exactOptional(v.pipe(v.string(), v.maxLength(MAX_NAME_BYTES)));
const offset = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.maxValue(MAX_DESCRIPTION_BYTES),
);
const base64 = (maxBytes: number) =>
  v.pipe(v.string(), v.maxLength(Math.ceil(maxBytes / 3) * 4), v.base64());
const address = v.object({
  host: v.pipe(v.string(), v.maxLength(MAX_HOST_BYTES), v.regex(/^[\w.:%-]+$/)),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
});
const fileToShare = v.object({
  name: name('file'),
  fileId,
  description: v.exactOptional(base64(INLINE_DESCRIPTION_BYTES)),
  replace: v.exactOptional(v.boolean()),
});
const many = <Item>(item: v.GenericSchema<unknown, Item>) =>
  v.pipe(v.array(item), v.minLength(1), v.maxLength(MAX_FILES_PER_CALL));
const figure = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const searchWords = v.pipe(
  v.array(v.string()),
  v.minLength(1),
  v.transform((words: string[]) => checkSearchWords(words)),
);
const nothing = v.object({});
const inGroup = v.object({ groupId });
const inGroupPaged = v.object({ groupId, after: cursor });
const userInGroup = v.object({ groupId, userId });
const fileInGroup = v.object({ groupId, fileId });
const wayIntoGroup = v.object({ groupId, secret: inviteCode });
const account = v.object({ userId, password });
const calls = v.exactOptional(v.boolean());
const announcement = v.object({
  groupId,
  fileId,
  state: v.picklist(['complete', 'partial', 'gone']),
});

const paramSchemas: ParamSchemas = {
  createUser: v.object({
    userId: newId('user'),
    password: v.exactOptional(password),
    invite: v.exactOptional(inviteCode),
    groupInvite: v.exactOptional(wayIntoGroup),
  }),
  login: v.object({ ...account.entries, calls }),
  loginByKey: v.object({ calls }),
  resume: v.object({ token: v.pipe(v.string(), v.maxLength(TOKEN_LENGTH)), calls }),
  logout: nothing,
  changePassword: v.object({ oldPassword: v.exactOptional(password), newPassword: password }),
  listDevices: v.object({ after: cursor }),
  logoutDevice: v.object({ deviceId: v.exactOptional(sha256) }),
  createGroup: v.object({ groupId: newId('group') }),
  joinGroup: inGroup,
  leaveGroup: inGroup,
  listRequests: inGroupPaged,
  acceptRequest: userInGroup,
  rejectRequest: userInGroup,
  kick: userInGroup,
  transferOwner: userInGroup,
  setRole: v.object({ ...userInGroup.entries, role: v.picklist(ROLES) }),
  ban: userInGroup,
  unban: userInGroup,
  listBans: inGroupPaged,
  createInvite: v.object({
    groupId,
    inviteId: sha256,
    uses: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_INVITE_USES)),
    lifetimeMs: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_INVITE_LIFETIME_MS)),
    role: v.exactOptional(v.picklist(INVITED_ROLES)),
  }),
  listInvites: inGroupPaged,
  revokeInvite: v.object({ groupId, inviteId: sha256 }),
  redeemInvite: wayIntoGroup,
  listMembers: inGroupPaged,
  history: v.object({ groupId, after: v.exactOptional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))) }),
  listGroups: v.object({ after: cursor }),
  describeGroups: v.object({ after: cursor }),
  about: nothing,
  openRequests: nothing,
  quotaUse: nothing,
  listMemberships: v.object({ after: cursor }),
  listFiles: inGroupPaged,
  followFiles: inGroup,
  unfollowFiles: inGroup,
  search: v.object({
    words: searchWords,
    groupIds: v.exactOptional(
      v.pipe(v.array(groupId), v.minLength(1), v.maxLength(MAX_GROUPS_PER_USER)),
    ),
    kind: v.exactOptional(v.picklist(['file', 'folder'])),
    ending: v.exactOptional(v.pipe(v.string(), v.check(isEnding))),
    minSize: v.exactOptional(figure),
    maxSize: v.exactOptional(figure),
    sinceMs: v.exactOptional(figure),
    untilMs: v.exactOptional(figure),
    after: v.exactOptional(v.object({ groupId, below: v.exactOptional(figure) })),
  }),
  fileInfo: v.object({ groupId, name: name('file') }),
  describeFiles: v.object({
    groupId,
    names: many(name('file')),
    wantPeers: v.boolean(),
    known: v.exactOptional(many(fileId)),
  }),
  getDescription: v.object({ groupId, fileId, offset }),
  putDescription: v.object({
    fileId,
    offset,
    totalBytes: v.pipe(offset, v.minValue(1)),
    bytes: base64(DESCRIPTION_SLICE_BYTES),
  }),
  shareFile: v.object({ groupId, ...fileToShare.entries }),
  shareFiles: v.object({ groupId, files: many(fileToShare), announce: v.boolean() }),
  stopShare: v.object({ groupId, name: name('file') }),
  stopShares: v.object({ groupId, names: many(name('file')) }),
  noteGuestDownload: v.object({ groupId, name: name('file'), fileId }),
  goOnline: v.object({
    addresses: v.pipe(v.array(address), v.minLength(1), v.maxLength(MAX_ADDRESSES_PER_DEVICE)),
    relays: v.exactOptional(v.boolean()),
  }),
  announce: v.object({
    files: v.pipe(v.array(announcement), v.maxLength(MAX_ANNOUNCED_PER_CALL)),
  }),
  watch: fileInGroup,
  unwatch: fileInGroup,
  call: v.object({
    groupId,
    fileId,
    deviceId: sha256,
    callId: v.custom<string>(isCallId, 'a call has 32 hex digits'),
    way: v.picklist(['direct', 'relay']),
    without: v.exactOptional(
      v.pipe(
        v.array(v.union([v.literal(TRACKERS_RELAY), sha256])),
        v.maxLength(MAX_AVOIDED_RELAYS),
      ),
    ),
  }),
  ticket: inGroup,
  lanKeys: v.object({
    groupIds: v.pipe(v.array(groupId), v.minLength(1), v.maxLength(MAX_LAN_KEYS_PER_CALL)),
  }),
};

/** True for the name of a method. */
export function isTrackerMethod(method: string): method is TrackerMethod {
  return Object.hasOwn(paramSchemas, method);
}

/** Checks what came in. @throws TrackerError BAD_REQUEST */
export function parseParams<M extends TrackerMethod>(
  method: M,
  params: unknown,
): TrackerMethods[M]['params'] {
  try {
    return v.parse(paramSchemas[method], params);
  } catch (error) {
    if (error instanceof UsageError) throw new TrackerError('BAD_REQUEST', error.message);
    if (!v.isValiError(error)) throw error;
    const [issue] = error.issues;
    const where = v.getDotPath(issue) ?? 'params';
    throw new TrackerError('BAD_REQUEST', `${method}: ${where} is not valid; update this client`);
  }
}
