/** Requests that begin the sharing of a file. */
import { TrackerError } from '../../net/errors.js';
import {
  FORMER_VERSION_KEPT_MS,
  FORMER_VERSIONS_FORGOTTEN_AT_ONCE,
  MAX_FORMER_VERSIONS_PER_NAME,
} from '../../net/limits.js';
import { mayDo } from '../../net/roles.js';
import type { TrackerMethods } from '../../net/tracker-api.js';
import {
  deviceOf,
  inUserTurn,
  loginOf,
  orRefusal,
  requireSameUser,
  type Call,
  type Handler,
  type Handlers,
  type Turn,
} from '../context.js';
import { stillClearing } from '../clearing-turn.js';
import { itemsOfTurn } from '../items-of-turn.js';
import { membershipOf, type MemberTurn } from '../member-turn.js';
import type { Session } from '../sessions/session.js';
import { checkDescription, type CheckedDescription } from '../sessions/staged-description.js';
import { allowancesOf, type Allowances } from '../quotas.js';
import { SharingAhead, type WantedShare } from '../sharing-ahead.js';
import {
  decideShare,
  hasRoomForDescription,
  type ShareFacts,
  type ShareOutcome,
} from '../share-rules.js';
import type { StoredFile, StoredShare, StoredSharing } from '../store/stored.js';
import { together } from '../together.js';

const shareFile: Handler<'shareFile'> = async (call, { groupId, ...file }) => {
  const { session, context } = call;
  const deviceId = deviceOf(session);
  const { name, fileId, replace = false } = file;
  const description = handedDescription(session, fileId, file.description);
  return inSharingTurn(call, groupId, deviceId, [{ name, fileId }], async (turn) => {
    const outcome = await takeIn(turn, 0, { fileId, description, replace }, context.nowMs());
    noteShared(turn, groupId, [{ name, outcome }]);
    if (changesList(outcome)) turn.emit({ type: 'files-changed', groupId });
    turn.emit({ type: 'description-stored', fileId });
    return { outcome };
  });
};

type ShareFilesOutcome = TrackerMethods['shareFiles']['result']['outcomes'][number];

/** As many turns as it takes, each with a commit of its own, so that others have theirs between. */
const shareFiles: Handler<'shareFiles'> = async (call, { files, ...how }) => {
  const { userId } = loginOf(call.session);
  const outcomes: ShareFilesOutcome[] = [];
  do {
    const rest = { ...how, files: files.slice(outcomes.length) };
    outcomes.push(...(await shareSome(call, userId, rest)));
  } while (outcomes.length < files.length);
  return { outcomes };
};

/** Shares the first files, at least one, in one turn of the user who asked for it. */
function shareSome(
  call: Call,
  userId: string,
  { groupId, files, announce }: TrackerMethods['shareFiles']['params'],
): Promise<readonly ShareFilesOutcome[]> {
  const { session, context } = call;
  const deviceId = deviceOf(session);
  return inSharingTurn(call, groupId, deviceId, files, async (turn) => {
    requireSameUser(turn.userId, userId);
    const outcomes: ShareFilesOutcome[] = [];
    const inTime = { breathe: turn.breathe, steadyMs: context.steadyMs };
    for await (const { fileId, replace = false, ...handed } of itemsOfTurn(files, inTime)) {
      const index = outcomes.length;
      outcomes.push(
        await orRefusal(async () => {
          const description = handedDescription(session, fileId, handed.description);
          const content = { fileId, description, replace };
          return { outcome: await takeIn(turn, index, content, context.nowMs()) };
        }),
      );
    }
    const shared = outcomes.flatMap((one, index) =>
      'outcome' in one ? [{ ...files[index]!, outcome: one.outcome }] : [],
    );
    noteShared(turn, groupId, shared);
    if (shared.some(({ outcome }) => changesList(outcome)))
      turn.emit({ type: 'files-changed', groupId });
    for (const { fileId } of announce ? shared : []) {
      turn.emit({ type: 'offer-begun', deviceId, groupId, fileId });
    }
    return outcomes;
  });
}

/** One more who shares it is told by their offer. */
function changesList(outcome: ShareOutcome): boolean {
  return outcome === 'created' || outcome === 'replaced';
}

interface SharedName {
  readonly name: string;
  readonly outcome: ShareOutcome;
}

/** What one turn has shared is one entry of the history, and what it has replaced another. */
function noteShared(
  { note, userId: actor }: MemberTurn,
  groupId: string,
  shared: readonly SharedName[],
): void {
  const isReplaced = ({ outcome }: SharedName): boolean => outcome === 'replaced';
  const isNew = ({ outcome }: SharedName): boolean =>
    outcome === 'created' || outcome === 'source-added';
  for (const [action, isMeant] of [
    ['share', isNew],
    ['replace', isReplaced],
  ] as const) {
    const subjects = shared.filter(isMeant).map(({ name }) => name);
    if (subjects.length > 0) note({ groupId, action, actor, subjects });
  }
}

/** What is to be shared under a name. */
interface NewContent {
  readonly fileId: string;
  /** As far as it was handed in. */
  readonly description: CheckedDescription | undefined;
  /** Whatever the name stands for. */
  readonly replace: boolean;
}

/** A turn of a member in which files are shared. */
interface SharingTurn extends MemberTurn {
  readonly wanted: readonly WantedShare[];
  readonly ahead: SharingAhead;
  readonly allowances: Allowances;
}

/** What each file needs is asked for at once, with who asks. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
function inSharingTurn<T>(
  call: Call,
  groupId: string,
  deviceId: string,
  files: readonly { readonly name: string; readonly fileId: string }[],
  work: (turn: SharingTurn) => Promise<T>,
): Promise<T> {
  return inUserTurn(call, async (turn) => {
    const { tx, userId } = turn;
    turn.willNote(groupId);
    const wanted = files.map(({ name, fileId }) => ({
      share: { groupId, name, userId, deviceId },
      fileId,
    }));
    const ahead = new SharingAhead(tx, wanted);
    const [membership, allowances, hasForgotten] = await together(
      membershipOf(tx, groupId, userId),
      allowancesOf(tx, { user: [userId], group: [groupId] }),
      forgetOldVersions(turn, call.context.nowMs()),
    );
    // Descriptions may have gone that were looked up before.
    if (hasForgotten) ahead.forget();
    return work({ ...turn, ...membership, wanted, ahead, allowances });
  });
}

/** Judges first, so that a refused share has changed nothing. @throws TrackerError */
async function takeIn(
  turn: SharingTurn,
  index: number,
  content: NewContent,
  nowMs: number,
): Promise<ShareOutcome> {
  const { tx, userId, ahead } = turn;
  const { share } = turn.wanted[index]!;
  const { groupId, name } = share;
  const { fileId, description } = content;
  const known = await sharingOf(turn, index);
  const { isShared, present, stored } = known;
  // A client puts thousands of shares online again at once, and nothing is new about them.
  if (isShared && present?.fileId === fileId) return 'already-shared';
  const facts = await shareFacts(turn, share, content, known);
  const outcome = await decided(turn, share, fileId, facts);
  if (outcome === 'created' || outcome === 'replaced') {
    if (!stored && description) {
      await tx.addDescription(fileId, description, description.bytes, userId);
    }
    const file = { groupId, name, fileId, size: stored?.size ?? description?.size ?? 0 };
    if (outcome === 'created') await tx.addFile(file, nowMs);
    else await replace(turn, file, nowMs);
  }
  if (outcome !== 'already-shared') await tx.addShare(share, nowMs);
  const isStored = outcome === 'created' && !stored;
  ahead.onTakenIn(index, outcome, isStored ? (description?.bytes.length ?? 0) : 0);
  return outcome;
}

/** What decides it. Nobody has a name that only those share who are out of the group. */
async function sharingOf(
  { tx, emit, wanted, ahead }: SharingTurn,
  index: number,
): Promise<StoredSharing> {
  const known = await ahead.sharingOf(index);
  const { share, fileId } = wanted[index]!;
  if (!known.present || known.present.fileId === fileId) return known;
  const { groupId, name } = share;
  const ended = await tx.removeLeftShares(groupId, name);
  if (!ended) return known;
  for (const gone of ended.gone) emit({ type: 'content-gone', groupId, fileId: gone });
  ahead.forget();
  return ahead.sharingOf(index);
}

/** A bound may be reached only because of what is still being removed. @throws TrackerError */
async function decided(
  { tx, userId }: SharingTurn,
  { groupId, name }: StoredShare,
  fileId: string,
  facts: ShareFacts,
): Promise<ShareOutcome> {
  try {
    return decideShare(groupId, name, fileId, facts);
  } catch (error) {
    const isBound =
      error instanceof TrackerError && (error.code === 'LIMIT_REACHED' || error.code === 'QUOTA');
    if (isBound && (await tx.hasPendingRemoval(groupId, userId))) throw stillClearing();
    // Contents that are to be dropped take room for descriptions, and count for nothing else.
    const isRoom = isBound && error.code === 'LIMIT_REACHED' && !hasRoomForDescription(facts);
    if (isRoom && (await tx.hasUnusedContents())) throw stillClearing();
    throw error;
  }
}

async function shareFacts(
  turn: SharingTurn,
  share: StoredShare,
  content: NewContent,
  known: StoredSharing,
): Promise<ShareFacts> {
  const { isShared, present, stored, isKnown, shareCount, userBytes, totalBytes } = known;
  const { fileId, description, replace } = content;
  const isOther = present !== undefined && present.fileId !== fileId;
  const [claim, quotas] = await Promise.all([
    isOther ? claimOn(turn, share, fileId) : NO_CLAIM,
    quotaFacts(turn, content, known),
  ]);
  return {
    present,
    ...claim,
    wantsReplace: replace,
    mayBring: mayDo(turn.role, 'bring'),
    isShared,
    // That groups of others have it must not show: it is as new as what nobody has.
    hasDescription: isKnown || description !== undefined,
    shareCount,
    newBytes: stored ? 0 : (description?.bytes.length ?? 0),
    ...{ userBytes, totalBytes },
    ...quotas,
  };
}

type QuotaFacts = 'user' | 'group' | 'ownBytes' | 'presentBytes';

/** What is allowed; what is used is looked up only where it is bounded. */
async function quotaFacts(
  { tx, userId, group: { groupId }, allowances }: SharingTurn,
  { fileId, description }: NewContent,
  { present, stored }: StoredSharing,
): Promise<Pick<ShareFacts, QuotaFacts>> {
  const [ofUser, ofGroup] = [allowances('user', userId), allowances('group', groupId)];
  const isGroupBounded = ofGroup.files !== undefined || ofGroup.bytes !== undefined;
  const { files, bytes } = isGroupBounded ? await tx.findGroupSize(groupId) : NO_SIZE;
  const areBytesBounded = ofUser.bytes !== undefined || ofGroup.bytes !== undefined;
  const isReplacing = areBytesBounded && present !== undefined && present.fileId !== fileId;
  const replaced = isReplacing ? await tx.findDescription(present.fileId) : undefined;
  const described = ofUser.bytes === undefined ? 0 : await tx.findDescribedBytes(userId);
  return {
    ownBytes: stored?.descriptionBytes ?? description?.bytes.length ?? 0,
    presentBytes: replaced?.descriptionBytes ?? 0,
    user: { allowance: ofUser, bytes: described },
    group: { groupId, allowance: ofGroup, files, bytes },
  };
}

const NO_SIZE = { files: 0, bytes: 0 };

type Claim = Pick<ShareFacts, 'presentSharer' | 'isFormerVersion' | 'mayReplace' | 'ownShares'>;

/** Most names that are shared are new, or stand for the same content. */
const NO_CLAIM: Claim = {
  presentSharer: undefined,
  isFormerVersion: false,
  mayReplace: false,
  ownShares: 0,
};

/** Who has a name that stands for other content, and whether it may be taken from them. */
async function claimOn(
  { tx, userId, role }: MemberTurn,
  { groupId, name }: StoredShare,
  fileId: string,
): Promise<Claim> {
  const [listed, isFormerVersion, ownShares, sharesName] = await Promise.all([
    tx.findListedFile(groupId, name),
    tx.isFormerVersion(groupId, name, fileId),
    tx.countSharesOfName(groupId, name, userId),
    tx.sharesName(groupId, name, userId),
  ]);
  const mayReplace = mayDo(role, 'replace') || sharesName;
  return { presentSharer: listed?.sharer, isFormerVersion, ownShares, mayReplace };
}

/** Has a name stand for other content. What it stood for can still be fetched, for a while. */
async function replace({ tx, emit, userId }: MemberTurn, file: StoredFile, nowMs: number) {
  const { groupId, name } = file;
  const before = await tx.findFile(groupId, name);
  const gone = await tx.replaceFile(file, nowMs, MAX_FORMER_VERSIONS_PER_NAME);
  if (before) {
    const { fileId } = before;
    emit({ type: 'content-replaced', groupId, fileId, name, sharer: userId });
  }
  for (const fileId of gone) emit({ type: 'content-gone', groupId, fileId });
}

/** What was replaced long ago is of no use to anybody, and takes room. True when contents are gone by that. */
async function forgetOldVersions({ tx, emit }: Turn, nowMs: number): Promise<boolean> {
  const before = nowMs - FORMER_VERSION_KEPT_MS;
  const gone = await tx.removeFormerVersions(before, FORMER_VERSIONS_FORGOTTEN_AT_ONCE);
  for (const { groupId, fileId } of gone) emit({ type: 'content-gone', groupId, fileId });
  return gone.length > 0;
}

export const shareHandlers = {
  shareFile,
  shareFiles,
} satisfies Partial<Handlers>;

/** The description that came along or was staged before, checked. @throws BAD_REQUEST */
function handedDescription(
  session: Session,
  fileId: string,
  inline: string | undefined,
): CheckedDescription | undefined {
  if (inline !== undefined) return checkDescription(fileId, Buffer.from(inline, 'base64'));
  return session.staged?.fileId === fileId ? session.staged.finish() : undefined;
}
