/**
 * The entry of a transfer thread: the tasks that Piscina may run here, by name. A task ends by
 * answering an outcome; it never throws across the thread, where class and code would be lost.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { P2pError, asForeseen, toWireError } from '../net/errors.js';
import { copyPieces } from './hashing/copy-pieces.js';
import { hashPieces } from './hashing/hash-pieces.js';
import { prepareSha1Kernel } from './kernel/load-sha1-kernel.js';
import { keepHeapCollected } from './memory/collected-heap.js';
import { Listener } from './serving/listener.js';
import type { CopyTask } from './messages/copying.js';
import type { HashTask, Sha256Task } from './messages/hashing.js';
import type { ListenTask } from './messages/listener.js';
import type { ParcelTask } from './messages/parcel.js';
import type { PeerSessionTask } from './messages/peer-session.js';
import type { TaskOutcome, ThreadStart, ThreadToMain } from './messages/thread.js';
import type { UnpackTask } from './messages/unpacking.js';
import { ParcelSession } from './fetching/parcel-session.js';
import { PeerSession } from './fetching/peer-session.js';
import { unpackFolder } from './disk/unpack-folder.js';
import { sha256File } from './hashing/sha256-file.js';

// While the thread waits for its first task.
prepareSha1Kernel();
keepHeapCollected((workerData as ThreadStart).turn);
parentPort?.postMessage({ type: 'loaded' } satisfies ThreadToMain);

/** Downloads pieces of one file from one peer until told to stop. */
export function peerSession(task: PeerSessionTask): Promise<TaskOutcome> {
  return settle(() => new PeerSession(task).run());
}

/** Downloads small files from one peer until told to stop. */
export function parcel(task: ParcelTask): Promise<TaskOutcome> {
  return settle(() => new ParcelSession(task).run());
}

/** Accepts connections and serves pieces until told to stop. */
export function listen(task: ListenTask): Promise<TaskOutcome> {
  return settle(() => new Listener(task).run());
}

/** Hashes pieces of a local file. */
export function hash(task: HashTask): Promise<TaskOutcome> {
  return settle(() => hashPieces(task)).finally(() => task.port.close());
}

/** Copies pieces from a local content to another. */
export function copy(task: CopyTask): Promise<TaskOutcome> {
  return settle(() => copyPieces(task)).finally(() => task.port.close());
}

/** Makes the files of a downloaded folder. */
export function unpack(task: UnpackTask): Promise<TaskOutcome> {
  return settle(() => unpackFolder(task)).finally(() => task.port.close());
}

/** Computes the SHA-256 of a local file. */
export function sha256(task: Sha256Task): Promise<TaskOutcome> {
  return settle(() => sha256File(task)).finally(() => task.port.close());
}

async function settle(work: () => Promise<void>): Promise<TaskOutcome> {
  try {
    await work();
    return { ok: true };
  } catch (thrown) {
    const error = asForeseen(thrown);
    if (!(error instanceof P2pError)) throw error;
    return { ok: false, ...toWireError(error) };
  }
}
