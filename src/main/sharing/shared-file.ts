/**
 * The offer of a whole file on disk: opened for those who read it, and only as long as it is what it
 * was when it was hashed.
 */
import { Bitfield } from '../../net/bitfield.js';
import { bug } from '../../net/errors.js';
import { pieceLayout } from '../../net/piece-layout.js';
import type { OpenFile } from '../disk/open-files.js';
import { SharedDescriptor } from '../disk/shared-descriptor.js';
import type { LibraryShare } from '../home/library-records.js';
import type { Offer } from './offers.js';
import { requireSame } from './share-look.js';

/** An offer of a whole file on disk. */
export function offerOf(share: LibraryShare): Offer {
  const { path, stamp, fileId, groupId, name } = share;
  const layout =
    pieceLayout(stamp.size, share.pieceLength) ?? bug('a share with an impossible layout');
  const descriptor = new SharedDescriptor(path);
  const check = (file: OpenFile): Promise<void> => requireSame(path, stamp, file);
  return {
    fileId,
    groupId,
    name,
    path,
    layout,
    pieces: Bitfield.full(layout.pieceCount),
    open: async () => {
      const file = await descriptor.acquire();
      try {
        await check(file);
        return file;
      } catch (error) {
        await file.release();
        throw error;
      }
    },
    check,
  };
}
