/** What a repair finds where the right content belongs, and what becomes of that. */
import type { Bitfield } from '../../net/bitfield.js';
import type { FileStamp } from './file-stamp.js';

/** What lies in the place of a download that repairs it. */
export type RepairedPlace =
  | { readonly state: 'missing' }
  | {
      /** What is damaged is overwritten; what somebody changed gets another name beside it. */
      readonly state: 'damaged' | 'changed';
      /** It must still be so when it is replaced; and the new file has its mode. */
      readonly stamp: FileStamp;
      /** Pieces of it that were found right. */
      readonly right: Bitfield;
    };

/** What a repair replaces, as it was when it was looked at. */
export function stampIn(repairs: RepairedPlace | undefined): FileStamp | undefined {
  return repairs && repairs.state !== 'missing' ? repairs.stamp : undefined;
}
