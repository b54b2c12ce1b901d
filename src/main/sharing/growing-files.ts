/**
 * Files that are served while they are downloaded: offered with the first verified piece, told to
 * the tracker, taken back when the download stops. What happens when it is complete is for
 * shares.ts.
 *
 *   growing (offered, announced as partial) → complete | taken back
 */
import type { Bitfield } from '../../net/bitfield.js';
import { CancelledError, P2pError } from '../../net/errors.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { Announcement } from '../../net/tracker-api.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { OpenContent } from '../disk/open-files.js';
import type { Uploads } from './uploads.js';

/** A file that is being downloaded. */
export interface GrowingFile {
  readonly groupId: string;
  readonly fileId: string;
  readonly name: string;
  readonly layout: PieceLayout;
  /** The pieces that may be read; the downloader adds to it and says so. */
  readonly verified: Bitfield;
  /** Counts one more user of the part file. */
  retain(): OpenContent;
}

/** The listeners of this client. */
export interface Listening {
  /** True once peers can reach this client. */
  isOpen(): boolean;
  /** Listens and goes online. @throws P2pError when that is not possible */
  start(): Promise<unknown>;
}

interface GrowingOwners {
  readonly uploads: Pick<
    Uploads,
    'hasOffer' | 'offer' | 'offerOf' | 'onPiecesGained' | 'withdrawGrowing'
  >;
  readonly batches: Pick<TrackerBatches, 'announce'>;
  readonly link: Pick<AccountLink, 'session'>;
  readonly listening: Listening;
  readonly background: Pick<BackgroundWork, 'run'>;
}

export class GrowingFiles {
  readonly #owners: GrowingOwners;

  constructor(owners: GrowingOwners) {
    this.#owners = owners;
  }

  /** Serves a growing file, unless the same content is served already. */
  begin(file: GrowingFile, onFailed: (error: P2pError) => void): void {
    const { groupId, fileId, name, layout, verified } = file;
    const { uploads, listening, background } = this.#owners;
    // One piece is all or nothing.
    if (layout.pieceCount === 1 || uploads.hasOffer(groupId, fileId)) return;
    const open = (): Promise<OpenContent> => Promise.resolve(file.retain());
    uploads.offer({ fileId, groupId, name, layout, pieces: verified, open });
    background.run(async () => {
      try {
        // The first pieces are there before the listener is.
        await listening.start();
      } catch (error) {
        onFailed(error as P2pError);
        return;
      }
      // By now it may be complete, or not be offered any more.
      const offered = uploads.offerOf(groupId, fileId);
      if (offered) await this.#announce(file, offered.pieces.isFull ? 'complete' : 'partial');
    });
  }

  /** The file has grown; those who have it open are told. */
  onPiecesGained(file: GrowingFile, pieces: readonly number[]): void {
    const { groupId, fileId, verified } = file;
    this.#owners.uploads.onPiecesGained(groupId, fileId, verified, pieces);
  }

  /** The download has stopped: what it has is not served any more. */
  end(file: GrowingFile): void {
    const { uploads, background } = this.#owners;
    if (!uploads.withdrawGrowing(file.groupId, file.fileId, file.verified)) return;
    background.run(() => this.#announce(file, 'gone'));
  }

  async #announce({ groupId, fileId }: GrowingFile, state: Announcement['state']): Promise<void> {
    const { listening, link, batches } = this.#owners;
    if (!listening.isOpen() || !link.session) return;
    try {
      await batches.announce({ groupId, fileId, state });
    } catch (error) {
      // When the tracker is back it is told of everything that is offered then. It must be asked all
      // the same: while it is being greeted again, that list may have been made already.
      if (!isLoss(error)) throw error;
    }
  }
}

/** The link is lost, or was closed meanwhile. */
function isLoss(error: unknown): boolean {
  if (error instanceof CancelledError) return true;
  return error instanceof P2pError && error.code === 'CONNECTION_LOST';
}
