/**
 * The one owner of "who has this file": asks the tracker, hears its pushes, asks again when its
 * connection is back, and hands what it learns to whoever watches. The peers of one's own network,
 * who tell it themselves, join here.
 *
 * A watch: opened (asked) → told of changes → closed. Several may watch one file; the tracker
 * is asked to stop when the last of them closes.
 */
import { P2pError, TrackerError, type ErrorCode } from '../../net/errors.js';
import type { OnlinePeer, TrackerNotifications } from '../../net/tracker-api.js';
import type { GroupFile, HeardChange } from '../lan/heard-peers.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { AccountLink } from './account-link.js';
import type { BackgroundWork } from './background-work.js';
import type { TicketBook } from './ticket-book.js';
import { ToldPeers, type PeerChange } from './told-peers.js';

/** Somebody who wants to know who has a file. */
export interface FileWatcher {
  readonly groupId: string;
  readonly fileId: string;
  /** The name under which it is wanted. */
  readonly fileName: string;
  /** All that have it, as answered to a question; those that are missing may be gone. */
  onAllPeers(peers: readonly OnlinePeer[]): void;
  /** What has changed since. */
  onPeers(change: PeerChange): void;
  /** These users are in the group no more. */
  onUsersRemoved(userIds: readonly string[]): void;
  /** The name stands for a newer version, which that member shares. */
  onReplaced(sharer: string): void;
  /** The tracker does not tell, and asking again will not change that. */
  onRefused(error: P2pError): void;
}

type Link = Pick<AccountLink, 'calls' | 'isConnected'>;
type Tickets = Pick<TicketBook, 'onIssued'>;
type Background = Pick<BackgroundWork, 'run'>;

/** Who tells in one's own network who has a content; see main/lan/lan.ts. */
export interface NearPeers {
  watch(file: GroupFile): readonly OnlinePeer[];
  unwatch(file: GroupFile): void;
}

/** A content with those who watch it, while there are any. */
interface WatchedContent extends GroupFile {
  readonly told: ToldPeers;
  readonly watchers: Set<FileWatcher>;
}

export class FileWatches {
  readonly #link: Link;
  readonly #tickets: Tickets;
  readonly #background: Background;
  readonly #near: NearPeers | undefined;
  readonly #watchers = new Set<FileWatcher>();
  readonly #contents = new Map<string, WatchedContent>();

  constructor(link: Link, tickets: Tickets, background: Background, near?: NearPeers) {
    this.#link = link;
    this.#tickets = tickets;
    this.#background = background;
    this.#near = near;
  }

  /** Asks who has the file, and tells of changes until `close`. */
  open(watcher: FileWatcher): void {
    this.#add(watcher);
    this.#background.run(async () => {
      try {
        await this.#ask(await this.#link.calls(), watcher);
      } catch (error) {
        if (!(error instanceof P2pError)) throw error;
        // When the tracker is lost on the way, its return brings the peers.
        if (!isLoss(error.code)) this.#refuse(watcher, error);
      }
    });
  }

  /** Tells this watcher nothing more. Idempotent. */
  close(watcher: FileWatcher): void {
    if (!this.#watchers.delete(watcher)) return;
    const { groupId, fileId } = watcher;
    const content = this.#contents.get(keyOf(watcher));
    content?.watchers.delete(watcher);
    if (content && content.watchers.size > 0) return;
    this.#contents.delete(keyOf(watcher));
    this.#near?.unwatch({ groupId, fileId });
    if (!this.#link.isConnected) return;
    this.#background.run(async () => {
      await (await this.#link.calls()).call('unwatch', { groupId, fileId });
    });
  }

  /** The tracker tells of peers that came or went. */
  onPush({ groupId, fileId, ...told }: TrackerNotifications['peers']): void {
    const change = this.#contents.get(keyOf({ groupId, fileId }))?.told.onTracker(told);
    if (change) this.#tell({ groupId, fileId }, change);
  }

  /** The peers of one's own network tell of themselves. */
  onHeard({ groupId, fileId, online, gone }: HeardChange): void {
    const change = this.#contents.get(keyOf({ groupId, fileId }))?.told.onNetwork({ online, gone });
    if (change) this.#tell({ groupId, fileId }, change);
  }

  /** The tracker tells who is in a group no more. */
  onUsersRemoved(groupId: string, userIds: readonly string[]): void {
    for (const watcher of this.#watchers) {
      if (watcher.groupId === groupId) watcher.onUsersRemoved(userIds);
    }
  }

  /** The tracker tells that a name has a newer version. */
  onReplaced({ groupId, fileId, name, sharer }: TrackerNotifications['replaced']): void {
    for (const watcher of this.#of(groupId, fileId)) {
      if (watcher.fileName === name) watcher.onReplaced(sharer);
    }
  }

  /**
   * The connection to the tracker is back: asks again for every watcher. A refusal ends that
   * watch alone; the link must come back for all the others.
   */
  async onTrackerBack(calls: TrackerCalls): Promise<void> {
    await Promise.all(
      [...this.#watchers].map(async (watcher) => {
        try {
          await this.#ask(calls, watcher);
        } catch (error) {
          if (!(error instanceof TrackerError) || !isRefusal(error.code)) throw error;
          this.#refuse(watcher, error);
        }
      }),
    );
  }

  async #ask(calls: TrackerCalls, watcher: FileWatcher): Promise<void> {
    const { groupId, fileId } = watcher;
    const { peers, replaced, ...issued } = await calls.call('watch', { groupId, fileId });
    this.#tickets.onIssued(groupId, issued);
    if (!this.#watchers.has(watcher)) return;
    watcher.onAllPeers(this.#contents.get(keyOf(watcher))?.told.onAll(peers) ?? peers);
    if (replaced) watcher.onReplaced(replaced.sharer);
  }

  #refuse(watcher: FileWatcher, error: P2pError): void {
    if (this.#watchers.has(watcher)) watcher.onRefused(error);
  }

  #add(watcher: FileWatcher): void {
    this.#watchers.add(watcher);
    const { groupId, fileId } = watcher;
    const known = this.#contents.get(keyOf(watcher));
    if (known) {
      known.watchers.add(watcher);
      return;
    }
    const told = new ToldPeers();
    this.#contents.set(keyOf(watcher), { groupId, fileId, told, watchers: new Set([watcher]) });
    const online = this.#near?.watch({ groupId, fileId }) ?? [];
    if (online.length > 0) this.onHeard({ groupId, fileId, online, gone: [] });
  }

  #tell({ groupId, fileId }: GroupFile, change: PeerChange): void {
    for (const watcher of this.#of(groupId, fileId)) watcher.onPeers(change);
  }

  #of(groupId: string, fileId: string): FileWatcher[] {
    return [...(this.#contents.get(keyOf({ groupId, fileId }))?.watchers ?? [])];
  }
}

function keyOf({ groupId, fileId }: GroupFile): string {
  return `${fileId} ${groupId}`;
}

function isLoss(code: ErrorCode): boolean {
  return code === 'CONNECTION_LOST' || code === 'TRACKER_UNREACHABLE';
}

/** The tracker's answer to a watch that will not become another one by asking again. */
function isRefusal(code: ErrorCode): boolean {
  return code === 'NOT_A_MEMBER' || code === 'NO_SUCH_GROUP' || code === 'NO_SUCH_FILE';
}
