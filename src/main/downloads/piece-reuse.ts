/**
 * Pieces that are on this disk already, in other things that the client shares: an older version of the
 * file or folder, another folder, the same file in another group. What has the same SHA-1 by their
 * descriptions is copied, hashed on the way, in place of being fetched. Owns no state.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Bitfield } from '../../net/bitfield.js';
import { SHA1_BYTES, decodeDescriptionInTurns, type Description } from '../../net/description.js';
import { P2pError } from '../../net/errors.js';
import { MAX_DONOR_DESCRIPTION_BYTES, MAX_PIECE_DONORS } from '../../net/limits.js';
import { pieceLengthAt, pieceOffset } from '../../net/piece-layout.js';
import type { ContentSource } from '../../workers/messages/content.js';
import type { AccountLink } from '../account/account-link.js';
import { cloneInto, cloneTo, type Cloning } from '../disk/cloned-file.js';
import { openWhole } from '../disk/whole-content.js';
import type { Library } from '../home/library.js';
import type { LibraryShare } from '../home/library-records.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { openRightFile, type RightInFile, type RightInPlace } from './right-in-place.js';
import { sameFilesIn } from './same-files.js';
import type { PieceCopying } from '../threads/piece-copying.js';

export interface PieceReuseOwners {
  readonly library: () => Promise<Pick<Library, 'donorsOf' | 'description'>>;
  readonly link: Pick<AccountLink, 'session'>;
  readonly copying: Pick<PieceCopying, 'copy'>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
}

export interface ReuseRequest {
  readonly groupId: string;
  readonly fileName: string;
  readonly description: Description;
  /** What is copied to. */
  readonly content: ContentSource;
  readonly missing: Bitfield;
  readonly inPlace: RightInPlace | undefined;
  /** Something is there to be copied. */
  readonly onCopying: () => void;
  readonly signal: AbortSignal;
}

export class PieceReuse {
  readonly #owners: PieceReuseOwners;

  constructor(owners: PieceReuseOwners) {
    this.#owners = owners;
  }

  /**
   * Copies what can be had here; answers which pieces are.
   * @throws StorageError what the disk says of writing, or the reason of the signal
   */
  async copyInto(request: ReuseRequest): Promise<Bitfield> {
    const { missing, inPlace } = request;
    const copied = await this.#fromPlace(request, inPlace);
    return copied.count === missing.count ? copied : this.#fromShares(request, copied);
  }

  async #fromPlace(request: ReuseRequest, inPlace: RightInPlace | undefined): Promise<Bitfield> {
    const { description, missing } = request;
    if (!inPlace) return new Bitfield(description.layout.pieceCount);
    const pieces = inPlace.pieces.and(missing);
    if ('path' in inPlace) return this.#fromFile(request, inPlace, pieces);
    return this.#copy(request, inPlace.content, samePlaces(description, pieces));
  }

  /** Of a file that is repaired; the copy shares its bytes with it where the file system can do that. */
  async #fromFile(request: ReuseRequest, file: RightInFile, pieces: Bitfield): Promise<Bitfield> {
    const { description, content } = request;
    const open = await openRightFile(file, description);
    if (!open) return new Bitfield(description.layout.pieceCount);
    try {
      const outcome = await cloneAs(content, file.path, file.stamp.size, undefined);
      if (outcome === 'cloned') return await this.#check(request, pieces);
      return await this.#copy(request, open.content, samePlaces(description, pieces));
    } finally {
      await open.release();
    }
  }

  async #fromShares(request: ReuseRequest, before: Bitfield): Promise<Bitfield> {
    const { groupId, fileName, description, missing } = request;
    const { session } = this.#owners.link;
    if (!session) return before;
    const library = await this.#owners.library();
    const { pieceLength } = description.layout;
    const like = { groupId, name: fileName, pieceLength };
    let copied = before;
    let bytes = 0;
    const cloning: CloningTry = { isUnable: false };
    for (const share of library.donorsOf(session.account, like, MAX_PIECE_DONORS)) {
      const encoded = library.description(share.fileId);
      bytes += encoded?.length ?? 0;
      if (!encoded || bytes > MAX_DONOR_DESCRIPTION_BYTES) continue;
      const donor = await decodeDescriptionInTurns(encoded);
      copied = copied.or(await this.#clone(request, share, donor, { copied, cloning }));
      const places = placesIn(donor, description, missing.without(copied));
      copied = copied.or(await this.#copyFrom(request, share, donor, places));
      if (copied.count === missing.count) break;
      // Hashes of large contents take a while to compare.
      await nextTurn();
    }
    return copied;
  }

  /**
   * Whole files, where the file system lets two files share their bytes; what they hold is read and
   * hashed here, whatever the donor is by now. Answers the pieces that are right.
   */
  async #clone(
    request: ReuseRequest,
    { path }: LibraryShare,
    donor: Description,
    { copied, cloning }: { readonly copied: Bitfield; readonly cloning: CloningTry },
  ): Promise<Bitfield> {
    const { description, content, missing, signal } = request;
    const made = new Bitfield(description.layout.pieceCount);
    if (cloning.isUnable) return made;
    for (const { from, to, size, pieces } of sameFilesIn(
      donor,
      description,
      missing.without(copied),
    )) {
      signal.throwIfAborted();
      const source = from === undefined ? path : join(path, from);
      const outcome = await cloneAs(content, source, size, to);
      cloning.isUnable = outcome === 'unable';
      if (cloning.isUnable) break;
      if (outcome === 'cloned') for (const piece of pieces) made.add(piece);
    }
    return made.count === 0 ? made : this.#check(request, made);
  }

  /** Those that came right. */
  #check(
    { description, content, onCopying, signal }: ReuseRequest,
    made: Bitfield,
  ): Promise<Bitfield> {
    onCopying();
    const file = { content, layout: description.layout, signal };
    return this.#owners.hashing.checkPieces(file, description, made).catch((error: unknown) => {
      // Stopped on purpose: what counts is why.
      signal.throwIfAborted();
      throw error;
    });
  }

  /** Nothing of a share that is not there, or not to be read. */
  async #copyFrom(
    request: ReuseRequest,
    { path, choice }: LibraryShare,
    donor: Description,
    places: ReadonlyMap<number, number>,
  ): Promise<Bitfield> {
    const nothing = new Bitfield(request.description.layout.pieceCount);
    if (places.size === 0) return nothing;
    const open = await openWhole(path, donor, { choice }).catch((error: unknown) => {
      if (error instanceof P2pError) return undefined;
      throw error;
    });
    if (!open) return nothing;
    try {
      return await this.#copy(request, open.content, places);
    } finally {
      await open.release();
    }
  }

  async #copy(
    { description, content, onCopying, signal }: ReuseRequest,
    from: ContentSource,
    places: ReadonlyMap<number, number>,
  ): Promise<Bitfield> {
    if (places.size === 0) return new Bitfield(description.layout.pieceCount);
    onCopying();
    try {
      const job = { from, to: content, description, places, signal };
      return await this.#owners.copying.copy(job);
    } catch (error) {
      // Stopped on purpose: what counts is why.
      signal.throwIfAborted();
      throw error;
    }
  }
}

/** Whether it is still worth trying, in one download. */
interface CloningTry {
  isUnable: boolean;
}

/** Into the file of a part that it is to be. */
function cloneAs(
  content: ContentSource,
  from: string,
  size: number,
  to: string | undefined,
): Promise<Cloning> {
  if (content.type === 'file' && to === undefined) return cloneInto(from, size, content.fd);
  if (content.type === 'growing-folder' && to !== undefined)
    return cloneTo(from, size, join(content.tree, to));
  return Promise.resolve('not-cloned');
}

/** Where pieces lie in a content of the same layout. */
function samePlaces(
  { layout }: Pick<Description, 'layout'>,
  pieces: Bitfield,
): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (const piece of pieces.indexes()) places.set(piece, pieceOffset(layout, piece));
  return places;
}

/** Missing pieces that a donor has, by its description, and where it has them. */
export function placesIn(
  donor: Pick<Description, 'layout' | 'pieceHashes'>,
  wanted: Pick<Description, 'layout' | 'pieceHashes'>,
  missing: Bitfield,
): ReadonlyMap<number, number> {
  const has = new Map<string, number>();
  for (let piece = 0; piece < donor.layout.pieceCount; piece++)
    has.set(hashAt(donor, piece), piece);
  const places = new Map<number, number>();
  for (const piece of missing.indexes()) {
    const there = has.get(hashAt(wanted, piece));
    if (there === undefined) continue;
    const isAsLong = pieceLengthAt(donor.layout, there) === pieceLengthAt(wanted.layout, piece);
    if (isAsLong) places.set(piece, pieceOffset(donor.layout, there));
  }
  return places;
}

function hashAt({ pieceHashes }: Pick<Description, 'pieceHashes'>, piece: number): string {
  const { buffer, byteOffset } = pieceHashes;
  return Buffer.from(buffer, byteOffset + piece * SHA1_BYTES, SHA1_BYTES).toString('latin1');
}
