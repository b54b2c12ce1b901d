/**
 * The files that one upload session has been asked for: which of them are open, and what may be
 * read of them. Pure state: says nothing to the peer and nothing to main.
 *
 *   opening → open → gone      opening → closing (main has not answered yet) → gone
 *
 * A number is taken until its file is gone.
 */
import { Bitfield } from '../../net/bitfield.js';
import { PeerError, type ErrorCode } from '../../net/errors.js';
import { MAX_FILES_PER_SESSION } from '../../net/limits.js';
import type { BlockRange, FileQuestion } from '../../net/peer-frames.js';
import { isPieceIndex, pieceLengthAt, type PieceLayout } from '../../net/piece-layout.js';
import type { Content } from '../disk/content.js';
import { openContent } from '../disk/open-content.js';
import type { ContentSource } from '../messages/content.js';

/** What main gives with a file that it has opened. */
export interface OpenedFile {
  readonly fileId: string;
  readonly content: ContentSource;
  readonly layout: PieceLayout;
  /** Pieces that may be read. */
  readonly bits: Uint8Array;
}

/** A file that is read from. */
export interface OpenFile {
  readonly state: 'open';
  readonly fileId: string;
  readonly content: Pick<Content, 'read' | 'close'>;
  readonly layout: PieceLayout;
  /** Pieces that may be read; a growing file gains some. */
  readonly pieces: Bitfield;
  /** A read has failed; main was told, and nothing more is read. */
  isBroken: boolean;
}

type ServedFile =
  /** Asked for by its id, or by a name: then main says which it is. */
  | { readonly state: 'opening'; readonly wanted: string | FileQuestion }
  /** Closed before main has answered. */
  | { readonly state: 'closing' }
  | OpenFile;

export class ServedFiles {
  readonly #files = new Map<number, ServedFile>();

  /**
   * The peer asks for a file, by its id or a name, under a number.
   * @throws PeerError PROTOCOL_VIOLATION when the number is taken, or too many files are open
   */
  open(fileRef: number, wanted: string | FileQuestion): void {
    if (this.#files.has(fileRef) || this.#files.size >= MAX_FILES_PER_SESSION) {
      throw new PeerError('PROTOCOL_VIOLATION', 'too many files are open on this connection');
    }
    this.#files.set(fileRef, { state: 'opening', wanted });
  }

  /** Main has opened it; undefined when it is not wanted any more, and must be given back. */
  onOpened(
    fileRef: number,
    { fileId, content: source, layout, bits }: OpenedFile,
  ): OpenFile | undefined {
    const file = this.#files.get(fileRef);
    const pieces = Bitfield.from(bits, layout.pieceCount);
    if (file?.state !== 'opening' || !pieces) {
      this.#files.delete(fileRef);
      return undefined;
    }
    const content = openContent(source);
    const opened: OpenFile = { state: 'open', fileId, content, layout, pieces, isBroken: false };
    this.#files.set(fileRef, opened);
    return opened;
  }

  /** Numbers that are taken. */
  get count(): number {
    return this.#files.size;
  }

  /** Main refuses a file or takes it back; answers the state in which it was. */
  onWithdrawn(fileRef: number): ServedFile['state'] | undefined {
    const file = this.#files.get(fileRef);
    this.#forget(fileRef, file);
    return file?.state;
  }

  /** The peer closes a file; true when it was open, and must be given back. */
  close(fileRef: number): boolean {
    const file = this.#files.get(fileRef);
    if (file?.state === 'opening') {
      this.#files.set(fileRef, { state: 'closing' });
    }
    if (file?.state !== 'open') return false;
    this.#forget(fileRef, file);
    return true;
  }

  /** Forgets everything; answers the numbers of the files that must be given back. */
  closeAll(): number[] {
    const open = [...this.#files].filter(([, { state }]) => state === 'open');
    for (const [fileRef, file] of this.#files) this.#forget(fileRef, file);
    return open.map(([fileRef]) => fileRef);
  }

  #forget(fileRef: number, file: ServedFile | undefined): void {
    if (file?.state === 'open') file.content.close();
    this.#files.delete(fileRef);
  }

  /** A file has gained pieces; answers under which numbers it is open, with those that are news. */
  gain(fileId: string, gained: readonly number[]): [fileRef: number, news: number[]][] {
    const told: [fileRef: number, news: number[]][] = [];
    for (const [fileRef, file] of this.#files) {
      if (file.state !== 'open' || file.fileId !== fileId) continue;
      told.push([fileRef, gained.filter((piece) => file.pieces.add(piece))]);
    }
    return told;
  }

  /** The content behind a number, as far as the peer may speak of it; undefined for none. */
  fileIdOf(fileRef: number): string | undefined {
    const file = this.#files.get(fileRef);
    if (file?.state === 'open') return file.fileId;
    return file?.state === 'opening' && typeof file.wanted === 'string' ? file.wanted : undefined;
  }

  /** What is to be answered with FOUND; undefined for a file that was asked for by its id. */
  questionOf(fileRef: number): FileQuestion | undefined {
    const file = this.#files.get(fileRef);
    return file?.state === 'opening' && typeof file.wanted === 'object' ? file.wanted : undefined;
  }

  /** True while main has not said yet whether the file may be read. */
  isOpening(fileRef: number): boolean {
    return this.#files.get(fileRef)?.state === 'opening';
  }

  /** The open file of a number that has this piece, whether it may be read or not. */
  withPiece(fileRef: number, pieceIndex: number): OpenFile | undefined {
    const file = this.#files.get(fileRef);
    return file?.state === 'open' && isPieceIndex(file.layout, pieceIndex) ? file : undefined;
  }

  /** The file from which a range may be read, or why not. */
  forReading({ fileRef, pieceIndex, offset, length }: BlockRange): OpenFile | ErrorCode {
    const file = this.#files.get(fileRef);
    if (file?.state !== 'open') return 'NOT_SHARED';
    if (!isPieceIndex(file.layout, pieceIndex)) return 'PROTOCOL_VIOLATION';
    if (offset + length > pieceLengthAt(file.layout, pieceIndex)) return 'PROTOCOL_VIOLATION';
    const isThere = !file.isBroken && file.pieces.has(pieceIndex);
    return isThere ? file : 'PIECE_NOT_AVAILABLE';
  }
}
