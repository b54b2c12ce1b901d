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
import type { Offer, OfferedContent } from './offers.js';
import { requireSame } from './share-look.js';

type CheckedFile = Required<OfferedContent>;

/** An offer of a whole file on disk. */
export function offerOf(share: LibraryShare): Offer {
  const { path, stamp, fileId, groupId } = share;
  const layout =
    pieceLayout(stamp.size, share.pieceLength) ?? bug('a share with an impossible layout');
  const descriptor = new SharedDescriptor(path);
  const checked = (file: OpenFile): CheckedFile => ({
    content: file.content,
    retain: () => checked(file.retain()),
    release: () => file.release(),
    check: () => requireSame(path, stamp, file),
  });
  return {
    fileId,
    groupId,
    path,
    layout,
    pieces: Bitfield.full(layout.pieceCount),
    open: async () => {
      const file = checked(await descriptor.acquire());
      try {
        await file.check();
        return file;
      } catch (error) {
        await file.release();
        throw error;
      }
    },
  };
}
