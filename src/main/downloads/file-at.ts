/**
 * What lies where a file of a group would be downloaded to: nothing, that very file, an older version of it,
 * or something of the user's own. Looks and hashes, changes nothing; owns no state.
 */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { P2pError, bug } from '../../net/errors.js';
import { folderLayout } from '../../net/folder-layout.js';
import type { FolderTable } from '../../net/folder-table.js';
import type { LookedUpFile, TrackerBatches } from '../account/tracker-batches.js';
import type { EngineApi, FileAt } from '../api/engine-api.js';
import { PlacedTree } from '../disk/placed-tree.js';
import { openToRead } from '../disk/open-files.js';
import { isPerhapsPlaced } from '../disk/part-file.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload, LibraryShare } from '../home/library-records.js';
import { lookAt } from '../sharing/share-look.js';
import type { Shares } from '../sharing/shares.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { chooseEntries } from './choose-entries.js';
import { requestedChoice } from './download-request.js';

type State = FileAt['state'];

/** Where a file of a group is looked for. */
interface Place {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
}

export interface FileAtOwners {
  readonly library: () => Promise<
    Pick<Library, 'share' | 'completeDownload' | 'unfinishedDownload' | 'description'>
  >;
  readonly shares: Pick<Shares, 'hasUnchanged'>;
  readonly batches: Pick<TrackerBatches, 'lookUp'>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
}

/** @throws P2pError, NO_SUCH_FILE when the group has no such file */
export async function fileAt(
  { library, shares, batches, hashing }: FileAtOwners,
  account: Account,
  { groupId, fileName, fileId, path, only = [] }: Parameters<EngineApi['fileAt']>[0],
): Promise<FileAt> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats) return { state: 'nothing' };
  if (!stats.isFile() && !stats.isDirectory()) return { state: 'other' };
  // What the list of files said is enough for what this client shares from there.
  if (fileId !== undefined && (await shares.hasUnchanged(account, fileId, path)))
    return { state: 'same' };
  const file = await batches.lookUp({ groupId, name: fileName });
  const { folder, layout } = file.description;
  const chosen =
    folder && only.length > 0 ? chooseEntries(folder, basename(path), only) : undefined;
  const place = { groupId, fileName, path, only };
  const state = (await shares.hasUnchanged(account, file.fileId, path))
    ? 'same'
    : await contentAt({ library, hashing }, account, file, place, stats);
  return { state, size: chosen ? requestedChoice(file.description, chosen).bytes : layout.size };
}

/** The same of what only a look into it can tell. */
async function contentAt(
  { library, hashing }: Pick<FileAtOwners, 'library' | 'hashing'>,
  account: Account,
  file: LookedUpFile,
  { groupId, fileName, path, only }: Place & { readonly only: readonly string[] },
  stats: Stats,
): Promise<State> {
  const open = await library();
  const { folder, layout } = file.description;
  if (folder) {
    const share = open.share(account, groupId, fileName);
    if (only.length > 0) return chosenAt(open, share, file, path, only);
    const left = open.unfinishedDownload(account, groupId, fileName, path);
    const there = await folderAt(hashing, file, folder, path, left);
    const isOlder = there === 'other' && stats.isDirectory();
    return isOlder ? olderOrOther(open, account, file, { groupId, fileName, path }) : there;
  }
  if (stats.isDirectory()) return 'other';
  const { size } = layout;
  if (stats.size === size && (await isContent(hashing, file, path))) {
    // Whoever ends the download shares the file, and takes away a second name that a power cut left.
    const left = open.unfinishedDownload(account, groupId, fileName, path);
    const isLeft =
      left?.fileId === file.fileId && (await isPerhapsPlaced(left.partPath, path, size));
    return isLeft ? 'unfinished' : 'same';
  }
  return olderOrOther(open, account, file, { groupId, fileName, path });
}

/** `older` when what lies there came from here as something else than what the group has now. */
function olderOrOther(
  library: Pick<Library, 'share' | 'completeDownload'>,
  account: Account,
  { fileId }: LookedUpFile,
  { groupId, fileName, path }: Place,
): State {
  const share = library.share(account, groupId, fileName);
  const download = library.completeDownload(account, groupId, fileName, path);
  const known = [download, share?.path === path ? share : undefined];
  const isOlder = known.some((one) => one !== undefined && one.fileId !== fileId);
  // One that came as what the group has now was changed by the user since.
  const isEdited = known.some((one) => one?.fileId === fileId);
  return isOlder && !isEdited ? 'older' : 'other';
}

/** `same` when what was chosen of a folder before is there, and holds all that is chosen now. */
async function chosenAt(
  library: Pick<Library, 'description'>,
  share: LibraryShare | undefined,
  { fileId, description: { folder = [] } }: LookedUpFile,
  path: string,
  only: readonly string[],
): Promise<State> {
  const choice = chooseEntries(folder, basename(path), only);
  if (!choice || share?.fileId !== fileId || share.path !== path) return 'other';
  for (const entry of choice.indexes()) if (share.choice?.has(entry) === false) return 'other';
  return (await lookAt(share, library)).state === 'same' ? 'same' : 'other';
}

async function folderAt(
  hashing: FileAtOwners['hashing'],
  { description, fileId }: LookedUpFile,
  table: FolderTable,
  path: string,
  left: LibraryDownload | undefined,
): Promise<State> {
  const layout =
    folderLayout(table, description.layout.pieceLength) ?? bug('a folder without a layout');
  const tree = await PlacedTree.look({ path, table, layout }).catch(unlessExists);
  // What is not there, or not as long, needs no hashing.
  if (!tree?.candidates.isFull) return 'other';
  const file = { content: tree.source, layout: description.layout };
  const right = await hashing.checkPieces(file, description, tree.candidates);
  if (!tree.judge(right).isWhole) return 'other';
  // Whoever ends the download shares the folder, and takes away what it grew in.
  return left?.fileId === fileId ? 'unfinished' : 'same';
}

/** Something else lies where a folder belongs. */
function unlessExists(error: unknown): undefined {
  if (!(error instanceof P2pError) || error.code !== 'DESTINATION_EXISTS') throw error;
}

async function isContent(
  hashing: FileAtOwners['hashing'],
  { description }: LookedUpFile,
  path: string,
): Promise<boolean> {
  const { layout } = description;
  const file = await openToRead(path);
  try {
    const all = Bitfield.full(layout.pieceCount);
    return (await hashing.checkPieces({ content: file.content, layout }, description, all)).isFull;
  } finally {
    await file.release();
  }
}
