/**
 * Descriptions between client and tracker, in slices that fit a control frame. What comes back
 * is checked against the file's id, so a tracker cannot swap it unnoticed.
 */
import { atATime } from '../../net/at-a-time.js';
import { decodeDescriptionInTurns, fileIdOf, type Description } from '../../net/description.js';
import { TrackerError } from '../../net/errors.js';
import {
  DESCRIPTION_SLICES_AT_A_TIME,
  DESCRIPTION_SLICE_BYTES,
  INLINE_DESCRIPTION_BYTES,
  MAX_DESCRIPTION_BYTES,
} from '../../net/limits.js';
import type { TrackerMethods } from '../../net/tracker-api.js';
import { Turns } from '../../net/turns.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';

/** Whose turn it is to send slices over a link: a session of the tracker stages one description at a time. */
const staging = new WeakMap<TrackerCalls, Turns>();

interface SharedFile {
  readonly groupId: string;
  readonly name: string;
  readonly fileId: string;
  readonly replace?: boolean;
}

const STAGED_IN_VAIN: ReadonlySet<string> = new Set(['CONNECTION_LOST', 'NEED_DESCRIPTION']);

/** A description with its canonical bytes. */
export interface FetchedDescription {
  readonly description: Description;
  readonly encoded: Uint8Array;
}

/**
 * Fetches and checks the description of a file in a group.
 * @throws TrackerError, also when the bytes do not belong to the file's id
 */
export async function fetchDescription(
  calls: TrackerCalls,
  groupId: string,
  fileId: string,
  totalBytes: number,
): Promise<FetchedDescription> {
  if (totalBytes > MAX_DESCRIPTION_BYTES) throw damagedDescription();
  const offsets = Array.from(
    { length: Math.ceil(totalBytes / DESCRIPTION_SLICE_BYTES) },
    (_, slice) => slice * DESCRIPTION_SLICE_BYTES,
  );
  const slices: Buffer[] = [];
  await atATime(DESCRIPTION_SLICES_AT_A_TIME, offsets.entries(), async ([index, offset]) => {
    const { bytes } = await calls.call('getDescription', { groupId, fileId, offset });
    slices[index] = Buffer.from(bytes, 'base64');
  });
  const encoded = Buffer.concat(slices);
  if (encoded.length !== totalBytes || fileIdOf(encoded) !== fileId) throw damagedDescription();
  return { description: await decodeDescriptionInTurns(encoded), encoded };
}

/**
 * Shares a file under a name, sending its description only when the tracker does not know it. A short one goes along
 * without a question, unless `isDescribedThere`: the tracker has described the file itself, and over a long way more
 * than TCP's first window takes a round trip of its own.
 * @throws TrackerError NOT_A_MEMBER, NAME_TAKEN, REPLACED, LIMIT_REACHED
 */
export async function shareFile(
  calls: TrackerCalls,
  share: SharedFile,
  encoded: Uint8Array,
  isDescribedThere = false,
): Promise<TrackerMethods['shareFile']['result']> {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const isShort = bytes.length <= INLINE_DESCRIPTION_BYTES;
  const shareWithIt = () =>
    calls.call('shareFile', { ...share, description: bytes.toString('base64') });
  if (isShort && !isDescribedThere) return shareWithIt();
  try {
    return await calls.call('shareFile', share);
  } catch (error) {
    if (!(error instanceof TrackerError) || error.code !== 'NEED_DESCRIPTION') throw error;
  }
  if (isShort) return shareWithIt();
  return stagingAt(calls).take(async () => {
    try {
      return await shareStaged(calls, share, bytes);
    } catch (error) {
      // What was staged goes with the connection, which may be lost in between: once more, on the next one.
      if (!(error instanceof TrackerError) || !STAGED_IN_VAIN.has(error.code)) throw error;
      return shareStaged(calls, share, bytes);
    }
  });
}

async function shareStaged(
  calls: TrackerCalls,
  share: SharedFile,
  encoded: Buffer,
): Promise<TrackerMethods['shareFile']['result']> {
  await putDescription(calls, share.fileId, encoded);
  return calls.call('shareFile', share);
}

async function putDescription(calls: TrackerCalls, fileId: string, encoded: Buffer): Promise<void> {
  const totalBytes = encoded.length;
  for (let offset = 0; offset < totalBytes; offset += DESCRIPTION_SLICE_BYTES) {
    const bytes = encoded.subarray(offset, offset + DESCRIPTION_SLICE_BYTES).toString('base64');
    await calls.call('putDescription', { fileId, offset, totalBytes, bytes });
  }
}

function stagingAt(calls: TrackerCalls): Turns {
  const turns = staging.get(calls) ?? new Turns(1);
  staging.set(calls, turns);
  return turns;
}

/** What the tracker sent is not the description of that file id. */
export function damagedDescription(): TrackerError {
  return new TrackerError(
    'VERIFICATION_FAILED',
    'the tracker’s description of this file is damaged; ask its sharer to share it again',
  );
}
