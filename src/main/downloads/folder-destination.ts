/**
 * Where a folder, or some files of it, is downloaded to: what is there already, the part in which the
 * rest grows, and the end when there is no rest. Owns no state.
 */
import { dirname, join } from 'node:path';
import type { Bitfield } from '../../net/bitfield.js';
import { StorageError, bug } from '../../net/errors.js';
import { chosenOf, piecesOfChoice } from '../../net/folder-choice.js';
import { folderLayout, type FolderLayout } from '../../net/folder-layout.js';
import type { FolderTable } from '../../net/folder-table.js';
import type { DiskSync } from '../disk/disk-sync.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { lookAtFolder } from '../disk/folder-stamps.js';
import { PartFolder, type JudgedTree } from '../disk/part-folder.js';
import { PlacedTree } from '../disk/placed-tree.js';
import { foldersOf } from '../disk/real-folders.js';
import { stampIn } from '../disk/repaired-place.js';
import type { Unpacking } from '../threads/unpacking.js';
import type { DownloadRecord } from './download-record.js';
import { wantedBytesOf, type DownloadRequest } from './download-request.js';
import type { HashPieces } from './found-pieces.js';
import type { RightInFolder } from './right-in-place.js';

export interface FolderOwners {
  readonly record: Pick<DownloadRecord, 'movePart'>;
  readonly sync: DiskSync;
  readonly unpacking: Pick<Unpacking, 'unpack'>;
}

/** What lies at the destination. */
export interface LookedAtPlace {
  /** All that is wanted. */
  readonly whole?: JudgedTree;
  /** What of it is used where it lies. */
  readonly placed?: JudgedTree;
  /** Right pieces that cannot stay there. */
  readonly inPlace?: RightInFolder;
}

export class FolderDestination {
  /** Pieces of what is downloaded. */
  readonly wanted: Bitfield;
  readonly #request: DownloadRequest;
  readonly #owners: FolderOwners;
  readonly #table: FolderTable;
  readonly #layout: FolderLayout;

  constructor(request: DownloadRequest, table: FolderTable, owners: FolderOwners) {
    const { pieceLength } = request.description.layout;
    this.#request = request;
    this.#owners = owners;
    this.#table = table;
    this.#layout = folderLayout(table, pieceLength) ?? bug('a folder without a layout');
    this.wanted = piecesOfChoice(this.#layout, request.choice?.entries).wanted;
  }

  /**
   * Hashes what lies there.
   * @throws StorageError DESTINATION_EXISTS when it differs and may not be overwritten
   */
  async look(hash: HashPieces): Promise<LookedAtPlace> {
    const { path, overwrite, keepsOlder = false, choice } = this.#request;
    const place = { path, table: this.#table, layout: this.#layout, choice: choice?.entries };
    const tree = await PlacedTree.look(place);
    if (!tree) return {};
    const right = await hash(tree.source, tree.candidates);
    const verdict = tree.judge(right);
    if (verdict.isWhole) return { whole: { tree, verdict } };
    // The older version stays beside the new one, as a whole.
    if (keepsOlder && !overwrite) return { inPlace: { content: tree.source, pieces: right } };
    if (verdict.conflict && !overwrite) throw verdict.conflict;
    const inPlace = { content: tree.source, pieces: verdict.spare };
    return { placed: { tree, verdict }, inPlace };
  }

  /** Opens the part in which what is not there grows. */
  openPart(placed: JudgedTree | undefined): Promise<PartFolder> {
    const { partPath, path, overwrite, keepsOlder = false, repairs, choice } = this.#request;
    const { sync, unpacking, record } = this.#owners;
    return PartFolder.open({
      ...{ partPath, path, overwrite, placed, sync },
      replaces: stampIn(repairs),
      keepsDiffering: repairs?.state === 'changed',
      keepsOlder: keepsOlder && !overwrite,
      table: this.#table,
      layout: this.#layout,
      choice: choice?.entries,
      wantedBytes: wantedBytesOf(this.#request),
      unpack: unpacking.unpack.bind(unpacking),
      onMoved: (moved) => record.movePart(this.#request, moved),
    });
  }

  /**
   * Everything is there: answers its stamp, once it is on the disk.
   * @throws StorageError FILE_CHANGED when somebody changed it meanwhile
   */
  async take({ tree, verdict }: JudgedTree): Promise<FileStamp> {
    const { path, choice } = this.#request;
    const { sync } = this.#owners;
    // A kill may have come between the names and their way to the disk.
    for (const folder of foldersOf(chosenOf(this.#table, choice?.entries))) {
      await sync.folder(join(path, folder));
    }
    await sync.folder(dirname(path));
    const { stamp, stamps } = await lookAtFolder(path, this.#table, choice?.entries);
    const changed = tree.firstChanged(verdict.files, stamps);
    if (changed === undefined) return stamp;
    throw new StorageError('FILE_CHANGED', `somebody changes ${join(path, changed)}; try again`);
  }
}
