/**
 * The groups whose files are followed, for as long as somebody wants that: each is listed once, however many follow
 * it. Owns which there are.
 */
import { CancelledError, TrackerError, type P2pError } from '../../net/errors.js';
import { MAX_FOLLOWED_GROUPS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { FollowedFilesProgress, FollowFilesRequest } from '../api/followed-files.js';
import { FollowedGroup, type FollowedGroupOptions } from './followed-group.js';

interface Followed {
  readonly group: FollowedGroup;
  /** Calls that want it. */
  count: number;
}

export class FollowedGroups {
  readonly #options: FollowedGroupOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: FollowedGroupOptions) {
    this.#options = options;
  }

  /** Resolves never: rejects when the signal is aborted, or the group is followed no more. @throws P2pError */
  async follow(
    { groupId, signal = new AbortController().signal }: FollowFilesRequest,
    onProgress: (progress: FollowedFilesProgress) => void,
  ): Promise<void> {
    signal.throwIfAborted();
    const followed = this.#followed.get(groupId) ?? this.#begin(groupId);
    followed.count++;
    const { group } = followed;
    try {
      await untilAborted(signal, group.listed);
      onProgress({ files: group.fileCount });
      await untilAborted(signal, group.ended);
    } finally {
      followed.count--;
      if (followed.count === 0) this.#end(groupId, followed, unwanted());
    }
  }

  /** What this user may know of the group has ended. */
  endGroup(groupId: string, reason: P2pError): void {
    const followed = this.#followed.get(groupId);
    if (followed) this.#end(groupId, followed, reason);
  }

  endAll(reason: P2pError): void {
    for (const [groupId, followed] of [...this.#followed]) this.#end(groupId, followed, reason);
  }

  #begin(groupId: string): Followed {
    if (this.#followed.size >= MAX_FOLLOWED_GROUPS) {
      throw new TrackerError(
        'LIMIT_REACHED',
        `the files of ${MAX_FOLLOWED_GROUPS} groups are followed already; let go of one first`,
      );
    }
    const followed: Followed = { group: new FollowedGroup(groupId, this.#options), count: 0 };
    this.#followed.set(groupId, followed);
    return followed;
  }

  #end(groupId: string, followed: Followed, reason: P2pError): void {
    if (this.#followed.get(groupId) === followed) this.#followed.delete(groupId);
    followed.group.end(reason);
  }
}

function unwanted(): CancelledError {
  return new CancelledError('nobody follows the files of the group any more', 'INTERRUPTED');
}
