/**
 * Files that are served while they are downloaded: offered with the first verified piece, told to
 * the tracker, taken back when the download stops. What happens when it is complete is for
 * shares.ts.
 *
 *   growing (offered, announced as partial) → complete | taken back
 */
import type { Bitfield } from '../../net/bitfield.js';
import type { P2pError } from '../../net/errors.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { AccountLink } from '../account/account-link.js';
import type { BackgroundWork } from '../account/background-work.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { OpenFile } from '../disk/open-files.js';
import type { Uploads } from './uploads.js';

/** A file that is being downloaded. */
export interface GrowingFile {
  readonly groupId: string;
  readonly fileId: string;
  readonly layout: PieceLayout;
  /** The pieces that may be read; the downloader adds to it and says so. */
  readonly verified: Bitfield;
  /** Counts one more user of the part file. */
  retain(): OpenFile;
}

/** The listeners of this client. */
export interface Listening {
  /** True once peers can reach this client. */
  isOpen(): boolean;
  /** Listens and goes online. @throws P2pError when that is not possible */
  start(): Promise<unknown>;
}

export class GrowingFiles {
  readonly #uploads: Uploads;
  readonly #batches: TrackerBatches;
  readonly #link: Pick<AccountLink, 'isConnected'>;
  readonly #listening: Listening;
  readonly #background: BackgroundWork;

  constructor(owners: {
    readonly uploads: Uploads;
    readonly batches: TrackerBatches;
    readonly link: Pick<AccountLink, 'isConnected'>;
    readonly listening: Listening;
    readonly background: BackgroundWork;
  }) {
    this.#uploads = owners.uploads;
    this.#batches = owners.batches;
    this.#link = owners.link;
    this.#listening = owners.listening;
    this.#background = owners.background;
  }

  /** Serves a growing file, unless the same content is served already. */
  begin(file: GrowingFile, onFailed: (error: P2pError) => void): void {
    const { groupId, fileId, layout, verified } = file;
    // One piece is all or nothing.
    if (layout.pieceCount === 1 || this.#uploads.hasOffer(groupId, fileId)) return;
    const open = (): Promise<OpenFile> => Promise.resolve(file.retain());
    this.#uploads.offer({ fileId, groupId, layout, pieces: verified, open });
    this.#background.run(async () => {
      try {
        // The first pieces are there before the listener is.
        await this.#listening.start();
      } catch (error) {
        onFailed(error as P2pError);
        return;
      }
      await this.#announce(file, 'partial');
    });
  }

  /** The file has grown; those who have it open are told. */
  onPiecesGained(file: GrowingFile, pieces: readonly number[]): void {
    this.#uploads.onPiecesGained(file.groupId, file.fileId, file.verified, pieces);
  }

  /** The download has stopped: what it has is not served any more. */
  end(file: GrowingFile): void {
    if (!this.#uploads.withdrawGrowing(file.groupId, file.fileId, file.verified)) return;
    this.#background.run(() => this.#announce(file, 'gone'));
  }

  async #announce({ groupId, fileId }: GrowingFile, state: 'partial' | 'gone'): Promise<void> {
    if (!this.#listening.isOpen() || !this.#link.isConnected) return;
    await this.#batches.announce({ groupId, fileId, state });
  }
}
