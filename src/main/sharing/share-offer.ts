/**
 * The offer of a whole file or folder on disk: opened for those who read it, and only as long as it
 * is what it was when it was hashed.
 */
import { decodeDescription, layoutOf, type Description } from '../../net/description.js';
import { bug } from '../../net/errors.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import { FOLDER_LOOK_REST_FACTOR } from '../../net/limits.js';
import { pieceLayout, type PieceLayout } from '../../net/piece-layout.js';
import { openWhole, type ContentLook, type WholeContent } from '../disk/whole-content.js';
import { SharedOpening } from '../disk/shared-opening.js';
import type { LibraryShare } from '../home/library-records.js';
import { heldPieces } from './held-pieces.js';
import type { Offer, OfferedContent } from './offers.js';
import { requireSame, type Descriptions } from './share-look.js';

type CheckedContent = Required<OfferedContent>;

/** Sessions come one after the other; each of them looks when it opens a file. */
const FIRST_LOOK_REST_MS = 100;

/** An offer of a whole content on disk; `stamps` are those of a folder that was looked at just now. */
export function offerOf(
  share: LibraryShare,
  descriptions: Descriptions,
  stamps?: FolderStamps,
): Offer {
  const { path, fileId, groupId, name, choice } = share;
  const { layout, describe } = describedOf(share, descriptions);
  /** Of a folder, when it was what was shared at the last look that found it so. */
  let right = stamps;
  /** The same, unless the last look found it otherwise. */
  let known = stamps;
  const shared = new SharedOpening(async () => {
    const as = { choice, known: known && { stamp: share.stamp, stamps: known } };
    return checked(await openWhole(path, describe(), as), share, (seen) => {
      known = seen;
      right = seen ?? right;
    });
  });
  return {
    fileId,
    groupId,
    name,
    path,
    layout,
    // Only a choice takes the table.
    pieces: heldPieces(choice ? describe() : { layout }, choice),
    stamps: () => right,
    open: async () => {
      const content = await shared.acquire();
      try {
        await content.check();
        return content;
      } catch (error) {
        await content.release();
        throw error;
      }
    },
  };
}

/**
 * What is read. The bytes of a folder's description are held, because what was replaced is offered
 * for longer than the library knows it; its table takes several times as much, and only while it is open.
 */
function describedOf(share: LibraryShare, descriptions: Descriptions): Described {
  const { fileId, stamp, pieceLength } = share;
  if (share.isFolder) {
    const encoded = descriptions.description(fileId) ?? bug('a share without a description');
    return { layout: layoutOf(encoded), describe: () => decodeDescription(encoded) };
  }
  const layout = pieceLayout(stamp.size, pieceLength) ?? bug('a share with an impossible layout');
  return { layout, describe: () => ({ layout }) };
}

interface Described {
  readonly layout: PieceLayout;
  readonly describe: () => Pick<Description, 'layout' | 'folder'>;
}

/**
 * With the check that it is what was shared, which tells `onChecked` the stamps of a folder that is. One
 * for all who read it; looks at the files of a folder rest in between, however often it is asked for.
 */
function checked(
  whole: WholeContent,
  { path, stamp }: LibraryShare,
  onChecked: (stamps: FolderStamps | undefined) => void,
): CheckedContent {
  const isFolder = whole.content.type === 'folder';
  let last: ContentLook = whole;
  // It was looked at when it was opened.
  let nextLookAtMs = isFolder ? performance.now() + FIRST_LOOK_REST_MS : -Infinity;
  const check = async (): Promise<void> => {
    const startedAtMs = performance.now();
    if (startedAtMs >= nextLookAtMs) {
      last = await whole.look();
      const nowMs = performance.now();
      if (isFolder) nextLookAtMs = nowMs + FOLDER_LOOK_REST_FACTOR * (nowMs - startedAtMs);
    }
    onChecked(undefined);
    requireSame(path, stamp, last);
    if (whole.content.type === 'folder') onChecked(whole.content.stamps);
  };
  const content: CheckedContent = {
    content: whole.content,
    check,
    // Whoever shares the opening counts its users.
    retain: () => content,
    release: () => whole.release(),
  };
  return content;
}
