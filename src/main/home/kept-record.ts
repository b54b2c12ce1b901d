/**
 * The record of the pieces that a download keeps, as the library stores it: the pieces, the stamp
 * that the part file had, and a checksum of both, so that a record that is not what was written
 * keeps nothing.
 */
import { createHash } from 'node:crypto';
import type { FileStamp } from '../disk/file-stamp.js';

/** Pieces whose bytes were on the disk when this was noted. */
export interface KeptRecord {
  /** See net/bitfield.ts. */
  readonly bits: Uint8Array;
  /** Bytes of those pieces. */
  readonly bytes: number;
  /** The part file after they were synced. */
  readonly stamp: FileStamp;
}

/** Columns of `downloads` that hold it; all null when there is none. */
export interface KeptRow {
  readonly kept: Uint8Array | null;
  readonly kept_bytes: number | null;
  readonly kept_sum: Uint8Array | null;
  readonly part_size: number | null;
  readonly part_mtime_ns: string | null;
  readonly part_ctime_ns: string | null;
  readonly part_inode: string | null;
}

const SUM_BYTES = 16;

/** What is bound in the columns of `KeptRow`, in their order. */
export function keptColumns(id: string, { bits, bytes, stamp }: KeptRecord) {
  const { size, mtimeNs, ctimeNs = 0n, inode } = stamp;
  const times = [String(mtimeNs), String(ctimeNs), String(inode)] as const;
  return [bits, bytes, sumOf(id, bits, [bytes, size, ...times]), size, ...times] as const;
}

/** The record in a row; undefined when there is none, or not what was written. */
export function keptRecordOf(id: string, row: KeptRow): KeptRecord | undefined {
  const { kept: bits, kept_bytes: bytes, kept_sum: sum, part_size: size } = row;
  const times = [row.part_mtime_ns, row.part_ctime_ns, row.part_inode] as const;
  if (!bits || !sum || bytes === null || size === null) return undefined;
  if (Buffer.compare(sumOf(id, bits, [bytes, size, ...times]), sum) !== 0) return undefined;
  const [mtimeNs, ctimeNs, inode] = times.map((text) => BigInt(text ?? 0));
  return { bits, bytes, stamp: { size, mtimeNs: mtimeNs!, ctimeNs: ctimeNs!, inode: inode! } };
}

function sumOf(id: string, bits: Uint8Array, rest: readonly (string | number | null)[]): Buffer {
  const head = [id, ...rest].join(' ');
  return createHash('sha256').update(`${head}\n`).update(bits).digest().subarray(0, SUM_BYTES);
}
