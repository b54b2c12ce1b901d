/**
 * Keeps what one download has verified: syncs the part file while it grows, notes in the library
 * what is on the disk, and leaves hints of the rest for the case of a kill. Owns the syncs of the
 * part file and the download's hint file.
 *
 *   made → running (syncs one after the other) → finished (all of it synced) | stopped (and noted)
 *
 * The last sync does not wait for one that runs; what either of them syncs is kept when both are over.
 */
import type { Bitfield } from '../../net/bitfield.js';
import { whenSettled } from '../../net/deferred.js';
import { P2pError } from '../../net/errors.js';
import {
  LAST_SYNC_WAIT_MS,
  PASSING_SYNC_EVERY_MS,
  SAVE_KEPT_INTERVAL_MS,
  WRITE_NOTE_INTERVAL_MS,
} from '../../net/limits.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { DiskSync } from '../disk/disk-sync.js';
import type { Part } from '../disk/part.js';
import type { KeptRecord } from '../home/kept-record.js';
import { LostLibraryError } from '../home/lost-library.js';
import type { HintFile, PieceHints } from '../home/piece-hints.js';
import type { DownloadKind } from './download-request.js';
import { KeptPieces } from './kept-pieces.js';

/** The owners that keeping pieces takes. */
export interface KeepingOwners {
  readonly sync: DiskSync;
  readonly hints: Pick<PieceHints, 'begin' | 'remove'>;
}

export interface PieceKeeperOptions extends KeepingOwners {
  /** Names the hints. */
  readonly id: string;
  readonly layout: PieceLayout;
  readonly part: Pick<Part, 'sync' | 'folder' | 'fileOf'>;
  /** Pieces that an earlier run kept, and that are not doubted. */
  readonly kept: Bitfield;
  /** Pieces that are to be fetched. */
  readonly toCome: Bitfield;
  /** One that is likely over at once is not worth hints until it is not; one piece never is. */
  readonly kind: DownloadKind;
  /** It goes as soon as it has been read: only what stays for long is synced while it comes. @default false */
  readonly isPassing?: boolean;
  /** Notes what is kept; resolves when that is on the disk. */
  readonly save: (record: KeptRecord) => Promise<void>;
  /** A sync of the part file or of the library failed: nothing more can be kept. */
  readonly onFailed: (error: P2pError) => void;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
}

export class PieceKeeper {
  readonly #options: PieceKeeperOptions;
  readonly #pieces: KeptPieces;
  /** From now on what is verified is worth a hint. */
  #isHinting: boolean;
  #hints: HintFile | undefined;
  /** The syncs that run. */
  readonly #syncing = new Set<Promise<void>>();
  #failure: P2pError | undefined;
  /** What is synced and not noted yet. */
  #unsaved: KeptRecord | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isSaving = false;
  #savedAtMs: number;
  #savedBytes: number;
  /** Resolves when the name of the part file is on the disk. */
  #named: Promise<void> | undefined;
  #notedWriteAtMs = -Infinity;
  #isActive = false;
  /** Nothing begins by itself any more. */
  #isOver = false;

  constructor(options: PieceKeeperOptions) {
    this.#options = options;
    const { layout, kept, toCome, part, isPassing = false } = options;
    this.#pieces = new KeptPieces({
      ...{ layout, kept, toCome, fileOf: (piece) => part.fileOf(piece) },
      ...(isPassing && { onlyEveryMs: PASSING_SYNC_EVERY_MS }),
    });
    this.#savedAtMs = options.nowMs();
    this.#savedBytes = this.#pieces.keptBytes;
    const isNamed = this.#savedBytes > 0;
    if (isNamed) this.#named = Promise.resolve();
    this.#isHinting = options.kind === 'long' || isNamed;
  }

  /** Bytes that are synced, and noted to be. */
  get keptBytes(): number {
    return this.#savedBytes;
  }

  /** Pieces are verified and written. */
  onVerified(pieces: readonly number[]): void {
    const { kept } = this.#pieces;
    const news = pieces.filter((piece) => !kept.has(piece));
    if (news.length === 0) return;
    this.#pieces.onVerified(news, this.#options.nowMs());
    this.#hint(news);
    this.#syncIfDue();
  }

  /** Peers will be dialled, deliver, or have delivered: pieces may be written from now on. */
  onActivity(): void {
    this.#isActive = true;
    if (this.#notedWriteAtMs === -Infinity) this.#noteWrite();
  }

  /** Time has passed; call it a few times a second. */
  onTick(): void {
    const nowMs = this.#options.nowMs();
    if (!this.#isHinting) this.#beginHinting();
    if (this.#isActive && nowMs - this.#notedWriteAtMs >= WRITE_NOTE_INTERVAL_MS) this.#noteWrite();
    this.#syncIfDue();
    if (nowMs - this.#savedAtMs >= SAVE_KEPT_INTERVAL_MS) this.#saveSoon();
  }

  /**
   * Every piece is verified and nothing writes any more: resolves when all of them are on the disk.
   * @throws StorageError when a sync failed
   */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#syncRest();
    await whenSettled(this.#named);
    await this.#saving;
    if (this.#failure) throw this.#failure;
  }

  /** The download ends without its file, and nothing writes any more: notes what there is, soon. */
  async stop(): Promise<void> {
    this.#isOver = true;
    const isInTime = await isWithin(LAST_SYNC_WAIT_MS, this.#syncRest());
    await this.#saving;
    if (this.#unsaved) await this.#save(this.#unsaved);
    await this.#hints?.close();
    // Without a failure everything verified is kept, and noted.
    const isNoted = isInTime && !this.#failure && !this.#unsaved;
    if (isNoted) await this.#removeHints();
  }

  /** The file has its name, and the library knows, or it goes: nothing is worth a hint any more. */
  async forget(): Promise<void> {
    this.#isOver = true;
    await this.#hints?.close();
    await this.#removeHints();
  }

  /** Also those of an earlier run. */
  async #removeHints(): Promise<void> {
    const { id, kind, hints } = this.#options;
    if (kind !== 'one-piece') await hints.remove(id);
  }

  async #syncRest(): Promise<void> {
    if (!this.#failure && this.#pieces.hasFresh) this.#sync();
    await Promise.all(this.#syncing);
  }

  #syncIfDue(): void {
    if (this.#isOver || this.#failure || !this.#pieces.isDue(this.#options.nowMs())) return;
    this.#sync();
    // The way to it as well: each folder waits for the disk, and now bytes come beside that.
    this.#name().catch((error: unknown) => this.#fail(error));
  }

  #sync(): void {
    const over = (): unknown => this.#syncing.delete(syncing);
    const syncing = this.#syncNow(this.#pieces.onSyncBegun()).finally(over);
    this.#syncing.add(syncing);
  }

  /** What is kept in a file without a name is not kept. @throws StorageError */
  #name(): Promise<void> {
    const { sync, part } = this.#options;
    return (this.#named ??= sync.folder(part.folder));
  }

  async #syncNow(pieces: readonly number[]): Promise<void> {
    const { part, sync } = this.#options;
    try {
      const stamp = await part.sync(sync, pieces);
      if (!this.#pieces.onSynced()) return;
      const { kept, keptBytes } = this.#pieces;
      this.#unsaved = { bits: kept.bytes.slice(), bytes: keptBytes, stamp };
    } catch (error) {
      this.#pieces.onSyncFailed();
      await this.#fail(error);
    }
    // What came meanwhile may be enough for the next one.
    this.#syncIfDue();
  }

  /** Nothing more can be kept. */
  async #fail(error: unknown): Promise<void> {
    if (!(error instanceof P2pError)) throw error;
    if (this.#failure) return;
    this.#failure = error;
    // What is lost may look right until the system forgets it: it is to be fetched again.
    await this.#hints?.clear();
    this.#options.onFailed(error);
  }

  #saveSoon(): void {
    if (!this.#unsaved || this.#isSaving || this.#isOver) return;
    this.#isSaving = true;
    this.#savedAtMs = this.#options.nowMs();
    this.#saving = this.#save(this.#unsaved).finally(() => (this.#isSaving = false));
  }

  async #save(record: KeptRecord): Promise<void> {
    try {
      await this.#name();
      await this.#options.save(record);
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      if (error instanceof LostLibraryError) this.#onLibraryLost(error);
      // What was noted before stays true, and the next time may be better.
      return;
    }
    this.#savedBytes = record.bytes;
    if (this.#unsaved === record) this.#unsaved = undefined;
  }

  /** Nothing is ever noted again; the bytes are fine, and so are the hints. */
  #onLibraryLost(error: LostLibraryError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#options.onFailed(error);
  }

  #noteWrite(): void {
    this.#isActive = false;
    this.#notedWriteAtMs = this.#options.nowMs();
    this.#hint([]);
  }

  /** It was not over at once. */
  #beginHinting(): void {
    if (this.#options.kind === 'one-piece') return;
    this.#isHinting = true;
    this.#hint(this.#pieces.unkept);
  }

  /** Notes that these are verified; none: that pieces may be written now. */
  #hint(pieces: readonly number[]): void {
    if (!this.#isHinting || this.#isOver || this.#failure) return;
    const { id, hints } = this.#options;
    if (!this.#hints) this.#hints = hints.begin(id, pieces);
    else if (pieces.length > 0) this.#hints.add(pieces);
    else this.#hints.touch();
  }
}

/** Waits for work, but no longer than that; it goes on by itself then. */
async function isWithin(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
