/**
 * Reads what this client's user shares and has downloaded, says what is not whole, and has it
 * repaired when that is asked for. Owns the one check that runs at a time; what is served of a flawed
 * file is taken back by shares.ts at once.
 */
import { opendir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { decodeDescription, type Description } from '../../net/description.js';
import { CancelledError, P2pError, TrackerError, toWireError } from '../../net/errors.js';
import { pathsOfPieces, type FolderChoice } from '../../net/folder-choice.js';
import { MAX_DAMAGED_RANGES_TOLD, VERIFY_READ_BYTES } from '../../net/limits.js';
import type { FolderTable } from '../../net/folder-table.js';
import { pieceLengthAt, pieceOffset, type PieceLayout } from '../../net/piece-layout.js';
import type { FlawedFile, VerifyProgress, VerifyReport } from '../api/progress.js';
import { stampOf, type FileStamp } from '../disk/file-stamp.js';
import { lookAtFolder } from '../disk/folder-stamps.js';
import type { RepairedPlace } from '../disk/repaired-place.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryDownload, LibraryShare } from '../home/library-records.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { checkFile, type FileCheck } from './share-check.js';
import type { Shares } from './shares.js';

/** A name in a group. */
interface SharedName {
  readonly groupId: string;
  readonly name: string;
}

/** A file that can be brought back to what it was. */
export interface RepairableFile {
  readonly groupId: string;
  readonly name: string;
  /** Where else it is shared from the same place: others may have it there. */
  readonly alsoIn: readonly SharedName[];
  readonly fileId: string;
  readonly path: string;
  /** Bytes of what it was. */
  readonly size: number;
  /** What is in its place. */
  readonly found: RepairedPlace;
  readonly choice?: FolderChoice;
}

/** What a repair came to. */
export interface Repaired {
  /** Bytes from peers. */
  readonly fetched: number;
  /** Where what somebody had changed is now. */
  readonly olderPath?: string;
}

/** Whoever fetches from peers what is wrong. */
interface Repairing {
  /** @throws P2pError */
  repair(
    account: Account,
    file: RepairableFile,
    onProgress: (verifiedBytes: number) => void,
    signal: AbortSignal,
  ): Promise<Repaired>;
  /** Removes what a repair of a file of that size left when it was killed. */
  removeLeft(path: string, size: number): Promise<void>;
}

export interface VerificationOptions {
  readonly library: () => Promise<Library>;
  readonly hashing: Pick<PieceHashing, 'checkPieces'>;
  readonly shares: Pick<Shares, 'onChecked'>;
  readonly repairs: Repairing;
}

export interface VerifyRequest {
  readonly groupId?: string;
  readonly fileName?: string;
  readonly isRepairing: boolean;
  readonly signal?: AbortSignal;
}

/** A file on disk, whatever it is called and wherever it is shared. */
interface Target {
  readonly groupId: string;
  readonly name: string;
  readonly fileId: string;
  readonly path: string;
  readonly stamp: FileStamp;
  /** Which entries of a folder are to be there; absent for all. */
  readonly choice?: FolderChoice;
  /** One of the shares of that file; undefined when it was downloaded and is not shared. */
  readonly share: LibraryShare | undefined;
}

/** A download gets its name after its last byte; some file systems count in two seconds. */
const PLACING_MS = 2_000;

export class Verification {
  readonly #options: VerificationOptions;
  #isRunning = false;

  constructor(options: VerificationOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /**
   * Checks everything of an account, or what is named.
   * @throws TrackerError NOT_SHARED or BUSY, or the reason of the signal
   */
  async run(
    account: Account,
    request: VerifyRequest,
    onProgress: (progress: VerifyProgress) => void,
  ): Promise<VerifyReport> {
    if (this.#isRunning) {
      throw new TrackerError('BUSY', 'the files of this client are being checked; try again later');
    }
    this.#isRunning = true;
    try {
      return await this.#run(account, request, onProgress);
    } finally {
      this.#isRunning = false;
    }
  }

  async #run(
    account: Account,
    { isRepairing, signal = new AbortController().signal, ...which }: VerifyRequest,
    onProgress: (progress: VerifyProgress) => void,
  ): Promise<VerifyReport> {
    const library = await this.#options.library();
    const targets = await targetsOf(library, account, which);
    if (targets.length === 0) throw nothingOfThatName();
    const startedAtMs = performance.now();
    const size = targets.reduce((sum, { stamp }) => sum + stamp.size, 0);
    const shares = isRepairing ? library.sharesOf(account) : [];
    const isNamed = which.fileName !== undefined;
    const flawed: FlawedFile[] = [];
    let bytes = 0;
    let before = 0;
    for (const [filesDone, target] of targets.entries()) {
      const base = { fileName: target.name, files: targets.length, filesDone } as const;
      onProgress({ ...base, phase: 'reading', size, done: before });
      await this.#options.repairs.removeLeft(target.path, target.stamp.size);
      let readOfIt = 0;
      const hear = (read: number): void => {
        bytes += read;
        readOfIt += read;
        onProgress({ ...base, phase: 'reading', size, done: before + readOfIt });
      };
      const flaw = await this.#check(library, account, target, hear, signal);
      before += target.stamp.size;
      if (!flaw) continue;
      const told = (done: number): void =>
        onProgress({ ...base, phase: 'repairing', size: target.stamp.size, done });
      const repaired = isRepairing
        ? ((await refusalOf(flaw, shares, isNamed)) ??
          (await this.#repair(account, flaw, told, signal)))
        : {};
      flawed.push({ ...flaw.file, ...repaired });
    }
    const elapsedMs = Math.round(performance.now() - startedAtMs);
    return { files: targets.length, bytes, elapsedMs, flawed };
  }

  async #check(
    library: Library,
    account: Account,
    target: Target,
    onRead: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Flaw | undefined> {
    const encoded = library.description(target.fileId);
    // Stopped being shared meanwhile.
    if (!encoded) return undefined;
    const description = decodeDescription(encoded);
    const check = await checkFile(
      this.#options.hashing,
      { ...target, description },
      {
        windowBytes: VERIFY_READ_BYTES,
        onWindow: (bytes) => Promise.resolve(onRead(bytes)),
        signal,
      },
    );
    signal.throwIfAborted();
    if (target.share) await this.#options.shares.onChecked(account, target.share, check);
    if (check.state === 'whole') return undefined;
    const shares = library.sharesByFileId(account, target.fileId);
    const alsoIn = shares.filter(
      ({ path, groupId }) => path === target.path && groupId !== target.groupId,
    );
    return flawOf(target, description, check, alsoIn);
  }

  /** What somebody wrote to may be their work, and is kept beside what it was. */
  async #repair(
    account: Account,
    { repairable }: Flaw,
    onProgress: (verifiedBytes: number) => void,
    signal: AbortSignal,
  ): Promise<Pick<FlawedFile, 'repair' | 'olderPath'>> {
    if (!repairable) return {};
    try {
      const { repairs } = this.#options;
      const { fetched, ...kept } = await repairs.repair(account, repairable, onProgress, signal);
      return { repair: { state: 'repaired', fetched }, ...kept };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof P2pError) || error instanceof CancelledError) throw error;
      return { repair: { state: 'failed', error: toWireError(error) } };
    }
  }
}

/** Why something is not repaired although that was asked for; undefined when it may be. */
async function refusalOf(
  { repairable }: Flaw,
  shares: readonly LibraryShare[],
  isNamed: boolean,
): Promise<Pick<FlawedFile, 'repair'> | undefined> {
  if (!repairable) return undefined;
  const { path, fileId, found } = repairable;
  const other = shares.find((share) => share.fileId !== fileId && isWithin(path, share.path));
  // What is wrong for one may be right for the other: each would undo what was done for the other.
  if (found.state === 'changed' && other) {
    const { groupId, name } = other;
    return refused(
      `something else is shared from there as well, as "${name}" in ${groupId}; end one of the two with \`stop-share\``,
    );
  }
  // An empty folder is what a disk leaves that is not there.
  if (found.state !== 'missing' || isNamed || !(await isEmptyFolder(dirname(path))))
    return undefined;
  return refused(
    `nothing is left in ${dirname(path)}: if its disk is there, name the file to have it fetched`,
  );
}

function refused(message: string): Pick<FlawedFile, 'repair'> {
  return { repair: { state: 'failed', error: { code: 'FILE_CHANGED', message } } };
}

/** One of two paths is that of the other, or lies in it. */
function isWithin(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

async function isEmptyFolder(path: string): Promise<boolean> {
  const folder = await opendir(path).catch(() => undefined);
  if (!folder) return false;
  // One name is enough, of however many.
  const first = await folder.read();
  await folder.close();
  return first === null;
}

/** A file that is not whole, and what repairs it. */
interface Flaw {
  readonly file: FlawedFile;
  /** Undefined of what changes just now. */
  readonly repairable: RepairableFile | undefined;
}

function flawOf(
  { groupId, name, fileId, path, stamp, choice }: Target,
  description: Description,
  check: FlawedCheck,
  alsoIn: readonly SharedName[],
): Flaw {
  const { size } = stamp;
  const found = foundBy(check, description.layout.pieceCount);
  const base = { groupId, fileName: name, path, size, state: check.state };
  const file = { ...base, ...damageOf(check, description) };
  const which = { groupId, name, fileId, path, size, alsoIn };
  return { file, repairable: found && { ...which, found, ...(choice && { choice }) } };
}

type FlawedCheck = Exclude<FileCheck, { state: 'whole' }>;

function damageOf(
  check: FlawedCheck,
  { layout, folder }: Description,
): Pick<FlawedFile, 'badPieces' | 'badBytes' | 'ranges' | 'files'> {
  if (check.state !== 'damaged') return { badPieces: 0, badBytes: 0, ranges: [] };
  const { bad } = check;
  const ranges = damagedRanges(layout, bad);
  const badBytes = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const told = ranges.slice(0, MAX_DAMAGED_RANGES_TOLD);
  const where = folder
    ? { ranges: [], files: pathsOfPieces(folder, layout, bad.indexes(), MAX_DAMAGED_RANGES_TOLD) }
    : { ranges: told };
  return { badPieces: bad.count, badBytes, ...where };
}

function foundBy(check: FlawedCheck, pieceCount: number): RepairedPlace | undefined {
  const { state } = check;
  if (state === 'missing') return { state };
  if (state === 'unsteady') return undefined;
  const right = check.bad ? complementOf(check.bad) : new Bitfield(pieceCount);
  return { state, stamp: check.stamp, right };
}

/** Pieces that follow each other are one range of bytes. */
export function damagedRanges(layout: PieceLayout, bad: Bitfield): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const piece of bad.indexes()) {
    const from = pieceOffset(layout, piece);
    const to = from + pieceLengthAt(layout, piece);
    const last = ranges.at(-1);
    if (last?.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

function complementOf(bits: Bitfield): Bitfield {
  const others = new Bitfield(bits.length);
  for (let index = 0; index < bits.length; index++) if (!bits.has(index)) others.add(index);
  return others;
}

/**
 * Each file once, by its place; a share says more of it than the download that it came by. Of several downloads
 * to one place the last one says what is there.
 */
async function targetsOf(
  library: Library,
  account: Account,
  { groupId, fileName }: Pick<VerifyRequest, 'groupId' | 'fileName'>,
): Promise<Target[]> {
  const isMeant = (row: { readonly groupId: string; readonly name: string }): boolean =>
    (groupId === undefined || row.groupId === groupId) &&
    (fileName === undefined || row.name === fileName);
  const targets = new Map<string, Target>();
  const keyOf = ({ fileId, path }: Pick<Target, 'fileId' | 'path'>): string => `${fileId} ${path}`;
  const shares = library.sharesOf(account);
  for (const share of shares) {
    if (isMeant(share) && !targets.has(keyOf(share)))
      targets.set(keyOf(share), { ...share, share });
  }
  const shared = new Map(shares.map((share) => [share.path, share]));
  for (const download of lastAtEachPlace(library.listDownloads(account))) {
    if (!isMeant(download)) continue;
    const share = shared.get(download.path);
    if (share) {
      // Shared with another group only, or another content by now.
      const { stamp, choice } = share;
      const target = { ...download, stamp, ...(choice && { choice }), share };
      if (share.fileId === download.fileId && !targets.has(keyOf(download)))
        targets.set(keyOf(download), target);
      continue;
    }
    const encoded = library.description(download.fileId);
    // Moved away, or no longer known here: nothing is claimed of it.
    const stamp = encoded && (await stampOfDownload(download, decodeDescription(encoded)));
    if (!stamp) continue;
    targets.set(keyOf(download), { ...download, stamp, share: undefined });
  }
  return [...targets.values()];
}

type CompleteDownload = LibraryDownload & { readonly state: 'complete' };

function lastAtEachPlace(downloads: readonly LibraryDownload[]): Iterable<CompleteDownload> {
  const last = new Map<string, CompleteDownload>();
  for (const download of downloads) {
    if (download.state !== 'complete') continue;
    const { finishedAtMs } = last.get(download.path) ?? { finishedAtMs: 0 };
    if (download.finishedAtMs >= finishedAtMs) last.set(download.path, download);
  }
  return last.values();
}

/** The stamp of a download as it was when it was complete, as far as that can still be told. */
async function stampOfDownload(
  { path, size, finishedAtMs, choice }: CompleteDownload,
  { folder }: Description,
): Promise<FileStamp | undefined> {
  if (folder) return stampOfFolderDownload(path, folder, choice);
  const now = await stat(path, { bigint: true }).then(stampOf, () => undefined);
  if (!now) return undefined;
  const placedNs = BigInt(finishedAtMs + PLACING_MS) * 1_000_000n;
  // Whoever writes may set the time of that, and not the one at which that is done.
  const isLater = now.mtimeNs > placedNs || (now.ctimeNs ?? 0n) > placedNs;
  return { ...now, size, mtimeNs: isLater ? placedNs : now.mtimeNs };
}

/** The files of a folder get the times of its table when they are placed. */
async function stampOfFolderDownload(
  path: string,
  folder: FolderTable,
  choice: FolderChoice | undefined,
): Promise<FileStamp | undefined> {
  const look = await lookAtFolder(path, folder, choice).catch(() => undefined);
  if (!look) return undefined;
  const isWritten = look.firstOther !== undefined || look.firstRetimed !== undefined;
  return isWritten ? { ...look.stamp, mtimeNs: 0n } : look.stamp;
}

function nothingOfThatName(): TrackerError {
  return new TrackerError('NOT_SHARED', 'nothing of that name is shared or downloaded here');
}
