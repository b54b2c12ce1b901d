/** Requests that begin and end the sharing of a file. */
import { TrackerError } from '../../net/errors.js';
import type { TrackerMethods } from '../../net/tracker-api.js';
import { deviceOf, orRefusal, type Handler, type Handlers } from '../context.js';
import { inMemberTurn, type MemberTurn } from '../member-turn.js';
import type { Session } from '../sessions/session.js';
import { checkDescription, type CheckedDescription } from '../sessions/staged-description.js';
import { decideShare, type ShareOutcome } from '../share-rules.js';
import type { StoredShare } from '../store/store.js';

const shareFile: Handler<'shareFile'> = async (call, { groupId, name, fileId, description }) => {
  const { session, context } = call;
  const deviceId = deviceOf(session);
  const handed = handedDescription(session, fileId, description);
  return inMemberTurn(call, groupId, async (turn) => {
    const share = { groupId, name, userId: turn.userId, deviceId };
    const outcome = await takeIn(turn, share, fileId, handed, context.nowMs());
    turn.emit({ type: 'description-stored', fileId });
    return { outcome };
  });
};

/** One turn, and so one commit, for all of them. */
const shareFiles: Handler<'shareFiles'> = async (call, { groupId, files, announce }) => {
  const { session, context } = call;
  const deviceId = deviceOf(session);
  return inMemberTurn(call, groupId, async (turn) => {
    const outcomes: TrackerMethods['shareFiles']['result']['outcomes'][number][] = [];
    for (const { name, fileId, description } of files) {
      const share = { groupId, name, userId: turn.userId, deviceId };
      outcomes.push(
        await orRefusal(async () => {
          const handed = handedDescription(session, fileId, description);
          return { outcome: await takeIn(turn, share, fileId, handed, context.nowMs()) };
        }),
      );
    }
    for (const [index, { fileId }] of files.entries()) {
      if (!announce || !('outcome' in outcomes[index]!)) continue;
      turn.emit({ type: 'offer-begun', deviceId, groupId, fileId });
    }
    return { outcomes };
  });
};

/** Judges first, so that a refused share has changed nothing. @throws TrackerError */
async function takeIn(
  { tx, userId }: MemberTurn,
  share: StoredShare,
  fileId: string,
  handed: CheckedDescription | undefined,
  nowMs: number,
): Promise<ShareOutcome> {
  const { groupId, name } = share;
  const present = await tx.findFile(groupId, name);
  const isShared = await tx.hasShare(share);
  // A client puts thousands of shares online again at once, and nothing is new about them.
  if (isShared && present?.fileId === fileId) return 'already-shared';
  const stored = await tx.findDescription(fileId);
  // That groups of others have it must not show: it is as new as what nobody has.
  const isKnown = stored !== undefined && (await tx.isKnownTo(userId, fileId));
  const outcome = decideShare(name, fileId, {
    present,
    isShared,
    hasDescription: isKnown || handed !== undefined,
    shareCount: await tx.countSharesOf(userId),
    newBytes: stored ? 0 : (handed?.bytes.length ?? 0),
    ...(await tx.storedBytes(userId)),
  });
  if (outcome === 'created') {
    if (!stored && handed) await tx.addDescription(fileId, handed.size, handed.bytes, userId);
    await tx.addFile({ groupId, name, fileId, size: stored?.size ?? handed?.size ?? 0 });
  }
  if (outcome !== 'already-shared') await tx.addShare(share, nowMs);
  return outcome;
}

const stopShare: Handler<'stopShare'> = async (call, { groupId, name }) => {
  const deviceId = deviceOf(call.session);
  return inMemberTurn(call, groupId, async (turn) => {
    const share = { groupId, name, userId: turn.userId, deviceId };
    const file = await turn.tx.findFile(groupId, name);
    if (!file || !(await turn.tx.hasShare(share))) {
      throw new TrackerError('NOT_SHARED', `this client does not share ${name} in ${groupId}`);
    }
    await turn.tx.removeShare(share);
    await withdrawEnded(turn, share, file.fileId);
    return { fileId: file.fileId };
  });
};

export const shareHandlers = { shareFile, shareFiles, stopShare } satisfies Partial<Handlers>;

/** The description that came along or was staged before, checked. @throws BAD_REQUEST */
function handedDescription(
  session: Session,
  fileId: string,
  inline: string | undefined,
): CheckedDescription | undefined {
  if (inline !== undefined) return checkDescription(fileId, Buffer.from(inline, 'base64'));
  return session.staged?.fileId === fileId ? session.staged.finish() : undefined;
}

/** The device, or everyone, stops offering a content that is shared under no other name. */
async function withdrawEnded(
  { tx, emit }: MemberTurn,
  { groupId, deviceId }: StoredShare,
  fileId: string,
): Promise<void> {
  const isInGroup = await tx.hasContent(groupId, fileId);
  const isStillShared = await tx.deviceSharesContent(groupId, fileId, deviceId);
  if (!isInGroup) emit({ type: 'content-gone', groupId, fileId });
  else if (!isStillShared) emit({ type: 'offer-ended', deviceId, groupId, fileId });
}
