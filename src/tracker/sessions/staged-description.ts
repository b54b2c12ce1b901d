/**
 * A description on its way in: slices of one file's description, in order and each as long as it
 * can be, until the session shares it. Its room is taken whole, up front, from the budget that
 * all sessions share, which may take it back; its memory comes with the slices, so that who begins
 * one after the other costs no more than what was sent.
 */
import { fileIdOf, judgeDescription, type JudgedContent } from '../../net/description.js';
import { TrackerError } from '../../net/errors.js';
import { DESCRIPTION_SLICE_BYTES, MAX_DESCRIPTION_BYTES } from '../../net/limits.js';
import type { StagingBudget, StagingPlace } from './staging-budget.js';

/** A description whose content is proven to be what its id says. */
export interface CheckedDescription extends JudgedContent {
  readonly bytes: Uint8Array;
}

/** Checks bytes against the id they were announced under. @throws TrackerError BAD_REQUEST */
export function checkDescription(fileId: string, bytes: Uint8Array): CheckedDescription {
  if (fileIdOf(bytes) !== fileId) refuse('it does not belong to this file id');
  return { bytes, ...judgeDescription(bytes) };
}

/** The slices of one description; at most one of these lives per session. */
export class StagedDescription {
  readonly fileId: string;
  readonly #place: StagingPlace;
  /** 0 once it is discarded. */
  #total: number;
  /** In order, and none is missing before the last one. */
  #slices: Uint8Array[] = [];
  #length = 0;
  #checked: CheckedDescription | undefined;

  /** @throws TrackerError BAD_REQUEST when it would be too large, BUSY when there is no room */
  constructor(fileId: string, totalBytes: number, userId: string, budget: StagingBudget) {
    if (totalBytes > MAX_DESCRIPTION_BYTES) {
      refuse(`it is larger than ${MAX_DESCRIPTION_BYTES} bytes; use larger pieces`);
    }
    this.fileId = fileId;
    this.#place = budget.take(userId, totalBytes, () => this.discard());
    this.#total = totalBytes;
  }

  /** Appends a slice. @throws TrackerError BAD_REQUEST when it does not follow the one before */
  append(offset: number, totalBytes: number, slice: Uint8Array): void {
    const total = this.#total;
    if (total === 0) refuse('too much time went by; start again');
    if (offset !== this.#length || totalBytes !== total) refuse('its slices are out of order');
    const due = Math.min(DESCRIPTION_SLICE_BYTES, total - offset);
    if (slice.length !== due || due === 0) refuse(`a slice of ${due} bytes was due`);
    this.#slices.push(slice);
    this.#length += slice.length;
    this.#place.touch();
  }

  /** The whole description, or undefined while slices are missing. @throws as checkDescription */
  finish(): CheckedDescription | undefined {
    if (this.#total === 0 || this.#length < this.#total) return undefined;
    // Kept, because one request may share it under many names.
    this.#checked ??= checkDescription(this.fileId, this.#takeWhole());
    return this.#checked;
  }

  /** Frees the memory. */
  discard(): void {
    this.#place.free();
    this.#total = 0;
    this.#slices = [];
    this.#length = 0;
    this.#checked = undefined;
  }

  /** All of it in one, and no longer twice. */
  #takeWhole(): Uint8Array {
    const whole = Buffer.concat(this.#slices);
    this.#slices = [whole];
    return whole;
  }
}

function refuse(why: string): never {
  throw new TrackerError('BAD_REQUEST', `the description of this file was refused: ${why}`);
}
