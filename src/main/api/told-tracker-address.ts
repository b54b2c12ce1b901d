/** An address of the tracker, as a client tells of it. */
import type { WireError } from '../../net/errors.js';

export interface ToldTrackerAddress {
  readonly address: string;
  /** Whose word it is. */
  readonly from: 'user' | 'tracker';
  /** `answers`: the tracker was there when it was dialled last; `failed`: it was not, or somebody else was. */
  readonly state: 'used' | 'answers' | 'failed' | 'untried';
  /** Why it failed. */
  readonly error?: WireError;
}
