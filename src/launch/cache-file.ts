/**
 * The file in which compiled code is kept between runs. What is read back is handed to V8 as
 * code, so a file that is damaged, not ours alone, or made from anything else counts as absent.
 * So does every file in a folder that is not ours alone (cache-folder.ts), which comes first.
 *
 *   20 bytes  SHA-1 of all that follows
 *    4 bytes  length of the head, big-endian
 *             head: JSON, see CacheHead
 *             the code, as V8 wrote it
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ownUserId } from '../net/own-folder.js';
import { isCacheFolder, makeCacheFolder } from './cache-folder.js';

const SHA1_LENGTH = 20;
const HEAD_AT = SHA1_LENGTH + 4;
const OTHERS_MAY_WRITE = 0o022;
/** In a comment, as scripts/program-layers.mjs writes it. */
const SOURCE_ID = /^\/\*([0-9a-f]{40})\*\/\n/;
const SOURCE_ID_LENGTH = 45;
/** A link is not followed, and a pipe that lies there keeps nobody waiting. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What the code in a cache file was made from. */
export interface CacheHead {
  /** Names the source: a SHA-1, hex. */
  readonly source: string;
  /** The Node that compiled it. */
  readonly engine: string;
  /** What the program did when its code was gathered: each run compiles what it runs. */
  readonly uses: readonly string[];
}

export interface CacheFile {
  readonly head: CacheHead;
  readonly code: Buffer;
}

/** Reads a cache file; undefined when there is none that may be trusted. Never throws. */
export function readCacheFile(path: string): CacheFile | undefined {
  try {
    if (!isCacheFolder(dirname(path))) return undefined;
    const bytes = readOwnFile(path);
    if (bytes === undefined || !sha1(bytes.subarray(SHA1_LENGTH)).equals(sha1Of(bytes))) {
      return undefined;
    }
    const codeAt = HEAD_AT + bytes.readUInt32BE(SHA1_LENGTH);
    const head = JSON.parse(bytes.toString('utf8', HEAD_AT, codeAt)) as CacheHead;
    return { head, code: bytes.subarray(codeAt) };
  } catch {
    return undefined;
  }
}

/**
 * Replaces a cache file as a whole, in a folder that is made when only it is missing. Never
 * throws: without the file the next start is just slower.
 */
export function writeCacheFile(path: string, { head, code }: CacheFile): void {
  const headBytes = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(headBytes.length);
  const rest = Buffer.concat([length, headBytes, code]);
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    if (!makeCacheFolder(dirname(path))) return;
    writeFileSync(temporary, Buffer.concat([sha1(rest), rest]), { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch {
    // A full disk, a read-only home: nothing that a user has to hear of.
    removeIfThere(temporary);
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Below what is no folder there is nothing to remove.
  }
}

/** The text that names a source, of its bytes: the one in front of it, where whoever made it has put one there. */
export function sourceId(source: Buffer): string {
  const [, id] = SOURCE_ID.exec(source.toString('latin1', 0, SOURCE_ID_LENGTH)) ?? [];
  return id ?? sha1(source).toString('hex');
}

/** Bytes of a file that nobody else can have changed, nor moved here under a second name. */
function readOwnFile(path: string): Buffer | undefined {
  const fd = openSync(path, READ_ONLY);
  try {
    const stats = fstatSync(fd);
    const userId = ownUserId();
    const isOurs = userId === undefined || stats.uid === userId;
    const isOnly = stats.isFile() && stats.nlink === 1 && (stats.mode & OTHERS_MAY_WRITE) === 0;
    return isOurs && isOnly ? readFileSync(fd) : undefined;
  } finally {
    closeSync(fd);
  }
}

function sha1Of(file: Buffer): Buffer {
  return file.subarray(0, SHA1_LENGTH);
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}
