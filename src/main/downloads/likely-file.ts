/**
 * What a name will likely stand for once the tracker has said it, by what this client has of it: an earlier run of
 * the same download, or a file of that name that was here and is no more. It is only ever a guess, and nothing
 * follows from it but which pieces are asked for first; so of a folder only the layout is read, not its names.
 */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { layoutOf } from '../../net/description.js';
import { bytesOfPieces } from '../../net/folder-choice.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { LikelyContent } from '../account/tracker-batches.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload } from '../home/library-records.js';
import type { LikelyFile, LikelyWish } from './download-preparation.js';
import type { LeftPieces } from './download-request.js';
import { readDescription, type LeftDownloads } from './left-downloads.js';

type Request = Pick<
  Parameters<EngineApi['startDownload']>[0],
  'groupId' | 'fileName' | 'destination' | 'only'
>;

/** The content that the name stood for here last; undefined when nothing here tells. */
export function likelyContent(
  library: Pick<Library, 'unfinishedDownload' | 'share' | 'description'>,
  account: Account,
  request: Request,
): LikelyContent | undefined {
  const { groupId, fileName } = request;
  const begun = begunBefore(library, account, request);
  const fileId = (begun ?? library.share(account, groupId, fileName))?.fileId;
  const encoded = fileId === undefined ? undefined : library.description(fileId);
  return fileId !== undefined && encoded ? { fileId, encoded } : undefined;
}

/** Nothing but the name where nothing here tells; undefined when nothing will have to be fetched, or only a part. */
export async function likelyFile(
  library: Library,
  left: Pick<LeftDownloads, 'leftOf'>,
  account: Account,
  request: Request,
): Promise<LikelyWish | undefined> {
  const { groupId, fileName, only = [] } = request;
  // Which pieces a choice is made of is not worth the time here.
  if (only.length > 0) return undefined;
  const begun = begunBefore(library, account, request);
  if (begun) {
    const layout = begun.choice ? undefined : readDescription(library, begun.fileId, layoutOf);
    return layout && lackingOf(begun, layout, await left.leftOf(library, begun, layout));
  }
  const had = library.share(account, groupId, fileName);
  if (!had) return { name: fileName };
  // What is still there is copied.
  if (had.choice || (await isThere(had.path))) return undefined;
  const layout = readDescription(library, had.fileId, layoutOf);
  return layout && lackingOf(had, layout, undefined);
}

function begunBefore(
  library: Pick<Library, 'unfinishedDownload'>,
  account: Account,
  { groupId, fileName, destination }: Request,
): LibraryDownload | undefined {
  return [join(destination, fileName), destination]
    .map((path) => library.unfinishedDownload(account, groupId, fileName, path))
    .find((found) => found !== undefined);
}

function lackingOf(
  { fileId }: { readonly fileId: string },
  layout: PieceLayout,
  before: LeftPieces | undefined,
): LikelyFile {
  const all = Bitfield.full(layout.pieceCount);
  const lacking = all.without(before?.kept).without(before?.doubtful);
  const lackingBytes = bytesOfPieces(layout, lacking);
  return { fileId, layout, lacking: [...lacking.indexes()], lackingBytes };
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
