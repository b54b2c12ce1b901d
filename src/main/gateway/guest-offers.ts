/**
 * What guests take, as bytes with a head: a file as it is, a folder as an archive that is made while it is taken. From
 * this disk if all of it is there, else from whoever has it. Owns what is fetched for guests.
 */
import { laterByTimer } from '../../net/later.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { GuestContent, GuestDoor, GuestItem } from '../api/guest-links.js';
import type { Span } from '../disk/span.js';
import { archiveBytes, type FolderBytes } from './archive/archive-bytes.js';
import type { ArchiveFormName } from './archive/archive-form.js';
import { FetchedFolder } from './archive/fetched-folder.js';
import { SharedFolder } from './archive/shared-folder.js';
import { tarForm } from './archive/tar-form.js';
import { zipForm } from './archive/zip-form.js';
import { fetchedBytes } from './fetched-bytes.js';
import type { FetchSurroundings } from './guest-fetch.js';
import { GuestFetches, type TakenFetch } from './guest-fetches.js';
import { GuestFolders, type GuestArchive } from './guest-folders.js';
import type { Headed } from './guest-headers.js';
import { sharedBytes } from './shared-bytes.js';

/** The bytes of an item on their way to a guest. */
export interface TakenBytes {
  readonly bytes: AsyncGenerator<Buffer, void, undefined>;
  /** The guest has gone. Idempotent. */
  readonly release: () => Promise<void>;
}

export interface GuestOffer extends Headed {
  /** Undefined when the group has it no more. @throws P2pError */
  take(span: Span, signal: AbortSignal): Promise<TakenBytes | undefined>;
}

const FORMS = { zip: zipForm, tar: tarForm } as const;

export class GuestOffers {
  readonly #guests: GuestDoor;
  readonly #fetches: GuestFetches;
  readonly #folders: GuestFolders;

  constructor(around: FetchSurroundings & { readonly guests: GuestDoor }) {
    this.#guests = around.guests;
    this.#fetches = new GuestFetches(around, laterByTimer);
    this.#folders = new GuestFolders(around.guests);
  }

  /** Undefined when the link has ended. @throws P2pError */
  async of(item: GuestItem, formName: ArchiveFormName): Promise<GuestOffer | undefined> {
    if (!item.isFolder) return this.#file(item);
    const archive = await this.#folders.archive(item, FORMS[formName]);
    return archive && this.#archive(item, archive);
  }

  /** Removes what was fetched. Idempotent. */
  close(): Promise<void> {
    return this.#fetches.close();
  }

  #file(item: GuestItem): GuestOffer {
    const take: GuestOffer['take'] = async (span, signal) => {
      const found = await untilAborted(signal, this.#contentOf(item));
      if (found?.kind === 'file') return { bytes: sharedBytes(found, span), release: nothing };
      const taken = await this.#fetch(item);
      if (taken === undefined) return undefined;
      const { fetch, release } = taken;
      return { bytes: fetchedBytes(fetch, span, signal), release: async () => release() };
    };
    const { fileName: name, size } = item;
    const contentType = 'application/octet-stream';
    return { name, size, contentType, hasRanges: true, etag: `"${item.fileId}"`, take };
  }

  #archive(item: GuestItem, archive: GuestArchive): GuestOffer {
    const { form, folder, length: size } = archive;
    const { contentType } = form;
    const hasRanges = !form.hasChecksums;
    const etag = `"${item.fileId}-${form.name}"`;
    const name = `${folder.root}.${form.name}`;
    const take: GuestOffer['take'] = async (span, signal) => {
      const found = await this.#folderBytes(item, archive, signal);
      return found && { ...found, bytes: archiveBytes(archive, found.source, span, signal) };
    };
    return { name, size, contentType, hasRanges, etag, take };
  }

  async #folderBytes(
    item: GuestItem,
    { folder, layout }: GuestArchive,
    signal: AbortSignal,
  ): Promise<(Pick<TakenBytes, 'release'> & { readonly source: FolderBytes }) | undefined> {
    const { table } = folder;
    const found = await untilAborted(signal, this.#contentOf(item));
    if (found?.kind === 'folder') {
      const { path: root, stamps } = found;
      return { source: new SharedFolder({ root, table, stamps }), release: nothing };
    }
    const taken = await this.#fetch(item);
    if (taken === undefined) return undefined;
    const source = new FetchedFolder({ fetch: taken.fetch, table, layout, signal });
    const release = async (): Promise<void> => {
      taken.release();
      await source.close();
    };
    return { source, release };
  }

  /** What was fetched is a share here as well, but goes when no guest is known to take it. */
  async #contentOf(item: GuestItem): Promise<GuestContent | undefined> {
    return this.#fetches.has(item) ? undefined : this.#guests.contentOf(item.id);
  }

  async #fetch(item: GuestItem): Promise<TakenFetch | undefined> {
    const isCurrent = (): Promise<boolean> => this.#guests.isCurrent(item.id);
    return (await isCurrent()) ? this.#fetches.take(item, isCurrent) : undefined;
  }
}

async function nothing(): Promise<void> {
  // What is read from is closed with the bytes.
}
