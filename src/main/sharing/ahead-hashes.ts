/**
 * The hashes of inputs that are still being written to the home's spool: whoever writes one says which pieces of it
 * are there, and they are hashed while more comes. Owns the hashes until the input is uploaded, of a few inputs at a
 * time; what is lost of them costs another look at the file, and nothing else.
 */
import { SHA1_BYTES } from '../../net/description.js';
import { TrackerError, toStorageError } from '../../net/errors.js';
import { AHEAD_RUN_BYTES, MAX_INPUTS_AHEAD, MAX_PIECE_COUNT } from '../../net/limits.js';
import { isPieceLength } from '../../net/piece-layout.js';
import type { EngineApi } from '../api/engine-api.js';
import { openToRead, type OpenFile } from '../disk/open-files.js';
import type { Spool } from '../home/spool.js';
import type { HashedRun, PieceHashing } from '../threads/piece-hashing.js';
import type { AheadPieces } from './share-request.js';

type RunAhead = Parameters<EngineApi['hashAhead']>[0];

export interface AheadHashesOptions {
  readonly spool: Pick<Spool, 'wholePathOf'>;
  readonly hashing: Pick<PieceHashing, 'hashRun'>;
}

/** Runs by their first piece, never more than `MAX_PIECE_COUNT` pieces of them. */
interface Input extends Omit<AheadPieces, 'runs'> {
  readonly runs: Map<number, HashedRun>;
  pieceCount: number;
}

export class AheadHashes {
  readonly #options: AheadHashesOptions;
  /** By the path that each will have; in the order in which they were begun. */
  readonly #inputs = new Map<string, Input>();

  constructor(options: AheadHashesOptions) {
    this.#options = options;
  }

  /** Hashes pieces that are there. @throws P2pError, BAD_REQUEST for what is no input or no run of it */
  async hash({ path, pieceLength, firstPiece, pieceCount }: RunAhead): Promise<void> {
    const { spool, hashing } = this.#options;
    const whole = spool.wholePathOf(path);
    if (whole === undefined || !isRun(pieceLength, firstPiece, pieceCount)) throw noRun();
    const file = await openToRead(path);
    try {
      const input = this.#inputOf(whole, await inodeOf(file, path), pieceLength);
      const { content } = file;
      keep(input, await hashing.hashRun({ content, pieceLength, firstPiece, pieceCount }));
    } finally {
      await file.release();
    }
  }

  /** What is known of the file at a path, once; undefined when that is nothing. */
  take(path: string): AheadPieces | undefined {
    const input = this.#inputs.get(path);
    this.#inputs.delete(path);
    return input && { ...input, runs: [...input.runs.values()] };
  }

  /** Of one that is cut otherwise by now, nothing that was known is right. */
  #inputOf(whole: string, inode: bigint, pieceLength: number): Input {
    const known = this.#inputs.get(whole);
    if (known?.pieceLength === pieceLength && known.inode === inode) return known;
    const input: Input = { inode, pieceLength, runs: new Map(), pieceCount: 0 };
    this.#inputs.delete(whole);
    this.#inputs.set(whole, input);
    const [oldest] = this.#inputs.keys();
    if (this.#inputs.size > MAX_INPUTS_AHEAD && oldest !== undefined) this.#inputs.delete(oldest);
    return input;
  }
}

/** A run that was hashed again has its place; what is more than a file has is forgotten, and read once more. */
function keep(input: Input, run: HashedRun): void {
  const replaced = input.runs.get(run.firstPiece);
  const pieceCount = input.pieceCount - piecesOf(replaced) + piecesOf(run);
  if (pieceCount > MAX_PIECE_COUNT) return;
  input.runs.set(run.firstPiece, run);
  input.pieceCount = pieceCount;
}

function piecesOf(run: HashedRun | undefined): number {
  return run ? run.hashes.length / SHA1_BYTES : 0;
}

function isRun(pieceLength: number, firstPiece: number, pieceCount: number): boolean {
  const isBounded = firstPiece + pieceCount <= MAX_PIECE_COUNT;
  return isPieceLength(pieceLength) && isBounded && pieceCount * pieceLength <= AHEAD_RUN_BYTES;
}

async function inodeOf({ handle }: OpenFile, path: string): Promise<bigint> {
  try {
    return (await handle.stat({ bigint: true })).ino;
  } catch (cause) {
    throw toStorageError(cause, `cannot look at ${path}`, 'read');
  }
}

function noRun(): TrackerError {
  return new TrackerError('BAD_REQUEST', 'only whole pieces of an input are hashed ahead');
}
