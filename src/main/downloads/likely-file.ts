/**
 * What a name will likely stand for once the tracker has said it, by what this client has of it: an earlier run of
 * the same download. It is only ever a guess, and nothing follows from it but which pieces are asked for first.
 */
import { join } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { bytesOfPieces } from '../../net/folder-choice.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Library } from '../home/library.js';
import type { Account } from '../home/library-records.js';
import type { LikelyFile } from './download-preparation.js';
import { descriptionOf, type LeftDownloads } from './left-downloads.js';

type Request = Pick<
  Parameters<EngineApi['startDownload']>[0],
  'groupId' | 'fileName' | 'destination' | 'only'
>;

/** Undefined when nothing here tells. */
export async function likelyFile(
  library: Library,
  left: Pick<LeftDownloads, 'leftOf'>,
  account: Account,
  { groupId, fileName, destination, only = [] }: Request,
): Promise<LikelyFile | undefined> {
  const row = [join(destination, fileName), destination]
    .map((path) => library.unfinishedDownload(account, groupId, fileName, path))
    .find((found) => found !== undefined);
  // Which pieces a choice is made of is not worth the time here.
  if (!row || row.choice || only.length > 0) return undefined;
  const layout = descriptionOf(library, row)?.layout;
  if (!layout) return undefined;
  const before = await left.leftOf(library, row, layout);
  const all = Bitfield.full(layout.pieceCount);
  const lacking = all.without(before?.kept).without(before?.doubtful);
  const lackingBytes = bytesOfPieces(layout, lacking);
  return { fileId: row.fileId, layout, lacking: [...lacking.indexes()], lackingBytes };
}
