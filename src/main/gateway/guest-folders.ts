/**
 * What is in the folders that guests take, and how long their archives are: kept for those that were asked for last,
 * because working it out takes long for a folder of many files. Owns the table of them.
 */
import { bug } from '../../net/errors.js';
import { folderLayout, type FolderLayout } from '../../net/folder-layout.js';
import { GUEST_LOOKS_AT_A_TIME, MAX_GUEST_FOLDERS_KEPT } from '../../net/limits.js';
import { SharedWork } from '../../net/shared-work.js';
import type { GuestDoor, GuestItem } from '../api/guest-links.js';
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
  readonly lengths: Map<ArchiveForm, number>;
}

type Item = Pick<GuestItem, 'id' | 'fileId' | 'fileName'>;

export class GuestFolders {
  readonly #guests: Pick<GuestDoor, 'folderOf'>;
  /** By content and name; what was asked for last is the last. */
  readonly #entries = new Map<string, Entry>();
  readonly #work = new SharedWork<GuestArchive | undefined>(GUEST_LOOKS_AT_A_TIME);

  constructor(guests: Pick<GuestDoor, 'folderOf'>) {
    this.#guests = guests;
  }

  /** Undefined when the link has ended. @throws P2pError */
  archive(item: Item, form: ArchiveForm): Promise<GuestArchive | undefined> {
    const key = `${item.fileId} ${item.fileName}`;
    return this.#work.do(`${form.name} ${key}`, () => this.#make(item, form, key));
  }

  async #make(item: Item, form: ArchiveForm, key: string): Promise<GuestArchive | undefined> {
    const entry = this.#entries.get(key) ?? (await this.#read(item));
    this.#entries.delete(key);
    if (entry === undefined) return undefined;
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_GUEST_FOLDERS_KEPT && oldest !== undefined) {
      this.#entries.delete(oldest);
    }
    const { folder, layout, lengths } = entry;
    const length = lengths.get(form) ?? (await archiveLength({ form, folder }));
    lengths.set(form, length);
    return { form, folder, layout, length };
  }

  async #read({ id, fileName }: Item): Promise<Entry | undefined> {
    const found = await this.#guests.folderOf(id);
    if (found === undefined) return undefined;
    const { table, pieceLength } = found;
    const layout = folderLayout(table, pieceLength) ?? bug('a folder without a layout');
    const folder = { root: savedName(fileName), table, pieceLength };
    return { folder, layout, lengths: new Map() };
  }
}
