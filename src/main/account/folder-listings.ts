/**
 * Pages of what is in the folders of groups. Owns the tables of the folders that were listed last, so
 * that a description is fetched once for all its pages; a table that nobody pages through any more goes
 * after a while. Which content a name stands for is asked of the tracker before the first page, and so
 * is whether this user may know.
 */
import { TrackerError, bug } from '../../net/errors.js';
import type { FolderEntry, FolderTable } from '../../net/folder-table.js';
import type { Later } from '../../net/later.js';
import {
  FOLDER_LISTING_KEPT_MS,
  FOLDER_PAGE_BYTES,
  FOLDER_PAGE_ENTRIES,
  MAX_FOLDER_LISTINGS,
} from '../../net/limits.js';
import type { FolderPage, FolderPageRequest } from '../api/folder-page.js';
import type { TrackerBatches } from './tracker-batches.js';

interface Listing {
  readonly groupId: string;
  readonly fileId: string;
  readonly table: FolderTable;
  /** Takes its end back. */
  readonly keep: () => void;
}

export class FolderListings {
  readonly #batches: Pick<TrackerBatches, 'describeUnlessKnown'>;
  readonly #later: Later;
  /** The one that was asked for last is the last. */
  #listings: readonly Listing[] = [];
  /** How often everything was forgotten: what was asked for before is kept no more. */
  #clearings = 0;

  constructor(batches: Pick<TrackerBatches, 'describeUnlessKnown'>, later: Later) {
    this.#batches = batches;
    this.#later = later;
  }

  /** @throws TrackerError NO_SUCH_FILE, NOT_A_MEMBER, or REPLACED between two pages */
  async page({ groupId, fileName, inside, from }: FolderPageRequest): Promise<FolderPage> {
    const asked = this.#clearings;
    const known = from && this.#find(groupId, from.fileId);
    const listing = known ?? (await this.#fetch(groupId, fileName));
    if (from && from.fileId !== listing.fileId) throw replaced(fileName);
    if (asked === this.#clearings) this.#keep(listing);
    return pageOf(listing, { fileName, inside, first: from?.place ?? 0 });
  }

  /** Nothing is remembered: the user is another one, or nobody. */
  clear(): void {
    this.#clearings++;
    for (const { keep } of this.#listings) keep();
    this.#listings = [];
  }

  #find(groupId: string, fileId: string): Listing | undefined {
    return this.#listings.find((one) => one.groupId === groupId && one.fileId === fileId);
  }

  async #fetch(groupId: string, name: string): Promise<Omit<Listing, 'keep'>> {
    // Held on to: it may be let go before the answer is here.
    const kept: { listing?: Listing | undefined } = {};
    const isKnown = (fileId: string): boolean => {
      kept.listing = this.#find(groupId, fileId);
      return kept.listing !== undefined;
    };
    const { fileId, description } = await this.#batches.describeUnlessKnown(
      { groupId, name },
      isKnown,
    );
    if (!description) return kept.listing ?? bug('nothing was said of a listing that is not known');
    const table = description.folder;
    if (!table) throw new TrackerError('NO_SUCH_FILE', `${name} is a file, and no folder`);
    return { groupId, fileId, table };
  }

  #keep({ groupId, fileId, table }: Omit<Listing, 'keep'>): void {
    const before = this.#find(groupId, fileId);
    before?.keep();
    const end = (): void => {
      this.#listings = this.#listings.filter((one) => one !== listing);
    };
    const keep = this.#later(FOLDER_LISTING_KEPT_MS, end);
    const listing: Listing = { groupId, fileId, table, keep };
    const all = [...this.#listings.filter((one) => one !== before), listing];
    const over = all.slice(0, -MAX_FOLDER_LISTINGS);
    for (const one of over) one.keep();
    this.#listings = all.slice(-MAX_FOLDER_LISTINGS);
  }
}

interface PagePlace {
  readonly fileName: string;
  readonly inside: string | undefined;
  readonly first: number;
}

function pageOf(
  { table, fileId }: Pick<Listing, 'table' | 'fileId'>,
  { fileName, inside, first }: PagePlace,
): FolderPage {
  const entries: FolderEntry[] = [];
  let bytes = 0;
  let isFolderThere = inside === undefined || first > 0;
  for (let place = first; place < table.length; place++) {
    const entry = table.at(place)!;
    if (inside !== undefined && !entry.path.startsWith(`${inside}/`)) {
      if (entry.path === inside && entry.kind === 'empty-folder') isFolderThere = true;
      // What is in a folder lies together.
      if (entries.length > 0) break;
      continue;
    }
    isFolderThere = true;
    bytes += Buffer.byteLength(entry.path);
    if (entries.length >= FOLDER_PAGE_ENTRIES || (entries.length > 0 && bytes > FOLDER_PAGE_BYTES))
      return { entries, next: { fileId, place } };
    entries.push(plain(entry));
  }
  if (!isFolderThere) {
    const what = `no folder "${inside}" in ${fileName}`;
    throw new TrackerError('NO_SUCH_FILE', `${what}; \`files\` with ${fileName}/ lists all of it`);
  }
  return { entries };
}

/** What is in columns cannot be sent. */
function plain({ path, kind, size, isExecutable, mtimeMs }: FolderEntry): FolderEntry {
  return { path, kind, size, isExecutable, mtimeMs };
}

function replaced(name: string): TrackerError {
  return new TrackerError('REPLACED', `${name} has a newer version by now; list it again`);
}
