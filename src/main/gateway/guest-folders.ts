/**
 * What is in the folders that guests take, and how long their archives are: kept for those that were asked for last,
 * because working it out takes long for a folder of many files. Owns the table of them.
 */
import { bug } from '../../net/errors.js';
import { folderLayout, type FolderLayout } from '../../net/folder-layout.js';
import { MAX_GUEST_FOLDERS_KEPT } from '../../net/limits.js';
import type { GuestDoor, GuestFolder, GuestItem } from '../api/guest-links.js';
import { archiveLength } from './archive/archive-bytes.js';
import type { ArchivedFolder, ArchiveForm } from './archive/archive-form.js';
import { savedName } from './guest-headers.js';

/** A folder in one of the forms in which guests take it. */
export interface GuestArchive {
  readonly form: ArchiveForm;
  readonly folder: ArchivedFolder;
  readonly layout: FolderLayout;
  /** Bytes. */
  readonly length: number;
}

interface Entry {
  readonly folder: ArchivedFolder;
  readonly layout: FolderLayout;
  readonly lengths: Map<ArchiveForm, Promise<number>>;
}

type Item = Pick<GuestItem, 'id' | 'fileId' | 'fileName'>;

export class GuestFolders {
  readonly #guests: Pick<GuestDoor, 'folderOf'>;
  /** By content and name; what was asked for last is the last. */
  readonly #entries = new Map<string, Promise<Entry | undefined>>();

  constructor(guests: Pick<GuestDoor, 'folderOf'>) {
    this.#guests = guests;
  }

  /** Undefined when the link has ended. @throws P2pError */
  async archive(item: Item, form: ArchiveForm): Promise<GuestArchive | undefined> {
    const entry = await this.#entryOf(item);
    if (entry === undefined) return undefined;
    const { folder, layout, lengths } = entry;
    const length = lengths.get(form) ?? archiveLength({ form, folder });
    lengths.set(form, length);
    return { form, folder, layout, length: await length };
  }

  #entryOf(item: Item): Promise<Entry | undefined> {
    const key = `${item.fileId} ${item.fileName}`;
    const known = this.#entries.get(key);
    this.#entries.delete(key);
    const entry = known ?? this.#read(item, key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_GUEST_FOLDERS_KEPT && oldest !== undefined) {
      this.#entries.delete(oldest);
    }
    return entry;
  }

  async #read({ id, fileName }: Item, key: string): Promise<Entry | undefined> {
    let found: GuestFolder | undefined;
    try {
      found = await this.#guests.folderOf(id);
    } finally {
      // The next one asks again.
      if (found === undefined) this.#entries.delete(key);
    }
    if (found === undefined) return undefined;
    const { table, pieceLength } = found;
    const layout = folderLayout(table, pieceLength) ?? bug('a folder without a layout');
    const folder = { root: savedName(fileName), table, pieceLength };
    return { folder, layout, lengths: new Map() };
  }
}
