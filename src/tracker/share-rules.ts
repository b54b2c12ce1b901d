/**
 * The rules of sharing: one name stands for one content in a group, the same content under the
 * same name adds a source, and whoever shares a name may have it stand for a newer version. Pure: facts go in, a decision or a refusal comes out.
 */
import { TrackerError } from '../net/errors.js';
import {
  MAX_SHARES_PER_USER,
  MAX_STORED_BYTES_IN_TOTAL,
  MAX_STORED_BYTES_PER_USER,
  STORED_SHARE_OF_FREE,
} from '../net/limits.js';
import type { Allowance } from '../net/quota.js';
import { readOnly } from '../net/roles.js';
import { checkQuota } from './quota-rules.js';
import type { StoredFile } from './store/stored.js';

/** What decides how a share is taken in. */
export interface ShareFacts {
  /** What the name stands for in the group now. */
  readonly present: StoredFile | undefined;
  /** The member who has shared that longest; looked up like the next two only if it is another content. */
  readonly presentSharer: string | undefined;
  /** The name stood for this content before it stood for the present one. */
  readonly isFormerVersion: boolean;
  /** The user wants the name to stand for this content, whatever it stands for now. */
  readonly wantsReplace: boolean;
  /** The user may have names of the group stand for something new. */
  readonly mayBring: boolean;
  /** The user shares what the name stands for, from whatever device, or may replace what others share. */
  readonly mayReplace: boolean;
  /** This device of this user shares it already. */
  readonly isShared: boolean;
  /** The content is in a group of this user, or its description was handed in. */
  readonly hasDescription: boolean;
  /** Files that the user shares so far. */
  readonly shareCount: number;
  /** Bytes of the description that would have to be stored; 0 when it is stored already. */
  readonly newBytes: number;
  /** Bytes of stored descriptions that the user brought, and of all of them. */
  readonly userBytes: number;
  readonly totalBytes: number;
  /** Shares of this user that end when the name gets other content. */
  readonly ownShares: number;
  /** Bytes of the description of this content, and of what it would take the place of. */
  readonly ownBytes: number;
  readonly presentBytes: number;
  /** What the operator allows the user, with the bytes of the descriptions of what they share so far. */
  readonly user: { readonly allowance: Allowance; readonly bytes: number };
  /** The same of the group. */
  readonly group: {
    readonly groupId: string;
    readonly allowance: Allowance;
    /** Names, and bytes of the descriptions of what they stand for. */
    readonly files: number;
    readonly bytes: number;
  };
}

export type ShareOutcome = 'created' | 'source-added' | 'already-shared' | 'replaced';

/** @throws TrackerError READ_ONLY, NAME_TAKEN, REPLACED, LIMIT_REACHED, QUOTA, NEED_DESCRIPTION. */
export function decideShare(
  groupId: string,
  name: string,
  fileId: string,
  facts: ShareFacts,
): ShareOutcome {
  const isOther = facts.present !== undefined && facts.present.fileId !== fileId;
  if (!facts.present || isOther) checkBring(groupId, facts);
  if (isOther) checkReplace(name, facts);
  else if (facts.isShared) return 'already-shared';
  // Who shares the name already has no more shares than before.
  const shares = facts.shareCount + 1 - facts.ownShares;
  if (shares > facts.shareCount && shares > MAX_SHARES_PER_USER) {
    throw new TrackerError(
      'LIMIT_REACHED',
      `you share ${MAX_SHARES_PER_USER} files; stop sharing some with \`stop-share\``,
    );
  }
  checkUserQuota(facts, shares);
  if (facts.present && !isOther) return 'source-added';
  if (!facts.hasDescription) {
    throw new TrackerError('NEED_DESCRIPTION', 'this content is new; send its description first');
  }
  checkStoredBytes(facts);
  checkGroupQuota(facts, isOther);
  return isOther ? 'replaced' : 'created';
}

/** What has a newer version is no news, and its sharer is told of that. @throws TrackerError READ_ONLY */
function checkBring(
  groupId: string,
  { mayBring, present, isFormerVersion, wantsReplace }: ShareFacts,
): void {
  if (mayBring || (present && isFormerVersion && !wantsReplace)) return;
  throw readOnly(groupId);
}

/** @throws TrackerError NAME_TAKEN, REPLACED */
function checkReplace(
  name: string,
  { isFormerVersion, presentSharer, wantsReplace, mayReplace }: ShareFacts,
): void {
  if (wantsReplace && mayReplace) return;
  if (wantsReplace) {
    throw new TrackerError(
      'NAME_TAKEN',
      `only who shares ${name}, or an owner or admin of the group, may replace it; share yours under another name with --as NAME`,
    );
  }
  if (isFormerVersion) {
    const by = presentSharer === undefined ? '' : `, shared by ${presentSharer}`;
    throw new TrackerError('REPLACED', `${name} has a newer version${by}; download it to take it`);
  }
  throw new TrackerError(
    'NAME_TAKEN',
    `another file is shared as ${name} in this group; share yours under another name with --as NAME`,
  );
}

/** Whether a description that is new has room. */
export function hasRoomForDescription({ newBytes, userBytes, totalBytes }: ShareFacts): boolean {
  const free = Math.max(0, MAX_STORED_BYTES_IN_TOTAL - totalBytes);
  const share = Math.min(MAX_STORED_BYTES_PER_USER, Math.floor(free / STORED_SHARE_OF_FREE));
  return newBytes === 0 || userBytes + newBytes <= share;
}

/** @throws TrackerError LIMIT_REACHED when a description has no room. */
function checkStoredBytes(facts: ShareFacts): void {
  if (hasRoomForDescription(facts)) return;
  throw new TrackerError(
    'LIMIT_REACHED',
    'the files that you brought take all the room that the tracker has for one user; stop sharing some with `stop-share`',
  );
}

/** Whoever brought a description: that others have a content must not show in what is used. @throws QUOTA */
function checkUserQuota(
  { user: { allowance, bytes }, shareCount, ownShares, ownBytes, presentBytes }: ShareFacts,
  shares: number,
): void {
  checkQuota({ kind: 'user' }, allowance, 'files', { before: shareCount, after: shares });
  const after = bytes + ownBytes - ownShares * presentBytes;
  checkQuota({ kind: 'user' }, allowance, 'bytes', { before: bytes, after });
}

/** @throws TrackerError QUOTA */
function checkGroupQuota(
  { group, ownBytes, presentBytes }: ShareFacts,
  isReplacing: boolean,
): void {
  const { groupId, allowance, files, bytes } = group;
  const holder = { kind: 'group', groupId } as const;
  const filesAfter = isReplacing ? files : files + 1;
  checkQuota(holder, allowance, 'files', { before: files, after: filesAfter });
  const bytesAfter = bytes + ownBytes - (isReplacing ? presentBytes : 0);
  checkQuota(holder, allowance, 'bytes', { before: bytes, after: bytesAfter });
}
