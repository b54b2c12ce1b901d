/**
 * Puts everything online again that a user shares here: looks at the files, tells the tracker in
 * lists, and serves what is as it was. Thousands of shares are read and told part by part, so that
 * the first ones are served at once and nothing else waits for the last.
 */
import { atATime } from '../../net/at-a-time.js';
import { decodeDescription, type Description } from '../../net/description.js';
import { P2pError, bug, fromWireError, toWireError, type ErrorCode } from '../../net/errors.js';
import {
  MAX_FILES_PER_CALL,
  RESTORE_CALLS_AT_A_TIME,
  RESTORE_LOOKS_AT_A_TIME,
} from '../../net/limits.js';
import { shareFile } from '../account/description-transfer.js';
import type { Memberships } from '../account/memberships.js';
import type { LoginResult } from '../api/engine-api.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { isElsewhere, looksTheSame } from './quick-look.js';
import { lookAt, type ShareLook } from './share-look.js';
import { offerOf } from './share-offer.js';
import type { ShareVerdicts } from './share-verdicts.js';
import type { UnservedShares } from './unserved-shares.js';
import type { Uploads } from './uploads.js';

type Skipped = LoginResult['skipped'][number];

export interface RestoreOptions {
  readonly uploads: Pick<Uploads, 'offer' | 'offerOf' | 'withdraw'>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'require'>;
  readonly unserved: Pick<UnservedShares, 'enter'>;
  readonly verdicts: Pick<ShareVerdicts, 'note' | 'delete'>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
}

/** Everything of one login. */
export class ShareRestore {
  readonly #options: RestoreOptions;
  readonly #calls: TrackerCalls;
  readonly #library: Library;
  readonly #account: Account;
  readonly #skipped: Skipped[] = [];
  #restored = 0;

  constructor(
    options: RestoreOptions,
    calls: TrackerCalls,
    { library, account }: { readonly library: Library; readonly account: Account },
  ) {
    this.#options = options;
    this.#calls = calls;
    this.#library = library;
    this.#account = account;
  }

  /**
   * Puts online what can be, and says what cannot, and why.
   * @throws P2pError when the link is lost, or the user is logged out
   */
  async run(): Promise<{ restored: number; skipped: Skipped[] }> {
    const parts = this.#parts();
    await atATime(RESTORE_CALLS_AT_A_TIME, parts, (part) => this.#restorePart(part));
    return { restored: this.#restored, skipped: this.#skipped };
  }

  *#parts(): Generator<readonly LibraryShare[]> {
    let last: LibraryShare | undefined;
    do {
      const part = this.#library.sharesAfter(this.#account, last, MAX_FILES_PER_CALL);
      last = part.at(-1);
      if (part.length > 0) yield part;
    } while (last);
  }

  async #restorePart(part: readonly LibraryShare[]): Promise<void> {
    const present = new Map<string, LibraryShare[]>();
    await atATime(RESTORE_LOOKS_AT_A_TIME, part.values(), async (share) => {
      const stamp = await this.#look(share);
      if (!stamp) return;
      // Told to the tracker with all else that is not whole; it is nobody's share there.
      if (!isAllOfIt(share)) return this.#offerPart({ ...share, stamp });
      const ofGroup = present.get(share.groupId) ?? [];
      present.set(share.groupId, [...ofGroup, { ...share, stamp }]);
    });
    for (const [groupId, shares] of present) await this.#tell(groupId, shares);
  }

  /** False once it was taken back, or replaced, while it was looked at or told of: then nothing is to be done. */
  #isStill({ groupId, name, fileId }: LibraryShare): boolean {
    return this.#library.share(this.#account, groupId, name)?.fileId === fileId;
  }

  #offerPart(share: LibraryShare): void {
    if (!this.#isStill(share)) return;
    this.#options.uploads.offer(offerOf(share, this.#library));
    this.#restored++;
  }

  #looksTheSame(share: LibraryShare): Promise<boolean> {
    const { path, choice } = share;
    return looksTheSame(path, this.#descriptionOf(share), this.#options.hashing, choice);
  }

  /** The present stamp of what can be served; what cannot is entered as such. */
  async #look(share: LibraryShare): Promise<FileStamp | undefined> {
    try {
      this.#options.memberships.require(share);
    } catch (error) {
      this.#refuse(share, error);
      return undefined;
    }
    const look = await lookAt(share, this.#library);
    if (!this.#isStill(share)) return undefined;
    const { stamp } = share;
    const isSame =
      look.state === 'same' ||
      (look.state === 'differs' &&
        isElsewhere(stamp, look.stamp) &&
        (await this.#looksTheSame(share)));
    if (!this.#isStill(share)) return undefined;
    if (isSame) {
      // Kept by a version whose stamps knew less, believed this once; or from before a mount.
      if (stamp.ctimeNs === undefined || stamp.inode !== look.stamp.inode)
        this.#library.restamp(this.#account, share, look.stamp);
      return look.stamp;
    }
    this.#skip(share, look.error);
    this.#options.unserved.enter(this.#account, share, unservedBy(share, look));
    return undefined;
  }

  /**
   * Tells the tracker of shares of one group, which it mostly knows: then nothing but their names
   * has to go there. Served first, because a peer may come as soon as the tracker names us.
   */
  async #tell(groupId: string, looked: readonly LibraryShare[]): Promise<void> {
    const { uploads } = this.#options;
    const shares = looked.filter((share) => this.#isStill(share));
    if (shares.length === 0) return;
    for (const share of shares) uploads.offer(offerOf(share, this.#library));
    const files = shares.map(({ name, fileId }) => ({ name, fileId }));
    try {
      const { outcomes } = await this.#calls.call('shareFiles', { groupId, files, announce: true });
      for (const [index, share] of shares.entries()) {
        const outcome = outcomes[index] ?? bug('an answer for fewer shares than asked');
        if (!this.#isStill(share)) continue;
        if (!('code' in outcome)) await this.#onTold(share);
        else if (outcome.code === 'NEED_DESCRIPTION') await this.#describe(share);
        else if (outcome.code === 'REPLACED') await this.#keepOlder(share, fromWireError(outcome));
        else this.#refuse(share, fromWireError(outcome));
      }
    } catch (error) {
      for (const share of shares) this.#refuse(share, error);
    }
  }

  #descriptionOf({ fileId }: LibraryShare): Description {
    return decodeDescription(
      this.#library.description(fileId) ?? bug('a share without a description'),
    );
  }

  /** The tracker has lost what it knew of a content, or is another one. */
  async #describe(share: LibraryShare): Promise<void> {
    const { groupId, name, fileId } = share;
    const encoded = this.#library.description(fileId) ?? bug('a share without a description');
    try {
      await shareFile(this.#calls, { groupId, name, fileId }, encoded);
      await this.#announce(share);
    } catch (error) {
      return isReplaced(error) ? this.#keepOlder(share, error) : this.#refuse(share, error);
    }
    await this.#onTold(share);
  }

  /** What has a newer version is served on, because somebody may be downloading it. */
  async #keepOlder(share: LibraryShare, refusal: P2pError): Promise<void> {
    try {
      await this.#announce(share);
    } catch (error) {
      return this.#refuse(share, error);
    }
    this.#options.verdicts.note(share, { state: 'older', reason: refusal.message });
    this.#skip(share, refusal);
    if (share.incarnation === '') await this.#keepIncarnation(share);
  }

  async #announce({ groupId, fileId }: LibraryShare): Promise<void> {
    await this.#calls.call('announce', { files: [{ groupId, fileId, state: 'complete' }] });
  }

  async #onTold(share: LibraryShare): Promise<void> {
    this.#restored++;
    this.#options.verdicts.delete(share.groupId, share.name);
    if (share.incarnation === '') await this.#keepIncarnation(share);
  }

  /** A share of before groups had an incarnation is of the group that has its name now. */
  async #keepIncarnation(share: LibraryShare): Promise<void> {
    if (!this.#isStill(share)) return;
    const incarnation = this.#options.memberships.incarnationOf(share.groupId) ?? '';
    const { fileId, pieceLength } = share;
    const encoded = this.#library.description(fileId) ?? bug('a share without a description');
    const description = { fileId, pieceLength, encoded };
    const row = { ...share, incarnation };
    await this.#library.gather(() => this.#library.addShare(this.#account, row, description));
  }

  /** It is not shared by this session. @throws what says that none is */
  #refuse(share: LibraryShare, error: unknown): void {
    const { groupId, name, fileId, path } = share;
    if (!(error instanceof P2pError) || isAboutTheLink(error.code)) throw error;
    const { uploads } = this.#options;
    if (uploads.offerOf(groupId, fileId)?.path === path) {
      uploads.withdraw(groupId, fileId, 'NOT_SHARED');
    }
    // Removed from the group while this client was away: its shares there have ended.
    if (error.code === 'NOT_A_MEMBER') this.#library.removeShare(this.#account, groupId, name);
    this.#options.verdicts.note(share, { state: 'refused', reason: toWireError(error).message });
    this.#skip(share, error);
  }

  #skip({ groupId, name }: LibraryShare, error: P2pError): void {
    this.#skipped.push({ groupId, name, reason: toWireError(error).message });
  }
}

/** What is to become of a share that a look has found not to be as it was. */
function unservedBy({ isFolder }: LibraryShare, look: Exclude<ShareLook, { state: 'same' }>) {
  switch (look.state) {
    case 'missing':
      return { state: 'away' } as const;
    case 'differs':
      return { state: 'unproven' } as const;
    case 'changed':
      // The other files of a folder are served once they are known.
      return isFolder
        ? ({ state: 'unproven' } as const)
        : ({ state: 'refuted', stamp: look.stamp } as const);
    case 'damaged':
      return { state: 'refuted', stamp: look.stamp } as const;
  }
}

function isAllOfIt({ choice }: LibraryShare): boolean {
  return choice === undefined;
}

function isReplaced(error: unknown): error is P2pError {
  return error instanceof P2pError && error.code === 'REPLACED';
}

function isAboutTheLink(code: ErrorCode): boolean {
  return code === 'CONNECTION_LOST' || code === 'TIMEOUT' || code === 'NOT_LOGGED_IN';
}
