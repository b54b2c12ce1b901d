/** Requests about the files of a group and their descriptions. */
import { TrackerError } from '../../net/errors.js';
import {
  DESCRIPTION_IN_LIST_BYTES,
  DESCRIPTION_SLICE_BYTES,
  MAX_DEVICES_PER_USER_TOLD,
  MAX_PEERS_DESCRIBED,
  PAGE_BYTES,
} from '../../net/limits.js';
import type { DescribedFile, FileRow, RefusedItem } from '../../net/tracker-api.js';
import { deviceOf, orRefusal, userOf, type Call, type Handler, type Handlers } from '../context.js';
import { inMemberLook } from '../member-turn.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { StagedDescription } from '../sessions/staged-description.js';
import type { StoreFacts } from '../store/store.js';
import type { ListedFile } from '../store/stored.js';

const listFiles: Handler<'listFiles'> = (call, { groupId, after }) =>
  inMemberLook(call, groupId, async ({ tx }) => {
    const files = await tx.listFiles(groupId, { after, limit: PAGE_ROWS + 1 });
    return pageOf(
      files.map((file) => toRow(call, file)),
      ({ name }) => name,
    );
  });

const followFiles: Handler<'followFiles'> = (call, { groupId }) =>
  inMemberLook(call, groupId, async () => {
    const { context, session } = call;
    if (session.isOpen) context.followed.add(session, groupId);
    return {};
  });

const unfollowFiles: Handler<'unfollowFiles'> = async ({ context, session }, { groupId }) => {
  context.followed.remove(session, groupId);
  return {};
};

const fileInfo: Handler<'fileInfo'> = (call, { groupId, name }) =>
  inMemberLook(call, groupId, async ({ tx }) => {
    const file = (await tx.findListedFile(groupId, name)) ?? noSuchFile();
    const { descriptionBytes } = (await tx.findDescription(file.fileId)) ?? noSuchFile();
    return { ...toRow(call, file), descriptionBytes };
  });

const describeFiles: Handler<'describeFiles'> = async (call, params) => {
  const { groupId, names, wantPeers, known = [] } = params;
  const { context, session } = call;
  const deviceId = wantPeers ? deviceOf(session) : undefined;
  const inlineBytes = names.length > 1 ? DESCRIPTION_IN_LIST_BYTES : DESCRIPTION_SLICE_BYTES;
  const terms = { deviceId, inlineBytes, known: new Set(known) };
  return inMemberLook(call, groupId, async ({ tx, userId, group, role }) => {
    const files: (DescribedFile | RefusedItem)[] = [];
    let bytes = 0;
    for (const name of names) {
      const file = await orRefusal(() => describe(call, tx, groupId, name, terms));
      bytes += Buffer.byteLength(JSON.stringify(file)) + 1;
      if (files.length > 0 && bytes > PAGE_BYTES) break;
      files.push(file);
    }
    if (deviceId === undefined) return { files };
    return { files, ticket: context.tickets.issue({ userId, deviceId, role, ...group }) };
  });
};

interface DescribeTerms {
  /** Peers are told to it; undefined when they are not asked for. */
  readonly deviceId: string | undefined;
  /** A description up to this comes along. */
  readonly inlineBytes: number;
  /** Contents whose description is there already. */
  readonly known: ReadonlySet<string>;
}

/** @throws TrackerError NO_SUCH_FILE */
async function describe(
  call: Call,
  tx: StoreFacts,
  groupId: string,
  name: string,
  { deviceId: forDevice, inlineBytes, known }: DescribeTerms,
): Promise<DescribedFile> {
  const file = (await tx.findListedFile(groupId, name)) ?? noSuchFile();
  const { descriptionBytes } = (await tx.findDescription(file.fileId)) ?? noSuchFile();
  const row = { ...toRow(call, file), descriptionBytes };
  const inline =
    descriptionBytes <= inlineBytes && !known.has(file.fileId)
      ? { description: Buffer.from(await tx.readDescription(file.fileId, 0)).toString('base64') }
      : {};
  if (forDevice === undefined) return { ...row, ...inline };
  const { presence } = call.context;
  const peers = presence.draw(groupId, file.fileId, {
    places: call.session.places,
    count: MAX_PEERS_DESCRIBED,
    maxPerUser: MAX_DEVICES_PER_USER_TOLD,
    isKnown: (deviceId) => deviceId === forDevice,
    random: Math.random,
  });
  return { ...row, ...inline, peers };
}

const getDescription: Handler<'getDescription'> = (call, { groupId, fileId, offset }) =>
  inMemberLook(call, groupId, async ({ tx }) => {
    if (!(await tx.hasContent(groupId, fileId))) noSuchFile();
    const bytes = Buffer.from(await tx.readDescription(fileId, offset));
    return { bytes: bytes.toString('base64') };
  });

const putDescription: Handler<'putDescription'> = async ({ context, session }, params) => {
  const userId = userOf(session);
  const { fileId, offset, totalBytes, bytes } = params;
  if (offset === 0) {
    session.staged?.discard();
    session.staged = undefined;
    session.staged = new StagedDescription(fileId, totalBytes, userId, context.staging);
  }
  if (session.staged?.fileId !== fileId) {
    throw new TrackerError('BAD_REQUEST', 'no description of this file is under way; start at 0');
  }
  session.staged.append(offset, totalBytes, Buffer.from(bytes, 'base64'));
  return {};
};

export const fileHandlers = {
  listFiles,
  followFiles,
  unfollowFiles,
  fileInfo,
  describeFiles,
  getDescription,
  putDescription,
} satisfies Partial<Handlers>;

/** As the one who asks is told of its sources. */
export function toRow({ context: { presence }, session }: Call, file: ListedFile): FileRow {
  const { groupId, name, size, sharer, sharerDevice, fileId, sharedAtMs, files } = file;
  const { complete, reachable } = presence.swarmSize(groupId, fileId, session.places);
  return {
    ...{ name, size, sources: complete, sharer, fileId, sharedAtMs },
    ...(sharerDevice !== undefined && sharerDevice === session.deviceId && { isFirstHere: true }),
    ...(reachable > complete && { partly: reachable - complete }),
    ...(files !== undefined && { files }),
  };
}

function noSuchFile(): never {
  throw new TrackerError('NO_SUCH_FILE', 'no such file in this group; `files` shows its files');
}
