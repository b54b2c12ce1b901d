/**
 * The rules of sharing: one name stands for one content in a group, and the same content
 * under the same name adds a source. Pure: facts go in, a decision or a refusal comes out.
 */
import { TrackerError } from '../net/errors.js';
import { MAX_SHARES_PER_USER } from '../net/limits.js';
import type { StoredFile } from './store/store.js';

/** What decides how a share is taken in. */
export interface ShareFacts {
  /** What the name stands for in the group now. */
  readonly present: StoredFile | undefined;
  /** This device of this user shares it already. */
  readonly isShared: boolean;
  /** The content is in a group of this user, or its description was handed in. */
  readonly hasDescription: boolean;
  /** Files that the user shares so far. */
  readonly shareCount: number;
}

export type ShareOutcome = 'created' | 'source-added' | 'already-shared';

/** @throws TrackerError NAME_TAKEN, LIMIT_REACHED, NEED_DESCRIPTION, in this order. */
export function decideShare(name: string, fileId: string, facts: ShareFacts): ShareOutcome {
  if (facts.present && facts.present.fileId !== fileId) {
    throw new TrackerError(
      'NAME_TAKEN',
      `another file is shared as ${name} in this group; share yours under another name with --as NAME`,
    );
  }
  if (facts.isShared) return 'already-shared';
  if (facts.shareCount >= MAX_SHARES_PER_USER) {
    throw new TrackerError(
      'LIMIT_REACHED',
      `you share ${MAX_SHARES_PER_USER} files; stop sharing some with stop_share`,
    );
  }
  if (facts.present) return 'source-added';
  if (facts.hasDescription) return 'created';
  throw new TrackerError('NEED_DESCRIPTION', 'this content is new; send its description first');
}
