/**
 * What of a download is on this disk already: which pieces of an earlier run's part count as they are,
 * and which of the others match. Owns no state.
 */
import { Bitfield } from '../../net/bitfield.js';
import type { ContentSource } from '../../workers/messages/content.js';
import type { Part } from '../disk/part.js';
import { isAsLeft } from '../disk/part-trust.js';
import type { DownloadRecord } from './download-record.js';
import type { DownloadRequest } from './download-request.js';

/** Pieces that are there already. */
export interface Found {
  /** Those on the disk. */
  readonly kept: Bitfield;
  /** Those, and others that match. */
  readonly verified: Bitfield;
  /** Of these, those that are at the destination, and not in the part. */
  readonly placed?: Bitfield;
}

/** Answers those of the candidates that match. */
export type HashPieces = (content: ContentSource, candidates: Bitfield) => Promise<Bitfield>;

export interface FindOptions {
  readonly request: DownloadRequest;
  readonly part: Part;
  /** Right at the destination of a folder. */
  readonly placed: Bitfield | undefined;
  readonly hash: HashPieces;
  readonly record: Pick<DownloadRecord, 'dropKept'>;
}

/** Which pieces are really there: in the part of an earlier run, or `placed`. */
export async function findPieces(options: FindOptions): Promise<Found> {
  const { placed } = options;
  const found = await findLeft(options);
  return placed ? { ...found, placed, verified: found.verified.or(placed) } : found;
}

async function findLeft(options: FindOptions): Promise<Omit<Found, 'placed'>> {
  const { request, part, placed, hash, record } = options;
  const { left, description } = request;
  const { pieceCount } = description.layout;
  const nothing = new Bitfield(pieceCount);
  if (part.isPlaced) {
    return { kept: nothing, verified: await hash(part.content, Bitfield.full(pieceCount)) };
  }
  if (!left) return { kept: nothing, verified: nothing };
  if (!part.isFresh && isAsLeft(left, part.leftStamp)) {
    const kept = part.held(left.kept);
    const doubtful = part.held(left.doubtful).without(kept).without(placed);
    return { kept, verified: kept.or(await hash(part.content, doubtful)) };
  }
  // Noted before a byte is written, which would make the file look like the one that was left.
  if (left.kept.count > 0) await record.dropKept(request, !part.isFresh);
  if (part.isFresh) return { kept: nothing, verified: nothing };
  const all = part.held(left.kept.or(left.doubtful)).without(placed);
  return { kept: nothing, verified: await hash(part.content, all) };
}
