/** Requests that begin and end the sharing of a file. */
import { TrackerError } from '../../net/errors.js';
import { deviceOf, type Handler, type Handlers } from '../context.js';
import { inMemberTurn, type MemberTurn } from '../member-turn.js';
import type { Presence } from '../presence.js';
import type { Session } from '../session.js';
import { decideShare } from '../share-rules.js';
import { checkDescription, type CheckedDescription } from '../staged-description.js';
import type { StoredShare } from '../store.js';

const shareFile: Handler<'shareFile'> = async (call, { groupId, name, fileId, description }) => {
  const { session, context } = call;
  const deviceId = deviceOf(session);
  const handed = handedDescription(session, fileId, description);
  return inMemberTurn(call, groupId, async (turn) => {
    const { tx, userId } = turn;
    const share = { groupId, name, userId, deviceId };
    const stored = await tx.findDescription(fileId);
    const outcome = decideShare(name, fileId, {
      present: await tx.findFile(groupId, name),
      isShared: await tx.hasShare(share),
      hasDescription: stored !== undefined || handed !== undefined,
      shareCount: await tx.countSharesOf(userId),
    });
    if (outcome === 'created') {
      if (!stored && handed) await tx.addDescription(fileId, handed.size, handed.bytes);
      await tx.addFile({ groupId, name, fileId, size: stored?.size ?? handed?.size ?? 0 });
    }
    if (outcome !== 'already-shared') await tx.addShare(share, context.nowMs());
    turn.after(() => dropStaged(session, fileId));
    return { outcome };
  });
};

const stopShare: Handler<'stopShare'> = async (call, { groupId, name }) => {
  const deviceId = deviceOf(call.session);
  return inMemberTurn(call, groupId, async (turn) => {
    const share = { groupId, name, userId: turn.userId, deviceId };
    const file = await turn.tx.findFile(groupId, name);
    if (!file || !(await turn.tx.hasShare(share))) {
      throw new TrackerError('NOT_SHARED', `this client does not share ${name} in ${groupId}`);
    }
    await turn.tx.removeShare(share);
    await withdrawEnded(call.context.presence, turn, share, file.fileId);
    return { fileId: file.fileId };
  });
};

export const shareHandlers = { shareFile, stopShare } satisfies Partial<Handlers>;

/** The description that came along or was staged before, checked. @throws BAD_REQUEST */
function handedDescription(
  session: Session,
  fileId: string,
  inline: string | undefined,
): CheckedDescription | undefined {
  if (inline !== undefined) return checkDescription(fileId, Buffer.from(inline, 'base64'));
  return session.staged?.fileId === fileId ? session.staged.finish() : undefined;
}

function dropStaged(session: Session, fileId: string): void {
  if (session.staged?.fileId !== fileId) return;
  session.staged.discard();
  session.staged = undefined;
}

/** The device, or everyone, stops offering a content that is shared under no other name. */
async function withdrawEnded(
  presence: Presence<Session>,
  { tx, after }: MemberTurn,
  { groupId, deviceId }: StoredShare,
  fileId: string,
): Promise<void> {
  const isInGroup = await tx.hasContent(groupId, fileId);
  const isStillShared = await tx.deviceSharesContent(groupId, fileId, deviceId);
  after(() => {
    if (!isInGroup) presence.withdrawContent(groupId, fileId);
    else if (!isStillShared) presence.withdraw(deviceId, groupId, fileId);
  });
}
