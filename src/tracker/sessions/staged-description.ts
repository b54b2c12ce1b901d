/**
 * Descriptions on their way in: slices of one file's description, in order, until the session
 * shares it. Bounded per description and, by a budget that all sessions draw on, in total.
 */
import { decodeDescription, fileIdOf } from '../../net/description.js';
import { TrackerError } from '../../net/errors.js';
import { MAX_DESCRIPTION_BYTES, MAX_STAGED_DESCRIPTION_BYTES } from '../../net/limits.js';

/** Bytes that all sessions together have staged. */
export class StagingBudget {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws TrackerError BUSY */
  take(bytes: number): void {
    if (this.#bytes + bytes > MAX_STAGED_DESCRIPTION_BYTES) {
      throw new TrackerError('BUSY', 'too many files are being shared right now; try again');
    }
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** A description whose content is proven to be what its id says. */
export interface CheckedDescription {
  readonly bytes: Uint8Array;
  /** Bytes of the file. */
  readonly size: number;
}

/** Checks bytes against the id they were announced under. @throws TrackerError BAD_REQUEST */
export function checkDescription(fileId: string, bytes: Uint8Array): CheckedDescription {
  if (fileIdOf(bytes) !== fileId) refuse('it does not belong to this file id');
  return { bytes, size: decodeDescription(bytes).layout.size };
}

/** The slices of one description; at most one of these lives per session. */
export class StagedDescription {
  readonly fileId: string;
  readonly #totalBytes: number;
  readonly #budget: StagingBudget;
  #slices: Uint8Array[] = [];
  #length = 0;
  #checked: CheckedDescription | undefined;

  /** @throws TrackerError BAD_REQUEST when the description would be too large */
  constructor(fileId: string, totalBytes: number, budget: StagingBudget) {
    if (totalBytes > MAX_DESCRIPTION_BYTES) {
      refuse(`it is larger than ${MAX_DESCRIPTION_BYTES} bytes; use larger pieces`);
    }
    this.fileId = fileId;
    this.#totalBytes = totalBytes;
    this.#budget = budget;
  }

  /** Appends a slice. @throws TrackerError BAD_REQUEST when it does not follow the one before */
  append(offset: number, totalBytes: number, slice: Uint8Array): void {
    const isNext = offset === this.#length && totalBytes === this.#totalBytes;
    if (!isNext || offset + slice.length > totalBytes) refuse('its slices are out of order');
    this.#budget.take(slice.length);
    this.#slices.push(slice);
    this.#length += slice.length;
  }

  /** The whole description, or undefined while slices are missing. @throws as checkDescription */
  finish(): CheckedDescription | undefined {
    if (this.#length < this.#totalBytes) return undefined;
    // Kept, because one request may share it under many names.
    this.#checked ??= checkDescription(this.fileId, Buffer.concat(this.#slices));
    return this.#checked;
  }

  /** Frees the memory. */
  discard(): void {
    this.#budget.giveBack(this.#length);
    this.#slices = [];
    this.#length = 0;
    this.#checked = undefined;
  }
}

function refuse(why: string): never {
  throw new TrackerError('BAD_REQUEST', `the description of this file was refused: ${why}`);
}
